"""Questions that leave a subject out, made from the papers of a collection by a seeded rule, and what they bring.

A topic is a word that many papers have in their titles, and a subject is another one that about half of these papers
have. A hit is about the subject if it has the word in any form, or if it is among the twentieth of all papers that is
nearest to the word. The second count does not depend on the words by which papers are left out.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from semsearch.lexical.analyzer import STOPWORDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semsearch.model.paper import Paper
    from semsearch.service import Index

#: Forms of a question: without the exclusion, in words, and with a minus.
FORMS = ("{topic}", "{topic}, but not about {subject}", "{topic} -{subject}")
#: Hits of each question that are counted.
K = 10
#: Papers of a topic, at least; the share of them that has the subject; the share of all papers that is near a subject.
_PAPERS, _LEAST, _MOST, _NEAR = 20, 0.3, 0.6, 0.05
_WORD = re.compile(r"[^\W\d_]{5,}")


class Topic(NamedTuple):
    """What is asked for, and what is left out."""

    topic: str
    """A word of titles."""
    subject: str
    """A word that about half of the papers of the topic have."""


class Brought(NamedTuple):
    """What one form of a question brings."""

    form: str
    """The form, one of `FORMS`."""
    hits: int
    """Hits of all topics."""
    with_word: int
    """Hits that have the subject as a word, in any form."""
    near: int
    """Hits that are near the subject."""


def topics(papers: Sequence[Paper], count: int, seed: int = 0) -> list[Topic]:
    """Random topics with a subject each; no word is used twice.

    Args:
        papers: The papers of the collection.
        count: Number of topics, at most.
        seed: Seed of the choice.
    """
    chance = random.Random(f"left out {seed}")
    in_titles = Counter(word for paper in papers for word in _words(paper.title))
    frequent = sorted(word for word, n in in_titles.items() if n >= _PAPERS)
    found: list[Topic] = []
    used: set[str] = set()
    for topic in chance.sample(frequent, len(frequent)):
        subjects = [w for w in _beside(topic, papers) if w in frequent and w not in used]
        if subjects and topic not in used and len(found) < count:
            found.append(Topic(topic, chance.choice(subjects)))
            used |= set(found[-1])
    return found


def brought(index: Index, chosen: Sequence[Topic]) -> list[Brought]:
    """Ask for each topic in each form, and count the hits about the subject that was left out.

    Args:
        index: The index of the papers.
        chosen: The topics.
    """
    near = {
        one: {hit.paper.id for hit in index.search(one.subject, int(len(index) * _NEAR), mode="dense", collapse=False)}
        for one in chosen
    }
    rows = []
    for form in FORMS:
        hits = [(one, hit.paper) for one in chosen for hit in index.search(form.format(**one._asdict()), K)]
        with_word = sum(_is_about(paper, one.subject) for one, paper in hits)
        rows.append(Brought(form, len(hits), with_word, sum(paper.id in near[one] for one, paper in hits)))
    return rows


def _beside(topic: str, papers: Sequence[Paper]) -> list[str]:
    """Words that about half of the papers of a topic have."""
    about = [paper for paper in papers if topic in _words(paper.title)]
    held = Counter(word for paper in about for word in _words(f"{paper.title} {paper.abstract}"))
    return sorted(w for w, n in held.items() if _LEAST <= n / len(about) <= _MOST and not w.startswith(topic[:5]))


def _words(text: str) -> set[str]:
    return {word.lower() for word in _WORD.findall(text)} - STOPWORDS


def _is_about(paper: Paper, subject: str) -> bool:
    stem = subject[: max(5, len(subject) - 3)]
    return any(word.startswith(stem) for word in _words(f"{paper.title} {paper.abstract}"))

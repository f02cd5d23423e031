"""Questions for one known paper, made from the papers of a collection by seeded rules.

The same papers and the same seed give the same questions, so that runs of two commits can be compared.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from scripts.benchmarks.lookups import lookups
from semsearch.lexical.analyzer import STOPWORDS
from semsearch.retrieval.explanation import split

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from semsearch.model.paper import Paper

#: Papers that hold a rare word, at most; and the letters that it has at least.
RARE, LONG = 10, 6
#: Words of a sentence, at least.
_SENTENCE = 6
_WORD = re.compile(r"[^\W\d_]{4,}")
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_LOOKUP = "{Last} {year} {a} {b}"
_T = TypeVar("_T")


class Asked(NamedTuple):
    """A question and the paper that it asks for."""

    question: str
    """The question."""
    paper: Paper
    """The paper that has to be found."""


def last_sentences(papers: Sequence[Paper], count: int, seed: int = 0) -> list[Asked]:
    """The last sentence of random abstracts, word for word.

    Args:
        papers: Papers whose abstracts have the length that is wanted.
        count: Number of questions, at most.
        seed: Seed of the choice.
    """
    found = (Asked(split(paper.abstract)[-1], paper) for paper in _shuffled(papers, f"last {seed}") if paper.abstract)
    return _first((one for one in found if len(one.question.split()) >= _SENTENCE), count)


def by_author_and_year(papers: Sequence[Paper], count: int, seed: int = 0) -> list[Asked]:
    """``Lastname YEAR word word``: the first author, the year and two words of the title that stand side by side."""
    return [Asked(text, paper) for paper, text in lookups(papers, _LOOKUP, count, seed)]


def by_two_words(papers: Sequence[Paper], count: int, seed: int = 0) -> list[Asked]:
    """What `by_author_and_year` asks, without the author and the year."""
    return [Asked(" ".join(one.question.split()[-2:]), one.paper) for one in by_author_and_year(papers, count, seed)]


def rare_words(papers: Sequence[Paper], count: int, seed: int = 0) -> list[Asked]:
    """Three words of a title, in its order: at least one rare word, and as many rare words as it has."""
    return [Asked(" ".join(words), paper) for paper, words, _ in _with_rare_words(papers, count, seed)]


def misspelt(papers: Sequence[Paper], count: int, seed: int = 0) -> list[Asked]:
    """What `rare_words` asks, with one typing error in each rare word."""
    chance = random.Random(f"typing {seed}")
    return [
        Asked(" ".join(mistyped(word, chance) if word in rare else word for word in words), paper)
        for paper, words, rare in _with_rare_words(papers, count, seed)
    ]


def mistyped(word: str, chance: random.Random) -> str:
    """A word with one typing error behind its first letter: a letter left out, doubled, changed, or exchanged.

    Args:
        word: A word of two letters or more.
        chance: Chooses the error.
    """
    while True:
        at = chance.randrange(1, len(word))
        head, letter, tail = word[:at], word[at], word[at + 1 :]
        wrong = chance.choice(
            (
                head + tail,
                head + letter + letter + tail,
                head + chance.choice(_LETTERS) + tail,
                head[:-1] + letter + head[-1] + tail if at > 1 else word,
            )
        )
        if wrong != word:
            return wrong


def noisy_titles(papers: Sequence[Paper], count: int, seed: int = 0) -> list[Asked]:
    """Titles as they are pasted: with a number, a file ending or a site around them, in capitals, cut off, hyphenated.

    Args:
        papers: Papers; those with fewer than five words in the title are left out.
        count: Number of questions, at most.
        seed: Seed of the choice of papers and forms.
    """
    chance = random.Random(f"noise {seed}")
    chosen = _first((p for p in _shuffled(papers, f"title {seed}") if len(p.title.split()) >= 5), count)
    return [Asked(chance.choice(_NOISES)(paper), paper) for paper in chosen]


def _broken(paper: Paper) -> str:
    """The title with a hyphen and a line break in its longest word, as in text that was copied from a PDF."""
    longest = max(paper.title.split(), key=len)
    half = len(longest) // 2
    return paper.title.replace(longest, f"{longest[:half]}-\n{longest[half:]}", 1)


_NOISES: tuple[Callable[[Paper], str], ...] = (
    lambda paper: f"[12] {paper.title}. 2019",
    lambda paper: f"[PDF] {paper.title} - arXiv.org",
    lambda paper: f"{re.sub('[^0-9A-Za-z]+', '_', paper.title)}.pdf",
    lambda paper: paper.title.upper(),
    lambda paper: f"{paper.title[: len(paper.title) * 2 // 3]}…",
    _broken,
)


def _with_rare_words(papers: Sequence[Paper], count: int, seed: int) -> list[tuple[Paper, list[str], set[str]]]:
    """Papers, three words of the title of each, and which of these are rare in the collection."""
    held = Counter(word for p in papers for word in {w.lower() for w in _WORD.findall(f"{p.title} {p.abstract}")})

    def found() -> Iterator[tuple[Paper, list[str], set[str]]]:
        for paper in _shuffled(papers, f"rare {seed}"):
            words = list(dict.fromkeys(w for w in _WORD.findall(paper.title) if w.lower() not in STOPWORDS))
            rarest = sorted(words, key=lambda word: held[word.lower()])[:3]
            rare = {word for word in rarest if held[word.lower()] <= RARE and len(word) >= LONG}
            if len(rarest) == 3 and rare:
                yield paper, [word for word in words if word in rarest], rare

    return _first(found(), count)


def _shuffled(papers: Sequence[Paper], seed: str) -> list[Paper]:
    return random.Random(seed).sample(papers, len(papers))


def _first(items: Iterator[_T], count: int) -> list[_T]:
    return list(islice(items, count))

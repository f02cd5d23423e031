"""Look-ups of one paper by its author, its year and words of its title, in the forms that people type and paste."""

from __future__ import annotations

import random
import re
from typing import TYPE_CHECKING

from semsearch.lexical.analyzer import STOPWORDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semsearch.model.paper import Paper

FORMS = (
    "{Last} {year} {a} {b}",
    "{last} {year} {a} {b}",
    "{Last} et al. {year} {a} {b}",
    "{Last} et al. ({year})",
    "{Last} & {Other} {year}",
    "{Last} and {Other} {a} {b}",
    "{a} {b} {Last}",
    "{a} {b} {c} {year}",
    "{F}. {Last} ({year}) {a} {b}",
    "{Given} {Last} {a} {b}",
    "the paper by {Given} {Last} on {a} and {b}",
    "{title}. {Last}, {year}",
    "{Last}, {F}., & {Other} ({year}). {title}.",
)


def lookups(papers: Sequence[Paper], form: str, count: int, seed: int = 0) -> list[tuple[Paper, str]]:
    """Look-ups in one form of random papers that have a year, two authors and three words in their titles."""
    chance = random.Random(f"{form} {seed}")
    found: list[tuple[Paper, str]] = []
    for paper in chance.sample(papers, len(papers)):
        words = [w for w in re.findall(r"[^\W\d_]{4,}", paper.title) if w.lower() not in STOPWORDS]
        people = [name.split() for name in paper.authors if " " in name]
        if len(words) >= 3 and len(people) >= 2 and paper.year and len(found) < count:
            start = chance.randrange(len(words) - 2)
            parts = dict(zip("abc", words[start : start + 3], strict=True))
            parts |= {"Given": people[0][0], "F": people[0][0][0], "Last": people[0][-1], "Other": people[1][-1]}
            parts |= {"last": people[0][-1].lower(), "year": str(paper.year), "title": paper.title}
            if form.startswith("{last}"):
                parts = {name: part.lower() for name, part in parts.items()}
            found.append((paper, form.format(**parts)))
    return found

"""The words of a question that name a paper: those of its authors, its venue, its keywords and its year."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from semsearch.text.folding import fold

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from semsearch.model.paper import Paper

_WORD = re.compile(r"\w+")
#: A year as citations have it: 2031, 2031b.
_YEAR = re.compile(r"((?:1[5-9]|20)\d\d)[a-z]?")
#: Initials that are written together: Quillmont EJ.
_INITIALS = re.compile(r"\b[A-Z]{2,3}\b")


def year_of(word: str) -> int | None:
    """The year that a word is; ``None`` where it is none."""
    found = _YEAR.fullmatch(word)
    return int(found[1]) if found else None


def mentioned(question: str, words: Sequence[str], paper: Paper) -> set[str]:
    """Which words of a question name a paper.

    A given name and its initial are the same beside the family name. The year may be one off where an author or the
    venue is named: a preprint is often a year older than what is cited.

    Args:
        question: The whole of it.
        words: Its words, in lower case.
        paper: The paper.

    Returns:
        Some of the words; none where neither an author nor the venue nor the year is named.
    """
    tokens = list(_WORD.finditer(question))
    folded = {word: fold(word).split() for word in words}
    found = _among(folded, paper.venue)
    for author in paper.authors:
        found |= _of_author(author, folded, tokens)
    years = {word: year for word in words if (year := year_of(word)) is not None and paper.year is not None}
    found |= {word for word, year in years.items() if abs(year - (paper.year or 0)) <= (1 if found else 0)}
    return found | _among(folded, " ".join(paper.keywords)) if found else found


def _among(folded: Mapping[str, Sequence[str]], text: str) -> set[str]:
    """The words, given with what is left of them without accents, that a text has."""
    there = set(fold(text).split())
    return {word for word, parts in folded.items() if parts and there.issuperset(parts)}


def _of_author(author: str, folded: Mapping[str, Sequence[str]], tokens: Sequence[re.Match[str]]) -> set[str]:
    """The words that name an author; none where there are only initials."""
    found = _among(folded, author)
    if all(len(word) == 1 for word in found):
        return set()
    rest = [part for part in fold(author).split() if [part] not in (folded[word] for word in found)]
    initials = "".join(part[0] for part in rest)
    short = {part for part in rest if len(part) == 1} | {some[0].lower() for some in _INITIALS.findall(author)}

    def given(word: str, *, spelt: bool) -> bool:
        """Whether a word stands for a given name, or abbreviates some."""
        abbreviates = word in initials if len(word) == 1 else word == initials[: len(word)]
        return abbreviates or (spelt and word[0] in short)

    beside = set()
    for place, token in enumerate(tokens):
        if token[0].lower() in found:
            for before in reversed(tokens[:place]):
                if not given(before[0].lower(), spelt=True):
                    break
                beside.add(before[0].lower())
            comma = token.string[token.end() : token.end() + 1] == ","
            for behind in tokens[place + 1 :]:
                if not given(behind[0].lower(), spelt=comma):
                    break
                beside.add(behind[0].lower())
    return found | beside.intersection(folded)

"""Words of a question that name a paper: its authors, its venue, its keywords and its year."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from semsearch.text.folding import fold

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from semsearch.model.paper import Paper

_WORD = re.compile(r"\w+")
#: A year as in a citation: 2031, 2031b.
_YEAR = re.compile(r"((?:1[5-9]|20)\d\d)[a-z]?")
#: Initials that are written together, as in Quillmont EJ.
_INITIALS = re.compile(r"\b[A-Z]{2,3}\b")


def year_of(word: str) -> int | None:
    """The year that a word stands for, such as 2031 for ``2031b``; ``None`` if it is not a year."""
    found = _YEAR.fullmatch(word)
    return int(found[1]) if found else None


def mentioned(question: str, words: Sequence[str], paper: Paper) -> set[str]:
    """Find the words of a question that name a paper.

    Next to the family name, a given name and its initial count as the same. If an author or the venue is named too, the
    year may differ by one: a preprint is often a year older than the article that is cited.

    Args:
        question: The whole question.
        words: The words of the question, in lower case.
        paper: The paper.

    Returns:
        Those of ``words`` that name the paper. The set is empty if no author, no venue and no year is named: keywords
        alone do not name a paper.
    """
    tokens = list(_WORD.finditer(question))
    folded = {word: fold(word).split() for word in words}
    found = _words_in(folded, paper.venue)
    for author in paper.authors:
        found |= _of_author(author, folded, tokens)
    years = {word: year for word in words if (year := year_of(word)) is not None and paper.year is not None}
    found |= {word for word, year in years.items() if abs(year - (paper.year or 0)) <= (1 if found else 0)}
    return found | _words_in(folded, " ".join(paper.keywords)) if found else found


def _words_in(folded: Mapping[str, Sequence[str]], text: str) -> set[str]:
    """The words that a text contains.

    Args:
        folded: For each word its folded form; folding can make several words of one.
        text: The text.
    """
    there = set(fold(text).split())
    return {word for word, parts in folded.items() if parts and there.issuperset(parts)}


def _of_author(author: str, folded: Mapping[str, Sequence[str]], tokens: Sequence[re.Match[str]]) -> set[str]:
    """The words that name an author; none if the question has only initials of the author.

    Args:
        author: Name of the author, as the record gives it.
        folded: The words of the question, with their folded forms.
        tokens: All words of the question, in order.
    """
    found = _words_in(folded, author)
    if all(len(word) == 1 for word in found):
        return set()
    rest = [part for part in fold(author).split() if [part] not in (folded[word] for word in found)]
    initials = "".join(part[0] for part in rest)
    short = {part for part in rest if len(part) == 1} | {some[0].lower() for some in _INITIALS.findall(author)}

    def given(word: str, *, spelt: bool) -> bool:
        """Whether a word is initials of the author or, if ``spelt``, a given name with such an initial."""
        abbreviates = word in initials if len(word) == 1 else word == initials[: len(word)]
        return abbreviates or (spelt and word[0] in short)

    beside = set()
    for n, token in enumerate(tokens):
        if token[0].lower() in found:
            for before in reversed(tokens[:n]):
                if not given(before[0].lower(), spelt=True):
                    break
                beside.add(before[0].lower())
            comma = token.string[token.end() : token.end() + 1] == ","
            for after in tokens[n + 1 :]:
                if not given(after[0].lower(), spelt=comma):
                    break
                beside.add(after[0].lower())
    return found | beside.intersection(folded)

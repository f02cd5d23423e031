"""Collapsing of hits (field collapsing): the records of one paper are one hit, which names the others.

What people decided comes first, then the rule of `semsearch.identity`. Only hits with the same title, or with an
identifier in common, are compared; most lists have none, and then the rule is not even loaded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from semsearch.identity.ids import identifiers
from semsearch.identity.verdict import ONE_PAPER
from semsearch.text.folding import fold

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from semsearch.model.paper import Paper

    Decided = Callable[[Paper, Paper], str | None]

#: Shortest title by which hits are compared: too many papers have the title ``Editorial``.
_WORDS, _LETTERS = 3, 15


class Collapsed(NamedTuple):
    """A hit, and the hits behind it that are records of the same paper."""

    place: int
    """Of its first record, in the list that was collapsed."""
    paper: Paper
    """Its first record."""
    also: tuple[str, ...]
    """Ids of its other records, in their order."""


def collapsed(papers: Sequence[Paper], decided: Decided | None = None) -> list[Collapsed]:
    """The papers in their order, each once: later records of the same paper go under the first one.

    Args:
        papers: Of the hits, in order.
        decided: The kind of relation that a person gave to two papers; ``None`` where nobody did.
    """
    groups: list[list[int]] = []  # places of the records of each paper
    known: dict[str, set[int]] = {}  # numbers of the groups in which a record has this title or identifier
    for place, paper in enumerate(papers):
        keys = list(_keys(paper))
        candidates = sorted(set().union(*(known.get(key, ()) for key in keys)))
        number = next((n for n in candidates if all(_is_same(papers[p], paper) for p in groups[n])), None)
        if decided:
            number = _decided_group(groups, number, [decided(other, paper) for other in papers[:place]])
        if number is None:
            number = len(groups)
            groups.append([])
        groups[number].append(place)
        for key in keys:
            known.setdefault(key, set()).add(number)
    return [Collapsed(g[0], papers[g[0]], tuple(papers[place].id for place in g[1:])) for g in groups]


def _keys(paper: Paper) -> Iterator[str]:
    """What two hits must share to be compared: a title that tells papers apart, or an identifier."""
    title = fold(paper.title)
    if len(title) >= _LETTERS and title.count(" ") + 1 >= _WORDS:
        yield title
    yield from map(str, identifiers(paper))


def _is_same(a: Paper, b: Paper) -> bool:
    from semsearch.identity.rule import is_same_paper  # not before there is a pair: it loads rapidfuzz

    return is_same_paper(a, b)


def _decided_group(groups: Sequence[Sequence[int]], guess: int | None, kinds: Sequence[str | None]) -> int | None:
    """The group that a person put a paper into; else the guess, unless a person took the paper out of it."""
    for number, group in enumerate(groups):
        if any(kinds[place] in ONE_PAPER for place in group):
            return number
    if guess is not None and any(kinds[place] not in (None, *ONE_PAPER) for place in groups[guess]):
        return None
    return guess

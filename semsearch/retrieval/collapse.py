"""Field collapsing: several records of one work become one hit, which names the others.

The decisions of people come first, then the rule of `semsearch.identity`. Two hits are compared only if they have the
same title or share an identifier. Most lists of hits have no such pair; then the rule is not even loaded.
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

#: Least words and letters of a title by which hits are compared: too many papers have the title ``Editorial``.
_WORDS, _LETTERS = 3, 15


class Collapsed(NamedTuple):
    """A work: its first record, and its further records in the list."""

    position: int
    """Position of the first record in the list that was collapsed, from 0."""
    paper: Paper
    """The first record; of several, the best value of each field (`semsearch.identity.merging`)."""
    also: tuple[str, ...]
    """Ids of the further records, in the order of the list."""


def collapsed(papers: Sequence[Paper], decided: Decided | None = None) -> list[Collapsed]:
    """Put later records of the same work under its first record.

    Args:
        papers: Papers of the hits, best first.
        decided: Function of two papers that returns the kind of relation that a person gave them, or ``None`` if nobody
            did; ``None`` if there are no decisions.

    Returns:
        The works, in the order of their first records.
    """
    groups: list[list[int]] = []  # for each work the positions of its records
    known: dict[str, set[int]] = {}  # by title or identifier the groups that have a record with it
    for position, paper in enumerate(papers):
        keys = list(_keys(paper))
        candidates = sorted(set().union(*(known.get(key, ()) for key in keys)))
        group = next((n for n in candidates if all(_is_same(papers[p], paper) for p in groups[n])), None)
        if decided:
            group = _decided_group(groups, group, [decided(other, paper) for other in papers[:position]])
        if group is None:
            group = len(groups)
            groups.append([])
        groups[group].append(position)
        for key in keys:
            known.setdefault(key, set()).add(group)
    return [_work(papers, group) for group in groups]


def _work(papers: Sequence[Paper], group: Sequence[int]) -> Collapsed:
    first, *others = (papers[position] for position in group)
    if others:
        from semsearch.identity.merging import merged  # only when there is something to merge

        return Collapsed(group[0], merged((first, *others)), tuple(paper.id for paper in others))
    return Collapsed(group[0], first, ())


def _keys(paper: Paper) -> Iterator[str]:
    """The title, if it is long enough to tell papers apart, and the identifiers. Hits that share one are compared."""
    title = fold(paper.title)
    if len(title) >= _LETTERS and title.count(" ") + 1 >= _WORDS:
        yield title
    yield from map(str, identifiers(paper))


def _is_same(a: Paper, b: Paper) -> bool:
    from semsearch.identity.rule import is_same_paper  # it loads rapidfuzz, so only when there is a pair to compare

    return is_same_paper(a, b)


def _decided_group(groups: Sequence[Sequence[int]], guess: int | None, kinds: Sequence[str | None]) -> int | None:
    """The group of a paper after the decisions of people.

    Args:
        groups: For each group the positions of its records.
        guess: The group by the rule; ``None`` for a new group.
        kinds: For each earlier record the kind that a person gave to it and the paper; ``None`` if nobody did.

    Returns:
        The group that a person put the paper into. Without such a decision, ``guess``; but ``None`` if a person said
        that the paper is something else than a record of that group.
    """
    for number, group in enumerate(groups):
        if any(kinds[position] in ONE_PAPER for position in group):
            return number
    if guess is not None and any(kinds[position] not in (None, *ONE_PAPER) for position in groups[guess]):
        return None
    return guess

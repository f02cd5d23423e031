"""Records of one work on one line: the same title and nearly the same text, or what a person decided."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from semsearch.text.folding import fold

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from semsearch.model.paper import Paper

#: Shortest title that tells works apart: ``Editorial`` does not.
_WORDS, _LETTERS = 3, 15
#: Decisions that make one work of two records.
_ONE_WORK = ("same", "version")
#: Least cosine between two records of one work that both have an abstract.
_SAME = 0.85


class Folded(NamedTuple):
    """A paper of a result, and what was folded into it."""

    place: int
    """In the order that was folded."""
    paper: Paper
    also: tuple[str, ...]
    """Ids of further records of the same work, in their order."""


def folded(
    papers: list[Paper],
    vectors: NDArray[np.float32],
    decided: Callable[[Paper, Paper], str | None] | None = None,
) -> list[Folded]:
    """The papers, first ones first, each with the later records of the same work.

    Args:
        papers: In order.
        vectors: Unit rows of these papers.
        decided: What a person said that two papers are to each other; ``same`` and ``version`` are one work.
    """
    works: list[list[int]] = []  # places of the records of each work
    titled: dict[str, list[list[int]]] = {}  # the works of a title that tells works apart
    for place, paper in enumerate(papers):
        title = fold(paper.title)
        telling = len(title) >= _LETTERS and title.count(" ") + 1 >= _WORDS
        known = titled.setdefault(title, []) if telling else []
        # Like each record of the work, not just one: a record without abstract is like many.
        work = next((w for w in known if all(_same(papers, vectors, p, place) for p in w)), None)
        if decided:
            work = _decided_work(works, work, [decided(other, paper) for other in papers[:place]])
        if work is None:
            work = []
            works.append(work)
            known.append(work)
        work.append(place)
    return [Folded(w[0], papers[w[0]], tuple(papers[place].id for place in w[1:])) for w in works]


def _decided_work(works: list[list[int]], guess: list[int] | None, kinds: list[str | None]) -> list[int] | None:
    """The work that a person put a paper into; else the guess, unless a person took the paper out of it."""
    for work in works:
        if any(kinds[place] in _ONE_WORK for place in work):
            return work
    return None if guess and any(kinds[place] not in (None, *_ONE_WORK) for place in guess) else guess


def _same(papers: list[Paper], vectors: NDArray[np.float32], a: int, b: int) -> bool:
    bare = not papers[a].abstract or not papers[b].abstract
    return bare or float(vectors[a] @ vectors[b]) >= _SAME

"""The relations of a collection: each candidate pair, and each pair of near vectors, is given to the rule."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from semsearch.duplicates.candidates import candidates
from semsearch.identity.comparable import comparable, mark_recurring
from semsearch.identity.rule import SIMILAR_FROM, judge
from semsearch.identity.verdict import DIFFERENT, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

    from semsearch.identity.comparison import Comparison
    from semsearch.model.paper import Paper

#: Pairs between two calls of the progress.
_STEP = 5000


class Link(NamedTuple):
    """The relation of two papers, by their positions, the lower first."""

    a: int
    b: int
    verdict: Verdict
    comparison: Comparison


class Linker:
    """Says what papers of one collection are to each other.

    Args:
        papers: The collection, in order. Only what is compared of each paper is kept.
        similar: Cosine from which two different papers are similar.
    """

    def __init__(self, papers: Iterable[Paper], *, similar: float = SIMILAR_FROM) -> None:
        self._papers = mark_recurring([comparable(paper) for paper in papers])
        self._similar = similar

    def __len__(self) -> int:
        return len(self._papers)

    def link(self, a: int, b: int, cosine: float | None = None) -> Link:
        """What the papers at two positions are to each other.

        Args:
            a: Position of a paper, from 0.
            b: Position of another. The order of the two does not matter.
            cosine: Cosine of their vectors, -1 to 1; ``None`` if unknown.
        """
        a, b = min(a, b), max(a, b)
        return Link(a, b, *judge(self._papers[a], self._papers[b], cosine, similar=self._similar))

    def links(
        self,
        near: tuple[NDArray[np.int64], NDArray[np.float64]] | None = None,
        on_step: Callable[[int, int], None] | None = None,
    ) -> list[Link]:
        """Every relation but ``different``, in the order of the positions.

        Args:
            near: Pairs of positions with near vectors, int64 ``(n, 2)``, the lower first; and their cosines.
            on_step: Called with (pairs compared, pairs in all).
        """
        pairs = candidates(self._papers)
        cosines: dict[tuple[int, int], float] = {}
        if near is not None:
            cosines = {(int(a), int(b)): min(1.0, float(c)) for (a, b), c in zip(*near, strict=True)}
            pairs = np.unique(np.concatenate([pairs, near[0]]), axis=0) if len(near[0]) else pairs
        found = []
        for number, (a, b) in enumerate(pairs.tolist(), 1):
            link = self.link(a, b, cosines.get((a, b)))
            if link.verdict.kind != DIFFERENT:
                found.append(link)
            if on_step and number % _STEP == 0:
                on_step(number, len(pairs))
        return found

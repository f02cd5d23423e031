"""How near a cosine is among those of all rows searched: its place, and the share of the rows that are less near."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from semsearch.vectors.exact import slack

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from semsearch.vectors.flat import FlatIndex

#: Up to so many rows all are scored; of more the nearest ones, and so many others, evenly spaced: a share of 50 % is
#: then off by .55 % (one standard error), one of 99 % by .11.
_ALL, SAMPLE = 2**15, 2**13


class Standing:
    """The cosines of one vector to the rows searched.

    Args:
        vectors: The index.
        vector: float32 ``(dim,)``.
        among: bool by row: rows searched; ``None`` for all.
        count: Their number.
        counted: Whether shares are counted over all rows, however many there are.
    """

    def __init__(
        self,
        vectors: FlatIndex,
        vector: NDArray[np.float32],
        among: NDArray[np.bool_] | None,
        count: int,
        *,
        counted: bool = False,
    ) -> None:
        self._vectors, self._vector, self._among, self._count = vectors, vector, among, count
        self._slack = slack(vectors.dim)
        self._counted = counted or count <= _ALL

    def percentiles(self, cosines: NDArray[np.float64], nearest: NDArray[np.float64]) -> NDArray[np.float64]:
        """For each cosine the share of the rows searched that are less near, in per cent of the others.

        Args:
            cosines: Any number, in any order.
            nearest: Cosines of the nearest rows, descending; for one that is among these the share is exact.
        """
        others = max(1, self._count - 1)
        first = nearest[::-1]
        as_near = len(first) - np.searchsorted(first, cosines - self._slack, side="left")
        exact = 100.0 * (self._count - as_near) / others
        known = as_near < len(first) if len(first) < self._count else np.ones(len(cosines), np.bool_)
        if known.all():
            return exact.clip(0, 100)
        every = self._every if self._counted else self._sample
        below = np.searchsorted(every, cosines.astype(np.float32) - np.float32(self._slack), side="left")
        share = 100.0 * below / (others if self._counted else max(1, len(every)))
        at_most = 100.0 * (self._count - len(first)) / others
        return np.where(known, exact, np.minimum(share, at_most)).clip(0, 100)

    def rank(self, cosine: float, nearest: NDArray[np.float64]) -> int:
        """1-based place that a cosine has among those of the rows searched."""
        above = int(np.count_nonzero(nearest > cosine + self._slack))
        if above < len(nearest) or len(nearest) == self._count:
            return 1 + above
        return 1 + len(self._every) - int(np.searchsorted(self._every, np.float32(cosine + self._slack), side="right"))

    @cached_property
    def _every(self) -> NDArray[np.float32]:
        """The cosines of all rows searched, ascending."""
        rows = None if self._among is None else np.flatnonzero(self._among)
        return np.sort(self._vectors.cosines(self._vector, rows))

    @cached_property
    def _sample(self) -> NDArray[np.float32]:
        """The cosines of some rows, ascending."""
        return np.sort(self._vectors.sample(self._among, SAMPLE) @ self._vector)

"""What a cosine means here: its rank among the rows searched, and its percentile among all papers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from semsearch.dense.exact import error_bound
from semsearch.model.lazy import lazy
from semsearch.model.policy import RetrievalPolicy

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from semsearch.model.index_protocols import DenseIndex


class Percentiles:
    """The cosines of one vector to some rows.

    Args:
        vectors: The index.
        vector: float32 ``(dim,)``.
        mask: bool ``(rows of the index,)``: the rows that count; ``None`` for all.
        count: Their number.
        counted: Whether percentiles are counted over all rows, however many there are.
        policy: How many rows are counted, and how many sampled.
    """

    def __init__(
        self,
        vectors: DenseIndex,
        vector: NDArray[np.float32],
        mask: NDArray[np.bool_] | None,
        count: int,
        *,
        counted: bool = False,
        policy: RetrievalPolicy | None = None,
    ) -> None:
        self._vectors, self._vector, self._mask, self._count = vectors, vector, mask, count
        self._error_bound = error_bound(vectors.dim)
        self._policy = policy or RetrievalPolicy()
        self._counted = counted or count <= self._policy.counted_rows

    def percentiles(self, cosines: NDArray[np.float64], nearest: NDArray[np.float64]) -> NDArray[np.float64]:
        """For each cosine, how many of the other rows are less near, in per cent; 100 where there is no other row.

        Args:
            cosines: float64 ``(n,)``: cosines of rows that count, in any order.
            nearest: float64 ``(m,)``: cosines of the nearest rows, descending. For one that is among these the
                percentile is exact.

        Returns:
            float64 ``(n,)``, from 0 to 100, in the order of ``cosines``.
        """
        others = self._count - 1
        if others < 1:
            return np.full(len(cosines), 100.0)
        first = nearest[::-1]
        as_near = len(first) - np.searchsorted(first, cosines - self._error_bound, side="left")
        exact = 100.0 * (self._count - as_near) / others
        known = as_near < len(first) if len(first) < self._count else np.ones(len(cosines), np.bool_)
        if known.all():
            return exact.clip(0, 100)
        every = self._every if self._counted else self._sample
        below = np.searchsorted(every, cosines.astype(np.float32) - np.float32(self._error_bound), side="left")
        share = 100.0 * below / (others if self._counted else max(1, len(every)))
        at_most = 100.0 * (self._count - len(first)) / others
        return np.where(known, exact, np.minimum(share, at_most)).clip(0, 100)

    def rank(self, cosine: float, nearest: NDArray[np.float64]) -> int:
        """1-based rank that a cosine has among those of the rows.

        Args:
            cosine: The cosine of a row that counts.
            nearest: float64 ``(m,)``: cosines of the nearest rows, descending.
        """
        above = int(np.count_nonzero(nearest > cosine + self._error_bound))
        if above < len(nearest) or len(nearest) == self._count:
            return 1 + above
        return (
            1
            + len(self._every)
            - int(np.searchsorted(self._every, np.float32(cosine + self._error_bound), side="right"))
        )

    @lazy
    def _every(self) -> NDArray[np.float32]:
        """The cosines of all the rows, ascending."""
        rows = None if self._mask is None else np.flatnonzero(self._mask)
        return np.sort(self._vectors.cosines(self._vector, rows))

    @lazy
    def _sample(self) -> NDArray[np.float32]:
        """The cosines of some of the rows, ascending."""
        return np.sort(self._vectors.sample(self._mask, self._policy.sampled_rows) @ self._vector)

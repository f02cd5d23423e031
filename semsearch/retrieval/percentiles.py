"""Rank and percentile of a cosine among the rows that count; estimated from a sample where there are very many."""

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
    """Ranks and percentiles of the cosines of one vector to some rows.

    Args:
        vectors: The vectors of the index.
        vector: float32 ``(dim,)``, of norm 1.
        mask: bool ``(len(vectors),)``: the rows that count; ``None`` for all.
        count: Number of rows of the mask.
        counted: Whether percentiles are counted over all rows, even if there are very many.
        policy: How many rows are counted, and how many are sampled; the usual numbers if ``None``.
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
        """For each cosine the share of the other rows that have a lower one, in per cent.

        Args:
            cosines: float64 ``(n,)``: cosines of rows of the mask, in any order.
            nearest: float64 ``(m,)``: cosines of the nearest rows, descending. The percentile of one of these is exact.

        Returns:
            float64 ``(n,)``, 0 to 100; 100 if there is no other row.
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
        # That no row of a sample is below does not prove that there is none: half a row is nearer to the truth than 0.
        share = 100.0 * (below / others if self._counted else np.maximum(below, 0.5) / max(1, len(every)))
        at_most = 100.0 * (self._count - len(first)) / others
        return np.where(known, exact, np.minimum(share, at_most)).clip(0, 100)

    def rank(self, cosine: float, nearest: NDArray[np.float64]) -> int:
        """Rank of a cosine among the cosines of the rows, from 1.

        Args:
            cosine: The cosine.
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
        """The cosines of all rows of the mask, ascending."""
        rows = None if self._mask is None else np.flatnonzero(self._mask)
        return np.sort(self._vectors.cosines(self._vector, rows))

    @lazy
    def _sample(self) -> NDArray[np.float32]:
        """The cosines of some rows of the mask, ascending."""
        return np.sort(self._vectors.sample(self._mask, self._policy.sampled_rows) @ self._vector)

"""The signal of meaning: cosine similarity to the vector of a question, or of papers that the user likes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from semsearch.dense.exact import scores as exact_scores
from semsearch.model.errors import QueryError
from semsearch.model.index_protocols import TopRows

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from semsearch.model.index_protocols import DenseIndex, Mask, Rows, Scores

#: Weight with which papers that the user does not like are subtracted; those that the user likes have the weight 1.
#: This is gamma in Rocchio's formula, and the value is a usual one.
UNLIKED = 0.5


class Cosine:
    """Exact cosines in [-1, 1] as a `Signal`.

    Args:
        dense: The vectors of the index.
        vector: float32 ``(dim,)``, of norm 1.
        nearest: The nearest rows and their cosines, as far as they are known already: int64 and float64, both
            ``(n,)``. They must be those of the mask with which `top` is called first.
        fewest: Least number of rows that a search asks for.

    Attributes:
        dense: The vectors of the index.
        vector: float32 ``(dim,)``, of norm 1.
    """

    def __init__(
        self,
        dense: DenseIndex,
        vector: NDArray[np.float32],
        nearest: tuple[Rows, Scores] | None = None,
        *,
        fewest: int = 1,
    ) -> None:
        self.dense = dense
        self.vector = vector
        self._nearest = nearest or (np.empty(0, np.int64), np.empty(0))
        self._fewest = fewest
        self._mask: Mask | None = None
        self._fresh = True

    def top(self, k: int, mask: Mask | None) -> TopRows:
        """See `Signal`. Returns at least ``fewest`` rows if there are so many, and all that are known already.

        Args:
            k: At least 1.
            mask: bool ``(len(dense),)``: rows that may be returned; ``None`` for all.
        """
        if self._fresh or mask is not self._mask:
            count = len(self.dense) if mask is None else int(np.count_nonzero(mask))
            if not self._fresh:
                self._nearest = np.empty(0, np.int64), np.empty(0)
            self._mask, self._count, self._fresh = mask, count, False
        k = min(max(k, self._fewest), self._count)
        if len(self._nearest[0]) < k:
            self._nearest = self.dense.search(self.vector[None], k, mask=mask)[0]
        rows, cosines = self._nearest
        return TopRows(rows, cosines, float(cosines[-1]) if len(rows) < self._count else -math.inf)

    def scores(self, rows: Rows) -> Scores:
        """See `Signal`."""
        return exact_scores(self.dense.take(rows), self.vector)


def direction(liked: NDArray[np.float32], unliked: NDArray[np.float32]) -> NDArray[np.float32]:
    """The direction towards papers that the user likes, and away from papers that the user does not like.

    This is Rocchio's formula on unit vectors (Salton and Buckley, "Improving Retrieval Performance by Relevance
    Feedback", 1990): the mean of the one minus half the mean of the other.

    Args:
        liked: float32 ``(n, dim)``, unit rows, at least one.
        unliked: float32 ``(m, dim)``, unit rows; may be empty.

    Returns:
        float32 ``(dim,)``, of norm 1.

    Raises:
        QueryError: The papers have no common direction.
    """
    if len(liked) == 1 and not len(unliked):
        only: NDArray[np.float32] = liked[0]
        return only
    mean = liked.astype(np.float64).mean(axis=0)
    if len(unliked):
        mean -= UNLIKED * unliked.astype(np.float64).mean(axis=0)
    norm = float(np.linalg.norm(mean))
    if norm < 1e-6:
        raise QueryError("these papers have no common direction: their mean is zero; search with each of them alone")
    unit: NDArray[np.float64] = mean / norm
    return unit.astype(np.float32)

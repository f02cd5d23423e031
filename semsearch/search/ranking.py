"""All rows that are searched, in one order: by cosine, by BM25, or by both; that of float64 scores, exactly."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from semsearch.search import fusion
from semsearch.vectors.exact import scores, slack

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from semsearch.store import Snapshot

#: Decimals of the mean cosine.
_DIGITS = 3


class Ranking:
    """The rows searched for one question, and how they stand.

    Args:
        snapshot: With its vectors.
        vector: The question's, float32 ``(dim,)``.
        among: bool ``(rows,)``: rows that may be returned; ``None`` for all that are papers.
        lexical: Rows that match the question's words, and their BM25; ``None`` for no lexical part.
        dense: Whether cosines order the rows too; else rows that match no word are not returned.
    """

    def __init__(
        self,
        snapshot: Snapshot,
        vector: NDArray[np.float32],
        among: NDArray[np.bool_] | None,
        lexical: tuple[NDArray[np.int64], NDArray[np.float64]] | None,
        *,
        dense: bool = True,
    ) -> None:
        self._vectors = snapshot.vectors
        #: The question's vector.
        self.vector = vector
        self._slack = slack(self._vectors.dim)
        self._bm25 = np.zeros(len(self._vectors))
        if lexical is not None:
            allowed = lexical[0] >= 0 if among is None else (lexical[0] >= 0) & among[lexical[0]]
            self._bm25[lexical[0][allowed]] = lexical[1][allowed]
        if not dense:
            matching = self._bm25 > 0
            among = matching if among is None else among & matching
        self._dense = dense
        #: The rows searched, int64 ascending.
        self.rows = np.arange(len(self._vectors)) if among is None else np.flatnonzero(among)
        self._cosines = self._vectors.cosines(vector, self.rows if among is not None else None)
        self._best_bm25 = float(self._bm25[self.rows].max(initial=0.0))
        #: The greatest cosine of the rows searched; 0 where nothing is.
        self.best_cosine = self._exact_best()
        # Rounded, so that the rounding of float32 sums does not reach the order.
        self._mean = round(float(self._cosines.mean(dtype=np.float64)), _DIGITS) if len(self.rows) else 0.0
        self._spread = max(self.best_cosine - self._mean, 10.0**-_DIGITS)

    def _exact_best(self) -> float:
        """The greatest cosine, in float64."""
        if not len(self.rows):
            return 0.0
        near = self.rows[self._cosines >= self._cosines.max() - self._slack]
        return float(scores(self._vectors.take(near), self.vector).max())

    def top(self, k: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """The k first rows, and their cosines: int64 and float64 ``(min(k, rows searched),)``; ties by lower row."""
        k = min(k, len(self.rows))
        if k == 0:
            return np.empty(0, np.int64), np.empty(0)
        rough = self._keys(self._cosines.astype(np.float64), self.rows)
        margin = self._slack / self._spread  # a key is off by no more than its cosine is, scaled as the cosine is
        floor = np.partition(rough, len(rough) - k)[len(rough) - k] - 2 * margin
        candidates = self.rows[rough >= floor]
        cosines = scores(self._vectors.take(candidates), self.vector)
        order = np.lexsort((candidates, -self._keys(cosines, candidates)))[:k]
        return candidates[order], np.clip(cosines[order], -1.0, 1.0)  # unit rows can meet at a little over 1

    def _keys(self, cosines: NDArray[np.float64], rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """What the rows are ordered by."""
        bm25 = self._bm25[rows]
        if not self._dense:
            return bm25
        return fusion.fused(cosines, bm25, self._mean, self._spread, self._best_bm25, len(self._vectors))

    def cosines_of(self, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """Exact cosines of some rows."""
        return np.clip(scores(self._vectors.take(rows), self.vector), -1.0, 1.0)

    def percentiles(self, cosines: NDArray[np.float64]) -> NDArray[np.float64]:
        """For each cosine the share of the rows searched that are less near, in per cent of the others."""
        below = np.searchsorted(self._ascending, cosines.astype(np.float32) - np.float32(self._slack), side="left")
        return np.asarray(100.0 * below / max(1, len(self._cosines) - 1), np.float64).clip(0, 100)

    @cached_property
    def _ascending(self) -> NDArray[np.float32]:
        """The cosines in order; percentiles are asked for more than once."""
        return np.sort(self._cosines)

    def dense_rank(self, cosine: float) -> int:
        """1-based place that a cosine has among the cosines of the rows searched."""
        return 1 + int(np.count_nonzero(self._cosines > np.float32(cosine) + np.float32(self._slack)))

    def lexical_rank(self, row: int) -> int | None:
        """1-based place by BM25; ``None`` where no word matches."""
        bm25 = self._bm25[row]
        return 1 + int(np.count_nonzero(self._bm25[self.rows] > bm25)) if bm25 > 0 else None

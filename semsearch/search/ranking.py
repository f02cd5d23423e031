"""The rows that are searched, in one order: by cosine, by BM25, or by both; that of float64 scores, exactly.

Not every row is scored. The nearest ones come from the index of the vectors, the BM25 of every row that has any is
known, and another row can come before a near one by its words only: those that could are scored too.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from semsearch.search import fusion
from semsearch.search.standing import Standing
from semsearch.vectors.exact import scores

if TYPE_CHECKING:
    from semsearch.search.bm25 import Words
    from semsearch.store import Snapshot

#: Rows in order, and their cosines.
Nearest = tuple[NDArray[np.int64], NDArray[np.float64]]

#: Decimals of the mean cosine: rounded, so that in what order the vectors were summed does not reach the order.
_DIGITS = 3
#: Nearest rows that are asked for at least; and rows with the most BM25.
_NEAREST, _STRONGEST = 64, 256
#: Of very many rows the nearest ones are nearer to each other: one in so many are asked for, up to this number.
_NEAREST_SHARE, _NEAREST_ENOUGH = 2000, 512
#: More than rounding can make of a difference of keys.
_MARGIN = 1e-9


class Ranking:
    """The rows searched for one question, and how they stand.

    Args:
        snapshot: With its vectors.
        vector: The question's, float32 ``(dim,)``.
        among: bool ``(rows,)``: rows that may be returned; ``None`` for all that are papers.
        words: The question's; ``None`` for no lexical part.
        dense: Whether cosines order the rows too; else rows that match no word are not returned.
        wanted: How many of the first rows will be asked for, probably.
        nearest: The nearest rows of these and their cosines, as many as are known.
        counted: Whether percentiles are counted over all rows, however many there are.
    """

    def __init__(
        self,
        snapshot: Snapshot,
        vector: NDArray[np.float32],
        among: NDArray[np.bool_] | None,
        words: Words | None,
        *,
        dense: bool = True,
        wanted: int = 1,
        nearest: Nearest | None = None,
        counted: bool = False,
    ) -> None:
        self._snapshot = snapshot
        self._vectors = snapshot.vectors
        #: The question's vector.
        self.vector = vector
        #: The question's words.
        self.words = words
        self._among = among
        self._dense = dense
        self._wanted = wanted
        self._found = nearest or (np.empty(0, np.int64), np.empty(0))
        self._bm25, self._bound, self._best_bm25 = np.zeros(0), 0.0, 0.0
        if not dense:
            self._score_words(every=True)
            matching = self._bm25 > 0
            self._among = matching if among is None else among & matching
        #: Number of rows searched.
        self.count = len(self._vectors) if self._among is None else int(np.count_nonzero(self._among))
        if dense:
            self._score_words(every=False)
        self._standing = Standing(self._vectors, vector, self._among, self.count, counted=counted)

    def _score_words(self, *, every: bool) -> None:
        """Note the BM25 of the rows searched: of every one, or of those that matter, and what that of others can be."""
        self._bm25, self._bound = np.zeros(len(self._vectors)), 0.0
        if self.words is not None:
            rows, scores, bound = self.words.all() if every else self.words.some(self._nearest(2 * self._wanted)[0])
            allowed = rows >= 0 if self._among is None else (rows >= 0) & self._among[rows]
            self._bm25[rows[allowed]] = scores[allowed]
            self._bound = bound
        self._best_bm25 = float(self._bm25.max(initial=0.0))
        if self._bound > self._best_bm25:
            self._score_words(every=True)

    def holds(self, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
        """For each row whether it is searched."""
        return np.ones(len(rows), np.bool_) if self._among is None else self._among[rows]

    def _nearest(self, k: int) -> Nearest:
        """The nearest rows searched, at least so many, and their cosines, descending."""
        k = min(max(k, _NEAREST, min(self.count // _NEAREST_SHARE, _NEAREST_ENOUGH)), self.count)
        if len(self._found[0]) < k:
            self._found = self._vectors.search(self.vector[None], k, among=self._among)[0]
            if self._bound:  # there are rows now whose BM25 was not asked for
                self._score_words(every=True)
        return self._found

    @property
    def best_cosine(self) -> float:
        """The greatest cosine of the rows searched; 0 where nothing is."""
        return float(self._nearest(1)[1][0]) if self.count else 0.0

    @cached_property
    def _mean(self) -> float:
        """Of the cosines of all papers."""
        return round(float(self.vector.astype(np.float64) @ self._snapshot.mean), _DIGITS)

    def top(self, k: int) -> Nearest:
        """The k first rows, and their cosines: int64 and float64 ``(min(k, rows searched),)``; ties by lower row."""
        k = min(k, self.count)
        if k == 0:
            return np.empty(0, np.int64), np.empty(0)
        if not self._dense:
            rows = np.flatnonzero(self._bm25 > 0)
            return self._first(k, rows, self._bm25[rows])
        rows, cosines = self._nearest(k if self._best_bm25 <= 0 else 2 * k)
        if self._best_bm25 <= 0:
            return rows[:k], np.clip(cosines[:k], -1.0, 1.0)  # unit rows can meet at a little over 1
        if len(rows) < self.count:
            rows = self._with_words(k, float(cosines[-1]))
        return self._first(k, rows, self._keys(rows))

    def _with_words(self, k: int, cosine: float) -> NDArray[np.int64]:
        """The nearest rows, and all others that their words can bring among the k first.

        Args:
            k: How many.
            cosine: What that of no row is above that is not among the nearest.
        """
        words = fusion.by_words(self._bm25, self._best_bm25, len(self._vectors))
        strongest = np.argpartition(words, -min(max(_STRONGEST, k), len(words)))[-max(_STRONGEST, k) :]
        rows = np.union1d(self._found[0], strongest[words[strongest] > 0])
        keys = self._keys(rows)
        least = np.partition(keys, len(keys) - k)[len(keys) - k]
        beyond = least - fusion.by_meaning(cosine, self._mean, self._spread) - _MARGIN
        if self._bound and fusion.by_words(np.array(self._bound), self._best_bm25, len(self._vectors)) >= beyond:
            self._score_words(every=True)
            return self._with_words(k, cosine)
        return np.union1d(rows, np.flatnonzero((words >= beyond) & (words > 0)))

    @property
    def _spread(self) -> float:
        return max(self.best_cosine - self._mean, 10.0**-_DIGITS)

    def _keys(self, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """What the rows are ordered by."""
        words = fusion.by_words(self._bm25[rows], self._best_bm25, len(self._vectors))
        return words + fusion.by_meaning(scores(self._vectors.take(rows), self.vector), self._mean, self._spread)

    def _first(self, k: int, rows: NDArray[np.int64], keys: NDArray[np.float64]) -> Nearest:
        first = rows[np.lexsort((rows, -keys))[:k]]
        return first, self.cosines_of(first)

    def cosines_of(self, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """Exact cosines of some rows."""
        return np.clip(scores(self._vectors.take(rows), self.vector), -1.0, 1.0)

    def percentiles(self, cosines: NDArray[np.float64]) -> NDArray[np.float64]:
        """For each cosine the share of the rows searched that are less near, in per cent of the others."""
        return self._standing.percentiles(cosines, self._nearest(1)[1])

    def dense_rank(self, cosine: float) -> int:
        """1-based place that a cosine has among the cosines of the rows searched."""
        return self._standing.rank(cosine, self._nearest(1)[1])

    def lexical_rank(self, row: int) -> int | None:
        """1-based place by BM25; ``None`` where no word matches."""
        if self._bm25[row] <= self._bound:
            self._score_words(every=True)
        bm25 = self._bm25[row]
        return 1 + int(np.count_nonzero(self._bm25 > bm25)) if bm25 > 0 else None

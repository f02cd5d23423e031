"""The rows that are searched, in one order: by cosine, by BM25, or by both; that of float64 scores, exactly.

Not every row is scored: the index of the vectors finds the first rows by cosine and what their words add to it.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from semsearch.dense.exact import scores
from semsearch.retrieval import fusion
from semsearch.retrieval.percentiles import Standing

if TYPE_CHECKING:
    from semsearch.index import Snapshot
    from semsearch.retrieval.bm25 import Words

#: Rows in order, and their cosines.
Nearest = tuple[NDArray[np.int64], NDArray[np.float64]]

#: Decimals of the mean cosine: rounded, so that in what order the vectors were summed does not reach the order.
_DIGITS = 3
#: Nearest rows that are asked for at least.
_NEAREST = 64
#: Of very many rows the nearest ones are nearer to each other: one in so many are asked for, up to this number.
_NEAREST_SHARE, _NEAREST_ENOUGH = 2000, 512
#: More than rounding can make of a difference of scores.
_MARGIN = 1e-9


class Ranking:
    """The rows searched for one question, and how they stand.

    Args:
        snapshot: With its vectors.
        vector: The question's, float32 ``(dim,)``.
        among: bool ``(rows,)``: rows that may be returned; ``None`` for all.
        papers: bool ``(rows,)``: the rows that percentiles count, whatever the filter; ``None`` for all. The same
            object as ``among`` where nothing is filtered.
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
        papers: NDArray[np.bool_] | None,
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
        self._first: Nearest = (np.empty(0, np.int64), np.empty(0))
        self._bm25, self._bound, self._best_bm25 = np.zeros(0), 0.0, 0.0
        if not dense:
            self._score_words(every=True)
            matching = self._bm25 > 0
            self._among = matching if among is None else among & matching
        #: Number of rows searched.
        self.count = len(self._vectors) if self._among is None else int(np.count_nonzero(self._among))
        if dense:
            self._score_words(every=False)
        self._standing = self._of_all = Standing(self._vectors, vector, self._among, self.count, counted=counted)
        if self._among is not papers:
            number = len(self._vectors) if papers is None else int(np.count_nonzero(papers))
            self._of_all = Standing(self._vectors, vector, papers, number, counted=counted)

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
        if self.words is not None:  # the further they reach, the less can words bring forward from behind them
            k = max(k, min(self.count // _NEAREST_SHARE, _NEAREST_ENOUGH))
        k = min(max(k, _NEAREST), self.count)
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
        if len(self._first[0]) < k:
            self._first = self._ordered(max(k, min(self._wanted, self.count)))
        rows, cosines = self._first
        return rows[:k], cosines[:k]

    def _ordered(self, k: int) -> Nearest:
        """The k first of the rows searched, which are so many at least."""
        if not self._dense:
            rows = np.flatnonzero(self._bm25 > 0)
            rows = rows[np.lexsort((rows, -self._bm25[rows]))[:k]]
            return rows, self.cosines_of(rows)
        rows, cosines = self._nearest(k if self._best_bm25 <= 0 else 2 * k)
        if self._best_bm25 <= 0:
            return rows[:k], np.clip(cosines[:k], -1.0, 1.0)  # unit rows can meet at a little over 1
        lift = self._lift(self._bm25)
        rows, keys = self._vectors.search(self.vector[None], k, among=self._among, lift=lift)[0]
        # A row whose BM25 was not asked for is none of the nearest, and has the bound at most.
        if self._bound and cosines[-1] + self._lift(np.array([self._bound]))[0] >= keys[-1] - _MARGIN:
            self._score_words(every=True)
            return self._ordered(k)
        return rows, self.cosines_of(rows)

    def _lift(self, bm25: NDArray[np.float64]) -> NDArray[np.float64]:
        """What words add to cosines."""
        spread = max(self.best_cosine - self._mean, 10.0**-_DIGITS)
        return fusion.lift(bm25, self._best_bm25, spread, len(self._vectors))

    def cosines_of(self, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """Exact cosines of some rows."""
        return np.clip(scores(self._vectors.take(rows), self.vector), -1.0, 1.0)

    def percentiles(self, cosines: NDArray[np.float64]) -> NDArray[np.float64]:
        """For each cosine, how many of all other papers are less near, in per cent; filters make no difference."""
        # The nearest rows are known of the rows searched only.
        nearest = self._nearest(1)[1] if self._of_all is self._standing else np.empty(0)
        return self._of_all.percentiles(cosines, nearest)

    def dense_rank(self, cosine: float) -> int:
        """1-based rank that a cosine has among the cosines of the rows searched."""
        return self._standing.rank(cosine, self._nearest(1)[1])

    def lexical_rank(self, row: int) -> int | None:
        """1-based place by BM25; ``None`` where no word matches."""
        if self._bound and self._bm25[row] <= self._bound:
            self._score_words(every=True)
        bm25 = self._bm25[row]
        return 1 + int(np.count_nonzero(self._bm25 > bm25)) if bm25 > 0 else None

"""The rows that are searched for one question, in order, and what their cosines mean."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np

from semsearch.model.lazy import lazy
from semsearch.retrieval.percentiles import Percentiles

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from semsearch.model.index_protocols import DenseIndex, Mask, Rows, Scores
    from semsearch.model.policy import RetrievalPolicy
    from semsearch.retrieval.signals import Bm25, Cosine


class Order(Protocol):
    """What gives the first rows of a question; `semsearch.retrieval.top_k.FusedTop` and `LexicalTop`."""

    def top(self, k: int) -> Rows:
        """The first ``k`` rows in order, or all where there are fewer."""
        ...


class LexicalTop:
    """Rows in order of BM25 alone; those that hold none of the terms are not among them.

    Args:
        bm25: The signal.
        mask: bool ``(rows,)``: rows that may be returned; ``None`` for all.
    """

    def __init__(self, bm25: Bm25, mask: Mask | None) -> None:
        self._bm25, self._mask = bm25, mask

    def top(self, k: int) -> Rows:
        """See `Order`."""
        return self._bm25.top(k, self._mask).rows


class Ranking:
    """The rows searched for one question.

    Args:
        dense: The vectors that are searched.
        cosine: Cosines to the question.
        order: Of the rows.
        mask: bool ``(rows,)``: the rows searched; ``None`` for all.
        papers: bool ``(rows,)``: the rows that percentiles count, whatever the filter; ``None`` for all. The same
            object as ``mask`` where nothing is filtered.
        bm25: The words, where the question has any and they count.
        wanted: How many of the first rows will be asked for, probably.
        counted: Whether percentiles are counted over all rows, however many there are.
        policy: How percentiles are worked out.
    """

    def __init__(
        self,
        dense: DenseIndex,
        cosine: Cosine,
        order: Order,
        mask: Mask | None,
        *,
        papers: Mask | None,
        bm25: Bm25 | None = None,
        wanted: int = 1,
        counted: bool = False,
        policy: RetrievalPolicy | None = None,
    ) -> None:
        self.cosine, self.bm25 = cosine, bm25
        self._dense, self._order = dense, order
        self._mask, self._papers = mask, papers
        self._wanted, self._counted, self._policy = wanted, counted, policy
        #: Number of rows searched.
        self.count = count_of(mask, len(dense))
        self._first = np.empty(0, np.int64)

    def top(self, k: int) -> tuple[Rows, Scores]:
        """The first ``k`` rows and their cosines: int64 and float64 ``(min(k, rows searched),)``."""
        k = min(k, self.count)
        if len(self._first) < k:
            self._first = self._order.top(max(k, min(self._wanted, self.count)))
        rows = self._first[:k]
        return rows, self.cosines_of(rows)

    def cosines_of(self, rows: Rows) -> Scores:
        """Exact cosines of some rows, float64 ``(len(rows),)``; unit rows can meet at a little over 1."""
        return np.clip(self.cosine.scores(rows), -1.0, 1.0)

    def holds(self, rows: Rows) -> NDArray[np.bool_]:
        """For each row whether it is searched."""
        return np.ones(len(rows), np.bool_) if self._mask is None else self._mask[rows]

    @property
    def best_cosine(self) -> float:
        """The greatest cosine of the rows searched; 0 where nothing is."""
        return float(self._nearest()[0]) if self.count else 0.0

    def percentiles(self, cosines: Scores) -> Scores:
        """For each cosine, how many of all other papers are less near, in per cent; filters make no difference."""
        # The nearest rows are known of the rows searched only.
        nearest = self._nearest() if self._papers is self._mask else np.empty(0)
        return self._among_papers.percentiles(cosines, nearest)

    def dense_rank(self, cosine: float) -> int:
        """1-based rank that a cosine has among the cosines of the rows searched."""
        return self._among_searched.rank(cosine, self._nearest())

    def lexical_rank(self, row: int) -> int | None:
        """1-based rank by BM25 among the rows searched; ``None`` where no word matches."""
        return self.bm25.rank(row, self._mask) if self.bm25 else None

    def _nearest(self) -> Scores:
        """Cosines of the nearest rows searched, descending, as many as are known."""
        return self.cosine.top(1, self._mask).scores

    @lazy
    def _among_searched(self) -> Percentiles:
        return self._percentiles(self._mask, self.count)

    @lazy
    def _among_papers(self) -> Percentiles:
        if self._papers is self._mask:
            return self._among_searched
        return self._percentiles(self._papers, count_of(self._papers, len(self._dense)))

    def _percentiles(self, mask: Mask | None, count: int) -> Percentiles:
        return Percentiles(self._dense, self.cosine.vector, mask, count, counted=self._counted, policy=self._policy)


def count_of(mask: Mask | None, rows: int) -> int:
    """Number of rows of a mask, of so many in all."""
    return rows if mask is None else int(np.count_nonzero(mask))

"""The ranking of one question: the rows that are searched, in order, with their cosines, ranks and percentiles."""

from __future__ import annotations

from copy import copy
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
    """An order of the rows: `semsearch.retrieval.top_k.FusedTop` or `LexicalTop`."""

    def top(self, k: int) -> Rows:
        """The first ``k`` rows in order, int64 ``(k,)``; all rows if there are fewer."""
        ...

    def adds(self, rows: Rows) -> dict[str, Scores]:
        """What each signal adds to the score by which rows are ordered, by name.

        Args:
            rows: int64 ``(n,)``, in any order.

        Returns:
            float64 ``(n,)`` for each signal.
        """
        ...


class LexicalTop:
    """Orders rows by BM25 alone. Rows that hold none of the terms are left out.

    Args:
        bm25: BM25 of the question.
        mask: Filter mask, bool ``(rows,)``: rows that may be returned; ``None`` for all.
    """

    def __init__(self, bm25: Bm25, mask: Mask | None) -> None:
        self._bm25, self._mask = bm25, mask

    def top(self, k: int) -> Rows:
        """See `Order`."""
        return self._bm25.top(k, self._mask).rows

    def adds(self, rows: Rows) -> dict[str, Scores]:
        """See `Order`."""
        return {"bm25": self._bm25.scores(rows)}


class Ranking:
    """The rows that are searched for one question, in order.

    Args:
        dense: The vectors that are searched.
        cosine: Cosines to the question.
        order: The order of the rows.
        mask: Filter mask, bool ``(rows,)``: the rows that are searched; ``None`` for all.
        papers: bool ``(rows,)``: the rows that percentiles count, also those that the filter excludes; ``None`` for
            all. Without a filter it must be the same object as ``mask``.
        bm25: BM25 of the question; ``None`` if it has no words or they do not count.
        wanted: How many of the first rows will probably be needed.
        counted: Whether percentiles are counted over all rows, even if there are very many.
        policy: Sizes for percentiles; the usual ones if ``None``.

    Attributes:
        cosine: Cosines to the question.
        bm25: BM25 of the question, or ``None``.
        count: Number of rows that are searched.
        order: The order of the rows.
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
        self._dense = dense
        self._mask, self._papers = mask, papers
        self._wanted, self._counted, self._policy = wanted, counted, policy
        self.count = count_of(mask, len(dense))
        self.order, self._first = order, np.empty(0, np.int64)
        self._is_fed_back = False

    def by(self, order: Order) -> Ranking:
        """The same rows in another order, with the same cosines, ranks and percentiles.

        Args:
            order: The order.
        """
        other = copy(self)
        other.order, other._first, other._is_fed_back = order, np.empty(0, np.int64), True
        return other

    def top(self, k: int) -> tuple[Rows, Scores]:
        """The first ``k`` rows in order, and their cosines: int64 and float64, both ``(min(k, rows searched),)``."""
        k = min(k, self.count)
        if len(self._first) < k:
            self._first = self.order.top(max(k, min(self._wanted, self.count)))
        rows = self._first[:k]
        return rows, self.cosines_of(rows)

    def cosines_of(self, rows: Rows) -> Scores:
        """Exact cosines of some rows, float64 ``(len(rows),)``, in the order of ``rows``.

        Args:
            rows: int64 ``(n,)``, in any order.
        """
        # The product of two float32 unit vectors can be a little over 1.
        return np.clip(self.cosine.scores(rows), -1.0, 1.0)

    def holds(self, rows: Rows) -> NDArray[np.bool_]:
        """For each row whether it is searched, bool ``(len(rows),)``.

        Args:
            rows: int64 ``(n,)``, in any order.
        """
        return np.ones(len(rows), np.bool_) if self._mask is None else self._mask[rows]

    def adds(self, row: int) -> dict[str, float]:
        """What each signal adds to the score by which a row is ordered, by name.

        ``cosine`` is the cosine to the question, and ``feedback`` what another vector of the order makes of it.

        Args:
            row: The row.
        """
        rows = np.array([row], np.int64)
        parts = {name: float(scores[0]) for name, scores in self.order.adds(rows).items()}
        if "cosine" in parts and self._is_fed_back:
            own = float(self.cosines_of(rows)[0])
            parts |= {"cosine": own, "feedback": parts["cosine"] - own}
        return parts

    @property
    def best_cosine(self) -> float:
        """The greatest cosine of the rows searched; 0 if there are none."""
        return float(self._nearest()[0]) if self.count else 0.0

    def percentiles(self, cosines: Scores) -> Scores:
        """For each cosine the share of all other papers with a lower one, in per cent; a filter makes no difference.

        Args:
            cosines: float64 ``(n,)``: cosines of rows of papers.

        Returns:
            float64 ``(n,)``, 0 to 100.
        """
        # The nearest rows are known only among the rows searched.
        nearest = self._nearest() if self._papers is self._mask else np.empty(0)
        return self._of_papers.percentiles(cosines, nearest)

    def dense_rank(self, cosine: float) -> int:
        """Rank of a cosine among the cosines of the rows searched, from 1."""
        return self._of_searched.rank(cosine, self._nearest())

    def lexical_rank(self, row: int) -> int | None:
        """Rank of a row by BM25 among the rows searched, from 1; ``None`` if no word matches."""
        return self.bm25.rank(row, self._mask) if self.bm25 else None

    def _nearest(self) -> Scores:
        """Cosines of the nearest rows searched, descending; as many as are known already, at least one."""
        return self.cosine.top(1, self._mask).scores

    @lazy
    def _of_searched(self) -> Percentiles:
        return self._percentiles(self._mask, self.count)

    @lazy
    def _of_papers(self) -> Percentiles:
        if self._papers is self._mask:
            return self._of_searched
        return self._percentiles(self._papers, count_of(self._papers, len(self._dense)))

    def _percentiles(self, mask: Mask | None, count: int) -> Percentiles:
        return Percentiles(self._dense, self.cosine.vector, mask, count, counted=self._counted, policy=self._policy)


def count_of(mask: Mask | None, rows: int) -> int:
    """Number of rows that a mask holds.

    Args:
        mask: bool ``(rows,)``; ``None`` for all rows.
        rows: Number of all rows.
    """
    return rows if mask is None else int(np.count_nonzero(mask))

"""The signal of words: BM25 of a question's terms."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from semsearch.model.index_protocols import KnownScores, TopRows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semsearch.model.index_protocols import LexicalIndex, LexicalScores, Mask, Rows, Scores


class Bm25:
    """Implements `BoostSignal`: BM25 scores, 0 for papers that hold none of the terms.

    Args:
        lexical: The words of the papers.
        terms: Of the question, different ones, at least one.
    """

    def __init__(self, lexical: LexicalIndex, terms: Sequence[str]) -> None:
        self._lexical = lexical
        self.terms = tuple(terms)
        self._all: LexicalScores | None = None
        self._some: LexicalScores | None = None

    def known(self, near: Rows, mask: Mask | None) -> KnownScores:
        """See `BoostSignal`."""
        if self._all is None:
            self._some = self._lexical.scores(self.terms, near)
            if not self._some.bound:
                self._all = self._some
        return _within(self._all or self._some, mask)  # type: ignore[arg-type]  # one of them was just found

    def every(self, mask: Mask | None) -> KnownScores:
        """See `BoostSignal`."""
        if self._all is None:
            self._all = self._lexical.scores(self.terms)
        return _within(self._all, mask)

    def top(self, k: int, mask: Mask | None) -> TopRows:
        """See `Signal`; papers that hold none of the terms are not returned."""
        rows, scores, _ = self.every(mask)
        first = np.lexsort((rows, -scores))[:k]
        return TopRows(rows[first], scores[first], float(scores[first[-1]]) if len(first) < len(rows) else 0.0)

    def scores(self, rows: Rows) -> Scores:
        """See `Signal`."""
        known = self.every(None)
        order = np.argsort(known.rows)
        if not len(order):
            return np.zeros(len(rows))
        places = np.searchsorted(known.rows, rows, sorter=order).clip(max=len(order) - 1)
        found = order[places]
        return np.where(known.rows[found] == rows, known.scores[found], 0.0)

    def rank(self, row: int, mask: Mask | None) -> int | None:
        """1-based rank of a row among those of the mask; ``None`` where it holds none of the terms."""
        score = float(self.scores(np.array([row], np.int64))[0])
        return 1 + int(np.count_nonzero(self.every(mask).scores > score)) if score > 0 else None

    def best(self) -> int | None:
        """The row of the paper with the most BM25 of all, the lowest of several; ``None`` where no term matches."""
        found = self._all or self._some or self._lexical.scores(self.terms, np.empty(0, np.int64))
        if found.bound > found.scores.max(initial=0.0):
            self.every(None)
            found = self._all or found
        return int(found.rows[np.lexsort((found.rows, -found.scores))[0]]) if len(found.rows) else None


def _within(found: LexicalScores, mask: Mask | None) -> KnownScores:
    if mask is None:
        return KnownScores(*found)
    inside = mask[found.rows]
    return KnownScores(found.rows[inside], found.scores[inside], found.bound)

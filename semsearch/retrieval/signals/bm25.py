"""The signal of words: BM25 of the terms of a question."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from semsearch.model.index_protocols import KnownScores
from semsearch.retrieval.signals.known import scores_of, top_of, within

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semsearch.model.index_protocols import LexicalIndex, LexicalScores, Mask, Rows, Scores, TopRows


class Bm25:
    """BM25 as a `BoostSignal`. Papers that hold none of the terms have the score 0.

    Args:
        lexical: The words of the papers.
        terms: The terms of the question: at least one. One that is there more than once counts more.

    Attributes:
        terms: The terms.
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
        return self._at_hand(mask)

    def _at_hand(self, mask: Mask | None) -> KnownScores:
        """The scores that were asked for last, or all, if these are known."""
        return within(KnownScores(*(self._all or self._some)), mask)  # type: ignore[misc]  # one of them is not None

    def every(self, mask: Mask | None) -> KnownScores:
        """See `BoostSignal`."""
        if self._all is None:
            self._all = self._lexical.scores(self.terms)
        return within(KnownScores(*self._all), mask)

    def top(self, k: int, mask: Mask | None) -> TopRows:
        """See `Signal`. Papers that hold none of the terms are not returned.

        Args:
            k: At least 1.
            mask: bool ``(rows of the index,)``: rows that may be returned; ``None`` for all.
        """
        if self._all is None and self._some is None:
            self.known(np.empty(0, np.int64), mask)
        found = self._at_hand(mask)
        # Rows that were not scored may belong to the first ones, or come first among equal ones.
        if found.bound and np.count_nonzero(found.scores > found.bound) < k:
            found = self.every(mask)
        top = top_of(found, k)
        return top._replace(bound=max(top.bound, found.bound))

    def scores(self, rows: Rows) -> Scores:
        """See `Signal`."""
        return scores_of(self.every(None), rows)

    def rank(self, row: int, mask: Mask | None) -> int | None:
        """Rank of a row by BM25, from 1.

        Args:
            row: The row.
            mask: bool ``(rows of the index,)``: the rows that are ranked; ``None`` for all.

        Returns:
            The rank; ``None`` if the row holds none of the terms.
        """
        score = float(self.scores(np.array([row], np.int64))[0])
        return 1 + int(np.count_nonzero(self.every(mask).scores > score)) if score > 0 else None

    def best(self) -> int | None:
        """The row with the greatest score, the lowest of equal ones; ``None`` if no paper holds a term."""
        first = self.top(1, None).rows
        return int(first[0]) if len(first) else None

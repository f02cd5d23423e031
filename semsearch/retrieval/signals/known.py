"""What signals do whose scores are known for some rows, and are 0 for all others: BM25, names, word for word."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from semsearch.model.index_protocols import KnownScores, TopRows

if TYPE_CHECKING:
    from semsearch.model.index_protocols import Mask, Rows, Scores


def within(found: KnownScores, mask: Mask | None) -> KnownScores:
    """The scores of the rows of a mask.

    Args:
        found: The scores.
        mask: bool ``(rows of the index,)``; ``None`` for all rows.
    """
    if mask is None:
        return found
    inside = mask[found.rows]
    return KnownScores(found.rows[inside], found.scores[inside], found.bound)


def top_of(found: KnownScores, k: int) -> TopRows:
    """The first rows by score; of equal scores the lower row is first.

    Args:
        found: All scores above 0.
        k: At least 1.
    """
    rows, scores, _ = found
    near = np.arange(len(rows))
    if len(rows) > k:  # only what reaches the k-th score is sorted
        near = np.flatnonzero(scores >= np.partition(scores, len(scores) - k)[len(scores) - k])
    first = near[np.lexsort((rows[near], -scores[near]))[:k]]
    return TopRows(rows[first], scores[first], float(scores[first[-1]]) if len(first) < len(rows) else 0.0)


def scores_of(found: KnownScores, rows: Rows) -> Scores:
    """The scores of some rows, float64 ``(len(rows),)``; 0 for a row that has none.

    Args:
        found: All scores above 0.
        rows: int64 ``(n,)``, in any order.
    """
    order = np.argsort(found.rows)
    if not len(order):
        return np.zeros(len(rows))
    at = order[np.searchsorted(found.rows, rows, sorter=order).clip(max=len(order) - 1)]
    return np.where(found.rows[at] == rows, found.scores[at], 0.0)


class Fixed:
    """Scores that are known from the beginning, as a `BoostSignal`. All other rows have the score 0.

    Args:
        rows: int64 ``(n,)``, each row once: rows with a score.
        scores: float64 ``(n,)``: their scores, above 0 and at most 1.
    """

    def __init__(self, rows: Rows, scores: Scores) -> None:
        self._all = KnownScores(rows, scores, 0.0)

    @property
    def best(self) -> float:
        """The greatest score; 0 if there is none."""
        return float(self._all.scores.max(initial=0.0))

    def known(self, near: Rows, mask: Mask | None) -> KnownScores:  # noqa: ARG002 - all scores are known
        """See `BoostSignal`."""
        return self.every(mask)

    def every(self, mask: Mask | None) -> KnownScores:
        """See `BoostSignal`."""
        return within(self._all, mask)

    def top(self, k: int, mask: Mask | None) -> TopRows:
        """See `Signal`. Rows with the score 0 are not returned."""
        return top_of(self.every(mask), k)

    def scores(self, rows: Rows) -> Scores:
        """See `Signal`."""
        return scores_of(self._all, rows)

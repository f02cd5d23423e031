"""What signals do whose scores are known for some rows, and are 0 for all others: BM25 and names."""

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

"""One order from two: cosines and BM25, each by its own best, so that neither's scale counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Weight of BM25 beside the cosine's 1. Convex combinations of scores beat ranks (Bruch, Gai, Ingber, "An Analysis of
#: Fusion Functions for Hybrid Retrieval", 2023), here too: docs/quality.md, where this weight was chosen.
BM25_WEIGHT = 0.5
#: In so many papers the rarity of words, which BM25 builds on, is known half as well as in very many.
_HALF = 100


def fused(
    cosines: NDArray[np.float64], bm25: NDArray[np.float64], best_cosine: float, best_bm25: float, papers: int
) -> NDArray[np.float64]:
    """``cosine / best cosine + w BM25 / best BM25`` for each candidate; a negative cosine counts as it is.

    Args:
        cosines: Of the candidates.
        bm25: Of the candidates, 0 where no word matches.
        best_cosine: The greatest of all rows searched.
        best_bm25: Likewise; 0 when no row matches.
        papers: In the index; where there are few, words count less: ``w = BM25_WEIGHT papers / (papers + 100)``.
    """
    weight = BM25_WEIGHT * papers / (papers + _HALF)
    dense = cosines / best_cosine if best_cosine > 0 else cosines
    return dense + (weight * bm25 / best_bm25 if best_bm25 > 0 else np.zeros_like(bm25))

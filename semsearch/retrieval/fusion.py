"""One order from two: cosines and BM25, each by its own range, so that neither's scale counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Weight of BM25 beside the cosine's 1. Convex combinations of scores beat ranks (Bruch, Gai, Ingber, "An Analysis of
#: Fusion Functions for Hybrid Retrieval", 2023), here too: docs/quality.md, where this weight was chosen.
BM25_WEIGHT = 0.65
#: In so many papers the rarity of words, which BM25 builds on, is known half as well as in very many.
_HALF = 100


def lift(bm25: NDArray[np.float64], best: float, spread: float, papers: int) -> NDArray[np.float64]:
    """What a paper's words add to its cosine: ``w (best cosine - mean) BM25 / best BM25``.

    So a cosine counts by where it stands between the mean and the best of this question. Models differ in where their
    cosines begin: those of one lie between 0 and .6, those of another between .7 and .9.

    Args:
        bm25: Of the papers, 0 where no word matches.
        best: The greatest of all rows searched; 0 when no row matches.
        spread: From the mean of all papers' cosines to the greatest; more than 0.
        papers: In the index; where there are few, words count less: ``w = BM25_WEIGHT papers / (papers + 100)``.
    """
    weight = BM25_WEIGHT * papers / (papers + _HALF) * spread
    return weight / best * bm25 if best > 0 else np.zeros_like(bm25)

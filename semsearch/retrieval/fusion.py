"""How signals are put together: each by its own range, so that neither's scale counts.

The fused score of a row is ``cosine + sum over the others of factor x score`` with ``factor = weight x spread / best``:
``best`` is the signal's greatest score in the rows searched, ``spread`` the way from the mean cosine of all papers to
the greatest one. So a cosine counts by where it stands between the mean and the best of this question. Models differ in
where their cosines begin: those of one lie between 0 and .6, those of another between .7 and .9.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from semsearch.model.index_protocols import Signal

#: Weight of BM25 beside the cosine's 1. Convex combinations of scores beat ranks (Bruch, Gai, Ingber, "An Analysis of
#: Fusion Functions for Hybrid Retrieval", 2023), here too: docs/quality.md, where this weight was chosen.
BM25_WEIGHT = 0.65
#: In so many papers the rarity of words, which BM25 builds on, is known half as well as in very many.
_HALF = 100


class Weighted(NamedTuple):
    """A signal beside the cosine, and its weight beside the cosine's 1."""

    signal: Signal
    weight: float


def bm25_weight(rows: int) -> float:
    """Weight of BM25 in a collection: less where there are few papers, ``0.65 n / (n + 100)``.

    Args:
        rows: Rows of the index.
    """
    return BM25_WEIGHT * rows / (rows + _HALF)


def factor(weight: float, spread: float, best: float) -> float:
    """What a signal's score is multiplied by before it is added to the cosine; 0 where no row has any score.

    Args:
        weight: Of the signal, beside the cosine's 1.
        spread: From the mean of all papers' cosines to the greatest; more than 0.
        best: The signal's greatest score in the rows searched.
    """
    return weight * spread / best if best > 0 else 0.0

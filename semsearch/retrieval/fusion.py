"""Score fusion: the weight of BM25, and the factor that brings a signal's scores to the range of the cosines.

The fused score of a row is ``cosine + sum over the other signals of factor * score``, with
``factor = weight * spread / best``. Here ``best`` is the greatest score of the signal in the rows searched, and
``spread`` is the greatest cosine minus the mean cosine of all papers. So what counts of a cosine is where it lies
between the mean and the best of this question. This is needed since models differ in the range of their cosines: one
model gives values between 0 and .6, another one between .7 and .9.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from semsearch.model.index_protocols import Signal

#: Weight of BM25; the cosine has the weight 1. Sums of scores are better than sums of ranks (Bruch, Gai, Ingber, "An
#: Analysis of Fusion Functions for Hybrid Retrieval", 2023). Here too: see docs/quality.md, where this weight was
#: chosen.
BM25_WEIGHT = 0.65
#: Number of papers at which BM25 gets half of its weight. BM25 needs to know how rare words are, and a small collection
#: tells that badly.
_HALF = 100


class Weighted(NamedTuple):
    """A signal beside the cosine, with its weight."""

    signal: Signal
    """The signal."""
    weight: float
    """Its weight; the cosine has the weight 1."""


def bm25_weight(rows: int) -> float:
    """Weight of BM25 in a collection, ``0.65 n / (n + 100)`` for n rows: it is lower in a small collection.

    Args:
        rows: Number of rows of the index.
    """
    return BM25_WEIGHT * rows / (rows + _HALF)


def factor(weight: float, spread: float, best: float) -> float:
    """Factor by which the scores of a signal are multiplied before they are added to the cosine.

    Args:
        weight: Weight of the signal; the cosine has the weight 1.
        spread: Greatest cosine minus the mean cosine of all papers; more than 0.
        best: Greatest score of the signal in the rows searched.

    Returns:
        The factor; 0 if no row has a score above 0.
    """
    return weight * spread / best if best > 0 else 0.0

"""Maximal marginal relevance: an order of hits that avoids repetition."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def diverse(cosines: NDArray[np.float64], vectors: NDArray[np.float32], count: int, weight: float) -> list[int]:
    """Choose hits one after the other by maximal marginal relevance.

    The next hit is the one with the greatest ``(1 - weight) * c - weight * m``. Here ``c`` is its cosine to the
    question, and ``m`` its greatest cosine to a hit chosen before (at least 0). The method is from Carbonell and
    Goldstein, "The Use of MMR, Diversity-Based Reranking", SIGIR 1998.

    Args:
        cosines: float64 ``(n,)``: the cosine of each hit to the question.
        vectors: float32 ``(n, dim)``, unit rows: the vector of each hit.
        count: Number of hits to choose; all if there are fewer.
        weight: Weight of diversity, 0 (none) to 1 (nothing else counts).

    Returns:
        Positions of the hits in the new order; of equal ones the earlier position comes first.
    """
    left, chosen = list(range(len(cosines))), list[int]()
    nearest = [0.0] * len(cosines)
    while left and len(chosen) < count:
        best = max(left, key=lambda p: ((1 - weight) * float(cosines[p]) - weight * nearest[p], -p))
        chosen.append(best)
        left.remove(best)
        for position in left:
            nearest[position] = max(nearest[position], float(vectors[position] @ vectors[best]))
    return chosen

"""Maximal marginal relevance: hits in an order that avoids repetition."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def diverse(cosines: NDArray[np.float64], vectors: NDArray[np.float32], count: int, weight: float) -> list[int]:
    """Places in an order that avoids what is like what stands before: maximal marginal relevance.

    Carbonell and Goldstein, "The Use of MMR, Diversity-Based Reranking", SIGIR 1998: the next one has the greatest
    ``(1 - weight) cosine to the question - weight greatest cosine to those before``.
    """
    left, chosen = list(range(len(cosines))), list[int]()
    nearest = [0.0] * len(cosines)
    while left and len(chosen) < count:
        best = max(left, key=lambda p: ((1 - weight) * float(cosines[p]) - weight * nearest[p], -p))
        chosen.append(best)
        left.remove(best)
        for place in left:
            nearest[place] = max(nearest[place], float(vectors[place] @ vectors[best]))
    return chosen

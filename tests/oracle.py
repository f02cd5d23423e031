"""Brute force in float64: what every exact answer is held to."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]


def scores(a: Vectors, b: Vectors) -> NDArray[np.float64]:
    """All products, each summed by itself, so that equal rows have equal scores."""
    return np.stack([np.multiply(b, query, dtype=np.float64).sum(axis=1) for query in a])


def top_k(
    vectors: Vectors,
    query: Vectors,
    k: int,
    among: NDArray[np.bool_] | None = None,
    lift: NDArray[np.float64] | None = None,
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    rows = np.arange(len(vectors)) if among is None else np.flatnonzero(among)
    values = (scores(query[None], vectors)[0] + (0 if lift is None else lift))[rows]
    order = np.lexsort((rows, -values))[:k]
    return rows[order], values[order]


def pairs(vectors: Vectors, threshold: float) -> dict[tuple[int, int], float]:
    values = scores(vectors, vectors)
    left, right = np.nonzero(np.triu(values >= threshold, 1))
    return {(int(a), int(b)): float(values[a, b]) for a, b in zip(left, right, strict=True)}


def unit(vectors: NDArray[np.floating]) -> Vectors:
    wide = vectors.astype(np.float64)
    scaled: Vectors = (wide / np.linalg.norm(wide, axis=1, keepdims=True)).astype(np.float32)
    return scaled

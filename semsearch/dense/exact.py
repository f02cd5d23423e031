"""Scores that are the same everywhere: float64 sums, and the bound on what float32 arithmetic can be off by."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from semsearch.model.errors import EncoderError, QueryError

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: How far a norm may be from 1 before a vector counts as not normalised.
NORM_TOLERANCE = 1e-3


def scores(rows: NDArray[np.float32], others: NDArray[np.float32]) -> NDArray[np.float64]:
    """Inner products of paired rows, in float64.

    Args:
        rows: float32 ``(n, dim)``.
        others: float32 ``(n, dim)``, or ``(dim,)`` for one vector against all.

    Returns:
        float64 ``(n,)``. Each sum is made of its own row alone, in an order that depends on ``dim`` only, so equal rows
        get equal scores wherever they lie; BLAS does not promise that.
    """
    out = np.empty(len(rows), np.float64)
    block = 4096  # keeps the float64 copies in the cache
    for start in range(0, len(rows), block):
        part = slice(start, start + block)
        other = others if others.ndim == 1 else others[part]
        out[part] = np.multiply(rows[part], other, dtype=np.float64).sum(axis=1)
    return out


def error_bound(dim: int) -> float:
    """Twice the largest error of a float32 inner product of two unit vectors, in any order of summation.

    ``|fl(x.y) - x.y| <= gamma_n sum|x_i y_i| <= gamma_n`` with ``gamma_n = n u / (1 - n u)``, ``u = 2**-24`` (Higham,
    Accuracy and Stability of Numerical Algorithms, 2002, section 3.1). Twice, because it is compared with a score that
    is itself off by as much; the norm tolerance is in it.
    """
    rounding = (dim + 2) * 2.0**-24
    return 2 * rounding / (1 - rounding) * (1 + NORM_TOLERANCE) ** 2


def kth_best(values: NDArray[np.floating], k: int) -> float:
    """The k-th greatest of at least k values."""
    return float(np.partition(values, len(values) - k)[len(values) - k])


def near_best(products: NDArray[np.floating], k: int, margin: float) -> NDArray[np.int64]:
    """Places of those that are within the margin of the k-th best, ascending; all where there are no more than k."""
    if len(products) <= k:
        return np.arange(len(products))
    return np.flatnonzero(products >= products.dtype.type(kth_best(products, k)) - products.dtype.type(margin))


def check_queries(queries: NDArray[np.float32], dim: int, k: int) -> None:
    """Refuse what would make an answer meaningless.

    Raises:
        QueryError: ``k < 1``, a wrong shape, NaN, infinite, zero or unnormalised vectors.
    """
    if k < 1:
        raise QueryError(f"k is {k}; ask for 1 or more")
    if queries.ndim != 2 or queries.shape[1] != dim:
        raise QueryError(f"query vectors of shape {queries.shape}; the index needs (n, {dim})")
    if not is_unit(queries):
        raise QueryError("a query vector is not finite or not of norm 1")


def check_vectors(vectors: NDArray[np.float32], count: int, dim: int) -> NDArray[np.float32]:
    """What an encoder returned, as float32 in C order.

    Raises:
        EncoderError: A wrong shape, or a row that is not a unit vector.
    """
    vectors = np.ascontiguousarray(vectors, np.float32)
    if vectors.shape != (count, dim):
        raise EncoderError(f"the encoder returned shape {vectors.shape} for {count} texts of {dim} dimensions")
    if not is_unit(vectors):
        raise EncoderError(
            "the encoder returned a vector that is not finite or not of norm 1; nothing of this batch is kept"
        )
    return vectors


def is_unit(vectors: NDArray[np.float32]) -> bool:
    """Whether every row is finite and of norm 1 within `NORM_TOLERANCE`."""
    squares = np.einsum("ij,ij->i", vectors, vectors, dtype=np.float64)
    return bool(np.all(np.abs(squares - 1) <= 2 * NORM_TOLERANCE))

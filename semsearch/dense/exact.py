"""Exact scores: float64 sums, the error bound of float32 scores, and checks of the vectors that come in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from semsearch.model.errors import EncoderError, QueryError

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: How far a norm may be from 1 before a vector counts as not normalised.
NORM_TOLERANCE = 1e-3


def scores(rows: NDArray[np.float32], others: NDArray[np.float32]) -> NDArray[np.float64]:
    """Compute the inner products of pairs of rows, in float64.

    Args:
        rows: float32 ``(n, dim)``.
        others: float32 ``(n, dim)``, or ``(dim,)`` for one vector against all.

    Returns:
        float64 ``(n,)``, one for each row of ``rows``. The order of summation depends on ``dim`` only. So equal rows
        get equal scores, wherever they lie; a product by BLAS does not promise that.
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
    Accuracy and Stability of Numerical Algorithms, 2002, section 3.1). It is twice the error because two scores are
    compared, and each of them can be wrong by that much. `NORM_TOLERANCE` is included.

    Args:
        dim: Length of a vector.

    Returns:
        The error bound, in units of the cosine.
    """
    rounding = (dim + 2) * 2.0**-24
    return 2 * rounding / (1 - rounding) * (1 + NORM_TOLERANCE) ** 2


def kth_best(values: NDArray[np.floating], k: int) -> float:
    """The k-th largest value.

    Args:
        values: float32 or float64 ``(n,)``, in any order.
        k: From 1 to n.
    """
    return float(np.partition(values, len(values) - k)[len(values) - k])


def near_best(products: NDArray[np.floating], k: int, margin: float) -> NDArray[np.int64]:
    """Find the values that are at most a margin below the k-th largest.

    Args:
        products: float32 or float64 ``(n,)``.
        k: At least 1.
        margin: In units of the products.

    Returns:
        Their indices in ``products``, int64 ``(m,)``, ascending; all indices if there are at most k.
    """
    if len(products) <= k:
        return np.arange(len(products))
    return np.flatnonzero(products >= products.dtype.type(kth_best(products, k)) - products.dtype.type(margin))


def check_queries(queries: NDArray[np.float32], dim: int, k: int) -> None:
    """Refuse queries for which no answer makes sense.

    Args:
        queries: Should be float32 ``(q, dim)``, unit rows.
        dim: Length of a vector of the index.
        k: Number of results that are wanted.

    Raises:
        QueryError: ``k`` is below 1, the shape is wrong, or a vector is not finite or not of norm 1.
    """
    if k < 1:
        raise QueryError(f"k is {k}; ask for 1 or more")
    if queries.ndim != 2 or queries.shape[1] != dim:
        raise QueryError(f"query vectors of shape {queries.shape}; the index needs (n, {dim})")
    if not is_unit(queries):
        raise QueryError("a query vector is not finite or not of norm 1")


def check_vectors(vectors: NDArray[np.float32], count: int, dim: int) -> NDArray[np.float32]:
    """Check what an encoder returned.

    Args:
        vectors: What the encoder returned; it should be float32 ``(count, dim)``.
        count: Number of texts that it was given.
        dim: Length of its vectors.

    Returns:
        The same vectors, float32 ``(count, dim)``, C order.

    Raises:
        EncoderError: The shape is wrong, or a row is not a unit vector.
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
    """Whether every row is finite and has norm 1, within `NORM_TOLERANCE`.

    Args:
        vectors: float32 ``(n, dim)``.
    """
    squares = np.einsum("ij,ij->i", vectors, vectors, dtype=np.float64)
    return bool(np.all(np.abs(squares - 1) <= 2 * NORM_TOLERANCE))

"""Candidates of an exact top-k, by float32 products of NumPy. Works on every machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from semsearch.dense.exact import error_bound, near_best

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from semsearch.dense.parts import Part

#: Queries and rows that are multiplied at once: their products take 16 MB.
_BATCH, _BLOCK = 64, 2**16
#: Largest share of the rows for which it is faster to gather them than to score all rows.
GATHER_SHARE = 0.1

Rows = NDArray[np.int64]


class NumpyScanner:
    """Finds candidates in some parts of an index; implements `semsearch.model.index_protocols.Scanner`.

    Args:
        parts: The parts, each with its first row, in the order of the rows.
        take: Gives the vectors of some rows of the index: int64 ``(n,)`` to float32 ``(n, dim)``.
        dim: Length of a vector.
        count: Number of rows of the whole index.
    """

    def __init__(
        self,
        parts: Sequence[tuple[int, Part]],
        take: Callable[[Rows], NDArray[np.float32]],
        dim: int,
        count: int,
    ) -> None:
        self._parts, self._take, self._dim, self._count = parts, take, dim, count

    def candidates(
        self,
        queries: NDArray[np.float32],
        k: int,
        mask: NDArray[np.bool_] | None = None,
        boost: NDArray[np.float64] | None = None,
    ) -> list[Rows]:
        """See `Scanner`."""
        rows = np.flatnonzero(mask) if mask is not None and self._parts else None
        return [
            found
            for first in range(0, len(queries), _BATCH)
            for found in self._near(queries[first : first + _BATCH], k, rows, boost)
        ]

    def _near(
        self, queries: NDArray[np.float32], k: int, mask_rows: Rows | None, boost: NDArray[np.float64] | None
    ) -> list[Rows]:
        kept: list[list[tuple[Rows, NDArray[np.floating]]]] = [[] for _ in queries]
        margin = error_bound(self._dim)
        for rows, block, columns in self._blocks(mask_rows):
            for every, near in zip(queries @ block.T, kept, strict=True):
                products: NDArray[np.floating] = every if columns is None else every[columns]
                if boost is not None:
                    products = products + boost[rows]
                best = near_best(products, k, margin)
                near.append((rows[best], products[best]))
        found = []
        for near in kept:
            rows = np.concatenate([part for part, _ in near] or [np.empty(0, np.int64)])
            products = np.concatenate([part for _, part in near] or [np.empty(0)])
            found.append(rows[near_best(products, k, margin)])
        return found

    def _blocks(self, mask_rows: Rows | None) -> Iterator[tuple[Rows, NDArray[np.float32], Rows | None]]:
        """Go through the rows of the mask, some at a time.

        Yields:
            Rows; vectors; and which of these vectors belong to the rows (``None`` if all do).
        """
        few = mask_rows is not None and len(mask_rows) <= GATHER_SHARE * self._count
        for first, part in self._parts:
            if mask_rows is not None and few:
                inside = mask_rows[slice(*np.searchsorted(mask_rows, (first, first + part.count)))]
                for start in range(0, len(inside), _BLOCK):
                    rows = inside[start : start + _BLOCK]
                    yield rows, self._take(rows), None
                continue
            for start in range(0, part.count, _BLOCK):
                rows = np.arange(first + start, first + min(start + _BLOCK, part.count))
                columns = None
                if mask_rows is not None:  # it is faster to score them all than to gather some
                    a, b = np.searchsorted(mask_rows, (rows[0], rows[-1] + 1))
                    rows = mask_rows[a:b]
                    columns = rows - first - start
                if len(rows):
                    yield rows, part.rows()[start : start + _BLOCK], columns

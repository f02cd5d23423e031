"""Candidates for an exact top-k by float32 products of NumPy: what every machine can do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from semsearch.dense.exact import near_best, slack

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from semsearch.dense.parts import Part

#: Queries multiplied at once, and rows: their products take 16 MB.
_BATCH, _BLOCK = 64, 2**16
#: Below this share of the rows, gathering them is faster than scoring all and leaving some out.
GATHER_SHARE = 0.1

Rows = NDArray[np.int64]


class NumpyScanner:
    """Implements `semsearch.model.index_protocols.Scanner`.

    Args:
        parts: Parts of an index, each with the number of its first row, in order.
        take: Gives vectors of rows of the index.
        dim: Length of a vector.
        count: Rows of the whole index.
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
        self, queries: NDArray[np.float32], k: int, allowed: Rows | None, boost: NDArray[np.float64] | None
    ) -> list[Rows]:
        kept: list[list[tuple[Rows, NDArray[np.floating]]]] = [[] for _ in queries]
        margin = slack(self._dim)
        for numbers, block, columns in self._blocks(allowed):
            for every, near in zip(queries @ block.T, kept, strict=True):
                products: NDArray[np.floating] = every if columns is None else every[columns]
                if boost is not None:
                    products = products + boost[numbers]
                best = near_best(products, k, margin)
                near.append((numbers[best], products[best]))
        found = []
        for near in kept:
            rows = np.concatenate([part for part, _ in near] or [np.empty(0, np.int64)])
            products = np.concatenate([part for _, part in near] or [np.empty(0)])
            found.append(rows[near_best(products, k, margin)])
        return found

    def _blocks(self, allowed: Rows | None) -> Iterator[tuple[Rows, NDArray[np.float32], Rows | None]]:
        """Rows to be scored, some at a time; vectors; which of the vectors are those of the rows, unless all are."""
        few = allowed is not None and len(allowed) <= GATHER_SHARE * self._count
        for first, part in self._parts:
            if allowed is not None and few:
                inside = allowed[slice(*np.searchsorted(allowed, (first, first + part.count)))]
                for start in range(0, len(inside), _BLOCK):
                    rows = inside[start : start + _BLOCK]
                    yield rows, self._take(rows), None
                continue
            for start in range(0, part.count, _BLOCK):
                numbers = np.arange(first + start, first + min(start + _BLOCK, part.count))
                columns = None
                if allowed is not None:  # to score them all is faster than to gather some
                    a, b = np.searchsorted(allowed, (numbers[0], numbers[-1] + 1))
                    numbers = allowed[a:b]
                    columns = numbers - first - start
                if len(numbers):
                    yield numbers, part.rows()[start : start + _BLOCK], columns

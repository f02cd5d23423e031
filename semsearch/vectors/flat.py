"""Exact top-k over rows of unit vectors.

Scores are made in float32 first. Every row that rounding could have kept out of the true top-k lies within
`exact.slack` of the k-th best of these, and is scored again in float64, so order and scores are those of an exact scan.
Where many questions come to many rows, short codes are scanned instead, which proves the same (`coded_scan`).
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from semsearch.vectors.coded_scan import CodedScan
from semsearch.vectors.exact import check_queries, scores, slack
from semsearch.vectors.kernels import compiled

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

#: Queries scanned at once, and rows: their products take 16 MB.
_BATCH, _BLOCK = 64, 2**16
#: Below this share of the rows, gathering them is faster than scoring all and leaving some out.
_GATHER_SHARE = 0.1
#: Codes are scanned for up to so many hits, of at least so many rows.
_CODED_K, _CODED_ROWS = 1000, 50_000
#: Coding the rows takes as long as so many plain scans for one query, or six times as many queries at once.
_CODED_AFTER, _AT_ONCE = 128, 6
#: Queries that share one reading of the codes: of 1M rows, 1,000 take 0.55 s at once and 1.26 s in parts of 64.
_CODED_BATCH = 1024

Answer = tuple[NDArray[np.int64], NDArray[np.float64]]


class FlatIndex:
    """Rows of one or more matrices, numbered through; implements `VectorIndex`.

    Args:
        dim: Length of a vector.
        segments: float32 ``(n, dim)`` each, C order, unit rows; in order of their rows.
    """

    def __init__(self, dim: int, segments: Sequence[NDArray[np.float32]]) -> None:
        self.dim = dim
        self._rows = [rows for rows in segments if len(rows)]
        self._starts = np.cumsum([0, *(len(r) for r in self._rows)], dtype=np.int64)
        self._asked = 0
        self._coded: CodedScan | None = None

    def __len__(self) -> int:
        return int(self._starts[-1])

    def rows(self, start: int, stop: int) -> NDArray[np.float32]:
        """See `VectorIndex`; a view where the rows lie in one segment."""
        parts = []
        for first, rows in zip(self._starts, self._rows, strict=False):
            part = rows[max(0, start - int(first)) : max(0, stop - int(first))]
            if len(part):
                parts.append(part)
        if len(parts) == 1:
            return parts[0]
        return np.concatenate(parts) if parts else np.empty((0, self.dim), np.float32)

    def take(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """Vectors of these rows, float32 ``(len(rows), dim)``, in the order given."""
        out = np.empty((len(rows), self.dim), np.float32)
        if np.any(rows[1:] < rows[:-1]):
            order = np.argsort(rows, kind="stable")
            out[order] = self.take(rows[order])
            return out
        cuts = np.searchsorted(rows, self._starts)
        for number, (a, b) in enumerate(itertools.pairwise(cuts.tolist())):
            if a < b:  # "clip": with its other modes, take fills a buffer first and copies it
                inside = rows[a:b] - self._starts[number]
                np.take(self._rows[number], inside, axis=0, out=out[a:b], mode="clip")
        return out

    def addresses(self, rows: NDArray[np.int64]) -> NDArray[np.uint64]:
        """Where each row lies in memory, as long as the index is held."""
        owner = np.searchsorted(self._starts, rows, side="right") - 1
        bases = np.array([part.ctypes.data for part in self._rows] or [0], np.uint64)
        inside = (rows - self._starts[owner]).astype(np.uint64)
        return bases[owner] + inside * np.uint64(4 * self.dim)

    def cosines(self, query: NDArray[np.float32], rows: NDArray[np.int64] | None = None) -> NDArray[np.float32]:
        """See `VectorIndex`."""
        check_queries(query[None], self.dim, 1)
        if rows is not None and len(rows) <= _GATHER_SHARE * len(self):
            return self.take(rows) @ query
        every = np.concatenate([part @ query for part in self._rows]) if self._rows else np.empty(0, np.float32)
        return every if rows is None else every[rows]

    def search(self, queries: NDArray[np.float32], k: int, *, among: NDArray[np.bool_] | None = None) -> list[Answer]:
        """See `VectorIndex`."""
        queries = np.ascontiguousarray(queries, np.float32)
        check_queries(queries, self.dim, k)
        allowed = len(self) if among is None else int(np.count_nonzero(among))
        self._asked += max(1, len(queries) // _AT_ONCE)
        if compiled and k <= _CODED_K and min(allowed, len(self)) >= _CODED_ROWS and self._asked >= _CODED_AFTER:
            self._coded = self._coded or CodedScan(self)
            return [
                self._best(query, rows, k)
                for batch in _batches(queries, _CODED_BATCH)
                for query, rows in zip(batch, self._coded.candidates(batch, k, among), strict=True)
            ]
        rows = None if among is None else np.flatnonzero(among)
        return [answer for batch in _batches(queries, _BATCH) for answer in self._scan(batch, min(k, allowed), rows)]

    def _best(self, query: NDArray[np.float32], candidates: NDArray[np.int64], k: int) -> Answer:
        """The k best of candidates that hold them, by float64 scores, ties by lower row."""
        exact = scores(self.take(candidates), query)
        order = np.lexsort((candidates, -exact))[:k]
        return candidates[order], exact[order]

    def _scan(self, queries: NDArray[np.float32], k: int, among: NDArray[np.int64] | None) -> list[Answer]:
        """Exact answers from float32 products with all rows, or with those of ``among``."""
        if k == 0:
            return [(np.empty(0, np.int64), np.empty(0)) for _ in queries]
        kept: list[list[tuple[NDArray[np.int64], NDArray[np.float32]]]] = [[] for _ in queries]
        for numbers, block, columns in self._blocks(among):
            for every, near in zip(queries @ block.T, kept, strict=True):
                products = every if columns is None else every[columns]
                best = _near(products, k, slack(self.dim))
                near.append((numbers[best], products[best]))
        answers = []
        for query, near in zip(queries, kept, strict=True):
            rows, products = (np.concatenate(part) for part in zip(*near, strict=True))
            answers.append(self._best(query, rows[_near(products, k, slack(self.dim))], k))
        return answers

    def _blocks(
        self, among: NDArray[np.int64] | None
    ) -> Iterator[tuple[NDArray[np.int64], NDArray[np.float32], NDArray[np.int64] | None]]:
        """Rows to be scored, some at a time; vectors; which of the vectors are those of the rows, unless all are."""
        if among is not None and len(among) <= _GATHER_SHARE * len(self):
            for start in range(0, len(among), _BLOCK):
                part = among[start : start + _BLOCK]
                yield part, self.take(part), None
            return
        for first, rows in zip(self._starts.tolist(), self._rows, strict=False):
            for start in range(0, len(rows), _BLOCK):
                numbers = np.arange(first + start, first + min(start + _BLOCK, len(rows)))
                columns = None
                if among is not None:  # to score them all is faster than to gather some
                    a, b = np.searchsorted(among, (numbers[0], numbers[-1] + 1))
                    numbers = among[a:b]
                    columns = numbers - first - start
                if len(numbers):
                    yield numbers, rows[start : start + _BLOCK], columns


def _batches(queries: NDArray[np.float32], size: int) -> Iterator[NDArray[np.float32]]:
    return (queries[start : start + size] for start in range(0, len(queries), size))


def _near(products: NDArray[np.float32], k: int, margin: float) -> NDArray[np.int64]:
    """Places of those that are within the margin of the k-th best; all where there are no more than k."""
    if len(products) <= k:
        return np.arange(len(products))
    kth = np.partition(products, len(products) - k)[len(products) - k]
    return np.flatnonzero(products >= kth - np.float32(margin))

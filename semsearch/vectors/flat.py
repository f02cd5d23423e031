"""Exact top-k over FAISS flat indexes.

FAISS scans in float32 and returns a few candidates more than asked for. Every row that float32 rounding could have kept
out of the true top-k lies within `exact.slack` of the k-th candidate; when the candidates do not reach below that, the
rest is fetched by a range search. Where many questions come to many rows, short codes are made and scanned instead,
which proves the same (`coded_scan`). The candidates are scored again in float64, so order and scores are those of an
exact scan.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from semsearch import native
from semsearch.vectors.coded_scan import CodedScan
from semsearch.vectors.exact import check_queries, scores, slack
from semsearch.vectors.kernels import compiled

if TYPE_CHECKING:
    from collections.abc import Sequence

#: Candidates fetched beyond k; near ties within `slack` are rarely more.
_SPARE = 32
#: Queries scanned at once; bounds the memory for a batch of any length.
_BATCH = 256
#: Below this share of a segment's rows, gathering them is faster than FAISS's scan with a selector
#: (measured over a million rows: 10 % gathered 7 ms, by selector 23 ms).
_GATHER_SHARE = 0.1
#: Codes are scanned for up to so many hits, of at least so many rows, from so many queries on.
_CODED_K, _CODED_ROWS, _CODED_AFTER = 1000, 50_000, 48

Answer = tuple[NDArray[np.int64], NDArray[np.float64]]
_Candidates = tuple["_Part", NDArray[np.int64], NDArray[np.float32]]


class FlatIndex:
    """Rows of one or more FAISS flat inner-product indexes, numbered through; implements `VectorIndex`.

    Args:
        dim: Length of a vector.
        segments: FAISS ``IndexFlatIP`` objects, in order of their rows.
    """

    def __init__(self, dim: int, segments: Sequence[Any]) -> None:
        self.dim = dim
        self._segments = [s for s in segments if s.ntotal]
        self._rows = [_view(s) for s in self._segments]
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
        owner = np.searchsorted(self._starts, rows, side="right") - 1
        for number in np.unique(owner):
            mine = owner == number
            out[mine] = self._rows[number][rows[mine] - self._starts[number]]
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
        batches = [queries[start : start + _BATCH] for start in range(0, len(queries), _BATCH)]
        allowed = len(self) if among is None else int(np.count_nonzero(among))
        self._asked += len(queries)
        if compiled and k <= _CODED_K and min(allowed, len(self)) >= _CODED_ROWS and self._asked >= _CODED_AFTER:
            # Coding the rows takes as long as some dozens of plain scans.
            self._coded = self._coded or CodedScan(self)
            return [
                self._best(query, rows, k)
                for batch in batches
                for query, rows in zip(batch, self._coded.candidates(batch, k, among), strict=True)
            ]
        return [answer for batch in batches for answer in self._search_batch(batch, min(k, len(self)), among)]

    def _best(self, query: NDArray[np.float32], candidates: NDArray[np.int64], k: int) -> Answer:
        """The k best of candidates that hold them, by float64 scores, ties by lower row."""
        exact = scores(self.take(candidates), query)
        order = np.lexsort((candidates, -exact))[:k]
        return candidates[order], exact[order]

    def _search_batch(self, queries: NDArray[np.float32], k: int, among: NDArray[np.bool_] | None) -> list[Answer]:
        if k == 0:
            return [(np.empty(0, np.int64), np.empty(0)) for _ in queries]
        places = zip(self._segments, self._rows, self._starts, strict=False)
        parts = [part for part in (_Part(s, r, int(first), among) for s, r, first in places) if part.count]
        found = [part.nearest(queries, k + _SPARE) for part in parts]
        by_query = zip(*found, strict=True) if found else [()] * len(queries)
        return [
            self._answer(query, k, [(part, *best) for part, best in zip(parts, bests, strict=True)])
            for query, bests in zip(queries, by_query, strict=True)
        ]

    def _answer(self, query: NDArray[np.float32], k: int, found: list[_Candidates]) -> Answer:
        """The exact top-k of one query from each part's float32 candidates, and more of them where needed."""
        merged = np.concatenate([s for _, _, s in found]) if found else np.empty(0, np.float32)
        if not len(merged):
            return np.empty(0, np.int64), np.empty(0)
        k = min(k, len(merged))
        floor = float(np.partition(merged, len(merged) - k)[len(merged) - k]) - slack(self.dim)
        rows = []
        for part, part_rows, part_scores in found:
            complete = len(part_rows) == part.count or part_scores[-1] < floor
            rows.append(part_rows[part_scores >= floor] if complete else part.above(query, floor))
        return self._best(query, np.concatenate(rows), k)


class _Part:
    """The rows of one segment that may be returned."""

    def __init__(self, segment: Any, rows: NDArray[np.float32], first: int, among: NDArray[np.bool_] | None) -> None:
        self._segment, self._rows, self._first = segment, rows, first
        mask = None if among is None else among[first : first + len(rows)]
        self.count = len(rows) if mask is None else int(np.count_nonzero(mask))
        self._mask = None if self.count == len(rows) else mask
        self._gathered: NDArray[np.int64] | None = None
        if self._mask is not None and self.count <= _GATHER_SHARE * len(rows):
            self._gathered = np.flatnonzero(self._mask)

    def nearest(self, queries: NDArray[np.float32], m: int) -> list[tuple[NDArray[np.int64], NDArray[np.float32]]]:
        """For each query the m best rows by float32 score, best first."""
        m = min(m, self.count)
        if self._gathered is not None:
            products = queries @ self._rows[self._gathered].T
            best = np.argsort(-products, axis=1, kind="stable")[:, :m]
            return [(self._gathered[b] + self._first, p[b]) for b, p in zip(best, products, strict=True)]
        found, rows = self._segment.search(queries, m, params=self._parameters())
        return [(r + self._first, s) for r, s in zip(rows, found, strict=True)]

    def above(self, query: NDArray[np.float32], floor: float) -> NDArray[np.int64]:
        """Every row whose float32 score exceeds ``floor``."""
        if self._gathered is not None:
            found = self._rows[self._gathered] @ query
            return self._gathered[found >= floor] + self._first
        radius = float(np.nextafter(np.float32(floor), np.float32(-2)))
        _, _, rows = self._segment.range_search(query[None], radius, params=self._parameters())
        return np.asarray(rows, np.int64) + self._first

    def _parameters(self) -> Any:
        if self._mask is None:
            return None
        faiss = native.faiss()
        self._bitmap = np.packbits(self._mask, bitorder="little")  # FAISS keeps a pointer to it
        return faiss.SearchParameters(sel=faiss.IDSelectorBitmap(self._bitmap))


def _view(segment: Any) -> NDArray[np.float32]:
    """The rows inside a FAISS flat index, without a copy."""
    flat: NDArray[np.float32] = native.faiss().rev_swig_ptr(segment.get_xb(), segment.ntotal * segment.d)
    return flat.reshape(segment.ntotal, segment.d)

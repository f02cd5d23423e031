"""Exact top-k over rows of unit vectors.

Scores are made in float32 first. Every row that rounding could have kept out of the true top-k lies within
`exact.slack` of the k-th best of these, and is scored again in float64, so order and scores are those of an exact scan.
Rows that have codes are scanned by these instead, which proves the same (`coded_scan`).
"""

from __future__ import annotations

import itertools
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from semsearch.dense.exact import check_queries, near_best, scores, slack
from semsearch.dense.parts import MemoryPart
from semsearch.dense.quantised_scan import DIMS, CodedPart, CodedScan
from semsearch.dense.quantiser import SAMPLE, Rotation, spread
from semsearch.dense.scanners.native import compiled

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from semsearch.dense.parts import Part

#: Queries scanned at once, and rows: their products take 16 MB.
_BATCH, _BLOCK = 64, 2**16
#: Below this share of the rows, gathering them is faster than scoring all and leaving some out; and below this one, or
#: this number where they must be read, faster than scanning codes.
_GATHER_SHARE, _GATHER_SHARE_OF_CODED, _GATHER_READ = 0.1, 0.03, 1000
#: Codes are scanned for up to so many hits; where there are none yet, they are made for at least so many rows.
_CODED_K, _CODED_ROWS = 1000, 50_000
#: Coding the rows takes as long as so many plain scans for one query, or six times as many queries at once.
_CODED_AFTER, _AT_ONCE = 40, 6
#: Neighbouring rows of a sample.
_TOGETHER = 8
#: Queries that share one reading of the codes: of 1M rows, 1,000 take 0.55 s at once and 1.26 s in parts of 64.
_CODED_BATCH = 1024

Rows = NDArray[np.int64]
Answer = tuple[Rows, NDArray[np.float64]]


class FlatIndex:
    """Rows of one or more parts, numbered through; implements `VectorIndex`. Any number of threads may share one.

    Args:
        dim: Length of a vector.
        parts: In order of their rows; or matrices, float32 ``(n, dim)`` each, C order, unit rows.
    """

    def __init__(self, dim: int, parts: Sequence[Part | NDArray[np.float32]]) -> None:
        self.dim = dim
        every = [MemoryPart(part) if isinstance(part, np.ndarray) else part for part in parts]
        self._parts: list[Part] = [part for part in every if part.count]
        self._starts = np.cumsum([0, *(part.count for part in self._parts)], dtype=np.int64)
        self._asked = 0
        self._learned = False
        #: Held while codes are found or made.
        self._coding = Lock()
        #: What `_codes` gives. One value, so that no thread sees the one half without the other.
        self._found_codes: tuple[CodedScan | None, list[int]] | None = None
        self._sample: tuple[NDArray[np.bool_] | None, int, NDArray[np.float32]] | None = None

    def __len__(self) -> int:
        return int(self._starts[-1])

    def rows(self, start: int, stop: int) -> NDArray[np.float32]:
        """See `VectorIndex`; a view where the rows lie in one part."""
        found = []
        for first, part in zip(self._starts.tolist(), self._parts, strict=False):
            if start < first + part.count and stop > first:
                found.append(part.rows()[max(0, start - first) : max(0, stop - first)])
        if len(found) == 1:
            return found[0]
        return np.concatenate(found) if found else np.empty((0, self.dim), np.float32)

    def take(self, rows: Rows) -> NDArray[np.float32]:
        """Vectors of these rows, float32 ``(len(rows), dim)``, in the order given."""
        out = np.empty((len(rows), self.dim), np.float32)
        if np.any(rows[1:] < rows[:-1]):
            order = np.argsort(rows, kind="stable")
            out[order] = self.take(rows[order])
            return out
        cuts = np.searchsorted(rows, self._starts)
        for number, (a, b) in enumerate(itertools.pairwise(cuts.tolist())):
            if a < b:
                self._parts[number].take(rows[a:b] - self._starts[number], out[a:b])
        return out

    def addresses(self, rows: Rows) -> NDArray[np.uint64]:
        """Where each row lies in memory, as long as the index is held."""
        owner = np.searchsorted(self._starts, rows, side="right") - 1
        bases = np.array([part.rows().ctypes.data for part in self._parts] or [0], np.uint64)
        inside = (rows - self._starts[owner]).astype(np.uint64)
        return bases[owner] + inside * np.uint64(4 * self.dim)

    def cosines(self, query: NDArray[np.float32], rows: Rows | None = None) -> NDArray[np.float32]:
        """See `VectorIndex`."""
        check_queries(query[None], self.dim, 1)
        if rows is not None and len(rows) <= _GATHER_SHARE * len(self):
            return self.take(rows) @ query
        every = np.concatenate([part.rows() @ query for part in self._parts] or [np.empty(0, np.float32)])
        return every if rows is None else every[rows]

    def sample(self, among: NDArray[np.bool_] | None, most: int) -> NDArray[np.float32]:
        """Vectors of at most so many rows, spread evenly; those of the last answer if it is the same that is asked.

        Args:
            among: bool ``(rows,)``: the rows to choose from; ``None`` for all.
            most: How many.
        """
        last = self._sample  # another thread may ask for another one meanwhile
        if last is None or last[0] is not among or last[1] != most:
            rows = np.arange(len(self)) if among is None else np.flatnonzero(among)
            if len(rows) > most:  # some neighbours at a time: a disk gives them as fast as one
                first = spread(len(rows) - _TOGETHER, most // _TOGETHER)
                rows = rows[np.unique(first[:, None] + np.arange(_TOGETHER))]
            self._sample = last = among, most, self.take(rows)
        return last[2]

    def mean(self, among: NDArray[np.bool_] | None = None) -> NDArray[np.float64]:
        """Mean of the rows, float64 ``(dim,)``; zeros where there are none.

        Args:
            among: bool ``(rows,)``: rows that count, most of them; ``None`` for all.
        """
        total, count = np.zeros(self.dim), len(self)
        for part in self._parts:
            total += part.total()
        if among is not None:
            left_out = np.flatnonzero(~among)
            count -= len(left_out)
            for start in range(0, len(left_out), _BLOCK):
                total -= self.take(left_out[start : start + _BLOCK]).sum(axis=0, dtype=np.float64)
        return total / max(1, count)

    # -- search --------------------------------------------------------------------------------------------------------

    def search(
        self,
        queries: NDArray[np.float32],
        k: int,
        *,
        among: NDArray[np.bool_] | None = None,
        lift: NDArray[np.float64] | None = None,
    ) -> list[Answer]:
        """See `VectorIndex`."""
        queries = np.ascontiguousarray(queries, np.float32)
        check_queries(queries, self.dim, k)
        allowed = len(self) if among is None else int(np.count_nonzero(among))
        k = min(k, allowed)
        if k == 0:
            return [(np.empty(0, np.int64), np.empty(0)) for _ in queries]
        coded, parts = None, list(range(len(self._parts)))
        if compiled and k <= _CODED_K and not self._gathered(allowed):
            coded, parts = self._codes(max(1, len(queries) // _AT_ONCE))
        rows = np.flatnonzero(among) if among is not None and parts else None
        answers = []
        for start in range(0, len(queries), _CODED_BATCH):
            batch = queries[start : start + _CODED_BATCH]
            near = [
                found
                for first in range(0, len(batch), _BATCH)
                for found in self._near(batch[first : first + _BATCH], k, rows, parts, lift)
            ]
            if coded is not None:
                for place, found in enumerate(coded.candidates(batch, k, among, lift)):
                    if found is None:
                        near[place] = self._near_of_all(batch[place : place + 1], k, among, lift)
                    else:
                        near[place] = np.concatenate([near[place], found])
            answers += [self._best(query, found, k, lift) for query, found in zip(batch, near, strict=True)]
        return answers

    def _gathered(self, allowed: int) -> bool:
        """Whether so few rows are scored one by one sooner than codes are scanned."""
        if all(part.in_memory for part in self._parts):
            return allowed <= _GATHER_SHARE_OF_CODED * len(self)
        return allowed <= _GATHER_READ

    def _codes(self, asked: int) -> tuple[CodedScan | None, list[int]]:
        """The parts that have codes, and the numbers of the others; codes are made when so much was asked."""
        with self._coding:
            self._asked += asked
            if self._found_codes is None:
                self._found_codes = self._find_codes()
            none_yet = self._found_codes[0] is None and not self._learned
            if none_yet and self._asked >= _CODED_AFTER and len(self) >= _CODED_ROWS:
                self._learn_codes()
            return self._found_codes

    def _learn_codes(self) -> None:
        """Code all parts, if that pays."""
        rotation = Rotation.learned(self.take(spread(len(self), SAMPLE)), DIMS)
        self._learned = True
        if rotation.pays:
            for part in self._parts:
                part.code(rotation)
            self._found_codes = self._find_codes()

    def _find_codes(self) -> tuple[CodedScan | None, list[int]]:
        """The parts that have codes, all of one rotation, and the numbers of the others."""
        found: list[CodedPart] = []
        others: list[int] = []
        for number, (first, part) in enumerate(zip(self._starts.tolist(), self._parts, strict=False)):
            codes = part.codes
            if codes is not None and (not found or codes.rotation is found[0].codes.rotation):
                found.append(CodedPart(first, part, codes))
            else:
                others.append(number)
        return CodedScan(found, self.take, self.dim) if found else None, others

    def _best(self, query: NDArray[np.float32], candidates: Rows, k: int, lift: NDArray[np.float64] | None) -> Answer:
        """The k best of candidates that hold them, by float64 scores, ties by lower row."""
        exact = scores(self.take(candidates), query)
        if lift is not None:
            exact += lift[candidates]
        order = np.lexsort((candidates, -exact))[:k]
        return candidates[order], exact[order]

    def _near_of_all(
        self,
        query: NDArray[np.float32],
        k: int,
        among: NDArray[np.bool_] | None,
        lift: NDArray[np.float64] | None,
    ) -> Rows:
        """`_near` over all parts."""
        rows = None if among is None else np.flatnonzero(among)
        return self._near(query, k, rows, range(len(self._parts)), lift)[0]

    def _near(
        self,
        queries: NDArray[np.float32],
        k: int,
        among: Rows | None,
        parts: Sequence[int],
        lift: NDArray[np.float64] | None,
    ) -> list[Rows]:
        """For each query the rows of some parts within `slack` of the k-th best of them, by float32 products."""
        kept: list[list[tuple[Rows, NDArray[np.floating]]]] = [[] for _ in queries]
        for numbers, block, columns in self._blocks(among, parts):
            for every, near in zip(queries @ block.T, kept, strict=True):
                products: NDArray[np.floating] = every if columns is None else every[columns]
                if lift is not None:
                    products = products + lift[numbers]
                best = near_best(products, k, slack(self.dim))
                near.append((numbers[best], products[best]))
        found = []
        for near in kept:
            rows = np.concatenate([part for part, _ in near] or [np.empty(0, np.int64)])
            products = np.concatenate([part for _, part in near] or [np.empty(0)])
            found.append(rows[near_best(products, k, slack(self.dim))])
        return found

    def _blocks(
        self, among: Rows | None, parts: Sequence[int]
    ) -> Iterator[tuple[Rows, NDArray[np.float32], Rows | None]]:
        """Rows to be scored, some at a time; vectors; which of the vectors are those of the rows, unless all are."""
        few = among is not None and len(among) <= _GATHER_SHARE * len(self)
        for number in parts:
            first, part = int(self._starts[number]), self._parts[number]
            if among is not None and few:
                inside = among[slice(*np.searchsorted(among, (first, first + part.count)))]
                for start in range(0, len(inside), _BLOCK):
                    rows = inside[start : start + _BLOCK]
                    yield rows, self.take(rows), None
                continue
            for start in range(0, part.count, _BLOCK):
                numbers = np.arange(first + start, first + min(start + _BLOCK, part.count))
                columns = None
                if among is not None:  # to score them all is faster than to gather some
                    a, b = np.searchsorted(among, (numbers[0], numbers[-1] + 1))
                    numbers = among[a:b]
                    columns = numbers - first - start
                if len(numbers):
                    yield numbers, part.rows()[start : start + _BLOCK], columns

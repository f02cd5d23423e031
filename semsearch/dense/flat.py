"""Exact top-k among rows of unit vectors.

Scores are first computed in float32. Every row that may belong to the true top-k has a score at most
`exact.error_bound` below the k-th best one. These rows are scored again in float64, so order and scores are exact.
Parts with quantised vectors are scanned by `QuantisedScanner`, which finds the same rows with less work.
"""

from __future__ import annotations

import itertools
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from semsearch.dense.exact import check_queries, scores
from semsearch.dense.pairs import pairs_above
from semsearch.dense.parts import MemoryPart
from semsearch.dense.quantiser import SAMPLE, Rotation, spread
from semsearch.dense.scanners.native import compiled
from semsearch.dense.scanners.numpy import GATHER_SHARE, NumpyScanner
from semsearch.dense.scanners.quantised import QuantisedPart, QuantisedScanner
from semsearch.model.policy import DensePolicy

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from semsearch.dense.parts import Part
    from semsearch.model.index_protocols import PairLog, Pairs

#: Rows that are summed at once.
_BLOCK = 2**16
#: Questions that are asked together cost a sixth of what they cost one by one.
_AT_ONCE = 6
#: Rows of a sample that follow each other.
_TOGETHER = 8
#: Queries that share one scan of quantised vectors. With 1M rows, 1,000 queries take 0.55 s together, and 1.26 s in
#: parts of 64.
_QUANTISED_BATCH = 1024

Rows = NDArray[np.int64]
Answer = tuple[Rows, NDArray[np.float64]]


class FlatIndex:
    """Unit vectors in one or more parts; implements `DenseIndex`. Any number of threads may share one.

    Rows are numbered from 0 through all parts.

    Args:
        dim: Length of a vector.
        parts: In the order of their rows: parts, or matrices, float32 ``(n, dim)``, C order, unit rows.
        policy: From which sizes on which method is used. No answer depends on it.
    """

    def __init__(
        self, dim: int, parts: Sequence[Part | NDArray[np.float32]], policy: DensePolicy | None = None
    ) -> None:
        self.dim = dim
        self._policy = policy or DensePolicy()
        every = [MemoryPart(part) if isinstance(part, np.ndarray) else part for part in parts]
        self._parts: list[Part] = [part for part in every if part.count]
        self._starts = np.cumsum([0, *(part.count for part in self._parts)], dtype=np.int64)
        self._asked = 0
        self._learned = False
        #: Held while vectors are quantised, or parts with quantised vectors are looked for.
        self._quantising = Lock()
        #: What `_quantised_scanner` returns. It is one value, so that no thread sees half of it.
        self._scanner_and_others: tuple[QuantisedScanner | None, list[int]] | None = None
        self._sample: tuple[NDArray[np.bool_] | None, int, NDArray[np.float32]] | None = None

    def __len__(self) -> int:
        return int(self._starts[-1])

    def rows(self, start: int, stop: int) -> NDArray[np.float32]:
        """Vectors of rows that follow each other.

        Args:
            start: The first row.
            stop: The row after the last one.

        Returns:
            float32 ``(stop - start, dim)``; a view of the memory if all rows lie in one part.
        """
        found = []
        for first, part in zip(self._starts.tolist(), self._parts, strict=False):
            if start < first + part.count and stop > first:
                found.append(part.rows()[max(0, start - first) : max(0, stop - first)])
        if len(found) == 1:
            return found[0]
        return np.concatenate(found) if found else np.empty((0, self.dim), np.float32)

    def take(self, rows: Rows) -> NDArray[np.float32]:
        """Copy the vectors of some rows.

        Args:
            rows: int64 ``(n,)``, in any order.

        Returns:
            float32 ``(n, dim)``, in the order of ``rows``.
        """
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
        """Addresses of vectors in memory. All vectors are in memory from now on.

        Args:
            rows: int64 ``(n,)``, in any order.

        Returns:
            uint64 ``(n,)``; valid as long as the index exists.
        """
        owner = np.searchsorted(self._starts, rows, side="right") - 1
        bases = np.array([part.rows().ctypes.data for part in self._parts] or [0], np.uint64)
        inside = (rows - self._starts[owner]).astype(np.uint64)
        return bases[owner] + inside * np.uint64(4 * self.dim)

    def cosines(self, query: NDArray[np.float32], rows: Rows | None = None) -> NDArray[np.float32]:
        """See `DenseIndex`."""
        check_queries(query[None], self.dim, 1)
        if rows is not None and len(rows) <= GATHER_SHARE * len(self):
            return self.take(rows) @ query
        every = np.concatenate([part.rows() @ query for part in self._parts] or [np.empty(0, np.float32)])
        return every if rows is None else every[rows]

    def sample(self, mask: NDArray[np.bool_] | None, most: int) -> NDArray[np.float32]:
        """Vectors of evenly spread rows. The last sample is kept and returned again for the same arguments.

        Args:
            mask: bool ``(len(self),)``: the rows to choose from; ``None`` for all.
            most: Largest number of rows.

        Returns:
            float32 ``(n, dim)``, n at most ``most``.
        """
        last = self._sample  # another thread may replace it meanwhile
        if last is None or last[0] is not mask or last[1] != most:
            rows = np.arange(len(self)) if mask is None else np.flatnonzero(mask)
            if len(rows) > most:  # some neighbours at a time: a disk reads them as fast as one row
                first = spread(len(rows) - _TOGETHER, most // _TOGETHER)
                rows = rows[np.unique(first[:, None] + np.arange(_TOGETHER))]
            self._sample = last = mask, most, self.take(rows)
        return last[2]

    def mean(self, mask: NDArray[np.bool_] | None = None) -> NDArray[np.float64]:
        """Mean of the rows, float64 ``(dim,)``; zeros if there are none.

        Args:
            mask: bool ``(len(self),)``: rows that count; ``None`` for all. This is fast if it leaves out few rows.
        """
        total, count = np.zeros(self.dim), len(self)
        for part in self._parts:
            total += part.total()
        if mask is not None:
            left_out = np.flatnonzero(~mask)
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
        mask: NDArray[np.bool_] | None = None,
        boost: NDArray[np.float64] | None = None,
    ) -> list[Answer]:
        """See `DenseIndex`."""
        queries = np.ascontiguousarray(queries, np.float32)
        check_queries(queries, self.dim, k)
        searched = len(self) if mask is None else int(np.count_nonzero(mask))
        k = min(k, searched)
        if k == 0:
            return [(np.empty(0, np.int64), np.empty(0)) for _ in queries]
        quantised, others = None, list(range(len(self._parts)))
        if compiled and k <= self._policy.quantised_hits and not self._gathered(searched):
            quantised, others = self._quantised_scanner(max(1, len(queries) // _AT_ONCE))
        plain = self._plain(others)
        answers = []
        for start in range(0, len(queries), _QUANTISED_BATCH):
            batch = queries[start : start + _QUANTISED_BATCH]
            near = plain.candidates(batch, k, mask, boost)
            if quantised is not None:
                for n, found in enumerate(quantised.candidates(batch, k, mask, boost)):
                    if found is None:  # no row is near to this query: a plain scan of all rows is faster
                        near[n] = self._plain().candidates(batch[n : n + 1], k, mask, boost)[0]
                    else:
                        near[n] = np.concatenate([near[n], found])
            answers += [self._best(query, found, k, boost) for query, found in zip(batch, near, strict=True)]
        return answers

    def pairs(
        self,
        threshold: float,
        *,
        mask: NDArray[np.bool_] | None = None,
        on_step: Callable[[int, int], None] | None = None,
        log: PairLog | None = None,
    ) -> Pairs:
        """See `DenseIndex`."""
        return pairs_above(self, threshold, mask=mask, on_tile=on_step, log=log, policy=self._policy)

    def _plain(self, numbers: Sequence[int] | None = None) -> NumpyScanner:
        """A NumPy scanner of the parts with these numbers; of all by default."""
        chosen = range(len(self._parts)) if numbers is None else numbers
        return NumpyScanner([(int(self._starts[n]), self._parts[n]) for n in chosen], self.take, self.dim, len(self))

    def _gathered(self, searched: int) -> bool:
        """Whether so few rows are scored one by one, which is then faster than a scan of quantised vectors."""
        if all(part.in_memory for part in self._parts):
            return searched <= self._policy.gathered_share * len(self)
        return searched <= self._policy.gathered_rows

    def _quantised_scanner(self, asked: int) -> tuple[QuantisedScanner | None, list[int]]:
        """A scanner of the quantised parts, and the numbers of the other parts.

        Vectors in memory are quantised once enough questions were asked.

        Args:
            asked: Cost of the questions that are asked now, in full scans for one question.
        """
        with self._quantising:
            self._asked += asked
            if self._scanner_and_others is None:
                self._scanner_and_others = self._find_quantised()
            none_yet = self._scanner_and_others[0] is None and not self._learned
            worth_it = self._asked >= self._policy.quantised_after and len(self) >= self._policy.quantised_rows
            if none_yet and worth_it:
                self._quantise_all()
            return self._scanner_and_others

    def _quantise_all(self) -> None:
        """Quantise all parts, unless the rotation leaves out too much."""
        rotation = Rotation.learned(self.take(spread(len(self), SAMPLE)), self._policy.code_size)
        self._learned = True
        if rotation.left_out <= self._policy.most_left_out:
            for part in self._parts:
                part.quantise(rotation)
            self._scanner_and_others = self._find_quantised()

    def _find_quantised(self) -> tuple[QuantisedScanner | None, list[int]]:
        """A scanner of the quantised parts that have the same rotation, and the numbers of the other parts."""
        found: list[QuantisedPart] = []
        others: list[int] = []
        for number, (first, part) in enumerate(zip(self._starts.tolist(), self._parts, strict=False)):
            quantised = part.quantised
            if quantised is not None and (not found or quantised.rotation is found[0].quantised.rotation):
                found.append(QuantisedPart(first, part, quantised))
            else:
                others.append(number)
        return QuantisedScanner(found, self.take, self.dim, self._policy) if found else None, others

    def _best(self, query: NDArray[np.float32], candidates: Rows, k: int, boost: NDArray[np.float64] | None) -> Answer:
        """The k best of the candidates, by float64 scores, ties by lower row."""
        exact = scores(self.take(candidates), query)
        if boost is not None:
            exact += boost[candidates]
        order = np.lexsort((candidates, -exact))[:k]
        return candidates[order], exact[order]

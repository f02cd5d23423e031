"""Exact top-k over rows of unit vectors.

Scores are made in float32 first. Every row that rounding could have kept out of the true top-k lies within
`exact.error_bound` of the k-th best of these. They are scored again in float64, so order and scores are exact.
Parts whose vectors are quantised are scanned by `QuantisedScanner` instead, which proves the same.
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

#: Rows whose sum is made at once.
_BLOCK = 2**16
#: Questions that are asked at once cost a sixth of what they cost one by one.
_AT_ONCE = 6
#: Neighbouring rows of a sample.
_TOGETHER = 8
#: Queries that share one reading of the codes: of 1M rows, 1,000 take 0.55 s at once and 1.26 s in parts of 64.
_QUANTISED_BATCH = 1024

Rows = NDArray[np.int64]
Answer = tuple[Rows, NDArray[np.float64]]


class FlatIndex:
    """Rows of one or more parts, numbered through; implements `DenseIndex`. Any number of threads may share one.

    Args:
        dim: Length of a vector.
        parts: In order of their rows; or matrices, float32 ``(n, dim)`` each, C order, unit rows.
        policy: From which sizes on which way is taken; no answer depends on it.
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
        #: Held while codes are found or made.
        self._quantising = Lock()
        #: What `_quantised_scanner` gives. One value, so that no thread sees the one half without the other.
        self._scanner_and_others: tuple[QuantisedScanner | None, list[int]] | None = None
        self._sample: tuple[NDArray[np.bool_] | None, int, NDArray[np.float32]] | None = None

    def __len__(self) -> int:
        return int(self._starts[-1])

    def rows(self, start: int, stop: int) -> NDArray[np.float32]:
        """See `DenseIndex`; a view where the rows lie in one part."""
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
        """See `DenseIndex`."""
        check_queries(query[None], self.dim, 1)
        if rows is not None and len(rows) <= GATHER_SHARE * len(self):
            return self.take(rows) @ query
        every = np.concatenate([part.rows() @ query for part in self._parts] or [np.empty(0, np.float32)])
        return every if rows is None else every[rows]

    def sample(self, mask: NDArray[np.bool_] | None, most: int) -> NDArray[np.float32]:
        """Vectors of at most so many rows, spread evenly; those of the last answer if it is the same that is asked.

        Args:
            mask: bool ``(rows,)``: the rows to choose from; ``None`` for all.
            most: How many.
        """
        last = self._sample  # another thread may ask for another one meanwhile
        if last is None or last[0] is not mask or last[1] != most:
            rows = np.arange(len(self)) if mask is None else np.flatnonzero(mask)
            if len(rows) > most:  # some neighbours at a time: a disk gives them as fast as one
                first = spread(len(rows) - _TOGETHER, most // _TOGETHER)
                rows = rows[np.unique(first[:, None] + np.arange(_TOGETHER))]
            self._sample = last = mask, most, self.take(rows)
        return last[2]

    def mean(self, mask: NDArray[np.bool_] | None = None) -> NDArray[np.float64]:
        """Mean of the rows, float64 ``(dim,)``; zeros where there are none.

        Args:
            mask: bool ``(rows,)``: rows that count, most of them; ``None`` for all.
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
                    if found is None:  # nothing is near to this query: a plain scan of all rows is faster
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
        """A scanner of some parts, or of all."""
        chosen = range(len(self._parts)) if numbers is None else numbers
        return NumpyScanner([(int(self._starts[n]), self._parts[n]) for n in chosen], self.take, self.dim, len(self))

    def _gathered(self, searched: int) -> bool:
        """Whether so few rows are scored one by one sooner than codes are scanned."""
        if all(part.in_memory for part in self._parts):
            return searched <= self._policy.gathered_share * len(self)
        return searched <= self._policy.gathered_rows

    def _quantised_scanner(self, asked: int) -> tuple[QuantisedScanner | None, list[int]]:
        """The parts that have codes, and the numbers of the others; codes are made when so much was asked."""
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
        """Code all parts, if that pays."""
        rotation = Rotation.learned(self.take(spread(len(self), SAMPLE)), self._policy.code_size)
        self._learned = True
        if rotation.left_out <= self._policy.most_left_out:
            for part in self._parts:
                part.quantise(rotation)
            self._scanner_and_others = self._find_quantised()

    def _find_quantised(self) -> tuple[QuantisedScanner | None, list[int]]:
        """The parts that have codes, all of one rotation, and the numbers of the others."""
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
        """The k best of candidates that hold them, by float64 scores, ties by lower row."""
        exact = scores(self.take(candidates), query)
        if boost is not None:
            exact += boost[candidates]
        order = np.lexsort((candidates, -exact))[:k]
        return candidates[order], exact[order]

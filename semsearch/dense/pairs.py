"""All pairs of rows at or above a threshold, exactly.

Quantised vectors give an upper bound of every cosine (`semsearch.dense.quantiser`). The pairs that it cannot exclude
are scored in float32. Those that reach the threshold, or miss it by no more than the error bound, are scored again in
float64. Without compiled scans, or with a low threshold, the upper triangle of the matrix of all cosines is computed
in float32, one tile after the other; it is never stored as a whole.
"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from semsearch.dense.exact import error_bound, scores
from semsearch.dense.quantiser import BLOCK_ROWS, SAMPLE, QuantisedVectors, Rotation, spread
from semsearch.dense.scanners.native import THREADS, compiled
from semsearch.model.errors import QueryError
from semsearch.model.policy import DensePolicy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from semsearch.model.index_protocols import PairLog

#: Lowest threshold for which vectors are quantised; below it, that costs more than it saves.
_QUANTISED_FROM = 0.6
#: Values of code_size that are tried on a sample, and the rows of that sample: 64 is fastest if few pairs come near the
#: threshold.
_CODE_SIZES, _SAMPLE = (64, 128, 192), 8192

#: int64 ``(pairs, 2)`` and float64 ``(pairs,)``.
Pairs = tuple[NDArray[np.int64], NDArray[np.float64]]
_NONE: Pairs = (np.empty((0, 2), np.int64), np.empty(0))


class Rowed(Protocol):
    """Unit vectors by row, as `semsearch.dense.flat.FlatIndex` has them."""

    dim: int

    def __len__(self) -> int:
        """Number of rows."""
        ...

    def rows(self, start: int, stop: int) -> NDArray[np.float32]:
        """Vectors of rows ``start`` to ``stop - 1``, float32 ``(stop - start, dim)``.

        Args:
            start: First row.
            stop: Behind the last row.
        """
        ...

    def take(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """Vectors of some rows, float32 ``(n, dim)``, in the order of ``rows``.

        Args:
            rows: int64 ``(n,)``.
        """
        ...

    def addresses(self, rows: NDArray[np.int64]) -> NDArray[np.uint64]:
        """Addresses of vectors in memory, uint64 ``(n,)``.

        Args:
            rows: int64 ``(n,)``.
        """
        ...


def pairs_above(
    vectors: Rowed,
    threshold: float,
    *,
    mask: NDArray[np.bool_] | None = None,
    on_tile: Callable[[int, int], None] | None = None,
    log: PairLog | None = None,
    policy: DensePolicy | None = None,
) -> Pairs:
    """Find every pair of rows whose cosine is at least ``threshold``.

    Args:
        vectors: Unit vectors.
        threshold: A cosine from -1 to 1.
        mask: bool ``(len(vectors),)``: rows to consider; ``None`` for all.
        on_tile: Called after each step with (steps done, steps in all).
        log: Log of the same search. A long search goes on from it, and notes there what it has found.
        policy: From which sizes on which method is used, and how many pairs are too many.

    Returns:
        Pairs of rows, int64 ``(pairs, 2)``, lower row first; and their cosines, float64 ``(pairs,)``. Descending
        cosine, ties by lower rows.

    Raises:
        QueryError: The threshold is not a number from -1 to 1, or more than `DensePolicy.most_pairs` pairs reach it.
    """
    if not -1 <= threshold <= 1:
        raise QueryError(f"threshold {threshold}; give a cosine between -1 and 1, such as 0.9")
    search = _Search(vectors, threshold, mask, on_tile, policy or DensePolicy())
    quantised = compiled and threshold >= _QUANTISED_FROM and len(vectors) >= search.policy.quantised_pair_rows
    found, count = [_NONE], 0
    for part in _quantised_pairs(search, log) if quantised else _tiles(search):
        found.append(part)
        count += len(part[0])
        search.refuse_above(count)
    pairs, values = _joined(found)
    order = np.lexsort((pairs[:, 1], pairs[:, 0], -values))
    return pairs[order], values[order]


class _Search(NamedTuple):
    """The arguments of a search for pairs."""

    vectors: Rowed
    threshold: float
    mask: NDArray[np.bool_] | None
    on_tile: Callable[[int, int], None] | None
    policy: DensePolicy

    def refuse_above(self, count: int) -> None:
        """Raise a `QueryError` if so many pairs are too many."""
        if count > self.policy.most_pairs:
            raise QueryError(f"over {self.policy.most_pairs:,} pairs reach {self.threshold}; raise the threshold")


def _quantised_pairs(search: _Search, log: PairLog | None) -> Iterator[Pairs]:
    vectors, threshold, mask, on_tile, policy = search
    rows = np.arange(len(vectors)) if mask is None else np.flatnonzero(mask)
    position, known = log.known() if log else (0, [])
    yield from known
    if position >= len(rows) or len(rows) < 2:
        return
    scan = _Scan(search, rows, _fastest(search, rows))
    blocks, each = scan.quantised.blocks, policy.blocks_per_task
    total = blocks * (blocks + 1) // 2
    tasks = [(first, min(first + each, blocks)) for first in range(position // BLOCK_ROWS, blocks, each)]
    begun = noted = time.monotonic()
    fresh = [_NONE]
    with _stopping(ThreadPoolExecutor(THREADS)) as threads:
        for (_, last), found in zip(tasks, threads.map(scan, tasks), strict=True):
            pairs = rows[found]
            values = _row_scores(vectors, pairs)
            fresh.append((pairs[values >= threshold], values[values >= threshold]))
            yield fresh[-1]
            if log and time.monotonic() - noted > policy.log_seconds:
                log.note(min(last * BLOCK_ROWS, len(rows)), *_joined(fresh))
                noted, fresh = time.monotonic(), [_NONE]
            if on_tile:
                left = blocks - last
                on_tile(total - left * (left + 1) // 2, total)
    if log and time.monotonic() - begun > policy.log_seconds:
        log.note(len(rows), *_joined(fresh))


@contextmanager
def _stopping(threads: ThreadPoolExecutor) -> Iterator[ThreadPoolExecutor]:
    """A pool of threads that drops its queue when the user interrupts the search."""
    try:
        yield threads
    finally:
        threads.shutdown(cancel_futures=True)


def _joined(parts: list[Pairs]) -> Pairs:
    return np.concatenate([pairs for pairs, _ in parts]), np.concatenate([values for _, values in parts])


class _Scan:
    """A scan for pairs at or above a threshold, by quantised vectors of some rows. A task is a range of blocks."""

    def __init__(self, search: _Search, rows: NDArray[np.int64], code_size: int) -> None:
        vectors, threshold = search.vectors, search.threshold
        sample = vectors.take(rows[spread(len(rows), SAMPLE)])
        self.quantised = quantised = QuantisedVectors.of(
            Rotation.learned(sample, code_size), len(rows), lambda a, b: vectors.take(rows[a:b]), sums=True
        )
        self._addresses = vectors.addresses(rows)
        self._search, self._dim, self._min_score = search, vectors.dim, threshold - error_bound(vectors.dim)
        lowest = int(np.floor((threshold - quantised.pair_error()) * quantised.rotation.scale**2))
        self._start = (-128 * quantised.sums - lowest).astype(np.int32)
        self._start[len(rows) :] = np.iinfo(np.int32).min // 2

    def __call__(self, task: tuple[int, int]) -> NDArray[np.int32]:
        """Find the pairs whose first row lies in the blocks of a task, by float32 scores.

        Args:
            task: The first block, and the block after the last one.

        Returns:
            int32 ``(pairs, 2)``: positions in the rows of the scan, the lower one first.
        """
        quantised, capacity = self.quantised, 2**14
        while True:
            out = np.empty((capacity, 2), np.int32)
            found = compiled.pairs(
                quantised.codes, self._start, quantised.rotation.code_size, *task, quantised.count, self._addresses,
                self._dim, self._min_score, out,
            )  # fmt: skip
            if found <= capacity:
                return out[:found]
            self._search.refuse_above(found)
            capacity = int(found)


def _fastest(search: _Search, rows: NDArray[np.int64]) -> int:
    """The code_size with which a sample of the rows is scanned fastest. The pairs that are found do not depend on it.

    How many pairs the bounds leave depends on the collection: in a single field of science many papers are similar.
    """
    if len(rows) <= 2 * _SAMPLE:
        return _CODE_SIZES[1]
    took = {}
    for code_size in _CODE_SIZES:
        scan, each = _Scan(search, rows[:: len(rows) // _SAMPLE], code_size), search.policy.blocks_per_task
        started = time.perf_counter()
        for first in range(0, scan.quantised.blocks, each):
            scan((first, min(first + each, scan.quantised.blocks)))
        took[code_size] = time.perf_counter() - started
    return min(took, key=took.__getitem__)


def _row_scores(vectors: Rowed, pairs: NDArray[np.int64]) -> NDArray[np.float64]:
    values = np.empty(len(pairs))
    for start in range(0, len(pairs), 2**14):
        part = pairs[start : start + 2**14]
        values[start : start + 2**14] = scores(vectors.take(part[:, 0]), vectors.take(part[:, 1]))
    return values


def _tiles(search: _Search) -> Iterator[Pairs]:
    vectors, threshold, _, on_tile, policy = search
    starts = range(0, len(vectors), policy.tile_rows)
    total, done = len(starts) * (len(starts) + 1) // 2, 0
    floor = np.float32(threshold - error_bound(vectors.dim))
    for a in starts:
        a_rows, a_vectors = _block(search, a)
        for b in range(a, len(vectors), policy.tile_rows):
            b_rows, b_vectors = (a_rows, a_vectors) if a == b else _block(search, b)
            left, right = np.nonzero(a_vectors @ b_vectors.T >= floor)
            if a == b:
                upper = left < right
                left, right = left[upper], right[upper]
            search.refuse_above(len(left))
            values = _pair_scores(a_vectors, b_vectors, left, right)
            kept = values >= threshold
            yield np.stack([a_rows[left[kept]], b_rows[right[kept]]], axis=1), values[kept]
            done += 1
            if on_tile:
                on_tile(done, total)


def _block(search: _Search, start: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    mask, stop = search.mask, min(start + search.policy.tile_rows, len(search.vectors))
    rows = np.arange(start, stop, dtype=np.int64)
    block = search.vectors.rows(start, stop)
    if mask is None or mask[start:stop].all():
        return rows, block
    return rows[mask[start:stop]], block[mask[start:stop]]


def _pair_scores(
    a: NDArray[np.float32], b: NDArray[np.float32], left: NDArray[np.int64], right: NDArray[np.int64]
) -> NDArray[np.float64]:
    values = np.empty(len(left))
    for start in range(0, len(left), 2**16):  # gathers 100 MB at most
        part = slice(start, start + 2**16)
        values[part] = scores(a[left[part]], b[right[part]])
    return values

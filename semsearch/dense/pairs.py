"""All pairs of rows at or above a threshold, exactly.

Short codes of the rows give an upper bound of every cosine (`codes`); what it cannot exclude is scored in float32, and
what float32 rounding could have moved across the threshold again in float64. Without compiled scans, or where the
threshold excludes little, the upper triangle of the similarity matrix is made tile by tile in float32 and never stored.
"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from semsearch.dense.exact import scores, slack
from semsearch.dense.quantiser import PANEL, SAMPLE, Codes, Rotation, spread
from semsearch.dense.scanners.native import THREADS, compiled
from semsearch.model.errors import QueryError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from semsearch.model.index_protocols import PairLog

#: Rows of a tile's side: three tiles of 384 dimensions and their products take about 24 MB.
_TILE = 2048
#: Codes are scanned from this threshold and number of rows on; below, making them does not pay.
_CODED_FROM, _CODED_ROWS = 0.6, 4096
#: Panels of a thread's task.
_PANELS = 48
#: Bytes of a code that are tried on a sample of so many rows: 64 are fastest where few pairs come near the threshold.
_DIMS, _SAMPLE = (64, 128, 192), 8192
#: Seconds of work that are noted at once in a log; what takes less is not noted.
_NOTE_EVERY = 10.0
#: Pairs beyond which nobody reads the answer, and memory would not hold it.
PAIR_LIMIT = 5_000_000

#: int64 ``(pairs, 2)`` and float64 ``(pairs,)``.
Pairs = tuple[NDArray[np.int64], NDArray[np.float64]]
_NONE: Pairs = (np.empty((0, 2), np.int64), np.empty(0))


class Rowed(Protocol):
    """Rows of unit vectors, as `semsearch.dense.flat.FlatIndex` has them."""

    dim: int

    def __len__(self) -> int:
        """Number of rows."""
        ...

    def rows(self, start: int, stop: int) -> NDArray[np.float32]:
        """Vectors of rows ``start`` to ``stop - 1``, float32 ``(stop - start, dim)``."""
        ...

    def take(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """Vectors of some rows, float32 ``(len(rows), dim)``."""
        ...

    def addresses(self, rows: NDArray[np.int64]) -> NDArray[np.uint64]:
        """Where each row lies in memory."""
        ...


def pairs_above(
    vectors: Rowed,
    threshold: float,
    *,
    mask: NDArray[np.bool_] | None = None,
    on_tile: Callable[[int, int], None] | None = None,
    log: PairLog | None = None,
) -> Pairs:
    """Every pair of rows whose cosine similarity is at least ``threshold``.

    Args:
        vectors: Unit vectors.
        threshold: In [-1, 1].
        mask: bool ``(len(vectors),)``: rows to consider; all by default.
        on_tile: Called with (tiles done, tiles in all).
        log: Of the same search; one that takes long notes there what it has found.

    Returns:
        int64 ``(pairs, 2)`` with the lower row first, and float64 ``(pairs,)`` scores; descending score, ties by rows.

    Raises:
        QueryError: The threshold is no number in [-1, 1], or more than `PAIR_LIMIT` pairs reach it.
    """
    if not -1 <= threshold <= 1:
        raise QueryError(f"threshold {threshold}; give a cosine between -1 and 1, such as 0.9")
    found, count = [_NONE], 0
    coded = compiled and threshold >= _CODED_FROM and len(vectors) >= _CODED_ROWS
    parts = _coded(vectors, threshold, mask, on_tile, log) if coded else _tiles(vectors, threshold, mask, on_tile)
    for part in parts:
        found.append(part)
        count += len(part[0])
        if count > PAIR_LIMIT:
            raise QueryError(f"over {PAIR_LIMIT:,} pairs reach {threshold}; raise the threshold")
    pairs, values = _joined(found)
    order = np.lexsort((pairs[:, 1], pairs[:, 0], -values))
    return pairs[order], values[order]


def _coded(
    vectors: Rowed,
    threshold: float,
    mask: NDArray[np.bool_] | None,
    on_tile: Callable[[int, int], None] | None,
    log: PairLog | None,
) -> Iterator[Pairs]:
    rows = np.arange(len(vectors)) if mask is None else np.flatnonzero(mask)
    position, known = log.known() if log else (0, [])
    yield from known
    if position >= len(rows) or len(rows) < 2:
        return
    scan = _Scan(vectors, rows, threshold, _fastest(vectors, rows, threshold))
    panels = scan.codes.panels
    total = panels * (panels + 1) // 2
    blocks = [(first, min(first + _PANELS, panels)) for first in range(position // PANEL, panels, _PANELS)]
    begun = noted = time.monotonic()
    fresh = [_NONE]
    with _stopping(ThreadPoolExecutor(THREADS)) as threads:
        for (_, last), found in zip(blocks, threads.map(scan, blocks), strict=True):
            pairs = rows[found]
            values = _row_scores(vectors, pairs)
            fresh.append((pairs[values >= threshold], values[values >= threshold]))
            yield fresh[-1]
            if log and time.monotonic() - noted > _NOTE_EVERY:
                log.note(min(last * PANEL, len(rows)), *_joined(fresh))
                noted, fresh = time.monotonic(), [_NONE]
            if on_tile:
                left = panels - last
                on_tile(total - left * (left + 1) // 2, total)
    if log and time.monotonic() - begun > _NOTE_EVERY:
        log.note(len(rows), *_joined(fresh))


@contextmanager
def _stopping(threads: ThreadPoolExecutor) -> Iterator[ThreadPoolExecutor]:
    """A pool that does not go on with what is queued when its user is interrupted."""
    try:
        yield threads
    finally:
        threads.shutdown(cancel_futures=True)


def _joined(parts: list[Pairs]) -> Pairs:
    return np.concatenate([pairs for pairs, _ in parts]), np.concatenate([values for _, values in parts])


class _Scan:
    """A scan of the codes of some rows for pairs at or above a threshold, in blocks."""

    def __init__(self, vectors: Rowed, rows: NDArray[np.int64], threshold: float, dims: int) -> None:
        sample = vectors.take(rows[spread(len(rows), SAMPLE)])
        self.codes = codes = Codes.of(
            Rotation.learned(sample, dims), len(rows), lambda a, b: vectors.take(rows[a:b]), sums=True
        )
        self._addresses = vectors.addresses(rows)
        self._dim, self._floor, self._threshold = vectors.dim, threshold - slack(vectors.dim), threshold
        lowest = int(np.floor((threshold - codes.pair_error()) * codes.rotation.scale**2))
        self._start = (-128 * codes.sums - lowest).astype(np.int32)
        self._start[len(rows) :] = np.iinfo(np.int32).min // 2

    def __call__(self, block: tuple[int, int]) -> NDArray[np.int32]:
        """Positions of the pairs whose first row lies in the block, by float32 scores; int32 ``(pairs, 2)``."""
        codes, room = self.codes, 2**14
        while True:
            out = np.empty((room, 2), np.int32)
            found = compiled.pairs(
                codes.codes, self._start, codes.rotation.dims, *block, codes.count, self._addresses, self._dim,
                self._floor, out,
            )  # fmt: skip
            if found <= room:
                return out[:found]
            if found > PAIR_LIMIT:
                raise QueryError(f"over {PAIR_LIMIT:,} pairs reach {self._threshold}; raise the threshold")
            room = int(found)


def _fastest(vectors: Rowed, rows: NDArray[np.int64], threshold: float) -> int:
    """Bytes of a code with which a sample of the rows is scanned fastest.

    How many pairs a bound leaves depends on the collection: in one field of science many papers come near each other.
    What is found does not depend on it.
    """
    if len(rows) <= 2 * _SAMPLE:
        return _DIMS[1]
    took = {}
    for dims in _DIMS:
        scan = _Scan(vectors, rows[:: len(rows) // _SAMPLE], threshold, dims)
        started = time.perf_counter()
        for first in range(0, scan.codes.panels, _PANELS):
            scan((first, min(first + _PANELS, scan.codes.panels)))
        took[dims] = time.perf_counter() - started
    return min(took, key=took.__getitem__)


def _row_scores(vectors: Rowed, pairs: NDArray[np.int64]) -> NDArray[np.float64]:
    values = np.empty(len(pairs))
    for start in range(0, len(pairs), 2**14):
        part = pairs[start : start + 2**14]
        values[start : start + 2**14] = scores(vectors.take(part[:, 0]), vectors.take(part[:, 1]))
    return values


def _tiles(
    vectors: Rowed, threshold: float, mask: NDArray[np.bool_] | None, on_tile: Callable[[int, int], None] | None
) -> Iterator[Pairs]:
    starts = range(0, len(vectors), _TILE)
    total, done = len(starts) * (len(starts) + 1) // 2, 0
    floor = np.float32(threshold - slack(vectors.dim))
    for a in starts:
        a_rows, a_vectors = _block(vectors, a, mask)
        for b in range(a, len(vectors), _TILE):
            b_rows, b_vectors = (a_rows, a_vectors) if a == b else _block(vectors, b, mask)
            left, right = np.nonzero(a_vectors @ b_vectors.T >= floor)
            if a == b:
                upper = left < right
                left, right = left[upper], right[upper]
            if len(left) > PAIR_LIMIT:
                raise QueryError(f"over {PAIR_LIMIT:,} pairs reach {threshold}; raise the threshold")
            values = _pair_scores(a_vectors, b_vectors, left, right)
            kept = values >= threshold
            yield np.stack([a_rows[left[kept]], b_rows[right[kept]]], axis=1), values[kept]
            done += 1
            if on_tile:
                on_tile(done, total)


def _block(vectors: Rowed, start: int, mask: NDArray[np.bool_] | None) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    stop = min(start + _TILE, len(vectors))
    rows = np.arange(start, stop, dtype=np.int64)
    block = vectors.rows(start, stop)
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

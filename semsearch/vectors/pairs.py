"""All pairs of rows at or above a threshold, exactly.

The upper triangle of the similarity matrix is made tile by tile in float32 and never stored; what float32 rounding
could have moved across the threshold is scored again in float64.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np

from semsearch.errors import QueryError
from semsearch.vectors.exact import scores, slack

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

#: Rows of a tile's side: three tiles of 384 dimensions and their products take about 24 MB.
_TILE = 2048
#: Pairs beyond which nobody reads the answer, and memory would not hold it.
PAIR_LIMIT = 5_000_000


class _Rows(Protocol):
    dim: int

    def __len__(self) -> int: ...
    def rows(self, start: int, stop: int) -> NDArray[np.float32]: ...


def pairs_above(
    vectors: _Rows,
    threshold: float,
    *,
    among: NDArray[np.bool_] | None = None,
    on_tile: Callable[[int, int], None] | None = None,
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Every pair of rows whose cosine similarity is at least ``threshold``.

    Args:
        vectors: Unit vectors (a `FlatIndex`).
        threshold: In [-1, 1].
        among: bool ``(len(vectors),)``: rows to consider; all by default.
        on_tile: Called with (tiles done, tiles in all).

    Returns:
        int64 ``(pairs, 2)`` with the lower row first, and float64 ``(pairs,)`` scores; descending score, ties by rows.

    Raises:
        QueryError: The threshold is no number in [-1, 1], or more than `PAIR_LIMIT` pairs reach it.
    """
    if not -1 <= threshold <= 1:
        raise QueryError(f"threshold {threshold}; give a cosine between -1 and 1, such as 0.9")
    found_pairs, found_scores, count = [], [], 0
    for pairs, values in _tiles(vectors, threshold, among, on_tile):
        found_pairs.append(pairs)
        found_scores.append(values)
        count += len(pairs)
        if count > PAIR_LIMIT:
            raise QueryError(f"over {PAIR_LIMIT:,} pairs reach {threshold}; raise the threshold")
    if not count:
        return np.empty((0, 2), np.int64), np.empty(0)
    pairs, values = np.concatenate(found_pairs), np.concatenate(found_scores)
    order = np.lexsort((pairs[:, 1], pairs[:, 0], -values))
    return pairs[order], values[order]


def _tiles(
    vectors: _Rows, threshold: float, among: NDArray[np.bool_] | None, on_tile: Callable[[int, int], None] | None
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.float64]]]:
    starts = range(0, len(vectors), _TILE)
    total, done = len(starts) * (len(starts) + 1) // 2, 0
    floor = np.float32(threshold - slack(vectors.dim))
    for a in starts:
        a_rows, a_vectors = _block(vectors, a, among)
        for b in range(a, len(vectors), _TILE):
            b_rows, b_vectors = (a_rows, a_vectors) if a == b else _block(vectors, b, among)
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


def _block(
    vectors: _Rows, start: int, among: NDArray[np.bool_] | None
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    stop = min(start + _TILE, len(vectors))
    rows = np.arange(start, stop, dtype=np.int64)
    block = vectors.rows(start, stop)
    if among is None or among[start:stop].all():
        return rows, block
    return rows[among[start:stop]], block[among[start:stop]]


def _pair_scores(
    a: NDArray[np.float32], b: NDArray[np.float32], left: NDArray[np.int64], right: NDArray[np.int64]
) -> NDArray[np.float64]:
    values = np.empty(len(left))
    for start in range(0, len(left), 2**16):  # gathers 100 MB at most
        part = slice(start, start + 2**16)
        values[part] = scores(a[left[part]], b[right[part]])
    return values

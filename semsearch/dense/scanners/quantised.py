"""Candidates for an exact top-k by a scan of codes: every row that may be among the k nearest, and few others."""

from __future__ import annotations

import itertools
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from semsearch.dense.exact import NORM_TOLERANCE, kth_best, near_best, slack
from semsearch.dense.quantiser import ROTATION, Codes, spread
from semsearch.dense.scanners.native import THREADS, compiled
from semsearch.model.policy import DensePolicy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from semsearch.dense.parts import Part

    Take = Callable[[NDArray[np.int64]], NDArray[np.float32]]

#: Queries that are asked one by one; for more, all share one scan. That wants the rows in memory, which costs what so
#: many questions cost.
_FEW, _FEW_TO_READ = 8, 128
#: Rows whose scores give the first bound on the k-th best of many queries.
_SAMPLE = 8192
#: Queries multiplied at once; see ``_kernels.c``.
_LANES = 8
#: Candidates of many queries that a thread has room for at first, at most.
_ROOM_AT_MOST = 2**20
#: Below every sum: 255 * 127 * 4096 dimensions.
_LEAST = -(2**28)
_HIT = np.dtype([("query", np.int32), ("position", np.int32), ("score", np.float32)])


class CodedPart(NamedTuple):
    """A part of an index that has codes."""

    first: int
    """Number of its first row."""
    part: Part
    codes: Codes


class _Coded(NamedTuple):
    """Queries in codes, and what turns sums of products into bounds of cosines."""

    words: NDArray[np.int32]
    """``(blocks, dims / 4, lanes)``: signed codes, four a word."""
    bias: NDArray[np.int32]
    """``(q,)``: what a sum is short of, as the codes of rows are 128 too high."""
    unit: NDArray[np.float64]
    """``(q,)``: cosine per unit of a sum."""
    error: NDArray[np.float64]
    """``(q,)``: what a bound can be too low by."""


class QuantisedScanner:
    """The coded parts of an index, which have one rotation.

    Args:
        parts: These, in order of their rows.
        take: Gives vectors of rows of the index.
        dim: Length of a vector.
        policy: How much memory there is for candidates at first.
    """

    def __init__(self, parts: Sequence[CodedPart], take: Take, dim: int, policy: DensePolicy | None = None) -> None:
        self._policy = policy or DensePolicy()
        self._parts = parts
        self._take = take
        self._dim = dim
        self._rotation = parts[0].codes.rotation
        self._error = max(codes.error for _, _, codes in parts)
        #: Rows that have codes.
        self.count = sum(codes.count for _, _, codes in parts)

    def candidates(
        self,
        queries: NDArray[np.float32],
        k: int,
        mask: NDArray[np.bool_] | None = None,
        boost: NDArray[np.float64] | None = None,
    ) -> list[NDArray[np.int64] | None]:
        """For each query the rows whose float32 score is within `slack` of the k-th best, and maybe some more.

        ``None`` for a query that the bounds exclude too few rows of: one that nothing is near to.

        Args:
            queries: float32 ``(q, dim)``, unit rows.
            k: Of the coded parts; fewer where there are fewer.
            mask: bool by row of the index: rows that may be returned; ``None`` for all.
            boost: Added to the score of each row of the index.
        """
        few = _FEW if all(part.in_memory for _, part, _ in self._parts) else _FEW_TO_READ
        if len(queries) <= few or boost is not None:
            return [self._one(query[None], k, mask, boost) for query in queries]
        return self._many(queries, k, mask)

    def _shares(
        self, thread: int, mask: NDArray[np.bool_] | None
    ) -> Iterator[tuple[CodedPart, tuple[int, int], NDArray[np.uint8] | bytes]]:
        """What a thread scans: of each part a range of panels, and which of its rows are allowed, for the kernels."""
        for coded in self._parts:
            first, _, codes = coded
            cut = (codes.panels * thread // THREADS, codes.panels * (thread + 1) // THREADS)
            yield coded, cut, b"" if mask is None else mask[first : first + codes.count].view(np.uint8)

    # -- one: bounds of all rows first, then the scores of the most promising ---------------------------------------

    def _one(
        self, query: NDArray[np.float32], k: int, mask: NDArray[np.bool_] | None, boost: NDArray[np.float64] | None
    ) -> NDArray[np.int64] | None:
        coded = self._coded(query, 1)
        boosts = None if boost is None else np.ceil(boost / coded.unit[0]).astype(np.int32)
        room = max(self._policy.first_candidates, self._policy.candidates_per_hit * k)
        rows, keys, excluded = self._highest(coded, mask, boosts, room, _LEAST)
        if len(rows) <= k:
            return rows
        promising = np.sort(rows[np.argpartition(keys, len(keys) - min(len(keys), 4 * k))[-4 * k :]])
        scores = (self._take(promising) @ query[0]).astype(np.float64)
        if boost is not None:
            scores += boost[promising]
        bar = kth_best(scores, k) - slack(self._dim) - coded.error[0]
        least = int(np.floor(bar / coded.unit[0])) - int(coded.bias[0])
        if excluded >= least:  # there was no room for rows that may be as near
            room = max(room, int(self.count * self._policy.most_candidates_share / THREADS))
            rows, keys, excluded = self._highest(coded, mask, boosts, room, least)
        return None if excluded >= least else rows[keys >= least]

    def _highest(
        self,
        coded: _Coded,
        mask: NDArray[np.bool_] | None,
        boosts: NDArray[np.int32] | None,
        room: int,
        least: int,
    ) -> tuple[NDArray[np.int64], NDArray[np.int32], int]:
        """Rows with the greatest sums of those that reach ``least``; the sums; and the most that any other row has.

        ``room`` rows a thread at most.
        """
        dims = self._rotation.dims

        def scan(thread: int) -> tuple[NDArray[np.int64], NDArray[np.int32], int]:
            keys, rows, filled = np.empty(room, np.int32), np.empty(room, np.int64), 0
            for (first, _, codes), cut, allowed in self._shares(thread, mask):
                boosted = b"" if boosts is None else boosts[first : first + codes.count]
                filled = compiled.highest(
                    codes.codes,
                    dims,
                    *cut,
                    codes.count,
                    allowed,
                    boosted,
                    first,
                    coded.words,
                    least,
                    filled,
                    keys,
                    rows,
                )
            return rows[:filled], keys[:filled], int(keys[0]) if filled == room else least - 1

        with ThreadPoolExecutor(THREADS) as threads:
            rows, keys, excluded = zip(*threads.map(scan, range(THREADS)), strict=True)
        return np.concatenate(rows), np.concatenate(keys), max(excluded)

    # -- many: each row that a bound does not exclude is scored on the spot, which raises the bar for the next -------

    def _many(
        self, queries: NDArray[np.float32], k: int, mask: NDArray[np.bool_] | None
    ) -> list[NDArray[np.int64] | None]:
        coded, margin, dims = self._coded(queries, _LANES), slack(self._dim), self._rotation.dims
        bounds = self._bounds(queries, k, mask)

        def scan(thread: int) -> NDArray[np.void]:
            room, found = min(max(4096, self._policy.candidates_per_hit * k) * len(queries), _ROOM_AT_MOST), []
            best = np.full((len(queries), k), -2.0, np.float32)
            for (first, part, codes), cut, allowed in self._shares(thread, mask):
                while True:
                    out, held = np.empty(room, _HIT), best.copy()
                    count = compiled.nearest(
                        codes.codes, dims, *cut, codes.count, part.rows(), allowed, self._dim, coded.words, queries,
                        coded.bias, coded.unit, coded.error, bounds, k, margin, out.view(np.uint8), best,
                    )  # fmt: skip
                    if count <= room:
                        break
                    room, best = int(count), held
                hits = out[:count].copy()
                hits["position"] += first
                found.append(hits)
            return np.concatenate(found)

        with ThreadPoolExecutor(THREADS) as threads:
            hits = np.concatenate(list(threads.map(scan, range(THREADS))))
        hits = hits[np.argsort(hits["query"], kind="stable")]
        cuts = np.searchsorted(hits["query"], np.arange(len(queries) + 1))
        rows, scores = hits["position"].astype(np.int64), hits["score"]
        return [rows[a:b][near_best(scores[a:b], k, margin)] for a, b in itertools.pairwise(cuts)]

    def _bounds(self, queries: NDArray[np.float32], k: int, mask: NDArray[np.bool_] | None) -> NDArray[np.float32]:
        """A score that k rows are known to reach, for each query."""
        rows = np.concatenate([np.arange(first, first + codes.count) for first, _, codes in self._parts])
        if mask is not None:
            rows = rows[mask[rows]]
        sample = self._take(rows[spread(len(rows), max(_SAMPLE, 2 * k))])
        if len(sample) < k:
            return np.full(len(queries), -2.0, np.float32)
        products = queries @ sample.T
        return np.ascontiguousarray(np.partition(products, len(sample) - k, axis=1)[:, len(sample) - k])

    def _coded(self, queries: NDArray[np.float32], lanes: int) -> _Coded:
        leading, rest = self._rotation.split(queries)
        dims = self._rotation.dims
        scale = 126.9 / np.maximum(np.abs(leading).max(axis=1), rest / 2)
        rounded = np.rint(leading * scale[:, None])
        off = np.linalg.norm(leading - rounded / scale[:, None], axis=1)
        whole = np.zeros((-(-len(queries) // lanes) * lanes, dims), np.int8)
        whole[: len(queries), : leading.shape[1]] = rounded
        # The remainder's norm over the square root of the number of its coordinates, 4 or a few more.
        spread_over = np.sqrt(dims - leading.shape[1])
        whole[: len(queries), leading.shape[1] :] = np.ceil(rest / spread_over * scale)[:, None]
        words = whole.view(np.int32).reshape(-1, lanes, dims // 4).transpose(0, 2, 1)
        bias = -128 * whole[: len(queries)].sum(axis=1, dtype=np.int32)
        error = self._error * (1 + NORM_TOLERANCE) + off * (1 + NORM_TOLERANCE + self._error) + ROTATION
        unit = 1.0 / (self._rotation.scale * scale.astype(np.float64))
        return _Coded(np.ascontiguousarray(words), bias, unit, error.astype(np.float64))

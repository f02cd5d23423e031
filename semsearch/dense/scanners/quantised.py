"""Scans of quantised vectors: they find every row that may be among the k nearest, and few others.

`semsearch.dense.quantiser` says why no such row is missed. The scans themselves are in ``_kernels.c``.
"""

from __future__ import annotations

import itertools
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from semsearch.dense.exact import NORM_TOLERANCE, error_bound, kth_best, near_best
from semsearch.dense.quantiser import ROTATION, QuantisedVectors, spread
from semsearch.dense.scanners.native import THREADS, compiled
from semsearch.model.policy import DensePolicy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from semsearch.dense.parts import Part

    Take = Callable[[NDArray[np.int64]], NDArray[np.float32]]

#: Up to so many queries are scanned for one by one; more share one scan. A shared scan needs all vectors in memory. If
#: they must be read from disk first, this pays only for the larger number of queries.
_FEW, _FEW_TO_READ = 8, 128
#: Rows that are scored first, to get a threshold for many queries.
_SAMPLE = 8192
#: Queries that are multiplied at once; see ``_kernels.c``.
_LANES = 8
#: Largest capacity for the candidates of many queries, per thread, at first.
_MAX_CAPACITY = 2**20
#: A number below every sum of products: 255 * 127 * 4096 dimensions.
_BELOW_ALL = -(2**28)
#: A candidate, as ``_kernels.c`` writes it.
_HIT = np.dtype([("query", np.int32), ("row", np.int32), ("score", np.float32)])


class QuantisedPart(NamedTuple):
    """A part of an index whose vectors are quantised."""

    first_row: int
    """The row of its first vector in the index."""
    vectors: Part
    """The vectors."""
    quantised: QuantisedVectors
    """The same vectors, quantised."""


class _QuantisedQueries(NamedTuple):
    """Quantised queries, and the numbers that turn sums of products into bounds of cosines."""

    words: NDArray[np.int32]
    """int32 ``(groups, code_size / 4, lanes)``: signed bytes, four in a word."""
    biases: NDArray[np.int32]
    """int32 ``(q,)``: added to each sum, since the bytes of the rows are 128 too high."""
    units: NDArray[np.float64]
    """float64 ``(q,)``: the cosine for one unit of a sum."""
    errors: NDArray[np.float64]
    """float64 ``(q,)``: how far a cosine can be above its bound."""


class QuantisedScanner:
    """Finds candidates in the quantised parts of an index. All parts have the same rotation.

    Implements `semsearch.model.index_protocols.Scanner`. Any number of threads may share one.

    Args:
        parts: The parts, in order of their rows; at least one.
        take: Gives the vectors of some rows of the index: int64 ``(n,)`` to float32 ``(n, dim)``.
        dim: Length of a vector.
        policy: Sizes, such as the memory for candidates at first. No answer depends on it.
    """

    def __init__(self, parts: Sequence[QuantisedPart], take: Take, dim: int, policy: DensePolicy | None = None) -> None:
        self._policy = policy or DensePolicy()
        self._parts = parts
        self._take = take
        self._dim = dim
        self._rotation = parts[0].quantised.rotation
        self._error = max(part.quantised.error for part in parts)
        #: Number of rows in the parts.
        self.count = sum(part.quantised.count for part in parts)

    def candidates(
        self,
        queries: NDArray[np.float32],
        k: int,
        mask: NDArray[np.bool_] | None = None,
        boost: NDArray[np.float64] | None = None,
    ) -> list[NDArray[np.int64] | None]:
        """Find, for each query, all rows whose float32 score is within `error_bound` of the k-th best.

        Args:
            queries: float32 ``(q, dim)``, C order, unit rows.
            k: Number of results in these parts, at least 1. May be larger than the number of rows.
            mask: bool ``(rows of the index,)``: rows that may be returned; ``None`` for all.
            boost: float64 ``(rows of the index,)``: added to the score of each row; ``None`` for nothing.

        Returns:
            For each query: these rows of the index and few others, int64 ``(n,)``, each once. ``None`` for a query
            whose bounds exclude too few rows, since no row is near to it; a plain scan is faster for that one.
        """
        few = _FEW if all(part.vectors.in_memory for part in self._parts) else _FEW_TO_READ
        if len(queries) <= few or boost is not None:
            return [self._one(query[None], k, mask, boost) for query in queries]
        return self._many(queries, k, mask)

    def _shares(
        self, thread: int, mask: NDArray[np.bool_] | None
    ) -> Iterator[tuple[QuantisedPart, tuple[int, int], NDArray[np.uint8] | bytes]]:
        """The share of one thread: a range of blocks of each part, and the part's filter mask in bytes."""
        for part in self._parts:
            first, count, blocks = part.first_row, part.quantised.count, part.quantised.blocks
            share = (blocks * thread // THREADS, blocks * (thread + 1) // THREADS)
            yield part, share, b"" if mask is None else mask[first : first + count].view(np.uint8)

    # -- one query: first the bounds of all rows, then the scores of the rows with the highest bounds ------------------

    def _one(
        self, query: NDArray[np.float32], k: int, mask: NDArray[np.bool_] | None, boost: NDArray[np.float64] | None
    ) -> NDArray[np.int64] | None:
        quantised = self._quantise(query, 1)
        boosts = None if boost is None else np.ceil(boost / quantised.units[0]).astype(np.int32)
        capacity = max(self._policy.first_candidates, self._policy.candidates_per_hit * k)
        rows, keys, excluded = self._highest(quantised, mask, boosts, capacity, _BELOW_ALL)
        if len(rows) <= k:
            return rows
        promising = np.sort(rows[np.argpartition(keys, len(keys) - min(len(keys), 4 * k))[-4 * k :]])
        scores = (self._take(promising) @ query[0]).astype(np.float64)
        if boost is not None:
            scores += boost[promising]
        threshold = kth_best(scores, k) - error_bound(self._dim) - quantised.errors[0]
        min_key = int(np.floor(threshold / quantised.units[0])) - int(quantised.biases[0])
        if excluded >= min_key:  # the capacity was too small for all rows that may be as near
            capacity = max(capacity, int(self.count * self._policy.most_candidates_share / THREADS))
            rows, keys, excluded = self._highest(quantised, mask, boosts, capacity, min_key)
        return None if excluded >= min_key else rows[keys >= min_key]

    def _highest(
        self,
        query: _QuantisedQueries,
        mask: NDArray[np.bool_] | None,
        boosts: NDArray[np.int32] | None,
        capacity: int,
        min_key: int,
    ) -> tuple[NDArray[np.int64], NDArray[np.int32], int]:
        """The rows with the highest keys: sums of products, with the boost.

        Args:
            query: One query.
            mask: bool ``(rows of the index,)``; ``None`` for all.
            boosts: int32 ``(rows of the index,)``, in units of a sum; ``None`` for none.
            capacity: Number of rows that each thread keeps.
            min_key: The lowest key that is kept.

        Returns:
            Rows of the index; their keys; and the highest key that any other row can have.
        """
        code_size = self._rotation.code_size

        def scan(thread: int) -> tuple[NDArray[np.int64], NDArray[np.int32], int]:
            keys, rows, filled = np.empty(capacity, np.int32), np.empty(capacity, np.int64), 0
            for (first, _, quantised), share, in_mask in self._shares(thread, mask):
                boosted = b"" if boosts is None else boosts[first : first + quantised.count]
                filled = compiled.highest(
                    quantised.codes,
                    code_size,
                    *share,
                    quantised.count,
                    in_mask,
                    boosted,
                    first,
                    query.words,
                    min_key,
                    filled,
                    keys,
                    rows,
                )
            return rows[:filled], keys[:filled], int(keys[0]) if filled == capacity else min_key - 1

        with ThreadPoolExecutor(THREADS) as threads:
            rows, keys, excluded = zip(*threads.map(scan, range(THREADS)), strict=True)
        return np.concatenate(rows), np.concatenate(keys), max(excluded)

    # -- many queries: a row that its bound does not exclude is scored at once, and may raise the threshold ------------

    def _many(
        self, queries: NDArray[np.float32], k: int, mask: NDArray[np.bool_] | None
    ) -> list[NDArray[np.int64] | None]:
        asked, margin, code_size = self._quantise(queries, _LANES), error_bound(self._dim), self._rotation.code_size
        thresholds = self._thresholds(queries, k, mask)

        def scan(thread: int) -> NDArray[np.void]:
            capacity = min(max(4096, self._policy.candidates_per_hit * k) * len(queries), _MAX_CAPACITY)
            found, best = [], np.full((len(queries), k), -2.0, np.float32)
            for (first, vectors, quantised), share, in_mask in self._shares(thread, mask):
                while True:
                    out, held = np.empty(capacity, _HIT), best.copy()
                    count = compiled.nearest(
                        quantised.codes, code_size, *share, quantised.count, vectors.rows(), in_mask, self._dim,
                        asked.words, queries, asked.biases, asked.units, asked.errors, thresholds, k, margin,
                        out.view(np.uint8), best,
                    )  # fmt: skip
                    if count <= capacity:
                        break
                    capacity, best = int(count), held
                hits = out[:count].copy()
                hits["row"] += first
                found.append(hits)
            return np.concatenate(found)

        with ThreadPoolExecutor(THREADS) as threads:
            hits = np.concatenate(list(threads.map(scan, range(THREADS))))
        hits = hits[np.argsort(hits["query"], kind="stable")]
        cuts = np.searchsorted(hits["query"], np.arange(len(queries) + 1))
        rows, scores = hits["row"].astype(np.int64), hits["score"]
        return [rows[a:b][near_best(scores[a:b], k, margin)] for a, b in itertools.pairwise(cuts)]

    def _thresholds(self, queries: NDArray[np.float32], k: int, mask: NDArray[np.bool_] | None) -> NDArray[np.float32]:
        """For each query a score that k rows are known to reach, float32 ``(q,)``; -2 where none is known."""
        rows = np.concatenate([np.arange(first, first + quantised.count) for first, _, quantised in self._parts])
        if mask is not None:
            rows = rows[mask[rows]]
        sample = self._take(rows[spread(len(rows), max(_SAMPLE, 2 * k))])
        if len(sample) < k:
            return np.full(len(queries), -2.0, np.float32)
        products = queries @ sample.T
        return np.ascontiguousarray(np.partition(products, len(sample) - k, axis=1)[:, len(sample) - k])

    def _quantise(self, queries: NDArray[np.float32], lanes: int) -> _QuantisedQueries:
        """Quantise queries, each with a scale of its own; ``lanes`` of them lie together."""
        leading, residual_norms = self._rotation.split(queries)
        code_size = self._rotation.code_size
        scale = 126.9 / np.maximum(np.abs(leading).max(axis=1), residual_norms / 2)
        rounded = np.rint(leading * scale[:, None])
        rounding = np.linalg.norm(leading - rounded / scale[:, None], axis=1)
        signed = np.zeros((-(-len(queries) // lanes) * lanes, code_size), np.int8)
        signed[: len(queries), : leading.shape[1]] = rounded
        # The residual norm, shared out over the other coordinates: divided by the square root of their number.
        share = np.sqrt(code_size - leading.shape[1])
        signed[: len(queries), leading.shape[1] :] = np.ceil(residual_norms / share * scale)[:, None]
        words = signed.view(np.int32).reshape(-1, lanes, code_size // 4).transpose(0, 2, 1)
        biases = -128 * signed[: len(queries)].sum(axis=1, dtype=np.int32)
        errors = self._error * (1 + NORM_TOLERANCE) + rounding * (1 + NORM_TOLERANCE + self._error) + ROTATION
        units = 1.0 / (self._rotation.scale * scale.astype(np.float64))
        return _QuantisedQueries(np.ascontiguousarray(words), biases, units, errors.astype(np.float64))

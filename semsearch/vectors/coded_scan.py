"""Candidates for an exact top-k by a scan of codes: every row that may be among the k nearest, and few others."""

from __future__ import annotations

import itertools
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np

from semsearch.vectors.codes import ROTATION, Codes
from semsearch.vectors.exact import NORM_TOLERANCE, slack
from semsearch.vectors.kernels import THREADS, compiled

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from semsearch.vectors.flat import FlatIndex

#: Bytes of a code. More take longer to read and leave fewer rows to score: of 1M x 384 rows one question that is made
#: like them takes 6, 6 and 8 ms with 128, 192 and 256, a short one (a title), whose best cosines are low, 22, 10 and 8.
DIMS = 256
#: Rows whose scores give the first bound on the k-th best.
_SAMPLE = 8192
#: Queries multiplied at once; see ``_kernels.c``.
_LANES = 8
#: Candidates of a query and thread that there is room for at first.
_ROOM, _ROOM_AT_MOST = 4096, 2**20
_HIT = np.dtype([("query", np.int32), ("position", np.int32), ("score", np.float32)])


class CodedScan:
    """All rows of an index, coded.

    Args:
        vectors: The index; held as long as this.
    """

    def __init__(self, vectors: FlatIndex) -> None:
        self._vectors = vectors
        self._codes = Codes(vectors, np.arange(len(vectors)), DIMS)
        self._sampled = np.arange(0, len(vectors), max(1, len(vectors) // _SAMPLE))
        self._sample = vectors.take(self._sampled)

    def candidates(
        self, queries: NDArray[np.float32], k: int, among: NDArray[np.bool_] | None = None
    ) -> list[NDArray[np.int64]]:
        """For each query the rows whose float32 score is within `slack` of the k-th best, and maybe some more.

        Args:
            queries: float32 ``(q, dim)``, unit rows.
            k: At most the number of rows searched.
            among: bool ``(rows,)``: rows that may be returned; ``None`` for all.
        """
        codes, margin = self._codes, slack(self._vectors.dim)
        lanes = 1 if len(queries) == 1 else _LANES
        coded, bias, unit, error = self._coded(queries, lanes)
        bounds = self._bounds(queries, k, among)
        allowed = b"" if among is None else np.ascontiguousarray(among, np.uint8)

        def scan(part: tuple[int, int]) -> NDArray[np.void]:
            room = min(max(_ROOM, 16 * k) * len(queries), _ROOM_AT_MOST)
            while True:
                out, best = np.empty(room, _HIT), np.empty((len(queries), k), np.float32)
                found = compiled.nearest(
                    codes.codes, codes.dims, *part, codes.count, codes.addresses, allowed, self._vectors.dim, coded,
                    queries, bias, unit, error, bounds, k, margin, out.view(np.uint8), best,
                )  # fmt: skip
                if found <= room:
                    return out[:found]
                room = int(found)

        cuts = np.linspace(0, codes.panels, THREADS + 1).astype(int).tolist()
        with ThreadPoolExecutor(THREADS) as threads:
            hits = np.concatenate(list(threads.map(scan, itertools.pairwise(cuts))))
        order = np.argsort(hits["query"], kind="stable")
        cuts = np.searchsorted(hits["query"][order], np.arange(len(queries) + 1))
        return [self._near(hits[order[a:b]], k, margin) for a, b in itertools.pairwise(cuts)]

    @staticmethod
    def _near(hits: NDArray[np.void], k: int, margin: float) -> NDArray[np.int64]:
        """Those that are near the k-th best, now that it is known."""
        scores: NDArray[np.float32] = hits["score"]
        rows: NDArray[np.int64] = hits["position"].astype(np.int64)
        if len(rows) <= k:
            return rows
        floor = np.partition(scores, len(scores) - k)[len(scores) - k] - margin
        near: NDArray[np.int64] = rows[scores >= floor]
        return near

    def _coded(
        self, queries: NDArray[np.float32], lanes: int
    ) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float64], NDArray[np.float64]]:
        """Codes of the queries, four a word in blocks of lanes; and what turns sums of products into bounds.

        Returns:
            int32 ``(blocks, dims / 4, lanes)``; int32 ``(q,)`` starts of the sums; float64 ``(q,)`` cosine per unit of
            a sum; float64 ``(q,)`` what the bound can be too low by.
        """
        codes = self._codes
        leading, rest = codes.split(queries)
        scale = 126.9 / np.maximum(np.abs(leading).max(axis=1), rest / 2)
        rounded = np.rint(leading * scale[:, None])
        off = np.linalg.norm(leading - rounded / scale[:, None], axis=1)
        whole = np.zeros((-(-len(queries) // lanes) * lanes, codes.dims), np.int8)
        whole[: len(queries), : leading.shape[1]] = rounded
        whole[: len(queries), leading.shape[1] :] = np.ceil(rest / 2 * scale)[:, None]
        words = whole.view(np.int32).reshape(-1, lanes, codes.dims // 4).transpose(0, 2, 1)
        bias = -128 * whole[: len(queries)].sum(axis=1, dtype=np.int32)
        error = codes.error * (1 + NORM_TOLERANCE) + off * (1 + NORM_TOLERANCE + codes.error) + ROTATION
        return (
            np.ascontiguousarray(words),
            bias,
            1.0 / (codes.scale * scale.astype(np.float64)),
            error.astype(np.float64),
        )

    def _bounds(self, queries: NDArray[np.float32], k: int, among: NDArray[np.bool_] | None) -> NDArray[np.float32]:
        """A score that k rows are known to reach, for each query."""
        sample = self._sample
        if among is not None:
            sample = sample[among[self._sampled]]
            if len(sample) < 2 * k:
                rows = np.flatnonzero(among)
                sample = self._vectors.take(rows[:: max(1, len(rows) // _SAMPLE)])
        if len(sample) < k:
            return np.full(len(queries), -2.0, np.float32)
        products = queries @ sample.T
        return np.ascontiguousarray(np.partition(products, len(sample) - k, axis=1)[:, len(sample) - k])

"""Small scans whose answers NumPy knows too, for every function of the compiled module.

Vectors that are searched have whole numbers, so that sums of float32 are exact at every level of instructions.
"""

from __future__ import annotations

from itertools import product
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

BLOCK, LANES = 32, 8
LEVELS = ("avx512-vnni", "avx2", "generic")
#: Rows: none, one, a block less one, exactly one and one more, and several blocks.
COUNTS = (0, 1, 31, 32, 33, 100)
#: Bytes of a quantised vector: the shortest, odd and even numbers of words, and whole vector registers.
CODE_SIZES = (4, 12, 40, 64)

Ints = NDArray[np.int64]
#: Below all scores.
_LOWEST = -(10**6)
HIT = np.dtype([("query", np.int32), ("row", np.int32), ("score", np.float32)])


def blocks_of(rows: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Quantised vectors, uint8 ``(n, code_size)``, as blocks; the padding gets bytes that reach every threshold."""
    padded = np.full((-(-len(rows) // BLOCK) * BLOCK, rows.shape[1]), 255, np.uint8)
    padded[: len(rows)] = rows
    return np.ascontiguousarray(padded.reshape(-1, BLOCK, rows.shape[1] // 4, 4).transpose(0, 2, 1, 3))


def words_of(queries: NDArray[np.int8]) -> NDArray[np.int32]:
    """Signed bytes of queries, int8 ``(q, code_size)``, as words in groups of eight; the padding is not 0."""
    padded = np.full((-(-len(queries) // LANES) * LANES, queries.shape[1]), 127, np.int8)
    padded[: len(queries)] = queries
    words = padded.view(np.int32).reshape(-1, LANES, queries.shape[1] // 4)
    return np.ascontiguousarray(words.transpose(0, 2, 1))


class Rows(NamedTuple):
    """Rows whose quantised vectors are the vectors themselves: every bound is the score."""

    signed: Ints
    quantised: NDArray[np.uint8]
    vectors: NDArray[np.float32]

    @classmethod
    def drawn(cls, count: int, code_size: int, dim: int, rng: np.random.Generator) -> Rows:
        vectors = rng.integers(-5, 6, (count, dim))
        signed = np.zeros((count, code_size), np.int64)
        signed[:, :dim] = vectors
        return cls(signed, blocks_of((signed + 128).astype(np.uint8)), vectors.astype(np.float32))

    @property
    def cuts(self) -> list[tuple[int, int]]:
        """Ranges of blocks that hold all rows, as those of two threads; of many blocks nearly all are in one."""
        blocks = len(self.quantised)
        cut = blocks // 2 if blocks < 10 else 1
        return [(0, cut), (cut, blocks)]


def check_pack(kernels: Any, n: int, d: int, code_size: int, *, sums: bool) -> None:
    rng = np.random.default_rng(n + d)
    leading = np.ascontiguousarray(rng.normal(size=(n, d)), np.float32)
    norms = rng.random(n).astype(np.float32) * 3
    scale, first_row, spread = 60.0, 5, code_size - d
    quantised = blocks_of(np.full((n + first_row, code_size), 128, np.uint8))
    totals = np.zeros(len(quantised) * BLOCK if sums else 0, np.int32)
    error = kernels.pack(leading, norms, scale, code_size, first_row, quantised, totals)
    signed = quantised.transpose(0, 2, 1, 3).reshape(-1, code_size)[first_row : first_row + n].astype(np.int64) - 128
    expected = np.clip(np.rint(leading * np.float32(scale)), -127, 127)
    np.testing.assert_array_equal(signed[:, :d], expected)
    residual = np.minimum(np.ceil(norms / np.sqrt(spread) * scale), 127)
    np.testing.assert_array_equal(signed[:, d:], np.repeat(residual[:, None], spread, axis=1))
    lost = np.linalg.norm(leading - expected / scale, axis=1) if n else np.zeros(0)
    lost += np.maximum(norms - residual / scale * np.sqrt(spread), 0)
    np.testing.assert_allclose(error, lost.max(initial=0), rtol=1e-3)
    assert error >= lost.max(initial=0)
    if sums:
        np.testing.assert_array_equal(totals[first_row : first_row + n], signed.sum(axis=1))
        assert not totals[:first_row].any()


def check_pairs(kernels: Any, count: int, code_size: int, capacity: int) -> None:
    rng = np.random.default_rng(count + code_size)
    dim = code_size - 3
    rows = Rows.drawn(count, code_size, dim, rng)
    products = rows.signed @ rows.signed.T
    least = 9 * dim if count > 500 else dim  # few pairs of many rows
    min_score = float(least + 2) if capacity % 2 else float(least - 2)  # one of the two decides
    starts = np.full(len(rows.quantised) * BLOCK, 2**30 - 1, np.int32)  # what fills up the blocks reaches everything
    starts[:count] = -128 * rows.signed.sum(axis=1) - least
    addresses = rows.vectors.ctypes.data + np.arange(count, dtype=np.uint64) * np.uint64(4 * dim)
    found: list[tuple[int, int]] = []
    total = 0
    for first, last in rows.cuts:
        out = np.full((capacity, 2), -1, np.int32)
        number = kernels.pairs(
            rows.quantised, starts, code_size, first, last, count, addresses, dim, min_score, out
        )  # fmt: skip
        total += number
        found += [(int(a), int(b)) for a, b in out[:number]]
        assert (out[number:] == -1).all()
    expected = set(zip(*np.nonzero(np.triu((products >= least) & (products >= min_score), 1)), strict=True))
    assert total == len(expected)
    assert set(found) <= expected
    assert len(set(found)) == len(found)
    assert capacity < total or set(found) == expected


def check_nearest(kernels: Any, count: int, code_size: int, q: int, k: int, *, filtered: bool) -> None:
    rng = np.random.default_rng(count * q + k)
    dim, error_bound = code_size - 1, 1.5
    rows = Rows.drawn(count, code_size, dim, rng)
    queries = rng.integers(-5, 6, (q, dim))
    signed = np.zeros((q, code_size), np.int8)
    signed[:, :dim] = queries
    allowed = rng.random(count) < 0.5 if filtered else np.ones(count, np.bool_)
    scores = rows.signed @ signed.T.astype(np.int64)
    ranked = -np.sort(-scores[allowed], axis=0)[:k]  # best first
    kth = ranked[-1] if len(ranked) == k else np.full(q, _LOWEST)
    thresholds = np.maximum(kth - rng.integers(0, 20, q), _LOWEST).astype(np.float32)
    best = np.full((q, k), _LOWEST, np.float32)
    found = np.empty(0, HIT)
    for first, last in rows.cuts:
        number, before = 2, best
        while True:  # with more capacity if there are more, as callers do
            out, best = np.empty(capacity := number, HIT), before.copy()
            number = kernels.nearest(
                rows.quantised, code_size, first, last, count, rows.vectors, allowed if filtered else b"", dim,
                words_of(signed), queries.astype(np.float32), -128 * signed.sum(axis=1, dtype=np.int32), np.ones(q),
                np.zeros(q), thresholds, k, error_bound, out.view(np.uint8), best,
            )  # fmt: skip
            if number <= capacity:
                break
        found = np.concatenate([found, out[:number]])
    np.testing.assert_array_equal(best.T[: len(ranked)], ranked)
    assert (best.T[len(ranked) :] == _LOWEST).all()
    for query in range(q):
        hits = found[found["query"] == query]
        mine = set(hits["row"].tolist())
        assert len(mine) == len(hits)
        assert mine >= set(np.flatnonzero(allowed & (scores[:, query] >= kth[query] - error_bound)).tolist())
        assert allowed[hits["row"]].all()
        np.testing.assert_array_equal(hits["score"], scores[hits["row"], query])
        assert (hits["score"] >= thresholds[query] - error_bound).all()


def check_highest(kernels: Any, count: int, code_size: int, capacity: int, *, filtered: bool, boosted: bool) -> None:
    rng = np.random.default_rng(count + capacity)
    few = capacity % 2 == 1  # few values, so that many keys are equal
    query = (
        rng.integers(-1, 2, code_size).astype(np.int8) if few else rng.integers(-128, 128, code_size).astype(np.int8)
    )
    keys, numbers, filled = np.empty(capacity, np.int32), np.empty(capacity, np.int64), 0
    threshold, expected = 0 if few else -20_000, {}
    for first_row in (0, 1000):  # two parts, one heap
        quantised = rng.integers(0, 4 if few else 256, (count, code_size)).astype(np.uint8)
        boosts = rng.integers(-5, 6, count).astype(np.int32) * (1 if few else 10_000)
        allowed = rng.random(count) < 0.6
        blocks = blocks_of(quantised)
        cut = len(blocks) // 2
        for first, last in ((0, cut), (cut, len(blocks))):
            filled = kernels.highest(
                blocks, code_size, first, last, count, allowed if filtered else b"", boosts if boosted else b"", first_row,
                query.view(np.int32), threshold, filled, keys, numbers,
            )  # fmt: skip
        sums = quantised.astype(np.int64) @ query.astype(np.int64) + (boosts if boosted else 0)
        for row in np.flatnonzero((sums >= threshold) & (allowed if filtered else True)):
            expected[first_row + int(row)] = int(sums[row])
    assert filled == min(capacity, len(expected))
    assert sorted(keys[:filled].tolist()) == sorted(expected.values())[len(expected) - filled :]
    assert len(set(numbers[:filled].tolist())) == filled
    assert all(expected[row] == key for row, key in zip(numbers[:filled].tolist(), keys[:filled].tolist(), strict=True))
    assert not filled or keys[0] == keys[:filled].min()


def check_largest(kernels: Any) -> None:
    """The largest numbers that are allowed: no sum may overflow."""
    code_size, count = 4096, 33
    for byte, signed, sign in ((255, 127, 1), (255, -128, -1), (0, -128, 0)):
        blocks = blocks_of(np.full((count, code_size), byte, np.uint8))
        query = np.full((1, code_size), signed, np.int8)
        total = byte * signed * code_size
        for boost, threshold in ((2**29 - 1, -(2**30)), (-(2**29), -(2**30)), (2**29 - 1, 2**30), (-(2**29), 2**30)):
            keys, rows = np.empty(40, np.int32), np.empty(40, np.int64)
            boosts = np.full(count, boost, np.int32)
            filled = kernels.highest(
                blocks, code_size, 0, 2, count, b"", boosts, 2**40, query.view(np.int32), threshold, 0, keys, rows
            )
            assert filled == (count if boost + total >= threshold else 0)
            assert keys[:filled].tolist() == [boost + total] * filled
            assert sorted(rows[:filled].tolist()) == [2**40 + row for row in range(filled)]
        for start in (2**30 - 1, -(2**30)):
            vectors = np.ones((count, 1), np.float32)
            addresses = vectors.ctypes.data + np.arange(count, dtype=np.uint64) * np.uint64(4)
            out = np.empty((1000, 2), np.int32)
            number = kernels.pairs(blocks, np.full(64, start, np.int32), code_size, 0, 2, count, addresses, 1, 0.5, out)
            assert number == (count * (count - 1) // 2 if start > 0 else 0)
        for bias, unit, threshold_score in ((2**31 - 1, 1e-300, 1e30), (-(2**31), 1e300, -1e30), (0, 1e-300, -1e30)):
            vectors, best = np.full((count, 1), sign, np.float32), np.full((1, 2), -2, np.float32)
            number = kernels.nearest(
                blocks, code_size, 0, 2, count, vectors, b"", 1, words_of(query), np.ones((1, 1), np.float32),
                np.array([bias], np.int32), np.array([unit]), np.array([0.0]), np.array([threshold_score], np.float32), 2,
                0.0, np.empty(12 * count, np.uint8), best,
            )  # fmt: skip
            assert 0 <= number <= count


def check_all(kernels: Any) -> int:
    """All right calls at the level of instructions in use. Returns how many."""
    done = 0
    for n, (d, code_size), sums in product((0, 1, 30), ((1, 4), (3, 4), (17, 24), (35, 36), (20, 4096)), (False, True)):
        check_pack(kernels, n, d, code_size, sums=sums)
        done += 1
    for count, code_size, capacity in product((*COUNTS, 50 * BLOCK + 1), CODE_SIZES, (0, 3, 5000)):
        if count < 500 or (code_size, capacity) == (12, 3):  # more blocks than a group has, once
            check_pairs(kernels, count, code_size, capacity)
            done += 1
    for count, code_size, q, k, filtered in product(COUNTS, CODE_SIZES, (0, 1, 8, 19), (1, 3), (False, True)):
        check_nearest(kernels, count, code_size, q, k, filtered=filtered)
        done += 1
    for count, code_size, capacity, filtered, boosted in product(
        COUNTS, CODE_SIZES, (1, 2, 7, 300), (False, True), (False, True)
    ):
        check_highest(kernels, count, code_size, capacity, filtered=filtered, boosted=boosted)
        done += 1
    check_largest(kernels)
    return done + 1

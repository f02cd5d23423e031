"""Every `DenseIndex` against brute force in float64."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from semsearch.dense.exact import error_bound
from semsearch.dense.flat import FlatIndex
from semsearch.dense.parts import MemoryPart
from semsearch.dense.quantiser import Rotation
from semsearch.dense.scanners import native
from semsearch.model.errors import QueryError
from semsearch.model.index_protocols import DenseIndex
from tests import oracle
from tests.memory_index import MemoryDense
from tests.oracle import Vectors


def _flat(vectors: Vectors, cuts: tuple[int, ...] = ()) -> DenseIndex:
    return FlatIndex(vectors.shape[1], [np.ascontiguousarray(part) for part in np.split(vectors, cuts)])


def _coded(vectors: Vectors, cuts: tuple[int, ...] = (), every: int = 1) -> DenseIndex:
    """Parts with codes, all or one in so many."""
    parts = [MemoryPart(np.ascontiguousarray(part)) for part in np.split(vectors, cuts)]
    if native.compiled:
        rotation = Rotation.learned(vectors, 16 if vectors.shape[1] > 16 else 256)
        for part in parts[::every]:
            part.quantise(rotation)
    return FlatIndex(vectors.shape[1], parts)


MAKERS: dict[str, Callable[[Vectors], DenseIndex]] = {
    "one segment": _flat,
    "three segments": lambda v: _flat(v, (len(v) // 3, len(v) // 2)),
    "empty segments": lambda v: _flat(v, (0, 0, len(v))),
    "codes": lambda v: _coded(v, (len(v) // 3, len(v) // 2)),
    "in memory, by the protocol only": MemoryDense,
    "codes of some": lambda v: _coded(v, (len(v) // 5, len(v) // 2, len(v) * 9 // 10), 2),
}
makers = pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS.keys())


def _random(n: int, dim: int, seed: int = 0) -> Vectors:
    return oracle.unit(np.random.default_rng(seed).normal(size=(n, dim)))


def _assert_exact(
    index: DenseIndex,
    vectors: Vectors,
    queries: Vectors,
    k: int,
    among: NDArray[np.bool_] | None,
    lift: NDArray[np.float64] | None = None,
) -> None:
    answers = index.search(queries, k, mask=among, boost=lift)
    assert len(answers) == len(queries)
    for query, (rows, scores) in zip(queries, answers, strict=True):
        expected_rows, expected = oracle.top_k(vectors, query, k, among, lift)
        assert rows.tolist() == expected_rows.tolist()
        np.testing.assert_allclose(scores, expected, rtol=0, atol=1e-12)


@makers
@pytest.mark.parametrize("k", [1, 10, 500, 5000])
@pytest.mark.parametrize("share", [None, 0.5, 0.05, 0.0])
def test_exact_to_the_last_rank(make: Callable[[Vectors], DenseIndex], k: int, share: float | None) -> None:
    vectors, queries = _random(3000, 48), _random(7, 48, seed=1)
    among = None if share is None else np.random.default_rng(2).random(3000) < share
    index = make(vectors)
    _assert_exact(index, vectors, queries, k, among)
    rng = np.random.default_rng(3)
    for most in (1e-6, 0.3, 2.0):
        _assert_exact(index, vectors, queries, k, among, rng.random(3000) * (rng.random(3000) < 0.3) * most)


@makers
def test_ties_come_by_lower_row_even_when_there_are_more_than_are_fetched(
    make: Callable[[Vectors], DenseIndex],
) -> None:
    vectors = _random(1000, 32)
    vectors[100:900:2] = vectors[50]  # 400 copies, with k far below
    _assert_exact(make(vectors), vectors, vectors[50:51], 10, None)


@makers
def test_near_ties_within_float32_rounding_are_in_true_order(make: Callable[[Vectors], DenseIndex]) -> None:
    rng = np.random.default_rng(3)
    base = _random(1, 384)[0]
    vectors = oracle.unit(base + rng.normal(size=(2000, 384)) * 3e-5)
    _assert_exact(make(vectors), vectors, base[None], 50, None)


@makers
def test_a_filter_never_returns_fewer_than_exist(make: Callable[[Vectors], DenseIndex]) -> None:
    vectors = _random(2000, 16)
    among = np.zeros(2000, np.bool_)
    among[[3, 700, 1999]] = True
    rows, _ = make(vectors).search(vectors[:1], 10, mask=among)[0]
    assert sorted(rows.tolist()) == [3, 700, 1999]


@makers
def test_many_queries_at_once(make: Callable[[Vectors], DenseIndex]) -> None:
    vectors, queries = _random(500, 24), _random(600, 24, seed=4)
    _assert_exact(make(vectors), vectors, queries, 5, None)


@makers
def test_no_rows(make: Callable[[Vectors], DenseIndex]) -> None:
    rows, scores = make(np.empty((0, 8), np.float32)).search(_random(1, 8), 5)[0]
    assert (len(rows), len(scores)) == (0, 0)


@makers
def test_rows_are_what_was_stored(make: Callable[[Vectors], DenseIndex]) -> None:
    vectors = _random(90, 8)
    index = make(vectors)
    assert len(index) == 90
    for start, stop in ((0, 90), (20, 70), (44, 46), (89, 90), (5, 5)):
        np.testing.assert_array_equal(index.take(np.arange(start, stop)), vectors[start:stop])
    np.testing.assert_array_equal(index.take(np.array([7, 3, 3, 80])), vectors[[7, 3, 3, 80]])


@makers
@pytest.mark.parametrize("filtered", [False, True])
def test_mean_sample_and_cosines(make: Callable[[Vectors], DenseIndex], filtered: bool) -> None:
    vectors = _random(90, 8)
    index = make(vectors)
    mask = np.random.default_rng(1).random(90) < 0.8 if filtered else None
    inside = vectors if mask is None else vectors[mask]
    np.testing.assert_allclose(index.mean(mask), inside.astype(np.float64).mean(axis=0), atol=1e-12)
    assert not index.mean(np.zeros(90, np.bool_)).any()
    for most in (16, 90, 500):
        sample = index.sample(mask, most)
        assert len(inside) // 8 <= len(sample) <= most or len(sample) == len(inside)
        assert all((inside == row).all(axis=1).any() for row in sample)
        np.testing.assert_array_equal(index.sample(mask, most), sample)
    rows = np.array([88, 2, 2, 40])
    exact = vectors.astype(np.float64) @ vectors[5].astype(np.float64)
    np.testing.assert_allclose(index.cosines(vectors[5]), exact, atol=error_bound(8))
    np.testing.assert_allclose(index.cosines(vectors[5], rows), exact[rows], atol=error_bound(8))


@makers
@pytest.mark.parametrize("filtered", [False, True])
def test_pairs(make: Callable[[Vectors], DenseIndex], filtered: bool) -> None:
    vectors = _random(90, 8)
    mask = np.random.default_rng(2).random(90) < 0.7 if filtered else None
    inside = np.arange(90) if mask is None else np.flatnonzero(mask)
    products = vectors.astype(np.float64) @ vectors.astype(np.float64).T
    expected = {(int(a), int(b)) for a in inside for b in inside if a < b and products[a, b] >= 0.5}
    pairs, cosines = make(vectors).pairs(0.5, mask=mask)
    assert {(int(a), int(b)) for a, b in pairs} == expected
    assert len(pairs) == len(expected) > 20
    np.testing.assert_allclose(cosines, products[pairs[:, 0], pairs[:, 1]], atol=1e-12)
    assert np.all(np.diff(cosines) <= 0)
    with pytest.raises(QueryError):
        make(vectors).pairs(1.5)


@makers
@pytest.mark.parametrize(
    ("query", "k"),
    [
        (np.full((1, 8), np.nan, np.float32), 5),
        (np.full((1, 8), np.inf, np.float32), 5),
        (np.zeros((1, 8), np.float32), 5),
        (np.ones((1, 8), np.float32), 5),
        (_random(1, 9), 5),
        (_random(1, 8)[0], 5),
        (_random(1, 8), 0),
        (_random(1, 8), -1),
    ],
)
def test_refused_at_the_door(make: Callable[[Vectors], DenseIndex], query: Vectors, k: int) -> None:
    with pytest.raises(QueryError):
        make(_random(10, 8)).search(query, k)


@makers
def test_k_of_two_to_the_31_is_no_crash(make: Callable[[Vectors], DenseIndex]) -> None:
    rows, _ = make(_random(10, 8)).search(_random(1, 8), 2**31)[0]
    assert len(rows) == 10


@given(st.integers(1, 60), st.integers(2, 6), st.integers(1, 70), st.integers(0, 2**32 - 1), st.booleans())
def test_small_collections_of_few_values(n: int, dim: int, k: int, seed: int, filtered: bool) -> None:
    """Coordinates from {-1, 0, 1}: ties everywhere."""
    rng = np.random.default_rng(seed)
    raw = rng.integers(-1, 2, size=(n + 1, dim)).astype(float)
    raw[~raw.any(axis=1), 0] = 1
    vectors = oracle.unit(raw)
    among = rng.random(n) < 0.5 if filtered else None
    lift = rng.choice([0, 0.25, 0.5], n) if rng.random() < 0.5 else None
    for make in (_flat, _coded):
        _assert_exact(make(vectors[:n], (n // 2,)), vectors[:n], vectors[n:], k, among, lift)

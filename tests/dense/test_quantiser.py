"""Quantised vectors bound the cosines of their vectors, at every level of instructions; scans of them lose no row."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from semsearch.dense import pairs
from semsearch.dense.flat import FlatIndex
from semsearch.dense.quantiser import BLOCK_ROWS, QuantisedVectors, Rotation
from semsearch.dense.scanners import native
from semsearch.dense.scanners.quantised import QuantisedPart, QuantisedScanner
from semsearch.model.policy import DensePolicy
from tests import oracle
from tests.oracle import Vectors

pytestmark = pytest.mark.skipif(native.compiled is None, reason="the package was installed without a compiler")


@pytest.fixture(params=["avx512-vnni", "avx2", "generic"])
def level(request: pytest.FixtureRequest) -> Iterator[str]:
    best = native.level()
    try:
        native.compiled.level(request.param)
    except ValueError:
        pytest.skip(f"this processor has no {request.param}")
    yield request.param
    native.compiled.level(best)


def _clustered(n: int, dim: int = 96, seed: int = 0) -> Vectors:
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(max(1, n // 5), dim)) * np.linspace(2, 0.1, dim)
    return oracle.unit(centres[rng.integers(len(centres), size=n)] + rng.normal(size=(n, dim)) * 0.15)


def _index(vectors: Vectors, cuts: tuple[int, ...] = (), policy: DensePolicy | None = None) -> FlatIndex:
    return FlatIndex(vectors.shape[1], [np.ascontiguousarray(part) for part in np.split(vectors, cuts)], policy)


def _signed(quantised: QuantisedVectors) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
    blocks = quantised.codes.reshape(quantised.blocks, quantised.rotation.code_size // 4, BLOCK_ROWS, 4)
    return (
        blocks.transpose(0, 2, 1, 3).reshape(-1, quantised.rotation.code_size)[: quantised.count].astype(np.int64) - 128
    )


def _quantised(vectors: Vectors, code_size: int, learned_from: Vectors | None = None) -> QuantisedVectors:
    rotation = Rotation.learned(vectors if learned_from is None else learned_from, code_size)
    return QuantisedVectors.of(rotation, len(vectors), lambda start, stop: vectors[start:stop], sums=True)


def _scan(index: FlatIndex, code_size: int = 256, policy: DensePolicy | None = None) -> QuantisedScanner:
    rotation = Rotation.learned(index.rows(0, len(index)), code_size)
    parts = []
    for first, part in zip(index._starts.tolist(), index._parts, strict=False):
        part.quantise(rotation)
        assert part.quantised is not None
        parts.append(QuantisedPart(first, part, part.quantised))
    return QuantisedScanner(parts, index.take, index.dim, policy)


#: Quantised at once, however few the rows.
ALWAYS = DensePolicy(quantised_rows=0, quantised_after=0, quantised_pair_rows=0)


@given(st.integers(2, 80), st.sampled_from([8, 20, 32]), st.integers(0, 2**32 - 1))
def test_products_of_quantised_vectors_are_upper_bounds(n: int, code_size: int, seed: int) -> None:
    vectors = _clustered(n, 48, seed)
    vectors[-1] = vectors[0]
    # Learned from half of the rows: coordinates of the others may lie outside of the range of a byte.
    quantised = _quantised(vectors, code_size, vectors[: n // 2])
    signed = _signed(quantised)
    np.testing.assert_array_equal(signed.sum(axis=1), quantised.sums[:n])
    bounds = signed @ signed.T / quantised.rotation.scale**2 + quantised.pair_error()
    assert np.all(bounds >= vectors.astype(np.float64) @ vectors.astype(np.float64).T)


@pytest.mark.parametrize("threshold", [0.7, 0.9, 0.99])
def test_every_pair_and_no_other(level: str, threshold: float) -> None:
    vectors = _clustered(1100)
    vectors[[3, 900]] = vectors[[500, 501]]
    mask = np.random.default_rng(1).random(1100) < 0.9
    found, scores = pairs.pairs_above(_index(vectors, (400, 401)), threshold, mask=mask, policy=ALWAYS)
    expected = {p: s for p, s in oracle.pairs(vectors, threshold).items() if mask[p[0]] and mask[p[1]]}
    assert {(int(a), int(b)) for a, b in found} == set(expected)
    np.testing.assert_allclose(scores, [expected[int(a), int(b)] for a, b in found], atol=1e-12)


def test_more_pairs_than_there_was_memory_for() -> None:
    vectors = np.repeat(_clustered(4), 100, axis=0)
    found, _ = pairs.pairs_above(_index(np.ascontiguousarray(vectors)), 0.9999, policy=ALWAYS)
    assert len(found) >= 4 * 100 * 99 // 2
    assert len(set(map(tuple, found.tolist()))) == len(found)


@pytest.mark.parametrize("queries", [1, 3, 20])
@pytest.mark.parametrize("k", [1, 10, 400])
@pytest.mark.parametrize("share", [None, 0.6, 0.01])
def test_candidates_hold_the_nearest(level: str, queries: int, k: int, share: float | None) -> None:
    vectors = _clustered(2000)
    asked = np.concatenate([_clustered(queries, seed=9)[: queries - 1], vectors[7:8]])
    mask = None if share is None else np.random.default_rng(2).random(2000) < share
    k = min(k, 2000 if mask is None else int(mask.sum()))
    found = _scan(_index(vectors, (700,))).candidates(asked, k, mask)
    for query, rows in zip(asked, found, strict=True):
        expected, _ = oracle.top_k(vectors, query, k, mask)
        assert rows is not None
        assert set(expected.tolist()) <= set(rows.tolist())
        assert mask is None or mask[rows].all()
        assert len(rows) < 1.2 * k + 50, "few others"


def test_rows_that_there_was_no_memory_for_are_found_by_a_second_scan() -> None:
    little_memory = DensePolicy(first_candidates=2, candidates_per_hit=1, most_candidates_share=2.0)
    vectors = np.repeat(_clustered(600), 3, axis=0)
    scan = _scan(_index(vectors, (700,)), code_size=16, policy=little_memory)  # coarse: bounds exclude little
    for query in _clustered(20, seed=3):
        expected, _ = oracle.top_k(vectors, query, 5)
        found = scan.candidates(query[None], 5)[0]
        assert found is not None
        assert set(expected.tolist()) <= set(found.tolist())
    scan = _scan(_index(vectors, (700,)), code_size=16, policy=replace(little_memory, most_candidates_share=0.0))
    left = [scan.candidates(query[None], 5)[0] for query in _clustered(20, seed=3)]
    assert any(found is None for found in left), "a scan of everything is faster"


def test_search_is_exact_with_quantised_vectors_and_ties_go_by_row() -> None:
    vectors = _clustered(1500)
    vectors[[10, 1400, 700]] = vectors[300]
    index = _index(vectors, (512, 1024), ALWAYS)
    for asked in (vectors[300:301], vectors[:130]):
        for query, (rows, scores) in zip(asked, index.search(asked, 12), strict=True):
            expected, exact = oracle.top_k(vectors, query, 12)
            assert rows.tolist() == expected.tolist()
            np.testing.assert_allclose(scores, exact, rtol=0, atol=1e-12)


def test_vectors_are_quantised_when_that_pays() -> None:
    vectors = _clustered(1200)
    index = _index(vectors, policy=DensePolicy(quantised_rows=1000))

    def scanner() -> QuantisedScanner | None:
        return index._quantised_scanner(0)[0]

    index.search(vectors[:3], 5)
    assert scanner() is None
    index.search(vectors[:300], 5)
    kept = scanner()
    assert kept is not None
    index.search(vectors[:1], 5)
    assert scanner() is kept


def test_vectors_that_quantising_cannot_tell_apart_are_not_quantised() -> None:
    vectors = oracle.unit(np.random.default_rng(0).normal(size=(1200, 96)))
    index = _index(vectors, policy=DensePolicy(quantised_rows=1000, code_size=64))
    for _ in range(2):
        for query, (rows, _) in zip(vectors, index.search(vectors[:300], 5), strict=False):
            assert rows.tolist() == oracle.top_k(vectors, query, 5)[0].tolist()
        assert index._quantised_scanner(0)[0] is None

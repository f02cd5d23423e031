from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from semsearch.dense import pairs
from semsearch.dense.flat import FlatIndex
from semsearch.model.errors import QueryError
from semsearch.model.policy import DensePolicy
from tests import oracle
from tests.oracle import Vectors


def _index(vectors: Vectors) -> FlatIndex:
    return FlatIndex(vectors.shape[1], [vectors])


def _clustered(n: int, seed: int = 0) -> Vectors:
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(n // 5, 32))
    return oracle.unit(centres[rng.integers(len(centres), size=n)] + rng.normal(size=(n, 32)) * 0.2)


@pytest.mark.parametrize("threshold", [0.5, 0.9, 0.97, 1.0])
def test_every_pair_and_no_other(threshold: float) -> None:
    vectors = _clustered(730)
    vectors[40] = vectors[600]
    found, scores = pairs.pairs_above(_index(vectors), threshold, policy=DensePolicy(tile_rows=100))
    expected = oracle.pairs(vectors, threshold)
    assert {(int(a), int(b)) for a, b in found} == set(expected)
    assert len(found) == len(expected) > 0 or threshold == 1.0
    np.testing.assert_allclose(scores, [expected[int(a), int(b)] for a, b in found], atol=1e-12)
    assert list(zip(-scores, found[:, 0], found[:, 1], strict=True)) == sorted(
        zip(-scores, found[:, 0], found[:, 1], strict=True)
    )


def test_only_among_the_rows_asked_for() -> None:
    vectors = _clustered(300)
    among = np.random.default_rng(1).random(300) < 0.5
    found, _ = pairs.pairs_above(_index(vectors), 0.8, mask=among)
    assert {(int(a), int(b)) for a, b in found} == {
        p for p in oracle.pairs(vectors, 0.8) if among[p[0]] and among[p[1]]
    }


@given(st.integers(2, 40), st.sampled_from([-1.0, 0.0, 0.5, 0.70710678, 1.0]), st.integers(0, 2**32 - 1))
def test_a_score_equal_to_the_threshold_counts(n: int, threshold: float, seed: int) -> None:
    raw = np.random.default_rng(seed).integers(-1, 2, size=(n, 4)).astype(float)
    raw[~raw.any(axis=1), 0] = 1
    vectors = oracle.unit(raw)
    found, _ = pairs.pairs_above(_index(vectors), threshold)
    assert {(int(a), int(b)) for a, b in found} == set(oracle.pairs(vectors, threshold))


def test_progress_counts_every_tile() -> None:
    steps: list[tuple[int, int]] = []
    pairs.pairs_above(
        _index(_clustered(120)), 0.9, on_tile=lambda done, total: steps.append((done, total)),
        policy=DensePolicy(tile_rows=50),
    )  # fmt: skip
    assert steps == [(n, 6) for n in range(1, 7)]


@pytest.mark.parametrize("threshold", [1.01, -2.0, float("nan")])
def test_a_threshold_that_is_no_cosine(threshold: float) -> None:
    with pytest.raises(QueryError, match="between -1 and 1"):
        pairs.pairs_above(_index(_clustered(50)), threshold)


@pytest.mark.parametrize("tile", [50, 2048])
def test_more_pairs_than_anybody_reads_are_refused(tile: int) -> None:
    policy = DensePolicy(most_pairs=1000, tile_rows=tile)
    with pytest.raises(QueryError, match="over 1,000 pairs reach -1.0; raise the threshold"):
        pairs.pairs_above(_index(_clustered(100)), -1.0, policy=policy)
    assert len(pairs.pairs_above(_index(_clustered(40)), -1.0, policy=policy)[0]) == 780

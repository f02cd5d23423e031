"""The first rows by several signals: both ways of the driver against brute force over made-up scores."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from semsearch.dense.flat import FlatIndex
from semsearch.model.index_protocols import KnownScores, TopRows
from semsearch.retrieval.fusion import Weighted
from semsearch.retrieval.signals import Cosine
from semsearch.retrieval.top_k import FusedTop
from tests import oracle

DIM = 3
Mask = NDArray[np.bool_]


class Listed:
    """A `Signal` that has a score for every row."""

    def __init__(self, scores: NDArray[np.float64]) -> None:
        self._scores = scores

    def top(self, k: int, mask: Mask | None) -> TopRows:
        rows = np.flatnonzero(self._scores > 0 if mask is None else (self._scores > 0) & mask)
        order = rows[np.lexsort((rows, -self._scores[rows]))]
        bound = float(self._scores[order[k]]) if k < len(order) else 0.0
        return TopRows(order[:k], self._scores[order[:k]], bound)

    def scores(self, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        return self._scores[rows]


class Bounded(Listed):
    """A `BoostSignal` that does not tell scores up to a mark, unless they are asked for."""

    def __init__(self, scores: NDArray[np.float64], mark: float) -> None:
        super().__init__(scores)
        self._mark = mark

    def known(self, near: NDArray[np.int64], mask: Mask | None) -> KnownScores:
        told = self._scores > self._mark
        told[near] = self._scores[near] > 0
        return self._within(told, mask, self._mark)

    def every(self, mask: Mask | None) -> KnownScores:
        return self._within(self._scores > 0, mask, 0.0)

    def _within(self, told: Mask, mask: Mask | None, bound: float) -> KnownScores:
        rows = np.flatnonzero(told if mask is None else told & mask)
        return KnownScores(rows, self._scores[rows], bound)


@settings(max_examples=600)
@given(
    seed=st.integers(0, 2**32 - 1),
    rows=st.integers(1, 120),
    mark=st.floats(0, 1.2),
    signals=st.integers(0, 3),
    ks=st.lists(st.one_of(st.integers(1, 4), st.integers(1, 70)), min_size=1, max_size=3),
    filtered=st.booleans(),
    rounded=st.booleans(),
)
def test_both_ways_give_the_exact_first_rows(
    seed: int, rows: int, mark: float, signals: int, ks: list[int], filtered: bool, rounded: bool
) -> None:
    rng = np.random.default_rng(seed)
    vectors = oracle.unit(np.round(rng.normal(size=(rows, DIM)), 0 if rounded else 9) + 1e-3)  # many ties, or none
    query = oracle.unit(rng.normal(size=(1, DIM)))[0]
    mask = rng.random(rows) < 0.6 if filtered else None
    searched = np.arange(rows) if mask is None else np.flatnonzero(mask)
    cosines = np.multiply(vectors, query, dtype=np.float64).sum(axis=1)
    mean = float(query.astype(np.float64) @ vectors.astype(np.float64).mean(axis=0))
    spread = max(cosines[searched].max(initial=-1) - round(mean, 3), 1e-3)
    keys, boost, made = cosines.copy(), np.zeros(rows), []
    for _ in range(signals):
        scores = rng.random(rows) * (rng.random(rows) < 0.6)
        scores[rng.integers(rows)] *= rng.integers(1, 5)
        weight = float(rng.random())
        best = scores[searched].max(initial=0.0)
        boost += (weight * spread / best if best > 0 else 0.0) * scores
        made.append((scores, weight))
    keys += boost
    expected = searched[np.lexsort((searched, -keys[searched]))]
    for k in ks:
        for kind in (lambda scores: Bounded(scores, mark), Listed):
            others = [Weighted(kind(scores), weight) for scores, weight in made]
            cosine = Cosine(FlatIndex(DIM, [vectors]), query, fewest=2)
            driver = FusedTop(cosine, others, mask, len(searched), mean=lambda: mean)
            assert driver.top(k).tolist() == expected[:k].tolist()
            assert driver.top(k + 3).tolist() == expected[: k + 3].tolist()

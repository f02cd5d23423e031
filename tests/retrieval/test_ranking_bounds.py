"""The order of some of the rows is that of all: by brute force over made-up cosines and BM25."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from semsearch.dense.flat import FlatIndex
from semsearch.retrieval import fusion, ranking
from semsearch.retrieval.bm25 import Scored
from semsearch.retrieval.ranking import Ranking
from tests import oracle

DIM = 3


class MadeUpWords:
    """BM25 of every row, of which those up to a mark are not told at first."""

    def __init__(self, bm25: NDArray[np.float64], mark: float) -> None:
        self.bm25, self.mark = bm25, mark

    def all(self) -> Scored:
        rows = np.flatnonzero(self.bm25)
        return Scored(rows, self.bm25[rows], 0.0)

    def some(self, near: NDArray[np.int64]) -> Scored:
        told = self.bm25 > self.mark
        told[near] = self.bm25[near] > 0
        rows = np.flatnonzero(told)
        return Scored(rows, self.bm25[rows], self.mark)


class MadeUpSnapshot:
    def __init__(self, vectors: oracle.Vectors) -> None:
        self.vectors = FlatIndex(DIM, [vectors])
        self.mean = vectors.astype(np.float64).mean(axis=0)


@settings(max_examples=600)
@given(
    seed=st.integers(0, 2**32 - 1),
    rows=st.integers(1, 120),
    mark=st.floats(0, 1.2),
    ks=st.lists(st.one_of(st.integers(1, 4), st.integers(1, 70)), min_size=1, max_size=3),
    filtered=st.booleans(),
)
def test_the_first_rows_and_the_places_by_words(
    seed: int, rows: int, mark: float, ks: list[int], filtered: bool
) -> None:  # fmt: skip
    rng = np.random.default_rng(seed)
    vectors = oracle.unit(rng.normal(size=(rows, DIM)))
    bm25 = rng.random(rows) * (rng.random(rows) < 0.6)
    bm25[rng.integers(rows)] *= rng.integers(1, 5)
    query = oracle.unit(rng.normal(size=(1, DIM)))[0]
    among = rng.random(rows) < 0.6 if filtered else None
    snapshot, words = MadeUpSnapshot(vectors), MadeUpWords(bm25, mark)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(ranking, "_NEAREST", 2)
        ranked = Ranking(cast(Any, snapshot), query, among, cast(Any, words), papers=None)
        searched = np.arange(rows) if among is None else np.flatnonzero(among)
        cosines = vectors.astype(np.float64) @ query.astype(np.float64)
        mean = round(float(query.astype(np.float64) @ snapshot.mean), 3)
        best = cosines[searched].max() if len(searched) else 0.0
        top = bm25[searched].max(initial=0.0)
        keys = cosines + fusion.lift(bm25, top, max(best - mean, 1e-3), rows)
        expected = searched[np.lexsort((searched, -keys[searched]))]
        for k in ks:
            found, scores = ranked.top(k)
            assert found.tolist() == expected[:k].tolist()
            np.testing.assert_allclose(scores, cosines[found], atol=1e-9)
        for row in searched[:5].tolist():
            place = 1 + int((bm25[searched] > bm25[row]).sum()) if bm25[row] else None
            assert ranked.lexical_rank(row) == place

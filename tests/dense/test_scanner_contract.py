"""Every `Scanner`: no row of the exact top-k is missing from its candidates."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from semsearch.dense.parts import MemoryPart
from semsearch.dense.quantiser import Rotation
from semsearch.dense.scanners.native import compiled
from semsearch.dense.scanners.numpy import NumpyScanner
from semsearch.dense.scanners.quantised import QuantisedPart, QuantisedScanner
from semsearch.model.index_protocols import Scanner
from tests import oracle
from tests.oracle import Vectors

DIM = 12


def _parts(vectors: Vectors) -> list[tuple[int, MemoryPart]]:
    cuts = [0, len(vectors) // 3, len(vectors) // 2, len(vectors)]
    return [(a, MemoryPart(np.ascontiguousarray(vectors[a:b]))) for a, b in itertools.pairwise(cuts) if a < b]


def _numpy(vectors: Vectors) -> Scanner:
    return NumpyScanner(_parts(vectors), lambda rows: vectors[rows], DIM, len(vectors))


def _quantised(vectors: Vectors) -> Scanner:
    rotation, parts = Rotation.learned(vectors, 256), _parts(vectors)
    for _, part in parts:
        part.quantise(rotation)
    quantised = [QuantisedPart(first, part, part.quantised) for first, part in parts if part.quantised is not None]
    return QuantisedScanner(quantised, lambda rows: vectors[rows], DIM)


needs_kernels = pytest.mark.skipif(compiled is None, reason="the package was installed without a compiler")


@pytest.mark.parametrize("make", [_numpy, pytest.param(_quantised, marks=needs_kernels)], ids=["numpy", "native"])
@given(
    seed=st.integers(0, 2**32 - 1),
    rows=st.integers(1, 150),
    count=st.sampled_from([1, 2, 9, 17]),
    k=st.integers(1, 20),
    filtered=st.booleans(),
    boosted=st.booleans(),
)
def test_no_row_of_the_top_k_is_missing(
    make: Callable[[Vectors], Scanner], seed: int, rows: int, count: int, k: int, filtered: bool, boosted: bool
) -> None:
    rng = np.random.default_rng(seed)
    vectors = oracle.unit(rng.normal(size=(rows, DIM)))
    queries = oracle.unit(rng.normal(size=(count, DIM)))
    mask = rng.random(rows) < 0.5 if filtered else None
    boost = rng.random(rows) if boosted else None
    allowed = np.arange(rows) if mask is None else np.flatnonzero(mask)
    k = min(k, len(allowed))
    if not k:
        return
    for query, found in zip(queries, make(vectors).candidates(queries, k, mask, boost), strict=True):
        scores = vectors.astype(np.float64) @ query.astype(np.float64) + (0 if boost is None else boost)
        best = allowed[np.lexsort((allowed, -scores[allowed]))[:k]]
        if found is None:  # it gave up, which a plain scan never does
            assert make is _quantised
            continue
        assert set(best.tolist()) <= set(found.tolist()) <= set(allowed.tolist())
        assert len(set(found.tolist())) == len(found)

"""Every `Signal`: its first rows, its scores and its bound agree."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from numpy.typing import NDArray

from semsearch.model.index_protocols import BoostSignal, ReadableIndex, Signal
from semsearch.model.paper import Paper
from semsearch.model.policy import LexicalPolicy, Policy
from semsearch.retrieval.signals import Bm25, Cosine
from semsearch.service import Index
from tests.fakes import WordEncoder

WORDS = [f"w{n}" for n in range(40)]


@pytest.fixture(params=["every paper is scored", "with bounds"])
def reader(index: Index, request: pytest.FixtureRequest) -> Iterator[ReadableIndex]:
    rng = np.random.default_rng(8)
    index.add(
        Paper(title=" ".join(rng.choice(WORDS, 4)), abstract=" ".join(rng.choice(WORDS, 20)), key=f"k{n}")
        for n in range(90)
    )
    index.remove(["k5", "k80"])
    lexical = LexicalPolicy(score_all_below=0 if request.param == "with bounds" else 20_000, kept_share=0.7)
    again = Index(index.path, encoder=WordEncoder(), policy=Policy(lexical=lexical))
    with again._directory.reader(vectors=True) as state:
        yield state


def _cosine(index: ReadableIndex) -> Signal:
    return Cosine(index.dense, WordEncoder().encode_queries(["w1 w2 w3"])[0])


def _bm25(index: ReadableIndex) -> Signal:
    return Bm25(index.lexical, ["w1", "w7", "w30"])


makers = pytest.mark.parametrize("make", [_cosine, _bm25], ids=["cosine", "bm25"])


@contextlib.contextmanager
def _mask(reader: ReadableIndex, filtered: bool) -> Iterator[NDArray[np.bool_] | None]:
    assert reader.live is not None
    yield reader.live & (np.arange(len(reader.live)) % 3 > 0) if filtered else reader.live


@makers
@pytest.mark.parametrize("filtered", [False, True])
@pytest.mark.parametrize("k", [1, 7, 200])
def test_first_rows_and_bound(
    make: Callable[[ReadableIndex], Signal], reader: ReadableIndex, filtered: bool, k: int
) -> None:
    with _mask(reader, filtered) as mask:
        assert mask is not None
        rows = np.flatnonzero(mask)
        scores = make(reader).scores(rows)
        top = make(reader).top(k, mask)
        order = np.lexsort((rows, -scores))
        assert len(top.rows)
        assert top.rows.tolist() == rows[order][: len(top.rows)].tolist()
        assert top.scores.tolist() == scores[order][: len(top.rows)].tolist()
        left = np.setdiff1d(rows, top.rows)
        assert not len(left) or make(reader).scores(left).max() <= top.bound


@pytest.mark.parametrize("filtered", [False, True])
def test_known_scores_and_bound(reader: ReadableIndex, filtered: bool) -> None:
    with _mask(reader, filtered) as mask:
        assert mask is not None
        near = np.array([0, 1, 44, 88], np.int64)
        signal: BoostSignal = Bm25(reader.lexical, ["w1", "w7", "w30"])
        scores = Bm25(reader.lexical, ["w1", "w7", "w30"]).scores(np.arange(len(mask)))
        for known in (signal.known(near, mask), signal.every(mask)):
            assert mask[known.rows].all()
            assert known.scores.tolist() == scores[known.rows].tolist()
            left = np.setdiff1d(np.flatnonzero(mask), known.rows)
            assert scores[left].max(initial=0.0) <= known.bound
            assert not scores[np.intersect1d(left, near)].any()
        assert signal.every(mask).bound == 0

"""Every `Signal`: its first rows, its scores and its bound agree."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from numpy.typing import NDArray

from semsearch.lexical import analyzer
from semsearch.model.index_protocols import BoostSignal, ReadableIndex, Signal
from semsearch.model.paper import Paper
from semsearch.model.policy import LexicalPolicy, Policy
from semsearch.retrieval.question import Question
from semsearch.retrieval.signals import Bm25, Cosine
from semsearch.retrieval.signals.verbatim import verbatim_of
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


def _bm25(index: ReadableIndex) -> BoostSignal:
    return Bm25(index.lexical, ["w1", "w7", "w30"])


def _verbatim(index: ReadableIndex) -> BoostSignal:
    """Half of the question stands in one abstract, and all of it in another one."""
    first, second = (paper.abstract.split() for paper in index.documents.papers_at([7, 33]))
    text = " ".join([*second[4:14], *first[3:12]])
    found = verbatim_of(_question(index, text), index)
    assert found
    return found


def _question(index: ReadableIndex, text: str) -> Question:
    terms = tuple(analyzer.terms(text))
    return Question(text, WordEncoder().encode_queries([text])[0], terms, Bm25(index.lexical, terms))


makers = pytest.mark.parametrize("make", [_cosine, _bm25, _verbatim], ids=["cosine", "bm25", "verbatim"])


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
        assert len(top.rows) or (filtered and make is _verbatim)
        assert top.rows.tolist() == rows[order][: len(top.rows)].tolist()
        assert top.scores.tolist() == scores[order][: len(top.rows)].tolist()
        left = np.setdiff1d(rows, top.rows)
        assert not len(left) or make(reader).scores(left).max() <= top.bound


@pytest.mark.parametrize("make", [_bm25, _verbatim], ids=["bm25", "verbatim"])
@pytest.mark.parametrize("filtered", [False, True])
def test_known_scores_and_bound(
    make: Callable[[ReadableIndex], BoostSignal], reader: ReadableIndex, filtered: bool
) -> None:
    with _mask(reader, filtered) as mask:
        assert mask is not None
        near = np.array([0, 1, 44, 88], np.int64)
        signal = make(reader)
        scores = make(reader).scores(np.arange(len(mask)))
        for known in (signal.known(near, mask), signal.every(mask)):
            assert mask[known.rows].all()
            assert known.scores.tolist() == scores[known.rows].tolist()
            left = np.setdiff1d(np.flatnonzero(mask), known.rows)
            assert scores[left].max(initial=0.0) <= known.bound
            assert not scores[np.intersect1d(left, near)].any()
        assert signal.every(mask).bound == 0


@pytest.mark.parametrize("k", [1, 3, 20, 200])
@pytest.mark.parametrize("terms", [["w1"], ["w1", "w7", "w30"], ["nowhere"]])
def test_first_rows_of_bm25(reader: ReadableIndex, k: int, terms: list[str]) -> None:
    scores = Bm25(reader.lexical, terms).scores(np.arange(len(reader.dense)))
    rows = np.flatnonzero(scores)
    expected = rows[np.lexsort((rows, -scores[rows]))][:k]
    assert Bm25(reader.lexical, terms).top(k, None).rows.tolist() == expected.tolist()
    near = Bm25(reader.lexical, terms)
    near.known(np.array([3, 4, 60], np.int64), None)
    assert near.top(k, None).rows.tolist() == expected.tolist()
    assert near.best() == (int(expected[0]) if len(expected) else None)

"""The percentile of a hit is that among all papers, whatever the mode, the filter or the phrase; by brute force."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from semsearch.dense.exact import error_bound
from semsearch.dense.flat import FlatIndex
from semsearch.model.results import Hits
from semsearch.retrieval.ranking import Ranking
from semsearch.retrieval.signals import Cosine
from semsearch.retrieval.top_k import FusedTop
from semsearch.service import Index
from tests import oracle
from tests.fakes import WordEncoder

WORDS = [f"w{n}" for n in range(40)]
QUESTIONS = ["w0 w1", "w3 w7 w9 w30", '"w0 w1"', 'w5 "w0 w2"', "zz1 zz2"]


@pytest.fixture
def filled(index: Index) -> Index:
    """Some papers of which a few are removed and many have the same words, so that there are ties."""
    rng = np.random.default_rng(7)
    weights = 1 / np.arange(1, len(WORDS) + 1)

    def draw(k: int) -> str:
        return " ".join(rng.choice(WORDS, k, p=weights / weights.sum()))

    index.add({"title": draw(3), "abstract": draw(4), "id": f"k{n}", "year": 2000 + n % 9} for n in range(300))
    index.remove(["k4", "k90", "k91", "k299"])
    return index


def _cosines(index: Index, vector: NDArray[np.float32], leave_out: tuple[str, ...] = ()) -> dict[str, float]:
    """Of all papers that are there."""
    with index._directory.reader(vectors=True) as state:
        rows = np.arange(len(state.dense)) if state.live is None else np.flatnonzero(state.live)
        products = state.dense.take(rows).astype(np.float64) @ vector.astype(np.float64)
        found = zip(state.documents.papers_at(rows), products.tolist(), strict=True)
        return {paper.id: cosine for paper, cosine in found if paper.key not in leave_out}


def _assert_percentiles(hits: Hits, cosines: dict[str, float]) -> None:
    every = np.array(list(cosines.values()))
    for hit in hits:
        less_near = np.count_nonzero(every < cosines[hit.paper.id] - error_bound(64))
        assert hit.percentile == pytest.approx(100 * less_near / (len(every) - 1), abs=1e-9), hit.paper.id


@pytest.mark.parametrize("mode", ["hybrid", "dense", "bm25"])
@pytest.mark.parametrize("where", [None, "year: 2003", "year < 2001", "year: 1234"])
@pytest.mark.parametrize("k", [3, 400])
def test_of_a_question(filled: Index, encoder: WordEncoder, mode: str, where: str | None, k: int) -> None:
    seen = 0
    for question in QUESTIONS:
        cosines = _cosines(filled, encoder.encode_queries([question])[0])
        hits = filled.search(question, k, mode=mode, where=where, collapse=False)
        _assert_percentiles(hits, cosines)
        seen += len(hits)
    assert seen or where == "year: 1234"


@pytest.mark.parametrize("where", [None, "year: 2003"])
def test_of_related_papers_the_seeds_do_not_count(filled: Index, where: str | None) -> None:
    with filled._directory.reader(vectors=True) as state:
        vector = state.dense.take(np.array([state.documents.find("k8").row]))[0]
    hits = filled.related("k8", 400, where=where, collapse=False)
    _assert_percentiles(hits, _cosines(filled, vector, ("k8",)))
    assert len(hits) == (295 if where is None else len([p for p in filled if p.year == 2003]))
    if where is None:
        away = filled.related("k8", 400, unlike="k20", collapse=False)
        assert len(away) == 294
        assert away[-1].percentile == 0


def test_one_phrase_match_is_not_the_least_near(index: Index) -> None:
    index.add({"title": f"kelp {n}"} for n in range(9))
    index.add([{"title": "moss on roofs", "year": 1999}])
    assert [h.percentile for h in index.search('"moss on roofs"')] == [100]
    assert [h.percentile for h in index.search("moss on roofs", mode="bm25")] == [100]
    assert [h.percentile for h in index.search("kelp 3", where="year: 1999")] == [0]
    assert [h.percentile for h in index.related(text="moss roofs", where="year: 1999")] == [100]


def test_min_percentile_counts_all_papers(filled: Index, encoder: WordEncoder) -> None:
    question = "w3 w7 w9"
    cosines = _cosines(filled, encoder.encode_queries([question])[0])
    every = np.array(list(cosines.values()))
    hits = filled.search(question, 400, where="year: 2003", collapse=False)
    percentiles = [100 * np.count_nonzero(every < h.score - error_bound(64)) / (len(every) - 1) for h in hits]
    for least in (0, 40, 90, 99.9):
        kept = filled.search(question, 400, where="year: 2003", collapse=False, min_percentile=least)
        expected = [h.paper.id for h, percentile in zip(hits, percentiles, strict=True) if percentile >= least]
        assert [h.paper.id for h in kept] == expected
        assert len(expected) > 0 or least > 90


def test_where_there_is_no_other_paper(index: Index) -> None:
    index.add([{"title": "moss on roofs", "id": "a"}])
    assert [h.percentile for h in index.search("kelp")] == [100]
    assert [h.percentile for h in index.search("kelp", min_percentile=50)] == [100]
    index.add([{"title": "kelp", "id": "b"}])
    assert [h.percentile for h in index.related("a")] == [100]
    index.remove(["b"])
    assert [h.percentile for h in index.search("kelp", mode="dense")] == [100]


def test_papers_that_are_equally_near_are_not_less_near(index: Index) -> None:
    index.add({"title": "moss on roofs", "id": f"k{n}", "doi": f"10.5555/{n}", "year": 2000 + n} for n in range(4))
    assert [h.percentile for h in index.search("moss", collapse=False)] == [0, 0, 0, 0]
    index.add([{"title": "kelp"}])
    assert [h.percentile for h in index.search("moss", where="year: 2001", collapse=False)] == [25]


@pytest.mark.parametrize("counted", [False, True])
def test_of_very_many_papers_it_is_estimated_unless_it_decides(counted: bool) -> None:
    """A hit of a filter is seldom among the nearest of all papers."""
    rng = np.random.default_rng(5)
    vectors = oracle.unit(rng.normal(size=(34_000, 4)))
    removed, filtered = rng.random(len(vectors)) < 0.01, rng.random(len(vectors)) < 0.1
    query = vectors[0]
    dense, mask = FlatIndex(4, [vectors]), filtered & ~removed
    cosine = Cosine(dense, query)
    order = FusedTop(cosine, (), mask, int(mask.sum()), mean=float)
    ranking = Ranking(dense, cosine, order, mask, papers=~removed, counted=counted)
    rows, cosines = ranking.top(500)
    assert filtered[rows].all()
    every = (vectors.astype(np.float64) @ query.astype(np.float64))[~removed]
    expected = [100 * np.count_nonzero(every < cosine - error_bound(4)) / (len(every) - 1) for cosine in cosines]
    assert ranking.percentiles(cosines).tolist() == pytest.approx(expected, abs=1e-9 if counted else 1.5)
    assert ranking.percentiles(cosines).tolist() != expected or counted

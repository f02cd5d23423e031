"""Pseudo-relevance feedback against its formula; and where it is not done."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from semsearch.retrieval import feedback
from semsearch.retrieval.fusion import bm25_weight
from semsearch.service import Index
from tests.conftest import Run
from tests.fakes import WordEncoder

WORDS = [f"w{letter}{n}" for letter in "abcdef" for n in range(30)]
#: A model of the registry for which feedback is on.
MODEL = "all-MiniLM-L6-v2"
QUESTIONS = ["wa0 wb7 wf29", "wc3 wd9 we1", "wa11 wb2 wa5 wf1"]


def _filled(path: Path, papers: int, name: str = MODEL) -> Index:
    rng = np.random.default_rng(5)
    weights = 1 / np.arange(1, len(WORDS) + 1)

    def draw(k: int) -> str:
        return " ".join(rng.choice(WORDS, k, p=weights / weights.sum()))

    index = Index(path, encoder=WordEncoder(name=name))
    index.add({"title": draw(6), "abstract": draw(int(rng.integers(8, 60))), "id": f"k{n}"} for n in range(papers))
    return index


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Index:
    return _filled(tmp_path_factory.mktemp("large") / "index", 600)


def _order(index: Index, question: str, weight: float) -> list[str]:
    """Every paper by cosine to the moved vector and BM25, computed from the formula."""
    with index._directory.reader(vectors=True) as state:
        vectors = state.dense.rows(0, len(state.dense)).astype(np.float64)
        ids = [state.documents.papers_at([row])[0].id for row in range(len(vectors))]
    plain = WordEncoder(name=MODEL).encode_queries([question])[0].astype(np.float64)
    found = {h.paper.id: n for n, h in enumerate(index.search(question, 600, collapse=False, feedback=False))}
    first = sorted(range(len(ids)), key=lambda row: found[ids[row]])[:3]
    vector = plain + weight * vectors[first].mean(axis=0)
    vector /= np.linalg.norm(vector)
    bm25 = np.zeros(len(ids))
    with index._directory.reader(vectors=True) as state:
        scored = state.lexical.scores(question.split())
    bm25[scored.rows] = scored.scores
    cosines = vectors @ vector
    spread = cosines.max() - round(float(cosines.mean()), 3)
    keys = cosines + bm25_weight(len(ids)) * spread * bm25 / bm25.max()
    return [ids[row] for row in np.lexsort((np.arange(len(ids)), -keys))]


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_order_is_that_of_the_formula(large: Index, question: str) -> None:
    hits = large.search(question, 40, collapse=False)
    assert [hit.paper.id for hit in hits] == _order(large, question, 0.5)[:40]
    plain = large.search(question, 40, collapse=False, feedback=False)
    assert [hit.paper.id for hit in hits] != [hit.paper.id for hit in plain]
    assert hits.feedback == tuple(hit.paper.id for hit in plain[:3])
    assert plain.feedback == ()


@pytest.mark.parametrize("question", QUESTIONS)
def test_scores_percentiles_and_the_verdict_are_those_of_the_question(large: Index, question: str) -> None:
    hits = large.search(question, 600, collapse=False)
    plain = large.search(question, 600, collapse=False, feedback=False)
    told = {h.paper.id: (h.score, h.percentile) for h in plain}
    assert {h.paper.id: (h.score, h.percentile) for h in hits} == told
    assert hits.match == plain.match


def test_one_work_counts_once(tmp_path: Path) -> None:
    index = _filled(tmp_path / "index", 600)
    index.add({"title": "wq1 wq2 wq3 wq4", "abstract": "wq5 " * 9, "doi": "10.5555/q", "id": f"copy{n}", "year": 2031}
              for n in range(4))  # fmt: skip
    used = index.search("wq1 wq5 wa9", 9).feedback
    assert len(used) == 3
    assert len({index.get(paper).title for paper in used}) == 3


@pytest.mark.parametrize(
    "options", [{"feedback": False}, {"mode": "dense"}, {"mode": "bm25"}], ids=["off", "dense", "bm25"]
)
def test_where_it_is_not_done(large: Index, options: dict[str, Any]) -> None:
    assert large.search(QUESTIONS[0], **options).feedback == ()


def test_not_for_what_the_question_names(large: Index) -> None:
    title = next(iter(large)).title
    hits = large.search(title)
    assert (hits[0].named_by, hits.feedback) == ("title", ())


@pytest.mark.parametrize(("papers", "name"), [(499, MODEL), (600, "words")])
def test_not_in_a_small_index_and_not_for_a_model_that_gains_nothing(tmp_path: Path, papers: int, name: str) -> None:
    index = _filled(tmp_path / "index", papers, name)
    assert index.search(QUESTIONS[0]).feedback == ()


def test_within_a_filter_only_its_papers_count(tmp_path: Path) -> None:
    index = _filled(tmp_path / "index", 600)
    index.add({"title": f"wa0 wb7 {n}", "abstract": "wa0 wb7 wf29", "year": 2031, "id": f"y{n}"} for n in range(9))
    hits = index.search("wa0 wb7 wf29", where="year:2031", collapse=False)
    inside = {hit.paper.id for hit in hits}
    assert (len(inside), len(hits.feedback)) == (9, 3)
    assert inside.issuperset(hits.feedback)


def test_a_vector_without_direction_stays() -> None:
    vector = np.array([1, 0], np.float32)
    assert feedback.moved(vector, -vector[None], 1.0) is vector
    assert feedback.moved(vector, np.array([[0, 1]], np.float32), 0.5) == pytest.approx([0.8944272, 0.4472136])


def test_explain_tells_it(run: Run, encoder: WordEncoder, large: Index) -> None:
    encoder._name = MODEL
    place = ["--index", str(large.path)]
    hits = large.search(QUESTIONS[0])
    code, out, _ = run("query", QUESTIONS[0], "--explain", *place)
    assert code == 0
    assert f"order: also by likeness to {', '.join(hits.feedback)}" in out
    _, out, _ = run("query", QUESTIONS[0], "--explain", "--no-feedback", *place)
    assert "likeness" not in out

"""Queries and related papers through the Python API, against brute force over the stored vectors."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

import semsearch
from semsearch.model.errors import QueryError, UnknownPaper
from semsearch.model.results import Hits
from semsearch.service import Index
from tests import oracle
from tests.conftest import SAMPLE
from tests.fakes import AsymmetricEncoder, LengthReranker, WordEncoder


@pytest.fixture
def filled(index: Index) -> Index:
    rng = np.random.default_rng(0)
    words = [f"word{n}" for n in range(60)]
    index.add({"title": " ".join(rng.choice(words, 6)), "id": f"k{n}"} for n in range(500))
    index.remove(["k3", "k77", "k400"])
    return index


def _live(index: Index) -> tuple[list[str], NDArray[np.float32]]:
    with index._directory.reader(vectors=True) as state:
        rows = np.arange(len(state.dense)) if state.live is None else np.flatnonzero(state.live)
        return [p.id for p in state.documents.papers()], state.dense.take(rows)


def _assert_answer(
    hits: Hits, ids: list[str], vectors: NDArray[np.float32], query: NDArray[np.float32], k: int
) -> None:
    rows, scores = oracle.top_k(vectors, query, k)
    assert [h.paper.id for h in hits] == [ids[row] for row in rows]
    np.testing.assert_allclose([h.score for h in hits], scores, atol=1e-9)
    assert [h.rank for h in hits] == list(range(1, len(rows) + 1))


@pytest.mark.parametrize("k", [1, 10, 497, 10_000])
def test_query_equals_the_oracle(filled: Index, encoder: WordEncoder, k: int) -> None:
    ids, vectors = _live(filled)
    for question in ("word3 word9 word41", "nothing of that", "word0"):
        _assert_answer(
            filled.search(question, k, mode="dense", collapse=False),
            ids,
            vectors,
            encoder.encode_queries([question])[0],
            k,
        )


def test_related_equals_the_oracle_without_the_seed(filled: Index) -> None:
    ids, vectors = _live(filled)
    for seed in (0, 41, 496):
        others = [n for n in range(len(ids)) if n != seed]
        _assert_answer(filled.related(ids[seed], 20), [ids[n] for n in others], vectors[others], vectors[seed], 20)


def test_related_to_several_is_related_to_their_mean(filled: Index) -> None:
    ids, vectors = _live(filled)
    others = [n for n in range(len(ids)) if n not in (5, 9)]
    mean = oracle.unit(vectors[[5, 9]].astype(np.float64).mean(axis=0)[None])[0]
    hits = filled.related([ids[5], ids[9], ids[5]], 7)
    _assert_answer(hits, [ids[n] for n in others], vectors[others], mean, 7)


def test_related_in_every_dressing(index: Index) -> None:
    index.add(SAMPLE)
    expected = [h.paper.id for h in index.related("arxiv:3403.00200")]
    for reference in (
        "3403.00200",
        "arXiv:3403.00200v4",
        "https://arxiv.org/abs/3403.00200",
        "doi:10.5555/ICR.2034.3",
        "quillmont2034",
    ):
        assert [h.paper.id for h in index.related(reference)] == expected
    assert "arxiv:3403.00200" not in expected
    own = next(p.id for p in index if p.id.startswith("sem:"))
    assert index.get(own[:10]).id == own


def test_related_to_a_text_reads_it_as_a_paper(tmp_path: object, index: Index) -> None:
    index.add(SAMPLE)
    paper = index.get("ostrovane2034")
    hits = index.related(text=f"{paper.title}\n{paper.abstract}", k=3)
    assert hits[0].paper.id == paper.id
    assert hits[0].score == pytest.approx(1, abs=1e-6)


def test_queries_and_documents_go_to_their_own_side_of_the_encoder(tmp_path: object) -> None:
    index = semsearch.open(f"{tmp_path}/index", encoder=AsymmetricEncoder())
    index.add([{"title": "drawer reward"}, {"title": "other thing"}])
    assert index.search("drawer reward"[::-1], 1)[0].paper.title == "drawer reward"
    assert index.search("drawer reward"[::-1], 1)[0].score == pytest.approx(1, abs=1e-6)
    assert index.related(text="drawer reward", k=1)[0].score == pytest.approx(1, abs=1e-6)


def test_min_score_cuts_the_list(filled: Index) -> None:
    all_hits = filled.search("word3 word9", 50, mode="dense")
    floor = all_hits[9].score
    assert [h.paper.id for h in filled.search("word3 word9", 50, mode="dense", min_score=floor)] == [
        h.paper.id for h in all_hits if h.score >= floor
    ]
    assert len(filled.search("word3 word9", 50, min_score=1.0)) <= 1


def test_many_questions(filled: Index) -> None:
    questions = [f"word{n} word{n + 1}" for n in range(40)]
    together = filled.search(questions, 5)
    assert [a.query for a in together] == questions
    for question, answer in zip(questions, together, strict=True):
        assert [h.paper.id for h in filled.search(question, 5)] == [h.paper.id for h in answer]


@pytest.mark.parametrize("question", ["", "  \n", "\x00\x1b", "\u202e\u200b"])
def test_an_empty_question(filled: Index, question: str) -> None:
    with pytest.raises(QueryError, match="is empty"):
        filled.search(question)


def test_odd_questions_are_answered(filled: Index) -> None:
    many = " ".join(f"x{n}" for n in range(50_000))
    for question in (
        "a" * 2**20,
        "word3\x00word9\x1b[31m",
        "\ud800 word3",
        "<b>word3",
        "word3\nword9",
        many,
        f'"{many}" x',
    ):
        assert len(filled.search(question, 3)) == 3


def test_parameters_out_of_range(filled: Index) -> None:
    refusals: list[Callable[[], object]] = [
        lambda: filled.search("x", 0),
        lambda: filled.search("x", -5),
        lambda: filled.search("x", min_score=1.5),
        lambda: filled.related(()),
        lambda: filled.search("x", mode="magic"),
        lambda: filled.search("x", min_percentile=101),
        lambda: filled.search("x", diverse=2),
        lambda: filled.search("x", where="year > soon"),
        lambda: filled.related("k1", text=""),
        lambda: filled.related("k1", unlike="k1"),
        lambda: filled.related(text=" "),
    ]
    for refused in refusals:
        with pytest.raises(QueryError):
            refused()


def test_unknown_and_ambiguous_papers(filled: Index) -> None:
    with pytest.raises(UnknownPaper, match="no paper 'k3'"):
        filled.related("k3")  # removed
    filled.add([{"title": "one", "id": "twice"}, {"title": "two", "id": "twice"}])
    with pytest.raises(UnknownPaper, match="'twice' could be sem:") as found:
        filled.get("twice")
    assert len(found.value.candidates) == 2


def test_an_index_without_papers(index: Index) -> None:
    index.add([])
    assert list(index.search("x")) == []
    assert list(index.related(text="x")) == []
    assert index.duplicates() == []
    assert (index.status().papers, index.verify(), index.compact(), len(index)) == (0, [], 0, 0)
    with pytest.raises(UnknownPaper):
        index.related("x")


def test_results_read_well_and_turn_into_dicts(index: Index) -> None:
    index.add(SAMPLE)
    hits = index.search("<b>batteries</b> in the cold", 2)
    assert repr(hits).startswith("2 hits for '<b>batteries</b> in the cold'\n  1  +0.")
    assert "<table>" in hits._repr_html_()
    assert "<b>batteries" not in hits._repr_html_()
    shape = hits.to_dict()
    assert list(shape) == ["query", "match", "hits"]
    assert list(shape["hits"][0])[:15] == [
        "rank", "score", "percentile", "id", "title", "abstract", "authors", "year", "venue", "doi", "arxiv_id", "pmid", "url", "source", "key",
    ]  # fmt: skip
    assert len(hits[:1]) == 1
    assert repr(hits[0].paper).startswith("Paper('")
    assert repr(index.duplicates(0.95)[0]).startswith("same:\n    2034  Finding")


def test_a_long_lived_object_sees_what_others_commit(index: Index) -> None:
    index.add(SAMPLE)
    assert len(index.search("x", 100, collapse=False)) == 22
    semsearch.open(index.path, encoder=WordEncoder()).add({"title": "From elsewhere"})
    assert len(index.search("x", 100, collapse=False)) == 23


def test_a_reranker_orders_the_first_hits_and_no_others(filled: Index, encoder: WordEncoder) -> None:
    reranker = LengthReranker()
    index = semsearch.open(filled.path, encoder=encoder, reranker=reranker)
    plain = index.search("word3 word9 word41", 30, collapse=False)
    assert not reranker.asked
    reranked = index.search("word3 word9 word41", 30, collapse=False, rerank=10)
    assert reranker.asked == [("word3 word9 word41", [h.paper.title for h in plain[:10]])]
    assert {h.paper.id for h in reranked[:10]} == {h.paper.id for h in plain[:10]}
    lengths = [len(h.paper.title) for h in reranked[:10]]
    assert lengths == sorted(lengths, reverse=True)
    assert len(set(lengths)) > 1
    assert [h.paper.id for h in reranked[10:]] == [h.paper.id for h in plain[10:]]
    assert {h.paper.id: h.score for h in reranked} == {h.paper.id: h.score for h in plain}  # cosines, whatever orders
    asked_for = index.get("k9")
    assert index.search(asked_for.title, 3, rerank=10)[0].paper == asked_for  # what was asked for by name stays first
    with pytest.raises(QueryError, match="rerank is -1"):
        index.search("word3", rerank=-1)

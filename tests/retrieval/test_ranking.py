"""Questions answered by cosine and words together, and what a hit tells beside its score."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest

from semsearch.dense import calibration
from semsearch.model.errors import UnknownPaper
from semsearch.model.policy import LexicalPolicy, Policy, RetrievalPolicy
from semsearch.retrieval.diversify import diverse
from semsearch.retrieval.explanation import split
from semsearch.retrieval.fusion import BM25_WEIGHT
from semsearch.service import Index
from tests import oracle
from tests.conftest import SAMPLE
from tests.fakes import WordEncoder

WORDS = [f"w{letter}{n}" for letter in "abcdef" for n in range(30)]


@pytest.fixture
def filled(index: Index) -> Index:
    rng = np.random.default_rng(3)
    weights = 1 / np.arange(1, len(WORDS) + 1)

    def draw(k: int) -> str:
        return " ".join(rng.choice(WORDS, k, p=weights / weights.sum()))

    index.add({"title": draw(6), "abstract": draw(int(rng.integers(5, 60))), "id": f"k{n}"} for n in range(400))
    index.remove(["k3", "k77"])
    return index


def _bm25(index: Index, question: str) -> dict[str, float]:
    """BM25 by its formula (k1 1.2, b .75), title words double, as sqlite.org/fts5.html 7.1 has it; k3 8."""
    texts = {p.id: (p.title.split(), p.abstract.split()) for p in index}
    mean = sum(len(t) + len(a) for t, a in texts.values()) / len(texts)
    scores = dict.fromkeys(texts, 0.0)
    for word in dict.fromkeys(question.split()):
        holding = [i for i, (t, a) in texts.items() if word in t or word in a]
        idf = max(math.log((len(texts) - len(holding) + 0.5) / (len(holding) + 0.5)), 1e-6) if holding else 0
        for i in holding:
            title, abstract = texts[i]
            frequency = 2 * title.count(word) + abstract.count(word)
            length = len(title) + len(abstract)
            repeats = question.split().count(word)
            scores[i] += (
                9 * repeats / (8 + repeats) * idf * frequency * 2.2 / (frequency + 1.2 * (0.25 + 0.75 * length / mean))
            )
    return scores


@pytest.mark.parametrize("question", ["wa0 wb7 wf29", "wa1", "wc3 wc3 wd9 we1 zz9"])
def test_hybrid_and_bm25_equal_the_formulas(filled: Index, encoder: WordEncoder, question: str) -> None:
    bm25 = _bm25(filled, " ".join(dict.fromkeys(question.split())))
    with filled._directory.reader(vectors=True) as state:
        vectors, live = state.dense.rows(0, len(state.dense)), state.live
        assert live is not None
        ids = {int(row): state.documents.papers_at([int(row)])[0].id for row in np.flatnonzero(live)}
        total = len(state.dense)
    cosines = vectors.astype(np.float64) @ encoder.encode_queries([question])[0].astype(np.float64)
    best = max(cosines[row] for row in ids)
    weight = BM25_WEIGHT * total / (total + 100)
    top = max(bm25.values())
    mean = round(float(np.mean([cosines[row] for row in ids])), 3)
    keys = {i: (cosines[row] - mean) / (best - mean) + (weight * bm25[i] / top if top else 0) for row, i in ids.items()}
    hybrid = filled.search(question, 400, collapse=False)
    assert len(hybrid) == 398
    found = [keys[h.paper.id] for h in hybrid]
    assert np.all(np.diff(found) <= 1e-9)
    assert [h.score for h in hybrid] == pytest.approx([cosines[r] for h in hybrid for r in ids if ids[r] == h.paper.id])
    bm25 = _bm25(filled, question)  # in this mode a word that is repeated counts more
    lexical = filled.search(question, 400, mode="bm25", collapse=False)
    assert {h.paper.id for h in lexical} == {i for i, score in bm25.items() if score > 0}
    assert np.all(np.diff([bm25[h.paper.id] for h in lexical]) <= 1e-9)


def test_percentiles_count_the_papers_that_are_less_near(filled: Index) -> None:
    hits = filled.search("wa0 wb1", 398, mode="dense", collapse=False)
    scores = np.array([h.score for h in hits])
    for hit in hits[::37]:
        below = int((scores < hit.score - 1e-6).sum())
        assert hit.percentile == pytest.approx(100 * below / 397, abs=0.3)
    least = hits[40].percentile
    assert least is not None
    kept = filled.search("wa0 wb1", 398, mode="dense", collapse=False, min_percentile=least)
    assert [h.paper.id for h in kept] == [h.paper.id for h in hits if h.percentile and h.percentile >= least]


def test_what_a_question_names_comes_first(index: Index) -> None:
    index.add(SAMPLE)
    for question, by in (
        ("10.5555/FIR.2032.4", "identifier"),
        ("https://arxiv.org/abs/3403.00200v2", "identifier"),
        ("bacteriophage spray, against hospital-surface contamination!", "title"),
    ):
        first = index.search(question, 5)[0]
        assert (first.named_by, first.rank) == (by, 1)
    names = [a for p in index for a in p.authors]
    family = re.split(r",|\s", names[0])[0] if "," in names[0] else names[0].split()[-1]
    wrote = {p.id for p in index if any(family in a for a in p.authors)}
    hits = index.search(family, 10, collapse=False)
    assert {h.paper.id for h in hits[: len(wrote)]} == wrote
    assert hits[0].named_by == "author"
    assert index.search("hospital", 5)[0].named_by == ""


def test_a_phrase_in_quotation_marks_must_be_there(index: Index) -> None:
    index.add(
        [{"title": "Moss on roofs"}, {"title": "Roofs on moss"}, {"title": "Kelp", "abstract": "no moss, on roofs"}]
    )
    assert {h.paper.title for h in index.search('"moss on roofs"', 9)} == {"Moss on roofs", "Kelp"}
    assert {h.paper.title for h in index.search('kelp "moss on roofs"', 9)} == {"Moss on roofs", "Kelp"}
    assert len(index.search('"moss on roofs"', 9, mode="dense")) == 3  # cosines know of no phrases
    assert len(index.search('where do we find "moss on roofs" in winter', 9)) == 3  # nor many words
    assert len(index.search('what are "kelp on roofs"', 9)) == 3  # no paper holds it: a manner of speaking
    assert list(index.search('"kelp on roofs"', 9)) == []
    assert len(index.search('"!?" moss', 9)) == 3  # a phrase of no words asks for nothing


@pytest.mark.parametrize(
    "question", ["NEAR(moss roofs)", "moss AND -roofs", 'title:"moss"', "moss*", "^moss", '"', "((("]
)
def test_nothing_in_a_question_is_an_operator(index: Index, question: str) -> None:
    index.add([{"title": "Moss on roofs"}, {"title": "Kelp"}])
    assert len(index.search(question, 5)) >= 1


def test_records_of_one_paper_are_one_hit(index: Index) -> None:
    text = "We measure how moss drinks dew on north walls over three winters"
    ours = {"title": "Moss and dew on north walls", "authors": ["Quillmont, Dario", "Tobu, A."], "year": 2031}
    index.add(
        [
            ours | {"abstract": text, "doi": "10.5555/a"},
            ours | {"title": "Moss and Dew on North Walls.", "abstract": text + " again", "doi": "10.5555/b"},
            ours | {"authors": ["D. Quillmont", "A. Tobu"], "doi": "10.5555/c"},
            ours | {"authors": ["Marrick, T."], "abstract": text, "doi": "10.5555/d"},
            ours | {"title": "Editorial", "abstract": text, "doi": "10.5555/e"},
            ours | {"title": "Editorial", "abstract": text, "doi": "10.5555/f"},
        ]
    )
    hits = index.search("moss dew walls", 10)
    also = {h.paper.doi: set(h.also) for h in hits}
    first = hits[0].paper.doi
    assert also[first] == {"doi:10.5555/a", "doi:10.5555/b", "doi:10.5555/c"} - {f"doi:{first}"}
    assert {"10.5555/d", "10.5555/e", "10.5555/f"} <= set(also)
    assert len(index.search("moss dew walls", 10, collapse=False)) == 6
    assert len(index.search("moss dew walls", 4)) == 4  # collapsing takes none of the k away


def test_several_seeds_liked_and_not(filled: Index) -> None:
    with filled._directory.reader(vectors=True) as state:
        ids = [p.id for p in state.documents.papers()]
        rows = np.flatnonzero(state.live) if state.live is not None else np.arange(len(ids))
        vectors = state.dense.take(rows)
    hits = filled.related([ids[5], ids[9]], 12, unlike=ids[20], collapse=False)
    mean = vectors[[5, 9]].astype(np.float64).mean(axis=0) - 0.5 * vectors[20].astype(np.float64)
    others = [n for n in range(len(ids)) if n not in (5, 9, 20)]
    expected, scores = oracle.top_k(vectors[others], oracle.unit(mean[None])[0], 12)
    assert [h.paper.id for h in hits] == [ids[others[n]] for n in expected]
    np.testing.assert_allclose([h.score for h in hits], scores, atol=1e-6)
    for hit in hits:
        own = vectors[ids.index(hit.paper.id)].astype(np.float64)
        assert hit.nearest == pytest.approx({ids[n]: float(own @ vectors[n]) for n in (5, 9)}, abs=1e-6)
    mixed = filled.related(ids[5], 5, text=["wa0 wb1 wc2", "wd3"])
    assert list(mixed[0].nearest) == [ids[5], "text 1", "text 2"]
    with pytest.raises(UnknownPaper):
        filled.related(ids[5], unlike="nobody")


def test_diverse_avoids_what_is_like_what_stands_before() -> None:
    a, b = np.array([1, 0, 0], np.float32), np.array([0, 1, 0], np.float32)
    vectors = np.stack([a, a, b])
    assert diverse(np.array([0.9, 0.89, 0.5]), vectors, 3, 0.5) == [0, 2, 1]
    assert diverse(np.array([0.9, 0.89, 0.5]), vectors, 3, 0.0) == [0, 1, 2]
    assert diverse(np.array([0.9, 0.89, 0.5]), vectors, 2, 0.5) == [0, 2]


def test_diverse_changes_the_order_only(filled: Index) -> None:
    plain = filled.search("wa0 wb1 wc2", 10, collapse=False)
    mixed = filled.search("wa0 wb1 wc2", 10, collapse=False, diverse=0.5)
    assert mixed[0].paper.id == plain[0].paper.id
    assert [h.rank for h in mixed] == list(range(1, 11))
    assert [h.paper.id for h in mixed] != [h.paper.id for h in plain]


def test_explanations(index: Index) -> None:
    index.add(
        [
            {"title": "Walls", "abstract": "Moss drinks dew. Trains are late, e.g. in snow. The end of it."},
            *({"title": f"filler {n}", "abstract": f"nothing {n}"} for n in range(30)),
        ]
    )
    hit = index.search("why are the trains late?", 3, explain=True)[0]
    why = hit.explanation
    assert why is not None
    assert (hit.paper.title, why.sentence) == ("Walls", "Trains are late, e.g. in snow.")
    assert (why.words, why.dense_rank, why.lexical_rank) == (("trains", "late"), 1, 1)
    assert hit.to_dict()["explanation"]["words"] == ["trains", "late"]
    related = index.related(hit.paper.id, 2, explain=True)[0].explanation
    assert related is not None
    assert related.lexical_rank is None
    assert index.search("why are the trains late?", 3)[0].explanation is None


def test_sentences() -> None:
    assert split("One is 3.5 cm. Two (see Fig. 2) is not! Is three? Yes.") == [
        "One is 3.5 cm.", "Two (see Fig. 2) is not!", "Is three?", "Yes.",
    ]  # fmt: skip
    assert split("") == []
    assert split("no end") == ["no end"]


def test_thresholds_of_a_collection(index: Index) -> None:
    index.add({"title": f"moss {n}", "abstract": f"dew wall{n % 7} north{n % 5}"} for n in range(40))
    with index._directory.reader() as state:
        assert state.thresholds is None  # too few papers
    assert index.search("anything at all").match
    index.add({"title": f"kelp {n}", "abstract": f"sea wave{n % 7} south{n % 5}"} for n in range(40))
    with index._directory.reader(vectors=True) as state:
        marks = state.thresholds
        assert marks is not None
        vectors = state.dense.rows(0, len(state.dense)).astype(np.float64)
    products = vectors @ vectors.T
    np.fill_diagonal(products, -1)
    assert marks.typical == pytest.approx(float(np.median(products.max(axis=1))), abs=1e-5)
    noise = WordEncoder().encode_queries(calibration.NONSENSE).astype(np.float64) @ vectors.T
    assert marks.noise == pytest.approx(float(np.median(noise.max(axis=1))), abs=1e-5)
    assert index.search("kelp sea wave1 south1").match
    assert index.search("kelp wave1").match  # all words in one paper
    assert not index.search("zebra pancake velocipede submarine trombone").match


def test_marks_are_measured_again_when_much_has_changed(index: Index) -> None:
    index.add({"title": f"moss {n}", "abstract": f"dew wall{n % 7}"} for n in range(100))
    with index._directory.reader() as state:
        before = state.meta("calibrated")
    index.add({"title": "one more"})
    with index._directory.reader() as state:
        assert state.meta("calibrated") == before == "100"
    index.add({"title": f"kelp {n}"} for n in range(30))
    with index._directory.reader() as state:
        assert state.meta("calibrated") == "131"


@pytest.mark.parametrize("nearest", [4, 64])
def test_the_first_of_many_are_those_of_all(filled: Index, nearest: int) -> None:
    """Rows beyond the nearest come in by their words, and none is missed."""
    expected = {q: [h.paper.id for h in filled.search(q, 400, collapse=False)] for q in _questions()}
    again = _with(filled, Policy(retrieval=RetrievalPolicy(fewest_nearest=nearest)))
    for question, ids in expected.items():
        for k in (1, 5, 20):
            assert [h.paper.id for h in again.search(question, k, collapse=False)] == ids[:k]


def _with(index: Index, policy: Policy) -> Index:
    return Index(index.path, encoder=WordEncoder(), policy=policy)


@pytest.mark.parametrize("share", [0.1, 0.5, 2.0])
@pytest.mark.parametrize("where", [None, "not has:abstract", "has:abstract"])
def test_frequent_words_are_left_out_only_where_they_cannot_matter(
    filled: Index, share: float, where: str | None
) -> None:
    def asked(index: Index) -> list[object]:
        answers = [index.search(q, k, collapse=False, where=where, explain=True) for q in _questions() for k in (1, 8)]
        return [
            (answer.match, [(h.paper.id, h.score, h.explanation.lexical_rank) for h in answer if h.explanation])
            for answer in answers
        ]

    lexical = LexicalPolicy(score_all_below=0, kept_share=share)
    some = _with(filled, Policy(lexical=lexical, retrieval=RetrievalPolicy(fewest_nearest=8)))
    assert asked(some) == asked(filled)
    with some._directory.reader() as reader:
        near = reader.paper_rows[:4]
        found = [reader.lexical.scores(question.split(), near) for question in _questions()]
        every = [reader.lexical.scores(question.split()) for question in _questions()]
    bounded = [one for one in found if one.bound]
    assert len(bounded) > 10
    for one, all_ in zip(found, every, strict=True):
        known = dict(zip(one.rows.tolist(), one.scores.tolist(), strict=True))
        for row, score in zip(all_.rows.tolist(), all_.scores.tolist(), strict=True):
            assert known.get(row) == score or (row not in known and row not in near and score <= one.bound)


def _questions() -> list[str]:
    """Of frequent words and rare ones."""
    rng = np.random.default_rng(5)
    mixed = [" ".join([*rng.choice(WORDS[:25], 2), *rng.choice(WORDS, 3)]) for _ in range(25)]
    return [*mixed, "zz1 zz2 wa0 wa1 wa2", "wf29 wa0 wa1 wa2", "wf28 wa0 wa3"]


def test_percentiles_of_very_many_papers(filled: Index) -> None:
    """Those of the nearest are counted, those of others estimated from a sample; ranks are counted always."""
    hits = filled.search("wa0 wb1 wc2", 398, collapse=False, explain=True)
    expected = {h.paper.id: (h.percentile, h.explanation.dense_rank) for h in hits if h.explanation}
    policy = RetrievalPolicy(counted_rows=10, sampled_rows=300, fewest_nearest=16)
    sampled = _with(filled, Policy(retrieval=policy))
    exact = 0
    for hit in sampled.search("wa0 wb1 wc2", 6, collapse=False, explain=True):
        assert hit.explanation
        share, rank = expected[hit.paper.id]
        assert hit.explanation.dense_rank == rank
        assert hit.percentile == pytest.approx(share, abs=3)
        exact += hit.percentile == share
    assert exact >= 3
    assert hit.percentile is not None
    # Where shares decide what is left out, they are counted.
    kept = sampled.search("wa0 wb1 wc2", 6, collapse=False, min_percentile=90)
    assert [h.percentile for h in kept] == [expected[h.paper.id][0] for h in kept]


def test_many_questions_at_once_are_answered_like_one(filled: Index) -> None:
    questions = _questions()
    for where in (None, "has:abstract"):
        together = filled.search(questions, 5, mode="dense", where=where)
        for question, hits in zip(questions, together, strict=True):
            one = filled.search(question, 5, mode="dense", where=where)
            assert [(h.paper.id, h.score, h.percentile) for h in hits] == [
                (h.paper.id, h.score, h.percentile) for h in one
            ]

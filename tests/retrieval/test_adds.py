"""What each signal adds: the sum orders the hits, in every mode, and marks are where the words are."""

from __future__ import annotations

import itertools
import random
from pathlib import Path

import pytest

from semsearch.model.results import Explanation, Hit
from semsearch.service import Index
from tests.fakes import WordEncoder


@pytest.fixture
def filled(index: Index) -> Index:
    rng = random.Random(5)
    index.add(
        [
            {
                "title": f"{rng.choice(['moss', 'kelp'])} {rng.choice(['roofs', 'walls', 'roof'])} {n}",
                "abstract": " ".join(rng.choices(["moss", "dew", "slate", "north", "roofing", "kelp"], k=8)),
                "author": rng.choice(["Novak, Petr", "Quill, Ann"]),
                "year": rng.choice([2030, 2031]),
            }
            for n in range(60)
        ]
    )
    return index


def _why(hit: Hit) -> Explanation:
    assert hit.explanation
    return hit.explanation


@pytest.mark.parametrize("where", [None, "year: 2031"])
def test_the_sum_orders_the_hits(filled: Index, where: str | None) -> None:
    for question, names in (("moss on wet roofs", {"cosine", "bm25"}), ("Quill 2031 dew", {"cosine", "bm25", "names"})):
        hits = filled.search(question, 40, explain=True, collapse=False, where=where)
        sums = [sum(_why(hit).adds.values()) for hit in hits]
        assert all(a >= b - 1e-9 for a, b in itertools.pairwise(sums))
        assert [_why(hit).adds["cosine"] for hit in hits] == pytest.approx([hit.score for hit in hits])
        assert {name for hit in hits for name in _why(hit).adds} == names
        assert max(_why(hit).adds["bm25"] for hit in hits) > 0
        assert {_why(hit).ordered_by for hit in hits} == {"sum"}
        words = [_why(hit) for hit in hits]
        ranked = [why.adds["bm25"] for why in sorted(words, key=lambda why: why.lexical_rank or 1000)]
        assert ranked == sorted(ranked, reverse=True)


def test_other_modes_and_places(filled: Index) -> None:
    dense = filled.search("moss on roofs", 5, mode="dense", explain=True)
    assert [dict(_why(h).adds) for h in dense] == [{"cosine": pytest.approx(h.score)} for h in dense]
    assert _why(dense[0]).words == ("moss", "roofs")
    words = filled.search("moss on roofs", 5, mode="bm25", explain=True)
    scores = [_why(h).adds["bm25"] for h in words]
    assert {tuple(_why(h).adds) for h in words} == {("bm25",)}
    assert scores == sorted(scores, reverse=True)
    assert {_why(h).ordered_by for h in filled.search("moss", 5, diverse=0.5, explain=True)} == {"diversity"}
    related = filled.related(dense[0].paper.id, 3, explain=True)
    assert [_why(h).words for h in related] == [()] * 3
    assert {tuple(_why(h).adds) for h in related} == {("cosine",)}


def test_an_id_is_not_a_word_of_the_question(index: Index) -> None:
    index.add([{"title": f"moss {n} 5555", "abstract": "doi", "doi": f"10.5555/moss.{n}"} for n in range(3)])
    hit = index.related("10.5555/moss.1", 1, explain=True)[0]
    assert (_why(hit).words, _why(hit).spans) == ((), ())
    named = index.search("10.5555/moss.1", 2, explain=True)
    assert [_why(h).ordered_by for h in named] == ["name", "sum"]


def test_words_are_marked_in_any_form(index: Index) -> None:
    text = "Überall wächst Moss\x02 on roof-tops; ROOFED, roofs."
    index.add([{"title": "A title", "abstract": text}])
    why = _why(index.search("uberall roofs and mosses, dew", 1, explain=True)[0])
    assert [why.sentence[slice(*span)] for span in why.spans] == ["Überall", "Moss", "roof", "ROOFED", "roofs"]
    assert why.to_dict()["spans"] == [list(span) for span in why.spans]


def test_feedback_is_told_apart_from_the_question(tmp_path: Path) -> None:
    rng = random.Random(3)
    words = [f"w{n}" for n in range(60)]
    large = Index(tmp_path / "large", encoder=WordEncoder(name="all-MiniLM-L6-v2"))
    large.add({"title": " ".join(rng.choices(words, k=9)), "id": f"k{n}"} for n in range(520))
    hits = large.search("w3 w4 w5", 10, explain=True)
    assert hits.feedback
    for hit in hits:
        assert _why(hit).adds["cosine"] == pytest.approx(hit.score)
        assert "feedback" in _why(hit).adds
    sums = [sum(_why(hit).adds.values()) for hit in hits]
    assert all(a >= b - 1e-9 for a, b in itertools.pairwise(sums))
    assert all("feedback" not in _why(hit).adds for hit in large.search("w3 w4 w5", explain=True, feedback=False))

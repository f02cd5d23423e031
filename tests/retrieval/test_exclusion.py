"""Papers that a question leaves out are not among its hits, in any mode; and it is said."""

from __future__ import annotations

import json

import pytest

from semsearch.service import Index
from tests.conftest import Run

ROOFS = [f"Moss growth on roofs of valley {n}" for n in range(4)]
WALLS = [f"Moss growth along walls of valley {n}" for n in range(4)]


@pytest.fixture
def moss(index: Index) -> Index:
    index.add({"title": title, "abstract": "We counted moss."} for title in (*ROOFS, *WALLS))
    index.add({"title": "Moss growth in a garden", "abstract": "There was a flat roof, and a wall of slate."})
    return index


@pytest.mark.parametrize("mode", ["hybrid", "dense", "bm25"])
@pytest.mark.parametrize("question", ["moss growth -roofs", "moss growth not about roofs", "moss growth NOT roof"])
def test_no_hit_has_what_is_left_out(moss: Index, question: str, mode: str) -> None:
    hits = moss.search(question, 20, mode=mode)
    assert {hit.paper.title for hit in hits} == set(WALLS)
    assert (hits.query, len(hits.excluded)) == (question, 1)
    assert hits.to_dict()["excluded"] == list(hits.excluded)


def test_a_phrase_and_words_that_are_no_phrase(moss: Index) -> None:
    assert len(moss.search('moss growth -"flat roof"', 20)) == 8
    assert len(moss.search("moss growth not about slate garden roofs", 20)) == 8, "all of the words, where no phrase is"


def test_the_option(moss: Index) -> None:
    hits = moss.search("moss growth", 20, exclude="roofs, flat roof")
    assert {hit.paper.title for hit in hits} == set(WALLS)
    assert hits.excluded == ("roofs", "flat roof")
    one = moss.search(WALLS[0], 1)[0].paper.id
    assert {hit.paper.title for hit in moss.related(one, exclude="roofs")} == set(WALLS[1:])


def test_several_questions_each_with_its_own(moss: Index) -> None:
    for mode in ("dense", "hybrid"):
        first, second, third = moss.search(["moss growth -roofs", "moss growth", "moss growth -walls"], 20, mode=mode)
        assert (len(first), len(second), len(third)) == (4, 9, 4)
        assert second.excluded == ()


def test_without_is_a_subject_where_papers_write_it(index: Index) -> None:
    index.add([{"title": "Learning without forgetting gates"}, {"title": "Forgetting gates while learning"}])
    assert len(index.search("learning without forgetting")) == 2
    assert index.search("learning without forgetting").excluded == ()
    assert len(index.search("learning without gates")) == 0


def test_the_command_line_tells_it(run: Run, moss: Index) -> None:
    code, out, err = run("query", "moss growth not about roofs", "-f", "json")
    assert (code, json.loads(out)["excluded"]) == (0, ["roofs"])
    assert "left out: papers with 'roofs' in the title or the abstract" in err
    _, out, err = run("query", "moss", "growth", "--not", "roofs,walls", "--not", "moss")
    assert "left out: papers with 'moss'" in err
    assert "every paper has 'moss'" in err

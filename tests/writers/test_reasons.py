"""Explanations in every output format: the sum, the sentence with its words marked, and nothing lost or wrong."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from pathlib import Path

import pytest

from semsearch.cli.options import FORMATS
from semsearch.model.paper import Paper
from semsearch.model.results import Explanation, Hit, Hits
from semsearch.readers import open_sources
from semsearch.writers import writer
from semsearch.writers.reasons import marked_sentence, reason, shown_sentence
from tests.writers.library import LIBRARY

WHY = Explanation(
    "Moss  drinks\u202e dew\ue000 off walls.", 0.5, ("moss", "walls"), 2, 11,
    spans=((0, 4), (23, 28)), adds={"cosine": 0.4, "bm25": 0.25, "names": 0.0001, "feedback": -0.05, "newer": 0.1},
)  # fmt: skip


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def _hit(paper: Paper = LIBRARY[0], why: Explanation = WHY, **more: object) -> Hit:
    return Hit(1, 0.4, paper, percentile=0.003, explanation=why, **more)  # type: ignore[arg-type]


def _written(name: str, *hits: Hit) -> str:
    out = io.StringIO()
    writer(name).hits([Hits("moss, on walls?", hits)], out, several=False)
    return out.getvalue()


def test_the_sum_is_told_with_its_parts() -> None:
    assert reason(_hit()) == (
        "0.400 meaning (2nd) + 0.250 words (11th: moss, walls) + <0.001 names - 0.050 likeness to the first works "
        "+ 0.100 newer = 0.700"
    )
    dense = Explanation("", None, ("moss",), 101, None, adds={"cosine": 0.4})
    assert reason(_hit(why=dense)) == "0.400 meaning (101st); words in common: moss"
    seeds = Explanation("", None, (), 3, None, adds={"cosine": 0.4})
    assert reason(_hit(why=seeds)) == "0.400 meaning (3rd)"
    words = Explanation("", None, ("moss",), 7, 1, adds={"bm25": 7.25})
    assert reason(_hit(why=words)) == "7.250 words (1st: moss); 0.400 meaning (7th) adds nothing"
    none = Explanation("", None, (), 1, None, adds={"cosine": 0.4, "bm25": 0.0}, ordered_by="reranker")
    told = "placed by the cross-encoder, before that 0.400 meaning (1st) + 0.000 words (none in common) = 0.400"
    assert reason(_hit(why=none)) == told


def test_marks_stay_on_their_words_when_the_sentence_is_made_safe() -> None:
    assert [WHY.sentence[slice(*span)] for span in WHY.spans] == ["Moss", "walls"]
    sentence, spans = shown_sentence(WHY)
    assert sentence == "Moss drinks dew off walls."
    assert [sentence[slice(*span)] for span in spans] == ["Moss", "walls"]
    assert marked_sentence(WHY) == "«Moss» drinks dew off «walls»."


def test_a_terminal_marks_words_by_style_and_plain_text_by_quotes(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = _written("table", _hit())
    assert "“«Moss» drinks dew off «walls».”" in plain
    assert "< 0.01 %" in plain
    assert "0.00 %" not in plain
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "120")
    screen = _Terminal()
    writer("table").hits([Hits("moss", (_hit(),))], screen, several=False)
    assert "«" not in screen.getvalue()
    assert "\x1b[1mMoss\x1b[0m" in screen.getvalue()
    assert "\x1b[1mwalls\x1b[0m" in screen.getvalue()


@pytest.mark.parametrize("name", ["bibtex", "ris", "csl-json", "md"])
def test_notes_of_references_have_the_reason_and_the_sentence(name: str) -> None:
    text = _written(name, _hit())
    assert "score 0.400000, why: 0.400 meaning (2nd) + 0.250 words" in text
    assert "«Moss» drinks dew off «walls»." in text
    assert "why:" not in _written(name, Hit(1, 0.4, LIBRARY[0]))


@pytest.mark.parametrize("name", ["csv", "excel-csv"])
def test_csv_has_all_of_it_in_columns(name: str) -> None:
    text = _written(name, _hit(LIBRARY[0], also=("a", "b")), Hit(2, 0.1, LIBRARY[1])).removeprefix("\ufeff")
    first, second = csv.DictReader(io.StringIO(text, newline=""))
    shape = WHY.to_dict()
    assert (json.loads(first["spans"]), json.loads(first["adds"])) == (shape["spans"], shape["adds"])
    assert (first["words"], first["also"], first["percentile"]) == ("moss; walls", "a; b", "0.003")
    assert (first["sentence"], first["dense_rank"], first["ordered_by"]) == (WHY.sentence, "2", "sum")
    assert second["sentence"] == ""
    copied = _written(name, _hit(why=replace(WHY, verbatim="moss drinks dew"))).removeprefix("\ufeff")
    assert [row["verbatim"] for row in csv.DictReader(io.StringIO(copied, newline=""))] == ["moss drinks dew"]
    assert first["verbatim"] == ""
    assert "sentence" not in _written(name, Hit(1, 0.4, LIBRARY[0])).splitlines()[0]


@pytest.mark.parametrize("name", [n for n in FORMATS if n not in ("table", "ids", "md", "trec")])
def test_an_explained_hit_is_read_back_as_the_same_paper(name: str, tmp_path: Path) -> None:
    suffix = {"bibtex": "bib", "csl-json": "json", "excel-csv": "csv"}.get(name, name)
    papers = [LIBRARY[0], Paper(title="Walls", id="x", extra={"words": "two", "spans": "wide"}, year=2031)]
    read = []
    for kind, hits in (("with", [_hit(p) for p in papers]), ("without", [Hit(1, 0.4, p) for p in papers])):
        path = tmp_path / f"{kind}.{suffix}"
        path.write_text(_written(name, *hits), "utf-8")
        found = list(open_sources([str(path)])[0].records())
        assert all(isinstance(paper, Paper) for paper in found)
        read.append([(p.title, p.abstract, dict(p.extra)) for p in found if isinstance(p, Paper)])
    if name in ("bibtex", "csl-json"):  # the note is a field of its own there, with or without the reason
        for _, _, extra in (*read[0], *read[1]):
            extra.pop("annote", extra.pop("note", None))
    assert read[0] == read[1]

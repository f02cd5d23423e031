"""Decisions outlive the index, the order and the format of the records, and a machine that stops in the middle."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path

import pytest

from semsearch.duplicates import Decided, Ledger, ListedPapers, find_duplicates, record_key
from semsearch.duplicates.ledger import pairs_decided
from semsearch.errors import QueryError, SourceError
from semsearch.paper import Paper
from semsearch.readers import open_sources
from semsearch.writers import writer
from tests.conftest import SAMPLE


def _sample() -> list[Paper]:
    (source,) = open_sources([str(SAMPLE)])
    return [record for record in source.records() if isinstance(record, Paper)]


@pytest.mark.parametrize("form", ["ris", "bibtex", "csl-json", "csv", "jsonl"])
def test_decisions_hold_when_the_files_come_again_in_another_order_and_format(form: str, tmp_path: Path) -> None:
    papers = _sample()
    ledger = Ledger(tmp_path / "d.jsonl")
    ledger.decide(papers[0], papers[5], "same")
    ledger.decide(papers[1], papers[2], "version")
    out = io.StringIO()
    writer(form).papers(papers[::-1], out)
    suffix = {"ris": "ris", "bibtex": "bib", "csl-json": "json", "csv": "csv", "jsonl": "jsonl"}[form]
    (tmp_path / f"again.{suffix}").write_text(out.getvalue(), "utf-8")
    (source,) = open_sources([str(tmp_path / f"again.{suffix}")])
    again = [record for record in source.records() if isinstance(record, Paper)]
    assert len(again) == len(papers)
    decided = pairs_decided(Ledger(tmp_path / "d.jsonl").standing(), again)
    last = len(papers) - 1
    assert {pair: d.kind for pair, d in decided.items()} == {(last - 5, last): "same", (last - 2, last - 1): "version"}
    titles = {papers[0].title, papers[5].title}
    found = find_duplicates(ListedPapers(again), decisions=ledger.standing())
    assert titles in [{p.title for p in group.papers} for group in found.groups(["same"])]


def test_a_torn_last_line_loses_one_decision_and_no_more(tmp_path: Path) -> None:
    papers = _sample()
    path = tmp_path / "d.jsonl"
    ledger = Ledger(path)
    for number in range(3):
        ledger.decide(papers[number], papers[number + 5], "different")
    whole = path.read_bytes()
    for cut in range(len(whole) - 200, len(whole)):
        path.write_bytes(whole[:cut])
        again = Ledger(path)
        assert len(again.standing()) == 2
        again.decide(papers[9], papers[10], "same")
        assert [d.kind for d in Ledger(path).standing()] == ["different", "different", "same"]
        path.write_bytes(whole)


def test_damage_elsewhere_is_told_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "d.jsonl"
    path.write_text('{"kind": "same"}\n{"kind": "same"}\n')
    with pytest.raises(SourceError, match=r"d\.jsonl: line 1 is no decision"):
        Ledger(path)


def test_the_last_decision_of_a_pair_holds_and_undoing_brings_back_the_one_before(tmp_path: Path) -> None:
    a, b = _sample()[:2]
    ledger = Ledger(tmp_path / "d.jsonl")
    with pytest.raises(QueryError, match="no decision to undo"):
        ledger.undo()
    first = ledger.decide(a, b, "same")
    ledger.decide(b, a, "different")
    assert [d.kind for d in ledger.standing()] == ["different"]
    ledger.undo()
    assert [d.number for d in ledger.standing()] == [first.number]
    ledger.undo(first.number)
    assert ledger.standing() == []
    assert len(ledger.lines()) == 4, "nothing is ever taken out"
    with pytest.raises(QueryError, match="no decision nnn that stands"):
        ledger.undo("nnn")
    with pytest.raises(QueryError, match="no kind 'equal'"):
        ledger.decide(a, b, "equal")


def test_taking_over_another_ledger_twice_adds_nothing(tmp_path: Path) -> None:
    a, b, c = _sample()[:3]
    mine, theirs = Ledger(tmp_path / "mine.jsonl"), Ledger(tmp_path / "theirs.jsonl")
    mine.decide(a, b, "same")
    theirs.decide(b, c, "version")
    theirs.undo()
    assert mine.take(tmp_path / "theirs.jsonl") == 2
    assert mine.take(tmp_path / "theirs.jsonl") == 0
    assert [d.kind for d in mine.standing()] == ["same"]


def test_a_record_is_found_by_its_id_when_its_content_has_changed(tmp_path: Path) -> None:
    a, b = _sample()[:2]
    ledger = Ledger(tmp_path / "d.jsonl")
    ledger.decide(a, b, "same")
    filled = replace(a, volume="99")
    assert record_key(filled)["content"] != record_key(a)["content"]
    assert list(pairs_decided(ledger.standing(), [filled, b])) == [(0, 1)]
    assert Decided(ledger.standing()).between(filled, b) == "same"
    assert Decided(ledger.standing()).between(b, _sample()[2]) is None


def test_a_line_holds_no_more_than_it_needs(tmp_path: Path) -> None:
    a, b = _sample()[:2]
    Ledger(tmp_path / "d.jsonl").decide(a, b, "same")
    shape = json.loads((tmp_path / "d.jsonl").read_text())
    assert list(shape) == ["number", "kind", "time", "a", "b"]
    assert list(shape["a"]) == ["content", "id", "title"]

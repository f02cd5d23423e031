"""Decisions find their records again: in other formats and orders, and after any single field was edited."""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from semsearch.duplicates import Ledger, ListedPapers, find_duplicates
from semsearch.duplicates.ledger import pairs_decided
from semsearch.identity.ids import with_id
from semsearch.model.paper import Paper
from semsearch.readers import open_sources
from semsearch.writers import writer

_WORDS = ("hares", "gates", "hedges", "ponds", "roofs", "mosses", "ledgers", "bees", "lamps", "kilns")


def _library() -> list[Paper]:
    """Thirty works, each as two records."""
    papers = []
    for number in range(30):
        word, place = _WORDS[number % 10], ("delta", "valley", "harbour")[number // 10]
        first = Paper(
            title=f"A study of {word} in a {place} under mild rain", authors=(f"Smith{word}, Ann", "Orr, Eve"),
            year=1990 + number, venue="Annals of Hedges", volume=str(3 + number), issue="2", pages=f"{10 + number}-{30 + number}",
            abstract=f"We saw {word} in the {place}.",
        )  # fmt: skip
        papers += [with_id(first), with_id(replace(first, venue="Gardening Letters", pages="", volume=""))]
    return papers


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    found = Ledger(tmp_path / "decisions.jsonl")
    papers = _library()
    for place in range(0, len(papers), 2):
        found.decide(papers[place], papers[place + 1], "different")
    return found


def _style(text: str) -> str:
    return f'<style face="normal" font="default" size="100%">{text}</style>'


def _endnote(papers: Iterable[Paper]) -> str:
    """As EndNote exports a library: every value in a style, the rest in its own elements."""
    records = []
    for number, p in enumerate(papers, 1):
        names = "".join(f"<author>{_style(name)}</author>" for name in p.authors)
        fields = "".join(
            f"<{name}>{_style(value)}</{name}>"
            for name, value in (("pages", p.pages), ("volume", p.volume), ("number", p.issue), ("abstract", p.abstract))
            if value
        )
        records.append(
            f'<record><rec-number>{number}</rec-number><ref-type name="Journal Article">17</ref-type>'
            f"<contributors><authors>{names}</authors></contributors>"
            f"<titles><title>{_style(p.title)}</title><secondary-title>{_style(p.venue)}</secondary-title></titles>"
            f"<periodical><full-title>{_style(p.venue)}</full-title></periodical>{fields}"
            f"<dates><year>{_style(str(p.year))}</year></dates></record>"
        )
    return f'<?xml version="1.0" encoding="UTF-8"?><xml><records>{"".join(records)}</records></xml>'


def test_an_endnote_library_in_another_order(ledger: Ledger, tmp_path: Path) -> None:
    path = tmp_path / "library.xml"
    path.write_text(_endnote(reversed(_library())), encoding="utf-8")
    (source,) = open_sources([str(path)])
    papers = [record for record in source.records() if isinstance(record, Paper)]
    assert sorted(pairs_decided(ledger.in_force(), papers)) == [(n, n + 1) for n in range(0, 60, 2)]


@pytest.mark.parametrize("form", ["ris", "bibtex", "csv", "csl-json"])
def test_other_formats_and_orders(ledger: Ledger, tmp_path: Path, form: str) -> None:
    stream = io.StringIO()
    writer(form).papers(list(reversed(_library())), stream)
    path = tmp_path / f"library.{ {'bibtex': 'bib', 'csl-json': 'json'}.get(form, form) }".replace(" ", "")
    path.write_text(stream.getvalue(), encoding="utf-8")
    (source,) = open_sources([str(path)])
    papers = [record for record in source.records() if isinstance(record, Paper)]
    assert len(papers) == 60
    assert sorted(pairs_decided(ledger.in_force(), papers)) == [(n, n + 1) for n in range(0, 60, 2)]


@pytest.mark.parametrize(
    "edit",
    [
        {"title": "A study of things in a place under heavy rain"}, {"authors": ("Quill, Bo",)}, {"year": 2031}, {"year": None},
        {"venue": "Ann Hedges"}, {"venue": ""}, {"volume": "99"}, {"issue": ""}, {"pages": "101-9"}, {"pages": ""},
        {"doi": "10.9999/new"}, {"pmid": "99999999"}, {"abstract": "Another."}, {"keywords": ("hedge",)}, {"key": "k1"},
    ],
)  # fmt: skip
@pytest.mark.parametrize("side", [0, 1])
def test_one_field_edited(ledger: Ledger, edit: dict[str, Any], side: int) -> None:
    papers = _library()
    for place in range(side, 60, 2):
        papers[place] = with_id(replace(papers[place], **edit))
    found = pairs_decided(ledger.in_force(), papers)
    assert sorted(found) == [(n, n + 1) for n in range(0, 60, 2)]


def test_another_record_does_not_inherit_a_decision(ledger: Ledger) -> None:
    papers = _library()[2:]  # the first two records are gone
    assert sorted(pairs_decided(ledger.in_force(), papers)) == [(n, n + 1) for n in range(0, 58, 2)]
    stranger = with_id(replace(_library()[0], authors=("Venn, Lora",), year=2001, pages="900-911"))
    found = pairs_decided(ledger.in_force(), [stranger, _library()[1]])
    assert not found


def test_a_decision_outlives_an_end_page(tmp_path: Path) -> None:
    one = Paper(
        title="A study of gates in gardens under mild rain", authors=("Smith, A.",), year=2015, venue="Annals of One"
    )
    two = replace(one, venue="Ann One", volume="3", pages="1")
    a, b, c = (with_id(paper) for paper in (one, replace(one, volume="3"), two))
    decisions = Ledger(tmp_path / "decisions.jsonl")
    decisions.decide(b, c, "different")
    decisions.decide(a, c, "different")
    after = [a, b, with_id(replace(two, pages="1-9"))]
    labels = find_duplicates(ListedPapers(after), decisions=decisions.in_force()).labels.tolist()
    assert labels == [0, 0, 2]


def _of_one_team(title: str, **fields: Any) -> Paper:
    given = {"authors": ("Mott, Ada", "Loom, Evi", "Tarn, Olu"), "year": 2030, "venue": "Hedge Letters", "volume": "7"}
    return with_id(Paper(title=title, **{**given, **fields}))


def test_a_decision_does_not_pass_to_another_paper_of_the_team(tmp_path: Path) -> None:
    gone = _of_one_team("Soil moisture below old garden hedges", pages="11-19")
    kept = _of_one_team("Soil moisture under garden hedges: a longer look", pages="31-40", year=2031)
    other = _of_one_team("Beetles that live in slate roofs")
    ledger = Ledger(tmp_path / "decisions.jsonl")
    ledger.decide(gone, kept, "same")
    assert list(pairs_decided(ledger.in_force(), [gone, kept, other])) == [(0, 1)]
    assert pairs_decided(ledger.in_force(), [kept, other]) == {}


def test_an_edited_record_is_found_beside_another_paper_of_the_team(tmp_path: Path) -> None:
    one = _of_one_team("Soil moisture below old garden hedges", issue="2")
    copy = _of_one_team("Soil moisture below old garden hedges", issue="3")
    other = _of_one_team("Beetles that live in slate roofs", issue="2")
    ledger = Ledger(tmp_path / "decisions.jsonl")
    ledger.decide(one, copy, "same")
    edited = replace(one, year=2029)
    assert list(pairs_decided(ledger.in_force(), [other, edited, copy])) == [(1, 2)]

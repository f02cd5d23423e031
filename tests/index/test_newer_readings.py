"""A newer reading of the same record takes the place of the older one, and the report says what changed."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from semsearch import Index, Paper
from semsearch.workflows.indexing import UPDATES_KEPT
from tests.fakes import WordEncoder

KELP: dict[str, Any] = {
    "id": "tobu2031", "doi": "10.5555/kelp", "title": "Kelp forests of the nroth", "abstract": "We dive.", "tags": ["read"]
}  # fmt: skip
BARE: dict[str, Any] = {"id": "quill2030", "title": "Rain on slate roofs", "abstract": "It rains.", "year": 2030}


def _bib(path: Path, *records: Mapping[str, Any], age: int = 0) -> Path:
    """A BibTeX file that was changed ``age`` days ago."""
    entries = []
    for record in records:
        fields = {**record, "keywords": ", ".join(record.get("tags", ()))}
        lines = [f"  {name} = {{{value}}}," for name, value in fields.items() if name not in ("id", "tags") and value]
        entries.append("\n".join((f"@article{{{record['id']},", *lines, "}\n")))
    path.write_text("\n".join(entries), "utf-8")
    os.utime(path, (10**9 - age * 86_400,) * 2)
    return path


def test_a_corrected_library_in_one_folder_wins(index: Index, encoder: WordEncoder, tmp_path: Path) -> None:
    folder = tmp_path / "pile"
    folder.mkdir()
    _bib(folder / "library-18.bib", KELP, BARE, age=7)
    fixed = KELP | {"title": "Kelp forests of the north", "abstract": "We dive deep.", "tags": ["cited"]}
    _bib(folder / "library-25.bib", fixed, BARE | {"abstract": "It rains on and on."})
    report = index.add(folder)
    assert report.equation == "4 read = 2 indexed + 2 updated + 0 unchanged + 0 duplicates of an id + 0 rejected"
    paper = index.get("10.5555/kelp")
    assert (paper.title, paper.abstract, paper.keywords) == (fixed["title"], fixed["abstract"], ("cited",))
    assert Path(paper.source.file).name == "library-25.bib"
    assert {paper.abstract for paper in index} == {"We dive deep.", "It rains on and on."}
    changes = {update.id: dict(update.changes) for update in report.updates}
    assert changes["doi:10.5555/kelp"]["title"] == (KELP["title"], fixed["title"])
    assert changes["doi:10.5555/kelp"]["keywords"] == (("read",), ("cited",))
    assert {"embedded": report.embedded, "texts": sorted(set(encoder.encoded[-2:]))} == {
        "embedded": 2, "texts": ["Kelp forests of the north We dive deep.", "Rain on slate roofs It rains on and on."]
    }  # fmt: skip
    again = index.add(folder)
    assert (again.updated, again.unchanged, again.duplicates, again.embedded) == (0, 2, 2, 0)
    assert index.verify() == []


@pytest.mark.parametrize("first", [18, 25])
def test_the_time_of_the_file_decides_and_not_the_order_of_reading(index: Index, tmp_path: Path, first: int) -> None:
    old = _bib(tmp_path / "library-18.bib", KELP, age=7)
    new = _bib(tmp_path / "library-25.bib", KELP | {"title": "Kelp forests of the north", "abstract": ""})
    for path in (old, new) if first == 18 else (new, old):
        index.add(path)
    paper = index.get("10.5555/kelp")
    assert paper.title == "Kelp forests of the north"
    assert (paper.abstract, Path(paper.origins["abstract"].file).name) == ("We dive.", "library-18.bib")
    assert [Path(reading.file).name for reading in index.readings(paper.id)] == ["library-25.bib", "library-18.bib"]


def test_an_older_file_that_is_edited_is_the_newer_one(index: Index, tmp_path: Path) -> None:
    _bib(tmp_path / "a.bib", KELP, age=7)
    _bib(tmp_path / "b.bib", KELP | {"abstract": "From b."}, age=3)
    index.add_files([tmp_path / "a.bib", tmp_path / "b.bib"])
    assert index.get("10.5555/kelp").abstract == "From b."
    _bib(tmp_path / "a.bib", KELP | {"abstract": "From a, later."}, age=1)
    report = index.add_files([tmp_path / "a.bib", tmp_path / "b.bib"])
    assert (report.updated, report.duplicates) == (1, 1)
    assert index.get("10.5555/kelp").abstract == "From a, later."
    assert index.verify() == []


def test_an_edit_in_the_newest_of_two_files_is_seen(index: Index, tmp_path: Path) -> None:
    """The older file is read first in each run, and must not hide the edit."""
    _bib(tmp_path / "a.bib", KELP, age=7)
    _bib(tmp_path / "b.bib", KELP | {"abstract": "From b."}, age=3)
    index.add_files([tmp_path / "a.bib", tmp_path / "b.bib"])
    _bib(tmp_path / "b.bib", KELP | {"abstract": "From b, later."}, age=1)
    assert index.add_files([tmp_path / "a.bib", tmp_path / "b.bib"]).updated == 1
    assert index.get("10.5555/kelp").abstract == "From b, later."


def test_a_record_with_an_edited_abstract_keeps_its_id(index: Index, tmp_path: Path) -> None:
    path = _bib(tmp_path / "a.bib", BARE, age=2)
    index.add(path)
    before = next(iter(index)).id
    assert before.startswith("sem:")
    edited = dict(BARE)
    for name, value in (("abstract", "It pours."), ("title", "Rain on roofs of slate"), ("year", 2031)):
        edited[name] = value
        _bib(path, edited, age=1)
        report = index.add(path)
        assert (report.updated, [paper.id for paper in index]) == (1, [before]), name
    later = _bib(tmp_path / "b.bib", edited | {"abstract": "It hails."})
    index.add(later)
    assert [(paper.id, paper.abstract) for paper in index] == [(before, "It hails.")]


def test_a_row_number_is_no_stable_key(index: Index, tmp_path: Path) -> None:
    """A row was put in at the top: the keys moved on by one. No id may go over to another paper."""
    path = tmp_path / "rows.csv"
    path.write_text("id,title,abstract\n1,Kelp forests,We dive.\n2,Slate roofs,It rains.\n")
    index.add(path)
    before = {paper.title: paper.id for paper in index}
    path.write_text("id,title,abstract\n1,Newts in ponds,We wade.\n2,Kelp forests,We dive.\n3,Slate roofs,It rains.\n")
    index.add(path)
    after = {paper.title: paper.id for paper in index}
    assert len(set(after.values())) == 3
    assert not any(after[other] == before[title] for title in before for other in after if other != title)


def test_the_same_key_in_another_library_is_another_paper(index: Index, tmp_path: Path) -> None:
    _bib(tmp_path / "a.bib", BARE, age=7)
    _bib(tmp_path / "b.bib", BARE | {"title": "Newts in garden ponds", "abstract": "We wade."})
    report = index.add_files([tmp_path / "a.bib", tmp_path / "b.bib"])
    assert (report.indexed, report.updated) == (2, 0)


def test_an_entry_that_got_its_doi_is_the_same_paper(index: Index, tmp_path: Path) -> None:
    path = _bib(tmp_path / "a.bib", BARE, age=7)
    index.add(path)
    _bib(path, BARE | {"doi": "10.5555/rain"}, age=1)
    report = index.add(path)
    assert (report.updated, [paper.doi for paper in index]) == (1, ["10.5555/rain"])


def test_what_is_read_from_no_file_is_new_when_it_is_read(index: Index) -> None:
    index.add([Paper(doi="10.5555/kelp", title="Kelp forests of the nroth")])
    report = index.add([Paper(doi="10.5555/kelp", title="Kelp forests of the north")])
    assert (report.updated, index.get("10.5555/kelp").title) == (1, "Kelp forests of the north")


def test_gaps_that_are_filled_are_no_update(index: Index, tmp_path: Path) -> None:
    index.add(_bib(tmp_path / "a.bib", KELP | {"abstract": ""}, age=7))
    report = index.add(_bib(tmp_path / "b.bib", KELP | {"id": "other"}))
    assert (report.updated, report.duplicates, index.get("10.5555/kelp").abstract) == (0, 1, "We dive.")


def test_the_report_lists_updates_up_to_a_limit(index: Index, tmp_path: Path) -> None:
    records = [{"id": str(n), "doi": f"10.5555/{n}", "title": f"Kelp number {n}"} for n in range(UPDATES_KEPT + 5)]
    path = tmp_path / "a.jsonl"
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    index.add(path)
    path.write_text("".join(json.dumps(record | {"year": 2031}) + "\n" for record in records))
    report = index.add(path)
    assert (report.updated, len(report.updates)) == (UPDATES_KEPT + 5, UPDATES_KEPT)
    first = report.to_dict()["updates"][0]
    assert first == {"id": "doi:10.5555/0", "file": str(path), "line": 1, "changes": {"year": [None, 2031]}}

"""A record that is written and read back is the same record, with our readers and with other libraries."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semsearch.model.paper import Paper
from semsearch.model.results import Hit, Hits
from semsearch.readers import open_sources
from semsearch.text.identifiers import parse_doi
from semsearch.text.spreadsheet import unguarded
from semsearch.writers import writer
from tests.generated import FORMATS, differences, paper_of, read_back, records, written


@pytest.mark.parametrize("form", FORMATS)
@given(data=st.data())
@settings(max_examples=150)
def test_written_and_read_back_it_is_the_same(form: str, data: st.DataObject, tmp_path: Path) -> None:
    papers = [paper_of(r) for r in data.draw(st.lists(records(form), min_size=1, max_size=4))]
    again = read_back(form, written(form, papers), tmp_path)
    assert len(again) == len(papers)
    for before, after in zip(papers, again, strict=True):
        assert not differences(form, before, after)


def _pages(paper: Paper) -> tuple[str, str]:
    start, _, stop = paper.pages.partition("-")
    return (start, stop) if stop and start != stop else (paper.pages, "")


@given(made=st.lists(records("ris"), min_size=1, max_size=4))
def test_rispy_reads_the_same_fields(made: list[dict[str, Any]]) -> None:
    rispy = pytest.importorskip("rispy")
    papers = [paper_of(record) for record in made]
    entries = rispy.loads(written("ris", papers))
    assert len(entries) == len(papers)
    for paper, entry in zip(papers, entries, strict=True):
        ours = {
            "title": paper.title, "abstract": paper.abstract, "authors": list(paper.authors), "year": str(paper.year),
            "date": paper.date, "journal_name": paper.venue, "volume": paper.volume, "number": paper.issue,
            "doi": paper.doi, "issn": paper.issn, "language": paper.language, "keywords": list(paper.keywords),
            "type_of_reference": paper.type, "id": paper.key, "start_page": _pages(paper)[0], "end_page": _pages(paper)[1],
            "urls": [paper.url] if paper.url else [],
        }  # fmt: skip
        for name, value in ours.items():
            if not value or name in ("journal_name",):
                continue
            assert entry.get(name) == value, name
        assert not paper.venue or paper.venue in entry.values()


@given(made=st.lists(records("bibtex"), min_size=1, max_size=4))
def test_pybtex_reads_the_same_fields(made: list[dict[str, Any]]) -> None:
    database = pytest.importorskip("pybtex.database")
    text = pytest.importorskip("pylatexenc.latex2text")
    papers = [paper_of(record) for record in made]
    entries = list(database.parse_string(written("bibtex", papers), "bibtex").entries.values())
    assert len(entries) == len(papers)
    plain = text.LatexNodes2Text(math_mode="verbatim", keep_comments=True)
    for paper, entry in zip(papers, entries, strict=True):
        ours = {
            "year": str(paper.year), "date": paper.date, "volume": paper.volume, "number": paper.issue, "issn": paper.issn,
            "language": paper.language, "comment": paper.comment, "pmid": paper.pmid, "pmcid": paper.pmcid,
            "pages": paper.pages.replace("-", "--"), "keywords": ", ".join(paper.keywords),
        }  # fmt: skip
        for name, value in ours.items():
            assert entry.fields.get(name, "").translate({123: None, 125: None}) == (value or ""), name
        assert len(entry.persons.get("author", ())) == len(paper.authors)
        assert parse_doi(entry.fields.get("doi", "").replace("\\_", "_")) == paper.doi
        assert entry.fields["title"].count("{") == entry.fields["title"].count("}")
        for name in ("title", "abstract"):
            signs = _letters(getattr(paper, name))
            assert _letters(plain.latex_to_text(_braces(entry.fields.get(name, "")))) == signs, name


def _letters(text: str) -> str:
    """Letters and digits, which are never escaped."""
    return "".join(c for c in text if c.isalnum())


def _braces(tex: str) -> str:
    """pylatexenc has no name for these characters, and reads three signs as quotation marks and dashes."""
    for command in ("textbraceleft", "textbraceright", "textasciicircum", "textasciitilde", "textbackslash"):
        tex = tex.replace(f"\\{command}{{}}", " ")
    return tex


@given(made=st.lists(records("csv"), min_size=1, max_size=4))
def test_other_readers_of_csv_and_json_read_the_same_fields(made: list[dict[str, Any]]) -> None:
    pandas = pytest.importorskip("pandas")
    papers = [paper_of(record) for record in made]
    content = written("csv", papers)
    rows = list(csv.DictReader(io.StringIO(content, newline="")))
    frame = pandas.read_csv(io.StringIO(content, newline=""), dtype=str, keep_default_na=False)
    objects = json.loads(written("csl-json", papers))
    assert len(rows) == len(frame) == len(objects) == len(papers)
    for paper, row, record, csl in zip(papers, rows, frame.to_dict("records"), objects, strict=True):
        for name in ("title", "abstract", "venue", "volume", "issue", "pages", "doi", "pmid", "url", "comment"):
            value = getattr(paper, name) or ""
            assert unguarded(row[name]) == unguarded(record[name]) == value, name
        assert {name: unguarded(row[name]) for name in paper.extra} == dict(paper.extra)
        assert (csl["title"], csl.get("abstract", ""), csl.get("DOI")) == (paper.title, paper.abstract, paper.doi)
        assert {k: v for k, v in csl.get("custom", {}).items() if k != "original-type"} == dict(paper.extra)


@pytest.mark.parametrize("form", FORMATS)
def test_fields_that_no_name_fits_survive_whatever_they_are_called(form: str, tmp_path: Path) -> None:
    extra = {
        "AU": "not an author",
        "title": "not the title",
        "score": "7",
        "x y: z": "spaces",
        "N1": "a note",
        "id": "3",
    }
    expected = extra
    if form == "bibtex":  # has no capitals and no spaces in its names
        expected = {
            "au": "not an author",
            "title": "not the title",
            "score": "7",
            "x-y-z": "spaces",
            "n1": "a note",
            "id": "3",
        }
    paper = Paper(title="A title", authors=("Falkenrath, Ines",), year=2031, type="JOUR", extra=extra)
    (again,) = read_back(form, written(form, [paper]), tmp_path)
    assert (again.title, again.authors) == (paper.title, paper.authors)
    assert dict(again.extra) == expected


def test_a_guard_of_csv_is_taken_off_only_where_semsearch_put_it(tmp_path: Path) -> None:
    (again,) = read_back("csv", written("csv", [Paper(title="'=1", abstract="=2", year=2030)]), tmp_path)
    assert (again.title, again.abstract) == ("'=1", "=2")
    path = tmp_path / "other.csv"
    path.write_text("title,abstract\n'-ing forms,text\n", "utf-8")
    (other,) = open_sources([str(path)])[0].records()
    assert isinstance(other, Paper)
    assert other.title == "'-ing forms"


@pytest.mark.parametrize("form", ["ris", "bibtex", "csl-json", "md", "csv", "trec"])
def test_rank_and_score_travel_along(form: str) -> None:
    out = io.StringIO()
    paper = paper_of({"title": "A title", "year": 2030, "doi": "10.5555/x"})
    writer(form).hits([Hits("the question", (Hit(1, 0.5, paper),))], out, several=False)
    assert "0.500000" in out.getvalue()


def test_bibtex_keys_are_unique() -> None:
    papers = [paper_of({"title": f"Same {n}", "year": 2030, "key": "same"}) for n in range(3)]
    text = written("bibtex", papers)
    assert [line for line in text.splitlines() if line.startswith("@")] == [
        "@misc{same,",
        "@misc{same-2,",
        "@misc{same-3,",
    ]


def test_markdown_marks_are_escaped() -> None:
    text = written("md", [paper_of({"title": "A *star* [link](http://x) <b", "year": 2030})])
    assert text.count("\n") == 1
    assert "\\*star\\*" in text


def test_accession_numbers_lie_in_a_note_that_other_programs_keep(tmp_path: Path) -> None:
    paper = Paper(title="Moss on roofs", pmid="12345678", extra={"AN": "EMB1; MED2", "DB": "Embase; MEDLINE"})
    (tmp_path / "a.ris").write_text(written("ris", [paper]))
    text = (tmp_path / "a.ris").read_text()
    assert "N1  - Accession numbers: EMB1; MED2\n" in text
    assert "AN  - 12345678\n" in text
    (source,) = open_sources([str(tmp_path / "a.ris")])
    (again,) = source.records()
    assert isinstance(again, Paper)
    assert (again.pmid, again.extra) == (paper.pmid, paper.extra)

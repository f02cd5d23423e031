"""Exports as text that has no tags: ProQuest and PubMed."""

from __future__ import annotations

from pathlib import Path

from semsearch.model.paper import Paper, Rejected
from tests.conftest import DATA
from tests.readers.reading import read_file


def _read(path: Path) -> tuple[str, list[Paper], list[Rejected]]:
    return read_file(path)[:3]


def test_proquest() -> None:
    name, (moss, rain), rejected = _read(DATA / "proquest.txt")
    assert (name, rejected) == ("proquest-text", [])
    assert (moss.title, moss.authors) == ("Moss that nobody weighed", ("Falkenrath, Ines", "van Quill, Dario"))
    assert moss.abstract == "We weigh moss: it is heavy. And it grows."
    assert (moss.venue, moss.volume, moss.issue, moss.pages) == ("Journal of Imagined Roofs", "7", "2", "11-19")
    assert (moss.year, moss.doi, moss.issn, moss.keywords) == (2031, "10.5555/moss.7", "1111-2222", ("Moss", "Roofs"))
    assert (moss.url, moss.extra["database"]) == ("http://roofs.example/docview/1", "Imagined Index")
    assert (rain.title, rain.authors, rain.abstract, rain.year) == (
        "Rain in gutters",
        ("Tobu, Ada",),
        "Rain fell.",
        2032,
    )


def test_proquest_without_the_head_of_the_report(tmp_path: Path) -> None:
    text = (DATA / "proquest.txt").read_text("utf-8")
    (tmp_path / "x.txt").write_text(text[text.index("Document 1") - 62 :])
    assert len(_read(tmp_path / "x.txt")[1]) == 2
    (tmp_path / "x.txt").write_text(text.replace("Document 1 of 2", "").replace("Document 2 of 2", ""))
    assert [p.title for p in _read(tmp_path / "x.txt")[1]] == ["Moss that nobody weighed", "Rain in gutters"]


def test_a_document_of_proquest_without_title_shows_its_first_line(tmp_path: Path) -> None:
    ruler = "_" * 60
    (tmp_path / "x.txt").write_text(
        f"{ruler}\nDocument 1 of 1\n\nMoss\n\nAuthor: Tobu, Ada\n\nAbstract: Rain.\n{ruler}\n"
    )
    _, (paper,), _ = _read(tmp_path / "x.txt")
    assert (paper.title, paper.abstract) == ("Moss", "Rain.")


def test_pubmed_abstracts() -> None:
    name, (moss, rain), rejected = _read(DATA / "pubmed_abstracts.txt")
    assert (name, rejected) == ("pubmed-text", [])
    assert moss.title == "Moss that nobody weighed: a trial."
    assert moss.authors == ("Falkenrath I", "van Quill D", "Tobu A Jr")
    assert moss.abstract == (
        "BACKGROUND: Nobody weighs moss. METHODS: We weigh moss. 1. This line begins with a number and is text."
    )
    assert (moss.venue, moss.volume, moss.issue, moss.pages) == ("J Imagined Roofs", "7", "2", "11-19")
    assert (moss.year, moss.doi, moss.pmid, moss.pmcid) == (2031, "10.5555/moss.7", "77777777", "PMC7777777")
    assert "School of Slates" in moss.extra["notes"]
    assert (rain.title, rain.authors, rain.abstract, rain.pmid) == ("Rain in gutters.", ("Tobu A",), "", "77777778")


def test_pubmed_summaries(tmp_path: Path) -> None:
    (tmp_path / "x.txt").write_text(
        "1: Falkenrath I, van Quill D. Moss that nobody weighed. J Imagined Roofs. 2031 Mar;7(2):11-19. doi: 10.5555/moss.7."
        " PMID: 77777777; PMCID: PMC7777777.\n\n2: Tobu A. Rain in gutters. Roof Lett. 2032;8:1. PMID: 77777778.\n"
    )
    name, (moss, rain), rejected = _read(tmp_path / "x.txt")
    assert (name, rejected) == ("pubmed-text", [])
    assert (moss.title, moss.authors) == ("Moss that nobody weighed.", ("Falkenrath I", "van Quill D"))
    assert (moss.pmid, moss.pmcid, moss.doi, moss.volume) == ("77777777", "PMC7777777", "10.5555/moss.7", "7")
    assert (rain.title, rain.pmid) == ("Rain in gutters.", "77777778")

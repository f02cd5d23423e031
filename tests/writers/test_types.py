"""Types of publications: those of every source are written as standard types, and come back as they were."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

import pytest

from semsearch.model.paper import Paper
from semsearch.text.publication_types import BIBTEX_TYPES, CSL_TYPES, RIS_TYPES, kind_of
from semsearch.writers import writer
from tests.generated import FORMATS, read_back

#: Types of Zotero, Scopus, Web of Science, PubMed, Crossref, OpenAlex, DataCite, DBLP and others, and the standard ones.
TYPES = {
    "journalArticle": ("article", "JOUR", "article-journal"), "Article": ("article", "JOUR", "article-journal"),
    "conferencePaper": ("inproceedings", "CPAPER", "paper-conference"), "Review": ("article", "JOUR", "article-journal"),
    "Conference Paper": ("inproceedings", "CPAPER", "paper-conference"), "bookSection": ("incollection", "CHAP", "chapter"),
    "Book Chapter": ("incollection", "CHAP", "chapter"), "Book": ("book", "BOOK", "book"),
    "Article; Proceedings Paper": ("inproceedings", "CPAPER", "paper-conference"), "J": ("article", "JOUR", "article-journal"),
    "Journal Article; Review": ("article", "JOUR", "article-journal"), "Editorial": ("article", "JOUR", "article-journal"),
    "journal-article": ("article", "JOUR", "article-journal"), "posted-content": ("misc", "UNPB", "article"),
    "proceedings-article": ("inproceedings", "CPAPER", "paper-conference"), "preprint": ("misc", "UNPB", "article"),
    "dissertation": ("phdthesis", "THES", "thesis"), "Dataset": ("misc", "DATA", "dataset"),
    "thesis": ("phdthesis", "THES", "thesis"), "mastersthesis": ("mastersthesis", "THES", "thesis"),
    "report": ("techreport", "RPRT", "report"), "online": ("misc", "ELEC", "webpage"), "webpage": ("misc", "ELEC", "webpage"),
    "blogPost": ("misc", "BLOG", "post-weblog"), "magazineArticle": ("article", "MGZN", "article-magazine"),
    "newspaperArticle": ("article", "NEWS", "article-newspaper"), "patent": ("misc", "PAT", "patent"),
    "computerProgram": ("misc", "COMP", "software"), "manuscript": ("unpublished", "UNPB", "manuscript"),
    "presentation": ("misc", "SLIDE", "speech"), "film": ("misc", "VIDEO", "motion_picture"), "statute": ("misc", "STAT", "legislation"),
    "inbook": ("inbook", "CHAP", "chapter"), "CPAPER": ("inproceedings", "CPAPER", "paper-conference"),
    "Conference and Workshop Papers": ("inproceedings", "CPAPER", "paper-conference"), "misc": ("misc", "GEN", "document"),
    "Something new": ("article", "JOUR", "article-journal"), "encyclopediaArticle": ("incollection", "ENCYC", "entry-encyclopedia"),
}  # fmt: skip


def _written(form: str, paper: Paper) -> str:
    out = io.StringIO()
    writer(form).papers([paper], out)
    return out.getvalue()


def _type_in(form: str, text: str) -> str:
    if form == "csl-json":
        return str(json.loads(text)[0]["type"])
    match = re.search(r"^@(\w+)\{" if form == "bibtex" else r"^TY  - (\w+)$", text, re.MULTILINE)
    assert match
    return match[1]


@pytest.mark.parametrize("name", TYPES)
def test_each_is_written_as_a_standard_type_and_comes_back(tmp_path: Path, name: str) -> None:
    paper = Paper(title="Moss on roofs", venue="Roofs", type=name)
    for form, wanted, allowed in zip(
        ("bibtex", "ris", "csl-json"), TYPES[name], (BIBTEX_TYPES, RIS_TYPES, CSL_TYPES), strict=True
    ):
        text = _written(form, paper)
        assert _type_in(form, text) == wanted
        assert wanted in allowed
        assert [p.type for p in read_back(form, text, tmp_path)] == [name]


@pytest.mark.parametrize("form", FORMATS)
def test_the_type_of_the_source_is_no_extra_field(tmp_path: Path, form: str) -> None:
    (again,) = read_back(form, _written(form, Paper(title="Moss", type="journalArticle")), tmp_path)
    assert (again.type, dict(again.extra)) == ("journalArticle", {})


def test_without_a_type_the_venue_decides() -> None:
    assert kind_of("", "Roofs").bibtex == "article"
    assert kind_of("").bibtex == "misc"
    assert kind_of("qwertz").ris == "GEN"


@pytest.mark.parametrize("form", ["bibtex", "ris", "csl-json"])
@pytest.mark.parametrize(
    "authors",
    [
        ("The ATLAS Collaboration",), ("Ministry of Health and Welfare", "Garcia, Ana"), ("King, M. L., Jr.",),
        ("van der Dijk, Jan", "de la Cruz, María"), ("Plato",), ("O'Brien, J.-P.", "Garcia Lopez, Ana"),
    ],
)  # fmt: skip
def test_names_come_back(tmp_path: Path, form: str, authors: tuple[str, ...]) -> None:
    paper = Paper(title="Moss on roofs: BERT, DNA and mRNA", authors=authors, keywords=("moss, wet", "roofs; old", "x"))
    (again,) = read_back(form, _written(form, paper), tmp_path)
    assert (again.title, again.authors) == (paper.title, authors)
    if form != "csl-json":
        assert again.keywords == paper.keywords


def test_bibtex_as_other_programs_want_it() -> None:
    extra = {"chemicals/cas": "7732-18-5", "Größe": "9", "1st": "x", "标题": "y", "journal": "z"}
    paper = Paper(
        title="Moss and BERT", authors=("The ATLAS Collaboration",), date="2031-05-02", year=2031, doi="10.5555/a",
        arxiv_id="3105.00042", keywords=("moss", "wet, cold"), extra=extra,
    )  # fmt: skip
    text = _written("bibtex", paper)
    for line in (
        "title = {Moss and {BERT}}", "author = {{The ATLAS Collaboration}}", "month = {5}", "date = {2031-05-02}",
        "doi = {10.5555/a}", "eprint = {3105.00042}", "keywords = {moss, {wet, cold}}", "chemicals-cas = {7732-18-5}",
    ):  # fmt: skip
        assert f"  {line}" in text
    names = re.findall(r"^  (\S+) = ", text, re.MULTILINE)
    assert all(re.fullmatch(r"[a-z][a-z0-9_-]*", name) for name in names), names
    assert len(names) == len(set(names))


@pytest.mark.parametrize("form", ["bibtex", "ris", "csl-json"])
def test_editors_that_stand_in_are_written_as_editors(tmp_path: Path, form: str) -> None:
    people = ("Garcia, Ana", "Novák, Petr")
    paper = Paper(title="Handbook of moss", authors=people, extra={"editors": "; ".join(people)}, type="book")
    text = _written(form, paper)
    assert "AU  -" not in text
    assert "author" not in text
    (again,) = read_back(form, text, tmp_path)
    assert (again.authors, again.extra) == (people, {"editors": "Garcia, Ana; Novák, Petr"})


def test_ris_says_where_a_paper_was_read_and_reads_it_over(tmp_path: Path) -> None:
    from semsearch.model.paper import Source

    text = _written("ris", Paper(title="Moss", source=Source("pile/a.csv", 7), extra={"AN": "WOS:1"}))
    assert "N1  - semsearch source: pile/a.csv, line 7\n" in text
    (again,) = read_back("ris", text, tmp_path)
    assert dict(again.extra) == {"AN": "WOS:1"}


def test_markdown_names_authors_in_their_natural_order() -> None:
    people = ("Garcia, Ana", "van Dijk, Jan", "King, M. L., Jr.", "Plato")
    text = _written("md", Paper(title="Moss", authors=people, year=2031))
    assert "Ana Garcia, Jan van Dijk, M. L. King Jr. et al." in text


def test_a_name_with_too_many_commas_for_bibtex_is_in_braces() -> None:
    text = _written("bibtex", Paper(title="Moss", authors=("Roofs, Slates, Gutters, Tiles",)))
    assert "author = {{Roofs, Slates, Gutters, Tiles}}" in text


def test_names_of_biblatex_with_named_parts(tmp_path: Path) -> None:
    (tmp_path / "x.bib").write_text(
        "@book{k, title={Moss}, author={given=Ada, prefix=von, family=Tobu and Dijk, Jan}}\n"
    )
    from semsearch.readers import open_sources

    (paper,) = open_sources([str(tmp_path / "x.bib")])[0].records()
    assert isinstance(paper, Paper)
    assert paper.authors == ("von Tobu, Ada", "Dijk, Jan")


@pytest.mark.parametrize(
    ("title", "written"),
    [
        ("Société of naïve Ökologie", "Société of naïve Ökologie"), ("From BERT to mRNA (DNA)", "From {BERT} to {mRNA} {(DNA)}"),
        ("Bryum (Moss) roofs", "Bryum (Moss) roofs"), ("ALL IN CAPITALS", "ALL IN CAPITALS"),
    ],
)  # fmt: skip
def test_only_words_with_capitals_inside_are_in_braces(title: str, written: str) -> None:
    assert f"title = {{{written}}}" in _written("bibtex", Paper(title=title))

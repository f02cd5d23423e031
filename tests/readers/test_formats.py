"""The formats of reference managers and databases, each with a made-up file."""

from __future__ import annotations

import re
import sqlite3
import time
from pathlib import Path

import pytest

from semsearch.model.errors import UnknownFormat
from semsearch.model.paper import Paper, Rejected
from semsearch.readers import open_sources
from tests.conftest import DATA
from tests.readers.test_readers import read

NEITHER = "neither title nor abstract"


def test_ris_in_its_dialects() -> None:
    papers, rejected = read(DATA / "dialects.ris")
    kelp, second, third, last = papers
    assert kelp.title == "Kelp forests in winter"
    assert kelp.abstract == "First line of an abstract that is wrapped, with p < 0.05."
    assert kelp.authors == ("Falkenrath, Ines", "Marrick, Tobu")
    assert (kelp.venue, kelp.year, kelp.volume, kelp.issue, kelp.pages) == ("Imagined Journal", 2031, "4", "2", "10-19")
    assert (kelp.doi, kelp.keywords, kelp.source.line) == ("10.5555/kelp.1", ("kelp", "winter"), 2)
    assert kelp.extra["XX"] == "survives"
    assert (second.title, second.doi) == ("No end before this one", "10.5555/kelp.2")
    assert (third.pmid, third.pmcid) == ("12345678", "PMC777")
    assert last.title == "Last without end"
    assert [(r.source.line, r.reason) for r in rejected] == [(31, NEITHER)]
    assert rejected[0].raw.startswith("TY  - JOUR\nAU  - Nobody")


def test_medline() -> None:
    (paper,), rejected = read(DATA / "pubmed.nbib")
    assert (paper.pmid, paper.doi, paper.pmcid, paper.year) == ("11111111", "10.5555/moss.1", "PMC4242", 2030)
    assert paper.title == "Moss on roofs and what it drinks."
    assert paper.abstract == "BACKGROUND: Roofs are dry. RESULTS: Moss drinks dew."
    assert (paper.authors, paper.keywords) == (("Falkenrath, Ines", "Marrick, Tobu"), ("dew", "Mosses"))
    assert len(rejected) == 1
    assert [p.title for p in read(DATA / "eric.nbib")[0]] == ["Card games in school", "Second of the file"]


def test_web_of_science() -> None:
    (paper,), rejected = read(DATA / "savedrecs.ciw")
    assert (paper.title, paper.authors) == ("A title that is wrapped", ("Falkenrath, Ines", "Marrick, Tobu"))
    assert (paper.pages, paper.doi, paper.pmid, paper.key) == (
        "7-9",
        "10.5555/wos.1",
        "33333333",
        "WOS:000000000000001",
    )
    assert paper.keywords == ("moss", "dew", "ROOFS")
    assert len(rejected) == 1


def test_endnote_tagged() -> None:
    papers, _ = read(DATA / "refer.enw")
    assert papers[0].authors == ("Oduvane, Sela", "Corvander, Piet")
    assert (papers[0].keywords, papers[0].key, papers[0].doi) == (("reef", "sound"), "oduvane2029", "10.5555/coral")
    assert (papers[1].title, papers[1].extra) == ("A book of sounds", {"I": "Invented Press"})


def test_bibtex() -> None:
    papers, rejected = read(DATA / "library.bib")
    first, second, third, fourth, open_, last = papers
    assert first.title == "The DNA of Gödel's moss: O(n) genes, 50% of them"
    assert first.authors == ("Falkenrath, Ines", "Moss Consortium of the North and South", "Marrick, Tobu")
    assert (first.venue, first.year, first.pages) == ("Imagined Journal of Moss", 2031, "10-19")
    assert first.abstract == "We paid $5 and $10; β was 3."
    assert (first.doi, first.key, first.keywords) == ("10.5555/moss.2", "falkenrath2031", ("moss", "genes"))
    assert (first.date, first.extra) == ("2031-05", {"unheardof": "survives"})
    assert (second.title, second.key) == ("A second entry under one key", "falkenrath2031")
    assert (third.title, third.arxiv_id, third.arxiv_version) == ("A field twice", "3301.00077", 2)
    assert third.extra == {"title-2": "Second is kept"}
    assert (fourth.title, fourth.venue) == ("In parentheses", "Proc. of Nothing")
    assert (open_.title, open_.key) == ("never closed", "open")
    assert last.title == "After the damage"
    assert [(r.source.line, r.reason) for r in rejected] == [(20, NEITHER)]


def test_what_is_mended_is_noted() -> None:
    (source,) = open_sources([str(DATA / "library.bib")])
    list(source.records())
    assert [(r.source.line, r.reason) for r in source.opened.take_repairs()] == [
        (15, "an entry with the key of an earlier entry"),
        (16, "an entry with the same field twice"),
        (18, "an entry without a key or an end, or with a comma too many"),
    ]
    (source,) = open_sources([str(DATA / "dialects.ris")])
    list(source.records())
    assert [(r.source.line, r.reason) for r in source.opened.take_repairs()] == [
        (2, "a record without its end tag, ER"),
        (35, "a record without its end tag, ER"),
    ]


def test_entries_of_bibtex_have_what_they_refer_to(tmp_path: Path) -> None:
    path = tmp_path / "refer.bib"
    path.write_text(
        "@inproceedings{part, title={A part}, author={Falkenrath, Ines}, crossref={whole}, xdata={place}}\n"
        "@misc{loop, title={Refers to itself}, crossref={loop}, xdata={loop}}\n"
        "@xdata{place, address={Nowhere}}\n"
        "@web_page{, title={Of a type of its own}}\n@web_page{, title={Under the same key}}\n"
        "@misc{, title={Without key}}\n@techreport{\n title = {No key at all}, , year = 2030}\n"
        "@proceedings{whole, title={The whole}, year=2031, editor={Marrick, Tobu}, doi={10.5555/whole}}\n",
        "utf-8",
    )
    (part, loop, page, again, keyless, bare, whole), (xdata,) = read(path)
    assert (page.title, again.title, page.type) == ("Of a type of its own", "Under the same key", "web_page")
    assert (part.title, part.venue, part.year, part.doi) == ("A part", "The whole", 2031, None)
    assert (part.extra["editors"], part.extra["address"]) == ("Marrick, Tobu", "Nowhere")
    assert (loop.title, keyless.key, whole.doi) == ("Refers to itself", None, "10.5555/whole")
    assert (bare.title, bare.year, bare.key) == ("No key at all", 2030, None)
    assert xdata.reason == "an xdata entry, which only has fields for other entries"


def test_a_bomb_of_bibtex_strings_costs_nothing() -> None:
    started = time.monotonic()
    (paper,), _ = read(DATA / "bomb.bib")
    assert paper.title == "Survivor"
    assert time.monotonic() - started < 10


def test_strings_that_grow_into_what_is_slow_to_clean_cost_little(tmp_path: Path) -> None:
    """Found by fuzzing: 503 bytes that took eleven seconds."""
    path = tmp_path / "ticks.bib"
    ticks = "@string{a = {" + "`" * 200 + "}}\n"
    grown = "".join(f"@string{{{chr(98 + n)} = {' # '.join(chr(97 + n) * 10)}}}\n" for n in range(6))
    path.write_text(ticks + grown + "@misc{k, title = {Survivor}, note = g # g # g}\n")
    started = time.monotonic()
    (paper,), _ = read(path)
    assert paper.title == "Survivor"
    assert len(paper.extra["note"]) > 10_000
    assert time.monotonic() - started < 3
    long = "word " * 100_000
    path.write_text(f"@misc{{k, title = {{Long}}, note = {{{long}}}}}\n")
    (paper,), _ = read(path)
    assert len(paper.extra["note"]) == len(long.strip())


def test_pubmed_xml() -> None:
    (paper,), rejected = read(DATA / "pubmed.xml")
    assert paper.title == "Sleep and tau with H2O < 5."
    assert paper.abstract == "METHODS: We sleep. RESULTS: p < 0.05."
    assert (paper.pmid, paper.pmcid, paper.doi, paper.year) == ("44444444", "PMC55", "10.5555/tau", 2032)
    assert (paper.authors, paper.keywords) == (("Dravenport, Lio", "Sleep Group"), ("Sleep",))
    assert (paper.venue, paper.volume, paper.pages, paper.source.line) == ("Imagined medicine", "3", "1-9", 4)
    assert len(rejected) == 1


def test_endnote_xml() -> None:
    (paper,), _ = read(DATA / "endnote.xml")
    assert (paper.title, paper.authors, paper.year) == ("Four-day weeks", ("Whitcombe-Ray, Ansel",), 2033)
    assert (paper.doi, paper.abstract, paper.extra["caption"]) == ("10.5555/rest", "We rest.", "Duplicate")


def test_jats() -> None:
    (paper,), _ = read(DATA / "article.nxml")
    assert (paper.title, paper.abstract) == ("Phages on rails", "Aim: We spray. Result: It helps.")
    assert (paper.doi, paper.pmid, paper.pmcid, paper.year) == ("10.5555/jats", "66666666", "PMC7777", 2032)
    assert paper.authors == ("Corvander, Piet",)


def test_arxiv_atom_and_oai() -> None:
    (paper,), _ = read(DATA / "feed.atom")
    assert (paper.arxiv_id, paper.arxiv_version, paper.title) == ("3305.00042", 3, "Wakes of dwarfs")
    assert (paper.abstract, paper.comment, paper.doi) == ("We simulate 10^9 stars.", "5 pages", "10.5555/wake")
    papers, rejected = read(DATA / "oai.xml")
    assert [(p.arxiv_id, p.title, p.year) for p in papers] == [
        ("3305.00043", "Codes", 2033),
        ("3305.00044", "Dublin", 2033),
    ]
    assert (papers[0].authors, papers[0].keywords) == (("Quillmont, Dario",), ("cs.IR", "cs.DB"))
    assert (papers[1].abstract, papers[1].doi) == ("We describe the core.", "10.5555/dub")
    assert len(rejected) == 1  # a deleted record is none


def test_acl_anthology() -> None:
    (paper,), _ = read(DATA / "anthology.xml")
    assert (paper.id, paper.acl_id, paper.title) == ("doi:10.5555/sign", "2033.imag-main.7", "Sign language")
    assert (paper.authors, paper.year, paper.key, paper.pages) == (("Mirela Ostrovane",), 2033, "ostrovane-2033", "1-9")


def _zotero_library(path: Path) -> None:
    """The tables for papers in the schema of Zotero: three items, a note, a deleted item, a collection inside another."""
    script = """
    CREATE TABLE itemTypes (itemTypeID INTEGER PRIMARY KEY, typeName TEXT);
    INSERT INTO itemTypes VALUES (1, 'journalArticle'), (2, 'note'), (3, 'preprint');
    CREATE TABLE items (itemID INTEGER PRIMARY KEY, itemTypeID INT, key TEXT);
    INSERT INTO items VALUES (1, 1, 'AAAA1111'), (2, 2, 'NOTE2222'), (3, 1, 'BIN33333'), (4, 3, 'PREP4444'), (5, 1, 'EMPTY555');
    CREATE TABLE deletedItems (itemID INT); INSERT INTO deletedItems VALUES (3);
    CREATE TABLE fieldsCombined (fieldID INTEGER PRIMARY KEY, fieldName TEXT);
    INSERT INTO fieldsCombined VALUES (1, 'title'), (2, 'abstractNote'), (3, 'date'), (4, 'publicationTitle'), (5, 'extra'), (6, 'DOI'), (7, 'rights');
    CREATE TABLE itemDataValues (valueID INTEGER PRIMARY KEY, value);
    INSERT INTO itemDataValues VALUES (1, 'Moss on <i>roofs</i>'), (2, 'We look.'), (3, '2031-05-00 May 2031'), (4, 'Imagined Botany'),
        (5, 'PMID: 42\nCitation Key: moss2031'), (6, '10.5555/ZOT'), (7, 'none'), (8, 'A preprint'), (9, 'arXiv: 3301.00088 [cs.IR]'), (10, 'In the bin');
    CREATE TABLE itemData (itemID INT, fieldID INT, valueID INT);
    INSERT INTO itemData VALUES (1,1,1), (1,2,2), (1,3,3), (1,4,4), (1,5,5), (1,6,6), (1,7,7), (4,1,8), (4,5,9), (3,1,10);
    CREATE TABLE creators (creatorID INTEGER PRIMARY KEY, firstName TEXT, lastName TEXT);
    INSERT INTO creators VALUES (1, 'Ines', 'Falkenrath'), (2, '', 'Moss Group'), (3, 'Tobu', 'Marrick');
    CREATE TABLE creatorTypes (creatorTypeID INTEGER PRIMARY KEY, creatorType TEXT); INSERT INTO creatorTypes VALUES (1, 'author'), (2, 'editor');
    CREATE TABLE itemCreators (itemID INT, creatorID INT, creatorTypeID INT, orderIndex INT);
    INSERT INTO itemCreators VALUES (1, 2, 1, 1), (1, 1, 1, 0), (1, 3, 2, 2);
    CREATE TABLE tags (tagID INTEGER PRIMARY KEY, name TEXT); INSERT INTO tags VALUES (1, 'to read');
    CREATE TABLE itemTags (itemID INT, tagID INT); INSERT INTO itemTags VALUES (1, 1);
    CREATE TABLE collections (collectionID INTEGER PRIMARY KEY, collectionName TEXT, parentCollectionID INT);
    INSERT INTO collections VALUES (1, 'Plants', NULL), (2, 'Moss', 1);
    CREATE TABLE collectionItems (collectionID INT, itemID INT); INSERT INTO collectionItems VALUES (2, 1);
    """
    with sqlite3.connect(path) as library:
        library.executescript(script)
    library.close()


def test_zotero_library_even_while_zotero_holds_it(tmp_path: Path) -> None:
    path = tmp_path / "zotero.sqlite"
    _zotero_library(path)
    holder = sqlite3.connect(path)
    holder.execute("BEGIN EXCLUSIVE")
    papers, rejected = read(path)
    holder.close()
    first, second = papers
    assert (first.title, first.abstract, first.year, first.date) == ("Moss on roofs", "We look.", 2031, "2031-05")
    assert (first.doi, first.pmid, first.key, first.venue) == ("10.5555/zot", "42", "moss2031", "Imagined Botany")
    assert (first.authors, first.tags) == (("Falkenrath, Ines", "Moss Group"), ("to read", "Plants/Moss"))
    assert first.extra["rights"] == "none"
    assert (second.arxiv_id, second.key) == ("3301.00088", "PREP4444")
    assert [r.reason for r in rejected] == [NEITHER]
    assert not list(tmp_path.glob("semsearch-zotero-*"))


def test_an_sqlite_file_that_is_no_zotero_library(tmp_path: Path) -> None:
    path = tmp_path / "other.sqlite"
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE x (y)")
    other.close()
    papers, rejected = read(path)
    assert not papers
    assert "not a Zotero library" in rejected[0].reason


def test_entities_of_ones_own_are_refused_in_one_line() -> None:
    papers, rejected = read(DATA / "entities.xml")
    assert not papers
    assert [r.reason for r in rejected] == ["declares its own entities, which could fill the memory; it is not read"]


@pytest.mark.parametrize(("name", "expected"), [
    ("csl.json", ("Coral and sound", "We play.", 2029, "10.5555/csl", "Imagined Ecology", ("Oduvane, Sela", "Reef Group"), "oduvane2029")),
    ("crossref.json", ("From an API", "", 2030, "10.5555/xref", "Imagined Letters", ("Marrick, Tobu",), None)),
    ("openalex.jsonl", ("Inverted", "Very cold and cold", 2031, "10.5555/oa", "Imagined Source", ("Ketu Brannigal",), "https://openalex.org/W1")),
    ("s2.json", ("Of scholars", "", 2033, None, "Imagined Semantics", ("Lio Dravenport",), "abc")),
])  # fmt: skip
def test_json_of_the_big_sources(name: str, expected: tuple[object, ...]) -> None:
    (paper,), _ = read(DATA / name)
    assert (paper.title, paper.abstract, paper.year, paper.doi, paper.venue, paper.authors, paper.key) == expected


def test_xml_of_a_kind_that_is_not_known_is_refused_and_not_read_as_nothing(tmp_path: Path) -> None:
    path = tmp_path / "page.xml"
    path.write_text("<?xml version='1.0'?><recipes><title>x</title></recipes>")
    with pytest.raises(UnknownFormat, match="its format is not known"):
        open_sources([str(path)])


def test_xml_that_breaks_off_keeps_what_came_before(tmp_path: Path) -> None:
    path = tmp_path / "cut.xml"
    path.write_text(
        (DATA / "pubmed.xml").read_text().split("<PubmedArticle><MedlineCitation><PMID>5")[0] + "<PubmedArt"
    )
    (source,) = open_sources([str(path)])
    records = list(source.records())
    assert isinstance(records[0], Paper)
    assert isinstance(records[1], Rejected)
    assert "not valid XML" in records[1].reason
    assert not source.complete


#: The beginning of a record in each format, for an independent count.
MARKS = {
    "ris": r"^[\s\ufeff]{0,3}TY {1,2}-",
    "medline": r"^PMID ?-|^OWN - ERIC",
    "wos": r"^PT ",
    "endnote": r"^\ufeff?%0",
    "pubmed-xml": r"<Pubmed(?:Book)?Article>",
    "endnote-xml": r"<record>",
    "arxiv-atom": r"<entry>",
    "oai": r"<record[ >]",
    "crossref-xml": r"<crossref[\s>]",
    "mods": r"<(?:\w+:)?mods[\s>]",
    "marc-xml": r"<(?:\w+:)?controlfield tag=[\"']001",
    "word": r"<(?:\w+:)?Source>",
    "jats": r"<article[\s>]",
    "acl-xml": r"<paper[\s>]",
}
#: Made-up files of these formats.
COUNTED = {
    "ris": "dialects.ris",
    "medline": "pubmed.nbib",
    "wos": "savedrecs.ciw",
    "endnote": "refer.enw",
    "pubmed-xml": "pubmed.xml",
    "endnote-xml": "endnote.xml",
    "arxiv-atom": "feed.atom",
    "oai": "oai.xml",
    "crossref-xml": "crossref.xml",
    "mods": "library.mods",
    "marc-xml": "catalogue.marcxml",
    "word": "Sources.xml",
    "jats": "article.nxml",
    "acl-xml": "anthology.xml",
}


def _assert_conserved(path: Path) -> tuple[str, int]:
    """A file has as many records as beginnings of records. Returns its format and that number, which can be 0."""
    (source,) = open_sources([str(path)])
    assert source.format
    mark = MARKS.get(source.format.name)
    if mark is None:
        return source.format.name, 0
    text = path.read_bytes().decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n")
    count = len(re.findall(mark, text, re.MULTILINE))
    records = [r for r in source.records() if not (isinstance(r, Rejected) and "belong to no record" in r.reason)]
    unbegun = sum("does not begin with" in repair.reason for repair in source.opened.repairs)
    if not source.complete:
        return source.format.name, 0
    assert len(records) == count or (unbegun and len(records) == max(count, unbegun)), path
    return source.format.name, len(records)


@pytest.mark.parametrize("name", MARKS)
def test_as_many_records_as_marks(name: str) -> None:
    form, count = _assert_conserved(DATA / COUNTED[name])
    assert form == name
    assert count > 0


#: Number of records by suffix, counted in the real files that there were when this test was written.
REAL = {"ris": 437, "nbib": 79, "enw": 14, "xml": 272}


@pytest.mark.parametrize("suffix", REAL)
def test_conservation_on_the_real_files(shared: Path, suffix: str) -> None:
    total, unknown = 0, 0
    for path in sorted((shared / "data").rglob(f"*.{suffix}")):
        try:
            total += _assert_conserved(path)[1]
        except UnknownFormat:
            unknown += 1
    assert total >= REAL[suffix]
    assert unknown <= 4


def test_conservation_on_the_real_bibtex(shared: Path) -> None:
    """There are at least as many records as lines that begin an entry; some entries begin inside a line."""
    begins = re.compile(r"^[ \t]*@\s*(?!comment\b|string\b|preamble\b)[A-Za-z]+\s*[{(]", re.MULTILINE | re.IGNORECASE)
    total = 0
    for path in sorted((shared / "data" / "formats").rglob("*.bib")):
        records = list(open_sources([str(path)])[0].records())
        text = path.read_bytes().decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n")
        assert len(records) >= len(begins.findall(text)), path
        total += len(records)
    assert total >= 13_000

"""Exports of library catalogues and databases, tables with headings of many programs, data frames, damaged JSON."""

from __future__ import annotations

import gzip
import importlib.util
import json
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from semsearch.model.errors import MissingExtra
from semsearch.model.paper import Paper
from semsearch.model.policy import ReadingPolicy
from semsearch.readers import open_sources
from semsearch.service import Index
from tests.conftest import DATA
from tests.readers.test_readers import read

PEOPLE = ("Falkenrath, Ines", "Marrick, Tobu")
NEITHER = "neither title nor abstract"


def _places(paper: Paper) -> tuple[str, int | None, str, str, str]:
    return paper.venue, paper.year, paper.volume, paper.issue, paper.pages


@pytest.mark.parametrize(
    ("file", "kind"),
    [
        ("refworks.txt", "refworks"), ("cochrane.txt", "cochrane"), ("ovid.txt", "ovid"), ("crossref.xml", "crossref-xml"),
        ("library.mods", "mods"), ("catalogue.marcxml", "marc-xml"), ("Sources.xml", "word"), ("savedrecs.tab", "csv"),
        ("scopus.csv", "csv"), ("book.txt", "medline"), ("damaged.json", "json"),
    ],
)  # fmt: skip
def test_recognised_by_content(file: str, kind: str, tmp_path: Path) -> None:
    for name in (file, "any.data", "any.txt", "any.xml"):
        (tmp_path / name).write_bytes((DATA / file).read_bytes())
        (source,) = open_sources([str(tmp_path / name)])
        assert source.format
        assert source.format.name == kind, name


@pytest.mark.parametrize("field", ["tags", "keywords"])
@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([{"tag": "read"}], ["read"]),  # Zotero's API
        ([{"tag": "read", "type": 1}, {"tag": "to do; later"}], ["read", "to do; later"]),
        ({"tag": "read"}, ["read"]),
        ([{"name": "read"}, {"display_name": "moss"}], ["read", "moss"]),
        ([{"term": "read", "scheme": "mine"}], ["read"]),
        ({"keyword": ["read", "moss"]}, ["read", "moss"]),
        ([{"@id": "1", "label": "read"}], ["read"]),
        ([["read", "moss"], ["roof"]], ["read", "moss", "roof"]),
        ([{"unheard": "read"}], ["unheard: read"]),
    ],
)
def test_tags_and_keywords_in_the_shapes_of_apis(field: str, given: Any, expected: list[str], tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_text(json.dumps([{"title": "Moss", field: given}]))
    (paper,), _ = read(path)
    assert list(getattr(paper, field)) == expected
    assert not paper.extra


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("Moss,read; roofs,Bryophytes; read,mine", ("read", "roofs", "Bryophytes")),
        ("Moss,,Bryophytes; roofs,mine", ("Bryophytes", "roofs")),
        ("Moss,read,,mine", ("read",)),
        ("Moss,,,mine", ("mine",)),
    ],
)
def test_both_columns_of_tags_of_zotero(row: str, expected: tuple[str, ...], tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text(f"Title,Manual Tags,Automatic Tags,Collections\n{row}\n")
    (paper,), _ = read(path)
    assert paper.tags == expected
    assert paper.extra == ({} if expected == ("mine",) else {"Collections": "mine"})
    (source,) = open_sources([str(path)], columns=["keywords=Automatic Tags"])  # what the user names comes first
    (named,) = source.records()
    assert isinstance(named, Paper)
    assert "Bryophytes" not in named.tags
    assert ("Bryophytes" in named.keywords) == ("Bryophytes" in row)


@pytest.mark.parametrize(
    ("shape", "titles"),
    [
        ({"results": [{"title": "A"}], "data": [{"title": "B"}]}, "AB"),
        ({"results": [], "data": [{"title": "B"}]}, "B"),
        ({"message": {"items": [{"title": "A"}]}, "items": [{"title": "B"}]}, "AB"),
        ({"response": {"docs": [{"title": "A"}], "hits": [{"title": "B"}]}, "result": {"title": "C"}}, "ABC"),
        ({"items": [{"title": "A"}], "references": ["x"], "total": 1}, "A"),
        ({"data": [{"title": "A"}], "records": []}, "A"),
    ],
)
def test_an_object_with_several_lists_of_records(shape: Any, titles: str, tmp_path: Path) -> None:
    for name, text in (("x.json", json.dumps(shape, indent=1)), ("y.jsonl", json.dumps(shape) + "\n")):
        (tmp_path / name).write_text(text)
        papers, rejected = read(tmp_path / name)
        assert (sorted(paper.title for paper in papers), rejected) == (list(titles), [])


def test_a_long_object_with_several_lists_of_records(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    long = [{"title": f"Paper {n}", "abstract": "word " * 4000} for n in range(90)]
    for shape in (
        {"total": 3, "items": long, "page": 1, "data": [{"title": "B"}], "end": {}},
        {"message": {"items": long}, "data": [{"title": "B"}]},
    ):
        path.write_text(json.dumps(shape))
        papers, rejected = read(path, policy=ReadingPolicy(json_object_characters=2**20, json_characters=2**21))
        assert (len(papers), papers[-1].title, rejected) == (91, "B", [])


def test_refworks() -> None:
    (paper,), (empty,) = read(DATA / "refworks.txt")
    assert (paper.title, paper.authors) == ("Kelp forests after the storm", ("Falkenrath,Ines", "Marrick,Tobu"))
    assert paper.abstract == "Kelp grows back. It takes two winters."
    assert _places(paper) == ("Imagined Journal", 2031, "4", "2", "10-19")
    assert (paper.doi, paper.key, paper.keywords) == ("10.5555/kelp.17", "17", ("kelp", "storms"))
    assert paper.extra == {"SR": "Electronic", "XX": "survives"}
    assert (empty.source.line, empty.reason) == (21, NEITHER)


def test_cochrane() -> None:
    (paper,), (empty,) = read(DATA / "cochrane.txt")
    assert (paper.title, paper.authors) == ("Naps against jet lag: a trial", ("Falkenrath I", "Marrick T"))
    assert paper.abstract == "Background: Naps are short. Results: they help."
    assert _places(paper) == ("Imagined Trials", 2030, "12", "3", "12-20")
    assert (paper.doi, paper.pmid, paper.key) == ("10.5555/nap.1", "77777777", "CN-00000001")
    assert (empty.source.line, empty.reason) == (18, NEITHER)


def test_ovid() -> None:
    (paper,), (empty,) = read(DATA / "ovid.txt")
    assert (paper.title, paper.authors) == ("Lichen on north walls", PEOPLE)
    assert paper.abstract == "Lichen grows on north walls."
    assert _places(paper) == ("Imagined Botany", 2015, "8", "6", "104-110")
    assert (paper.doi, paper.pmid, paper.keywords) == ("10.5555/lichen.1", "88888888", ("lichen", "walls"))
    assert (empty.source.line, empty.reason) == (18, NEITHER)


def test_crossref_xml() -> None:
    (article, preprint), rejected = read(DATA / "crossref.xml")
    assert (article.title, article.authors) == ("Tides in a bathtub: a model", ("Falkenrath, Ines",))
    assert article.abstract == "Water goes up. It comes down by g < 10."
    assert _places(article) == ("Imagined Tides", 2031, "3", "2", "10-19")
    assert (article.doi, article.issn, article.date) == ("10.5555/tides.1", "1111-2222", "2031-04")
    assert (preprint.title, preprint.authors, preprint.date) == ("Tides in a bucket", ("Tide Group",), "2030-08-06")
    assert not rejected


def _pubmed(number: int, title: str) -> str:
    return (
        f"<PubmedArticle><MedlineCitation><PMID>{number}</PMID><Article><ArticleTitle>{title}</ArticleTitle></Article>"
        "</MedlineCitation></PubmedArticle>\n"
    )


def test_broken_xml_costs_no_neighbour(tmp_path: Path) -> None:
    path = tmp_path / "broken.xml"
    records = [_pubmed(n, f"Paper {n}") for n in range(1, 6)]
    records[2] = _pubmed(3, "An <b>unclosed tag")
    head = "<?xml version='1.0'?>\n<PubmedArticleSet>\n"
    path.write_text(head + "".join(records) + "</PubmedArticleSet>\n")
    (source,) = open_sources([str(path)])
    found = list(source.records())
    assert [r.title if isinstance(r, Paper) else r.reason[:13] for r in found] == [
        "Paper 1", "Paper 2", "not valid XML", "Paper 4", "Paper 5",
    ]  # fmt: skip
    assert [r.source.line for r in found] == [3, 4, 5, 6, 7]
    assert source.complete
    path.write_text(head + "".join(records)[:-60])
    (source,) = open_sources([str(path)])
    found = list(source.records())
    assert [isinstance(r, Paper) for r in found] == [
        True,
        True,
        False,
        True,
        False,
        False,
    ]  # the last one, and the file
    assert not source.complete


def test_a_prefix_that_is_declared_nowhere_breaks_nothing(tmp_path: Path) -> None:
    path = tmp_path / "prefix.xml"
    path.write_text(
        (DATA / "crossref.xml").read_text("utf-8").replace("<crossref>", "<crossref xsi:schemaLocation='x'>")
    )
    papers, rejected = read(path)
    assert (len(papers), rejected) == (2, [])


def test_mods() -> None:
    (paper,), _ = read(DATA / "library.mods")
    assert (paper.title, paper.authors) == ("The clocks of moles: a survey", ("Falkenrath, Ines",))
    assert _places(paper) == ("Imagined Burrows", 2031, "7", "1", "1-9")
    assert (paper.doi, paper.key, paper.issn) == ("10.5555/moles.1", "falkenrath2031", "3333-4444")
    assert paper.keywords == ("moles", "clocks")


def test_marc_xml() -> None:
    (paper,), _ = read(DATA / "catalogue.marcxml")
    assert (paper.title, paper.authors) == ("Owls at noon: a catalogue", ("Falkenrath, Ines",))
    assert (paper.abstract, paper.year, paper.pages) == ("Owls seldom fly at noon.", 2031, "4-9")
    assert (paper.doi, paper.key, paper.extra) == ("10.5555/owls.1", "BV000001", {"publisher": "Invented Press"})


def test_an_envelope_is_no_record_even_where_the_xml_is_broken(tmp_path: Path) -> None:
    path = tmp_path / "sru.xml"
    record = (DATA / "catalogue.marcxml").read_text("utf-8").partition("<record>")[2].partition("</record>")[0]
    envelope = "<zs:records><zs:record><zs:schema>marc</zs:schema><zs:data><record>{}</record></zs:data></zs:record></zs:records>"
    path.write_text(envelope.format(record))
    papers, rejected = read(path)
    assert (len(papers), rejected) == (1, [])
    path.write_text(envelope.format(record.replace("Invented Press", "Press & Sons")))
    papers, rejected = read(path)
    assert (papers, [r.reason[:13] for r in rejected]) == ([], ["not valid XML"])


def test_word_sources() -> None:
    (paper,), _ = read(DATA / "Sources.xml")
    assert (paper.title, paper.authors, paper.key) == ("Letters that were never sent", ("Falkenrath, Ines",), "Fal31")
    assert _places(paper) == ("Imagined Post", 2031, "3", "4", "1-2")


def test_web_of_science_in_tabs() -> None:
    (paper,), _ = read(DATA / "savedrecs.tab")
    assert (paper.title, paper.authors) == ("Moss in tabs", PEOPLE)
    assert _places(paper) == ("Imagined Moss", 2031, "4", "2", "10-19")
    assert (paper.doi, paper.pmid, paper.key) == ("10.5555/tabs.1", "99999999", "WOS:000000000000002")


def test_scopus_tables_give_full_names_and_joined_pages() -> None:
    (paper,), _ = read(DATA / "scopus.csv")
    assert (paper.title, paper.authors) == ("Ferns in folders", PEOPLE)
    assert _places(paper) == ("Imagined Ferns", 2031, "4", "2", "10-19")
    assert (paper.abstract, paper.extra["copyright"]) == ("Ferns fold.", "© 2031 Invented Press.")


def test_medline_of_a_book_has_no_pmid() -> None:
    (paper,), _ = read(DATA / "book.txt")
    assert (paper.title, paper.authors, paper.year) == ("A book without PMID", ("Falkenrath, Ines",), 2031)


def test_a_damaged_element_of_a_list_costs_no_neighbour() -> None:
    papers, (rejected,) = read(DATA / "damaged.json")
    assert [p.title for p in papers] == ["First of a damaged list", "Third of a damaged list"]
    assert [p.source.line for p in papers] == [2, 4]
    assert rejected.source.line == 3
    assert rejected.raw.startswith('{"title": "Damaged, ')
    assert '"family": "y"' in rejected.raw


@pytest.mark.parametrize(
    "head",
    [
        "[",
        '{"items": [',
        '{"meta": {"count": 3}, "n": 1, "results": [',
        '{"status": "ok", "message": {"n": 2, "items": [',
    ],
)
def test_one_long_line_of_json_is_streamed(head: str, tmp_path: Path) -> None:
    """The line is much longer than the limits of a line and of an object in memory."""
    policy = ReadingPolicy(line_characters=2**18, json_object_characters=2**17, json_characters=2**19)
    path, count = tmp_path / "long.json", 4000
    record = json.dumps({"title": "A long line", "abstract": "word " * 150})
    path.write_text(head + ", ".join([record] * count) + {0: "]", 1: "]}", 2: "]}}"}[head.count("{") - head.count("}")])
    assert path.stat().st_size > 3 * 2**20
    (source,) = open_sources([str(path)], policy=policy)
    tracemalloc.start()
    found = sum(isinstance(r, Paper) for r in source.records())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found == count
    assert peak < 2 * 2**20


def test_a_value_without_end_costs_itself(tmp_path: Path) -> None:
    policy = ReadingPolicy(json_characters=2**20)
    path = tmp_path / "long.json"
    path.write_text('[{"title": "First"}, {"title": "' + "word " * 2_000_000 + '"}, {"title": "Last"}]')
    papers, (rejected,) = read(path, policy=policy)
    assert [p.title for p in papers] == ["First", "Last"]
    assert len(rejected.raw) <= 2**16
    path.write_text('[{"title": "First"}, {"title": "' + "word " * 2_000_000)
    papers, (rejected,) = read(path, policy=policy)
    assert [p.title for p in papers] == ["First"]
    assert "to the end of the file" in rejected.reason


def test_one_long_object_that_holds_its_papers_behind_other_lists(tmp_path: Path) -> None:
    path = tmp_path / "author.json"
    papers = [{"title": f"Paper {n}", "abstract": "word " * 100} for n in range(200)]
    path.write_text(json.dumps({"name": "Ines Falkenrath", "affiliations": [], "papers": papers}))
    assert path.stat().st_size > 2**16
    found, rejected = read(path)
    assert (len(found), rejected) == (200, [])


@pytest.mark.parametrize("suffix", ["parquet", "arrow"])
def test_parquet_and_arrow(suffix: str, tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    table = pyarrow.table(
        {
            "Article Title": ["Fish in columns", None, "Second fish"],
            "abstract": ["They swim.", None, ""],
            "authors": [["Falkenrath, Ines", "Marrick, Tobu"], None, []],
            "year": [2031, 2030, None],
            "unheard": ["survives", "x", None],
        }
    )
    path = tmp_path / f"papers.{suffix}"
    if suffix == "parquet":
        from pyarrow import parquet as writer

        writer.write_table(table, path)
    else:
        with pyarrow.ipc.new_file(path, table.schema) as writer:
            writer.write_table(table)
    (first, second), (empty,) = read(path)
    packed = tmp_path / f"papers.{suffix}.gz"
    packed.write_bytes(gzip.compress(path.read_bytes()))
    assert [p.title for p in read(packed)[0]] == [first.title, second.title]
    assert (first.title, first.authors, first.year) == ("Fish in columns", PEOPLE, 2031)
    assert (first.extra, first.source.line, second.source.line) == ({"unheard": "survives"}, 1, 3)
    assert (empty.source.line, empty.reason) == (2, NEITHER)
    path.write_bytes(path.read_bytes()[:-40])
    _, (rejected,) = read(path)
    assert rejected.reason.startswith("not a Parquet or Arrow file, or damaged")


def test_data_frames(index: Index) -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(
        {"title": ["One frame", "Two frames"], "doi": ["10.5555/a", "10.5555/b"], "year": [2030, 2031]}
    )
    report = index.add(frame)
    assert (report.read, report.indexed) == (2, 2)
    assert index.get("10.5555/b").title == "Two frames"
    assert index.get("10.5555/b").source.line == 2


def test_data_frames_without_pyarrow_name_the_command(index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    class Table:
        def __arrow_c_stream__(self, schema: Any = None) -> None: ...

    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(MissingExtra, match=r"pip install 'semsearch\[parquet\]'"):
        index.add(Table())


def test_a_folder_holds_no_licence_as_papers(tmp_path: Path) -> None:
    (tmp_path / "LICENSE").write_text("Permission is hereby granted.\n\nProvided as is.\n")
    (tmp_path / "papers.jsonl").write_text('{"title": "A paper"}\n')
    kinds = {Path(s.name).name: s.format.name if s.format else None for s in open_sources([str(tmp_path)])}
    assert kinds == {"LICENSE": None, "papers.jsonl": "json"}
    (source,) = open_sources([str(tmp_path / "LICENSE")])  # named, it is what the user says
    assert source.format
    assert source.format.name == "text"

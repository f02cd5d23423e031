"""A file with text never counts as empty: records without their first line, and files without records."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from semsearch.model.paper import Paper, Rejected
from semsearch.readers import FORMATS, open_sources
from tests.conftest import DATA, Run

RIS = "C1  - 1001\nAU  - Falkenrath, Ines\nTI  - Moss on roofs\nPY  - 2031\nAB  - We look.\nER  - \n\nC1  - 1002\nAU  - Marrick, Tobu\nTI  - Rain in gutters\nPY  - 2032\nER  - \n"
REFER = "%A Falkenrath, Ines\n%A Marrick, Tobu\n%T Moss on roofs\n%D 2031\n\n%A Oduvane, Sela\n%T Rain in gutters\n%D 2032\n"
TITLES = ["Moss on roofs", "Rain in gutters"]


def _read(path: Path, kind: str | None = None) -> tuple[list[Paper], list[Rejected], list[str]]:
    (source,) = open_sources([str(path)], kind=kind)
    records = list(source.records())
    papers = [record for record in records if isinstance(record, Paper)]
    rejected = [record for record in records if isinstance(record, Rejected)]
    return papers, rejected, [repair.reason for repair in source.opened.repairs]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("by end tags.ris", RIS),
        ("by end tags.txt", RIS),
        ("the first tag again.ris", RIS.replace("ER  - \n", "")),
        ("the first tag again, no blank line.ris", RIS.replace("ER  - \n\n", "")),
        ("another first tag behind a blank line.ris", RIS.replace("ER  - \n", "").replace("C1  - 1002\n", "")),
        ("blank lines.enw", REFER),
        ("blank lines.txt", REFER),
        ("no blank line.enw", REFER.replace("\n\n", "\n")),
        ("the beginning inside.enw", "%T Moss on roofs\n%0 Journal\n%D 2031\n\n\n%T Rain in gutters\n%0 Journal\n%D 2032\n"),
        ("one of two.ris", "TY  - JOUR\n" + RIS),
        ("the other of two.ris", RIS.replace("C1  - 1002", "TY  - JOUR")),
        ("one of two.enw", "%0 Journal\n" + REFER),
        ("one of two, without end.ris", "TY  - JOUR\n" + RIS.replace("ER  - \n", "")),
        ("text.nbib", "TI  - Moss on roofs\nFAU - Falkenrath, Ines\nDP  - 2031\n\nTI  - Rain in gutters\nDP  - 2032\n"),
        ("record.txt", "PT J\nTI Moss on roofs\nPY 2031\nER\n\nTI Rain in gutters\nPY 2032\nER\n\nEF\n"),
    ],
)  # fmt: skip
def test_records_without_their_beginning_are_told_apart(tmp_path: Path, name: str, text: str) -> None:
    path = tmp_path / name
    path.write_text(text)
    papers, rejected, repairs = _read(path)
    assert ([p.title for p in papers], [p.year for p in papers], rejected) == (TITLES, [2031, 2032], [])
    assert any("does not begin with" in reason for reason in repairs)


def test_authors_of_records_without_beginning_stay_where_they_are(tmp_path: Path) -> None:
    path = tmp_path / "x.enw"
    path.write_text(REFER)
    papers, _, _ = _read(path)
    assert [p.authors for p in papers] == [("Falkenrath, Ines", "Marrick, Tobu"), ("Oduvane, Sela",)]


def test_what_stands_before_the_first_record_is_no_record(tmp_path: Path) -> None:
    path = tmp_path / "x.ris"
    path.write_text("Provider: Imagined Press\nDatabase: none\n\nTY  - JOUR\nTI  - Moss\nER  - \n\n\nThe end.\n")
    papers, rejected, _ = _read(path)
    assert ([p.title for p in papers], [(r.source.line, r.raw) for r in rejected]) == (["Moss"], [(9, "The end.")])


TEXT = [format_ for format_ in FORMATS if format_.name not in ("xlsx", "parquet", "zotero")]
PROSE = "This page tells of moss.\nIt is no record of any kind, and goes on and on.\n"


@pytest.mark.parametrize("kind", [f.name for f in TEXT])
@pytest.mark.parametrize("text", [PROSE, "x", "[", "<a/>", "@", "TY", "Abstract:\n", "%", ",,,\n", "\x00\n", "{", '"'])
def test_no_text_ends_as_nothing_read(kind: str, text: str, tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_text(text)
    papers, rejected, _ = _read(path, kind)
    if (kind, text) not in (("csv", "Abstract:\n"), ("bibtex", "%")):  # a heading and a comment: no record, by the book
        assert papers or rejected


@pytest.mark.parametrize("kind", [f.name for f in TEXT])
def test_a_file_without_its_beginning_or_end_is_not_read_as_nothing(kind: str, tmp_path: Path) -> None:
    """Each file of the test data, cut at each quarter, with the reader of each of its formats."""
    tried = 0
    for path in sorted(DATA.glob("*.*")):
        if open_sources([str(path)])[0].format != next(f for f in FORMATS if f.name == kind):
            continue
        content = path.read_bytes()
        for start, stop in ((0, 1), (0, 2), (0, 3), (1, 4), (2, 4), (3, 4)):
            piece = content[len(content) * start // 4 : len(content) * stop // 4]
            if piece.strip() and (kind != "csv" or b"\n" in piece.strip()):  # a heading is no record
                target = tmp_path / path.name
                target.write_bytes(piece)
                papers, rejected, _ = _read(target, kind)
                assert papers or rejected, (path.name, start, stop)
                tried += 1
    assert tried >= 3, "there is a file of the format, and its pieces were read"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("list.json", "[]"),
        ("list.json", '{"total": 0, "items": []}\n'),
        ("head.csv", "Title,Abstract\n"),
        ("head.tsv", "Title\tAbstract\n\n"),
        ("strings.bib", '% names\n@string{x = "y"}\n@comment{of nothing}\n@preamble{"z"}\n'),
        ("feed.atom", '<feed xmlns="http://www.w3.org/2005/Atom"><title>arXiv Query</title></feed>'),
        ("set.xml", '<?xml version="1.0" encoding="ISO-8859-1"?>\n<!DOCTYPE PubmedArticleSet SYSTEM "x.dtd">\n<PubmedArticleSet>\n<!-- none -->\n</PubmedArticleSet>'),
        ("update.xml", "<PubmedArticleSet><DeleteCitation><PMID>1</PMID></DeleteCitation></PubmedArticleSet>"),
        ("paged.atom", '<feed xmlns="http://www.w3.org/2005/Atom" xmlns:o="http://a9.com/-/spec/opensearch/1.1/"><author><name>x</name></author><o:totalResults>0</o:totalResults></feed>'),
        ("none.xml", '<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><responseDate>2031</responseDate><request verb="ListRecords">x</request><error code="noRecordsMatch">none</error></OAI-PMH>'),
        ("end.xml", '<o:OAI-PMH xmlns:o="http://www.openarchives.org/OAI/2.0/"><o:ListRecords><o:resumptionToken/></o:ListRecords></o:OAI-PMH>'),
        ("none.mods", '<m:modsCollection xmlns:m="http://www.loc.gov/mods/v3"/>'),
        ("none.marcxml", '<s:searchRetrieveResponse xmlns:s="x" xmlns="http://www.loc.gov/MARC21/slim"><s:version>1.1</s:version><s:numberOfRecords>0</s:numberOfRecords><s:records/></s:searchRetrieveResponse>'),
        ("none.xml", '<b:Sources xmlns:b="http://schemas.openxmlformats.org/officeDocument/2006/bibliography"></b:Sources>'),
        ("volume.xml", '<collection id="2031.x"><volume id="1"><meta><booktitle>B</booktitle></meta></volume></collection>'),
        ("none.xml", "<doi_records> </doi_records>"),
        ("blank.ris", "\n \n"),
    ],
)  # fmt: skip
def test_what_holds_no_record_is_said_to_hold_none(run: Run, tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    code, out, err = run("index", name)
    assert (code, err) == (0, f"{name}: contains no record\n")
    assert out.startswith("0 read")
    assert run("duplicates", name)[2].startswith(f"{name}: contains no record\n")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("x.xml", "<PubmedArticleSet><Foo><ArticleTitle>x</ArticleTitle></Foo></PubmedArticleSet>"),
        ("x.xml", "<PubmedArticleSet>hello</PubmedArticleSet>"),
        ("x.xml", "<PubmedArticleSet><!-- a -->hello</PubmedArticleSet>"),
        ("x.xml", "<PubmedArticleSet><PubmedArticleSet><Foo/></PubmedArticleSet></PubmedArticleSet>"),
        ("x.xml", "<PubmedArticleSet><DeleteCitation/>hello</PubmedArticleSet>"),
        ("x.atom", '<feed xmlns="http://www.w3.org/2005/Atom"><title>f</title><item><title>x</title></item></feed>'),
        ("x.mods", '<modsCollection xmlns="http://www.loc.gov/mods/v3"><x/></modsCollection>'),
        ("x.xml", '<list xmlns="http://www.loc.gov/mods/v3"/>'),
        ("x.xml", '<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><error code="badResumptionToken">x</error></OAI-PMH>'),
        ("x.xml", '<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><ListIdentifiers><header/></ListIdentifiers></OAI-PMH>'),
        ("x.xml", '<s:searchRetrieveResponse xmlns:s="x" xmlns="http://www.loc.gov/MARC21/slim"><s:diagnostics/></s:searchRetrieveResponse>'),
        ("x.xml", '<b:Sources xmlns:b="http://schemas.openxmlformats.org/officeDocument/2006/bibliography"><b:Book/></b:Sources>'),
        ("x.xml", '<collection id="2031.x"><volume id="1"><article/></volume></collection>'),
        ("x.xml", "<doi_records><doi_record/></doi_records>"),
    ],
)  # fmt: skip
def test_xml_of_unknown_elements_is_not_said_to_be_empty(run: Run, tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    code, out, err = run("index", name)
    assert (code, out.partition(" read")[0]) == (1, "1")
    assert err.startswith(f"{name}: nothing in it was understood")


@pytest.mark.parametrize(
    "text",
    [
        '{"items": [], "errors": ["x"], "total": 5}',
        '{"error": {"code": 429}, "results": []}',
        '{"message": {"items": [], "error": "x"}}',
        '{\n"data": [],\n"errors": [{"message": "x"}]\n}',
    ],
)
def test_json_that_tells_of_an_error_is_not_said_to_be_empty(tmp_path: Path, text: str) -> None:
    (tmp_path / "x.json").write_text(text)
    papers, rejected, _ = _read(tmp_path / "x.json")
    assert (papers, len(rejected)) == ([], 1)


@pytest.mark.parametrize(
    "text", ['{"items": [], "errors": [], "error": null}', '{"message": {"items": [], "error": ""}}']
)
def test_json_that_tells_of_no_error_is_empty(tmp_path: Path, text: str) -> None:
    (tmp_path / "x.json").write_text(text)
    assert _read(tmp_path / "x.json")[:2] == ([], [])


@pytest.mark.parametrize(
    ("sheets", "papers", "lines"),
    [
        ([[["A text about moss."]]], 0, [1]),
        ([[[], ["A text"]], [["Another"]]], 0, [2, 1]),
        ([[["Title", "Year"]]], 0, []),
        ([[["Notes on the list"]], [["Title"], ["Moss"]]], 1, []),
        ([[["Name"], ["Moss"]]], 0, [2]),
    ],
)
def test_a_workbook_of_a_lone_text_is_not_said_to_be_empty(
    tmp_path: Path, sheets: list[list[list[str]]], papers: int, lines: list[int]
) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    book.remove(book.active)
    for rows in sheets:
        sheet = book.create_sheet()
        for number, row in enumerate(rows, 1):
            for column, cell in enumerate(row, 1):
                sheet.cell(number, column, cell)
    book.save(tmp_path / "x.xlsx")
    read, rejected, _ = _read(tmp_path / "x.xlsx")
    assert (len(read), [record.source.line for record in rejected]) == (papers, lines)


def test_a_file_in_which_nothing_is_understood_is_counted_and_shown(run: Run, tmp_path: Path) -> None:
    (tmp_path / "prose.ris").write_text(PROSE)
    (tmp_path / "good.jsonl").write_text('{"title": "Moss"}\n')
    code, out, err = run("index", "prose.ris", "good.jsonl", "--report", "report.json")
    assert code == 1
    assert out.startswith("2 read = 1 indexed + 0 updated + 0 unchanged + 0 duplicates of an id + 1 rejected\n")
    assert err.startswith("prose.ris: nothing in it was understood")
    report = json.loads((tmp_path / "report.json").read_text("utf-8"))
    assert report["not_understood"] == ["prose.ris"]
    assert report["records"][0]["raw"] == PROSE
    code, out, _ = run("rejected")
    assert (code, out.split(": ")[:3]) == (0, ["prose.ris:1", "rejected", "the file has no record of the format ris; --from sets another format"])  # fmt: skip
    code, out, err = run("duplicates", "prose.ris", "good.jsonl")
    assert code == 1
    assert "prose.ris: nothing in it was understood" in err
    assert "1 record rejected" in err
    assert run("duplicates", "apply", "good.jsonl")[0] == 0
    assert run("duplicates", "apply", "prose.ris", "good.jsonl", "-f", "ids")[0] == 1


def test_nothing_is_pruned_by_a_file_that_is_not_understood(run: Run, tmp_path: Path) -> None:
    (tmp_path / "x.ris").write_text("TY  - JOUR\nTI  - Moss\nER  - \n")
    run("index", "x.ris")
    (tmp_path / "x.ris").write_text(PROSE)
    assert run("index", "x.ris", "--prune")[0] == 1
    assert "papers       1" in run("status")[1]

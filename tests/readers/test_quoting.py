"""Quotation marks in tables: correct files are read as by Python's csv; of all others, no row is lost."""

from __future__ import annotations

import csv
import gzip
import io
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from semsearch.model.paper import Paper, Rejected
from semsearch.readers import open_sources
from semsearch.readers.opening import OpenedFile
from semsearch.readers.quoting import Rows
from tests.conftest import Run

CELL = st.text(st.sampled_from("ab \"',;\t|\n"), max_size=6)


def _rows(path: Path) -> list[list[str]]:
    rows = Rows(OpenedFile(path, path.name))
    header = rows.header(lambda cells: True)
    assert header
    return [header.cells, *(row.cells for row in rows)]


def _read(path: Path) -> tuple[list[Paper], list[Rejected], int]:
    (source,) = open_sources([str(path)], kind="csv")
    records = list(source.records())
    papers = [record for record in records if isinstance(record, Paper)]
    return papers, [record for record in records if isinstance(record, Rejected)], len(source.opened.repairs)


@settings(max_examples=300)
@given(
    st.lists(st.tuples(CELL, CELL, CELL), min_size=1, max_size=5),
    st.sampled_from(",;\t|"),
    st.sampled_from(["\n", "\r\n"]),
    st.booleans(),
    st.booleans(),
)
@example([("a\tb\tc\nd", "e", "f"), ("a,b,c\nd", "e", "f")], "\t", "\n", False, False)
def test_a_file_by_the_book_is_read_as_csv_reads_it(
    tmp_path: Path, rows: list[tuple[str, ...]], delimiter: str, end: str, everything: bool, bom: bool
) -> None:
    path = tmp_path / "book.csv"
    text = io.StringIO()
    writer = csv.writer(
        text, delimiter=delimiter, lineterminator=end, quoting=csv.QUOTE_ALL if everything else csv.QUOTE_MINIMAL
    )
    writer.writerows([("Title", "Abstract\n(short)", "Notes"), *rows])
    path.write_bytes(text.getvalue().encode("utf-8-sig" if bom else "utf-8"))
    expected = list(csv.reader(io.StringIO(text.getvalue()), delimiter=delimiter))
    assert [row for row in _rows(path) if "".join(row).strip()] == [row for row in expected if "".join(row).strip()]


HEAD = ["Title", "Abstract", "Year"]
#: Titles in a table without quoting. Each of them is one row, whatever the other rows are.
TITLES = [
    'Moss on 5" pipes',
    'Moss on pipes of 5"',
    '"Quoted" at the beginning',
    'Quoted at the "end"',
    '"Never closed at the beginning',
    "l'eau d'été",
    "'Single' marks",
    'An odd "" pair',
    '"Whole"',
    '"',
    "plain",
]


@settings(max_examples=200)
@given(st.lists(st.sampled_from(TITLES), min_size=1, max_size=12), st.sampled_from("\t|"))
@example(['"Never closed at the beginning', *["plain"] * 8, 'Moss on pipes of 5"'], "\t")
@example(['"Never closed at the beginning', *["plain"] * 8], "\t")
@example(['"Never closed at the beginning', "plain", '"Whole"', "plain"], "\t")
def test_no_row_of_an_unquoted_table_is_lost(tmp_path: Path, titles: list[str], delimiter: str) -> None:
    path = tmp_path / "plain.tsv"
    lines = [HEAD, *([title, f"text {n}", "2031"] for n, title in enumerate(titles))]
    # An inch mark in the first row shows that this file quotes nothing.
    lines.insert(1, ['A 6" pipe', "text", "2031"])
    path.write_text("".join(delimiter.join(line) + "\n" for line in lines))
    papers, rejected, _ = _read(path)
    assert not rejected
    assert [paper.abstract for paper in papers] == ["text", *(f"text {n}" for n in range(len(titles)))]
    assert all(paper.year == 2031 for paper in papers)


def test_a_mark_that_opens_no_cell_costs_no_neighbour(tmp_path: Path) -> None:
    path = tmp_path / "plain.tsv"
    titles = ["First", '"Never closed', *(f"Row {n}" for n in range(20)), 'Pipes of 5"', "Last"]
    path.write_text("Title\tAbstract\n" + "".join(f"{title}\ttext\n" for title in titles))
    papers, rejected, repairs = _read(path)
    assert ([p.title for p in papers], rejected, repairs) == (titles, [], 1)


def test_a_quotation_of_a_comma_table_that_is_never_closed_is_rejected_alone(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text('Title,Abstract,Year\nA,"open, and more,2031\nB,"b, b",2032\nC,c,2033\n')
    papers, rejected, _ = _read(path)
    assert [p.title for p in papers] == ["B", "C"]
    assert [(r.source.line, r.raw) for r in rejected] == [(2, 'A,"open, and more,2031')]


def test_a_file_that_breaks_off_inside_a_cell_ends_in_one_rejected_record(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text('Title,Abstract,Year\nA,a,2031\nB,"line one\nline two\n\nline three')
    papers, rejected, _ = _read(path)
    assert [p.title for p in papers] == ["A"]
    assert [(r.source.line, r.reason) for r in rejected] == [(3, "a quotation that is never closed")]
    assert "line three" in rejected[0].raw


def test_marks_that_are_not_doubled_inside_a_quoted_cell(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text('Title,Abstract,Year\nA,"one\nhe said "two" and\nthree",2031\nB,"he said "yes, sir" twice",2032\n')
    papers, rejected, repairs = _read(path)
    assert [(p.abstract, p.year) for p in papers] == [
        ('one he said "two" and three', 2031),
        ('he said "yes, sir" twice', 2032),
    ]
    assert (rejected, repairs) == ([], 2)


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_quoted_cell_may_have_many_lines(tmp_path: Path, delimiter: str) -> None:
    path = tmp_path / "x.csv"
    note = "\n".join(f"line {n}, with a comma; and more" for n in range(2000))
    with path.open("w", newline="") as stream:
        writer = csv.writer(stream, delimiter=delimiter)
        writer.writerows([["Title", "Note", "Year"], ["A", note, "2031"], ["B", "", "2032"]])
    papers, rejected, _ = _read(path)
    assert ([p.title for p in papers], rejected) == (["A", "B"], [])


def test_rows_before_damage_are_read(tmp_path: Path) -> None:
    path = tmp_path / "cut.csv.gz"
    path.write_bytes(gzip.compress(b"Title,Abstract\n" + b"".join(b"T%d,a\n" % n for n in range(4)), 0)[:-12])
    papers, rejected, _ = _read(path)
    assert [p.title for p in papers][:3] == ["T0", "T1", "T2"]
    assert "damaged or cut short" in rejected[-1].reason


def test_headings_in_quotation_marks(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text('"Title, short, and, more";"Abstract";"Publication\nYear"\nA;a, b, c, d;2031\n')
    assert _rows(path) == [["Title, short, and, more", "Abstract", "Publication\nYear"], ["A", "a, b, c, d", "2031"]]


def test_every_line_of_the_file_is_accounted_for(run: Run, tmp_path: Path) -> None:
    rows = "".join(f'Moss {n} on {n}" pipes\ttext {n}\n' if n % 7 else f'"Moss {n}\ttext {n}\n' for n in range(300))
    (tmp_path / "x.tsv").write_text(f"Title\tAbstract\n{rows}")
    code, out, _ = run("index", "x.tsv")
    assert (code, out.splitlines()[0]) == (
        0,
        "300 read = 300 indexed + 0 updated + 0 unchanged + 0 duplicates of an id + 0 rejected",
    )

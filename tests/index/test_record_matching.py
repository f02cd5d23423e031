"""Which paper of an index a record is another reading of: identifiers find candidates, the rule decides."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

from semsearch.service import Index

BOOK: dict[str, Any] = {
    "doi": "10.5555/book", "title": "Moss on the roofs of the north", "authors": ["Quillmont, Dario"], "year": 2031, "id": "book"
}  # fmt: skip
TITLES = ("Slate and its owners", "Rain that never fell", "Lichens upon tiles", "How gutters are drawn", "Dew at noon")


def _chapter(number: int, **changes: Any) -> dict[str, Any]:
    title = TITLES[number % 5] + (f", seen from valley {number}" if number >= 5 else "")
    own = {"title": title, "authors": [f"Tobu, {'ABCDE'[number % 5]}."], "pages": f"{number}1-{number}9"}
    return BOOK | own | {"id": f"c{number}"} | changes


def _write(path: Path, *records: dict[str, Any]) -> Path:
    path.write_text("".join(json.dumps(record) + "\n" for record in records), "utf-8")
    return path


def _titles(index: Index) -> list[str]:
    return sorted(paper.title for paper in index)


def test_a_second_reading_of_what_was_kept_apart_finds_it(index: Index, tmp_path: Path) -> None:
    book, chapters = BOOK, [_chapter(number) for number in range(3)]
    assert index.add(_write(tmp_path / "a.jsonl", book, *chapters)).indexed == 4
    again = [_chapter(n, title=TITLES[n].upper() + ".", id=f"other{n}", abstract="We draw.") for n in range(3)]
    report = index.add(_write(tmp_path / "b.jsonl", *again, book | {"id": "x"}))
    assert (report.indexed, report.updated, report.duplicates) == (0, 3, 1)
    assert _titles(index) == sorted([book["title"], *(c["title"].upper() + "." for c in chapters)])
    assert sum(bool(paper.abstract) for paper in index) == 3  # and its gaps are filled
    assert index.get("10.5555/book").title == book["title"]  # the identifier names the first one
    assert index.verify() == []


def test_also_under_another_title_and_in_a_large_volume(index: Index, tmp_path: Path) -> None:
    index.add(_write(tmp_path / "a.jsonl", BOOK, *(_chapter(number) for number in range(3))))
    longer = _chapter(1, title=TITLES[1] + ": a study of drains", id="other", pages="")
    (update,) = index.add(_write(tmp_path / "b.jsonl", longer)).updates  # of that chapter, and of no other
    assert update.changes["title"] == (TITLES[1], longer["title"])
    large = [_chapter(number) for number in range(60)]
    assert index.add(_write(tmp_path / "c.jsonl", *large)).indexed == 57
    copies = [record | {"id": f"copy {record['id']}", "venue": "Roofs"} for record in large]
    assert index.add(_write(tmp_path / "d.jsonl", *copies)).duplicates == 60
    assert len(index) == 61


def test_a_changed_record_of_what_was_kept_apart_is_changed_there(index: Index, tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    index.add(_write(path, BOOK, _chapter(0), _chapter(1)))
    ids = {paper.key: paper.id for paper in index}
    new = "Quarries that nobody dug"
    for records in (
        (_chapter(0, abstract="Now with an abstract"), BOOK, _chapter(1)),  # before the paper that has the DOI
        (_chapter(0, title=new), BOOK, _chapter(1)),  # nothing but the key says which one it was
    ):
        report = index.add(_write(path, *records))
        assert (report.updated, report.indexed, report.unchanged, len(index)) == (1, 0, 2, 3)
        assert {paper.key: paper.id for paper in index} | {"c0": ids["c0"]} == ids
    assert _titles(index) == sorted([BOOK["title"], new, TITLES[1]])
    assert index.verify() == []


def test_a_new_record_before_the_others_takes_the_place_of_none(index: Index, tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    index.add(_write(path, BOOK, _chapter(0), _chapter(1)))
    report = index.add(_write(path, BOOK, _chapter(2), _chapter(0), _chapter(1)))
    assert (report.indexed, report.unchanged, len(index)) == (1, 3, 4)


def test_what_is_kept_apart_outlives_the_paper_that_the_identifier_named(index: Index, tmp_path: Path) -> None:
    index.add(_write(tmp_path / "a.jsonl", BOOK, _chapter(0)))
    index.remove("10.5555/book")
    copy = _chapter(0, id="copy", venue="Roofs")
    assert index.add(_write(tmp_path / "b.jsonl", copy)).duplicates == 1
    assert _titles(index) == [TITLES[0]]


def test_two_papers_that_a_third_record_joins_have_one_identifier_both(index: Index, tmp_path: Path) -> None:
    """The identifier stays with the first paper; the next record under it may be either."""
    preprint, article = BOOK | {"doi": None, "arxiv_id": "3101.00001"}, BOOK | {"doi": "10.5555/b", "pmid": "77"}
    index.add(_write(tmp_path / "a.jsonl", article, preprint))
    both = BOOK | {"doi": "10.5555/b", "arxiv_id": "3101.00001"}
    assert index.add(_write(tmp_path / "b.jsonl", both)).duplicates == 1
    assert sorted(paper.doi or "" for paper in index) == ["10.5555/b", "10.5555/b"]
    assert index.get("10.5555/b").pmid == "77"
    assert index.verify() == []


def test_two_papers_that_say_nothing_under_identifiers_of_others(index: Index, tmp_path: Path) -> None:
    """Both are called Editorial; their ids are made of their content, which is equal but for the DOI."""
    other = _chapter(3, doi="10.5555/other")
    bare = {"title": "Editorial", "doi": "10.5555/book"}
    index.add(_write(tmp_path / "a.jsonl", BOOK, other, bare, bare | {"doi": "10.5555/other"}, bare))
    assert len(index) == 4
    assert len({paper.id for paper in index}) == 4


def test_claims_are_kept_as_documented(index: Index, tmp_path: Path) -> None:
    index.add(_write(tmp_path / "a.jsonl", BOOK, _chapter(0)))
    connection = sqlite3.connect(index.path / "semsearch.db")
    rows = connection.execute("SELECT scheme, value, seq FROM identifiers ORDER BY scheme").fetchall()
    connection.close()
    assert [(scheme, seq) for scheme, _, seq in rows] == [("doi", 1), ("doi+", 2)]
    value, title, seq = rows[1][1].split(" ")
    assert (value, len(title), seq) == ("10.5555/book", 16, "2")

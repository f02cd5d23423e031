"""Every `FormatWriter`: it writes what was found, and no text in a field is read as another field."""

from __future__ import annotations

import csv
import io
import itertools
import json
import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semsearch.cli.options import FORMATS
from semsearch.identity.ids import with_id
from semsearch.model.errors import QueryError
from semsearch.model.paper import Paper, Source
from semsearch.model.results import DuplicateGroup, Hit, Hits, Relation
from semsearch.text.screen import Screen
from semsearch.text.spreadsheet import unguarded
from semsearch.writers import WRITERS, writer

NASTY = [
    "=1+1",
    "+x",
    "-x",
    "@x",
    "\tx",
    'a "q" b',
    "a,b;c",
    "new\nline",
    "\x1b[31mred\x07",
    "[/foo] [bold]",
    "\u202eabc",
    "|pipe|",
    "日本語" * 40,
]


def _papers(texts: list[str]) -> tuple[Paper, ...]:
    return tuple(
        with_id(Paper(title=t, abstract=t[::-1], authors=(t,), key=str(n), source=Source("f", n)))
        for n, t in enumerate(texts)
    )


def _hits(texts: list[str]) -> Hits:
    return Hits("the question", tuple(Hit(n, 1 - n / 1000, p) for n, p in enumerate(_papers(texts), 1)))


def _written(name: str, hits: Hits, several: bool = False) -> str:
    out = io.StringIO()
    writer(name).hits([hits] * (1 + several), out, several=several)
    return out.getvalue()


def test_the_command_line_knows_every_writer() -> None:
    assert tuple(WRITERS) == FORMATS
    with pytest.raises(QueryError, match="no output format 'papyrus'"):
        writer("papyrus")


def _control_characters(text: str) -> set[str]:
    """Characters that can control a terminal: control characters and invisible format characters."""
    return {c for c in text if unicodedata.category(c) in ("Cc", "Cf")}


@pytest.mark.parametrize("name", [name for name in FORMATS if name not in ("csv", "excel-csv")])
def test_no_writer_lets_control_characters_through(name: str) -> None:
    text = _written(name, _hits(NASTY))
    assert len(text) > len(NASTY)
    assert _control_characters(text) == {"\n"}


def test_csv_keeps_control_characters_in_their_cells() -> None:
    """RFC 4180 quotes them, so that a program that reads the file gets them back. They are never shown on a screen."""
    text = _written("csv", _hits(NASTY))
    assert {"\x1b", "\x07", "\u202e"} < _control_characters(text)
    header, *rows = csv.reader(io.StringIO(text, newline=""))
    assert {len(row) for row in rows} == {len(header)}
    assert [unguarded(row[header.index("title")]) for row in rows] == NASTY
    assert [unguarded(row[header.index("authors")]) for row in rows] == NASTY
    seen = io.StringIO()
    Screen(seen, "the screen").write(text)
    assert _control_characters(seen.getvalue()) == {"\n", "\t"}


@given(st.lists(st.text(max_size=40), max_size=6))
def test_json_gives_back_what_went_in(texts: list[str]) -> None:
    hits = _hits(texts)
    assert json.loads(_written("json", hits)) == hits.to_dict()
    assert json.loads(_written("json", hits, several=True)) == [hits.to_dict()] * 2
    lines = [json.loads(line) for line in _written("jsonl", hits).split("\n") if line]
    assert lines == [{"query": "the question", **h.to_dict()} for h in hits]


@given(st.lists(st.text(st.characters(exclude_characters="\x00\r"), max_size=40), max_size=6))
def test_csv_gives_back_what_went_in_but_for_the_guard(texts: list[str]) -> None:
    rows = list(csv.DictReader(io.StringIO(_written("csv", _hits(texts)), newline="")))
    assert len(rows) == len(texts)
    for row, text in zip(rows, texts, strict=True):
        assert row["title"].removeprefix("'") == text.removeprefix("'")
        assert row["rank"].isdigit()
        is_formula = row["title"].startswith(("=", "+", "-", "@", "\t"))
        assert not is_formula or re.fullmatch(r"[-+]?[0-9]+(\.[0-9]+)?", row["title"])


@pytest.mark.parametrize("text", ["=1+1", "+0.", "--1", "-²", "@x", "-x", "+A1", "-1+1"])
def test_csv_guards_what_a_spreadsheet_would_run(text: str) -> None:
    (row,) = csv.DictReader(io.StringIO(_written("csv", _hits([text])), newline=""))
    assert row["title"] == f"'{text}"


@pytest.mark.parametrize("text", ["-1", "+2.5", "3", "x=1"])
def test_csv_leaves_numbers_and_text_alone(text: str) -> None:
    (row,) = csv.DictReader(io.StringIO(_written("csv", _hits([text])), newline=""))
    assert row["title"] == text


def test_ids_are_one_a_line() -> None:
    hits = _hits(NASTY)
    assert _written("ids", hits).splitlines() == [h.paper.id for h in hits]
    assert _written("ids", hits, several=True).count("\n\n") == 1


def test_a_table_has_a_line_a_hit_and_whole_ids() -> None:
    hits = _hits(NASTY)
    lines = _written("table", hits).splitlines()
    assert lines[0].split() == ["rank", "score", "percentile", "paper", "year", "id"]
    assert len(lines) == 1 + len(hits)
    assert all(line.endswith(hit.paper.id) for line, hit in zip(lines[1:], hits, strict=True))


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("count", [0, 1, 3])
def test_papers_and_groups(name: str, count: int) -> None:
    papers = _papers([f"title {n}" for n in range(count)])
    out = io.StringIO()
    if name == "trec":  # holds hits only, and says so
        with pytest.raises(QueryError, match="use ids or jsonl"):
            writer(name).papers(papers, out)
        return
    writer(name).papers(papers, out)
    mark = "title" if name in ("bibtex", "ris", "md") else "id"
    assert all(getattr(p, mark) in out.getvalue() for p in papers)
    relations = tuple(
        Relation(a.id, b.id, "same", "the same DOI", 0.95, {"doi": True}) for a, b in itertools.pairwise(papers)
    )
    groups = [DuplicateGroup("same", papers, relations, papers[0])] if relations else []
    out = io.StringIO()
    writer(name).groups(groups, out)
    if name == "json":
        assert json.loads(out.getvalue()) == {"groups": [g.to_dict() for g in groups]}
    assert all(getattr(p, mark) in out.getvalue() for g in groups for p in g.papers)

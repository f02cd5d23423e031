"""Characters that can be neither stored nor printed, in values and file names, stop nothing; all other records are read."""

from __future__ import annotations

import gzip
import json
import math
import os
import sys
import zipfile
from pathlib import Path

import pytest

from semsearch.identity.ids import with_id
from semsearch.model.paper import Paper, Rejected, Source
from semsearch.readers import open_sources
from semsearch.service import Index
from semsearch.text.file_names import real_name, shown_name
from semsearch.text.surrogates import without_surrogates
from tests.conftest import Run

NESTED = "[" * 3000 + "]" * 3000
#: Values that some of the formats can contain, as JSON.
VALUES = [
    '"\\ud800"', '"a\\udc00b"', '"\\u0000"', '"10.5555/a\\ud800b"', '"10.5555/a\\u0000b"', '["\\ud800", "a"]', '{"\\ud800": "\\udfff"}',
    "1" + "0" * 400, "9" * 4301, "-" + "9" * 5000, "NaN", "-Infinity", "1e999", "true", "null", "[]", "{}", "[[], {}]", "99999999999999999999",
    '"99999999999999999999-01-01"', '{"date-parts": [[99999999999999999999, "\\u00b2", null]]}', '{"date-parts": [["' + "9" * 5000 + '"]]}', '{"date-parts": 5}',
    NESTED, '{"a": ' * 3000 + "1" + "}" * 3000, "[null]", '[["a", 1, {}]]', "12.5",
]  # fmt: skip
KEYS = [
    "title", "abstract", "authors", "year", "date", "doi", "arxiv_id", "pmid", "url", "id", "key", "keywords", "tags", "issued", "container-title", "citation-key",
    "versions", "categories", "authorships", "abstract_inverted_index", "ids", "biblio", "externalIds", "journal", "items", "message", "custom", "extra", "source", "pages", "x\\ud800",
]  # fmt: skip
EXPORTED = Paper(title="An export", source=Source("x", 1)).to_dict()
GOOD = '{"title": "The good neighbour %d"}'


def _record(key: str, value: str, base: str = '"title": "Moss", "paperId": "p"') -> str:
    return "{" + base + f', "{key}": {value}' + "}"


@pytest.mark.parametrize("key", KEYS)
def test_no_value_of_json_stops_its_neighbours(run: Run, tmp_path: Path, key: str) -> None:
    exported = json.dumps(EXPORTED)[1:-1]
    records = [_record(key, value) for value in VALUES] + [_record(key, value, exported) for value in VALUES]
    for name, text in (
        ("x.jsonl", "\n".join([GOOD % 1, *records, GOOD % 2])),
        ("x.json", "[" + ",\n".join([GOOD % 1, *records, GOOD % 2]) + "]"),
    ):
        (tmp_path / name).write_text(text)
        code, out, err = run("index", name, "--index", f"index-{name}", "--report", "report.json")
        assert code == 0, err
        counted = json.loads((tmp_path / "report.json").read_text("utf-8"))
        # A record can contain records. The list in a damaged record can be read as such records; no record is lost.
        assert counted["read"] >= len(records) + 2 or name == "x.json"
        index = Index(f"index-{name}")
        titles = [paper.title for paper in index]
        assert {"The good neighbour 1", "The good neighbour 2"} <= set(titles)
        read = counted["indexed"] + counted["unchanged"] + counted["duplicates"] + counted["rejected"]
        assert counted["read"] == read
        assert run("index", name, "--index", f"index-{name}")[1].startswith(f"{read:,} read = 0 indexed")
        for words in (["rejected"], ["rejected", "--jsonl"], ["export", "-f", "jsonl"], ["export", "-f", "ris"], ["export", "-f", "csv"], ["show", index.get(next(iter(index)).id).id], ["verify"]):  # fmt: skip
            code, out, _ = run(*words, "--index", f"index-{name}")
            assert code == 0
            assert out == without_surrogates(out)
        assert run("duplicates", name)[0] == 0


@pytest.mark.parametrize(("field", "expected"), [("doi", "10.5555/a\ufffdb"), ("title", "10.5555/a\ufffdb"), ("key", "10.5555/a\ufffdb"), ("comment", "10.5555/a\ufffdb"), ("notes", "10.5555/a\ufffdb")])  # fmt: skip
def test_half_a_character_is_replaced_and_noted(run: Run, tmp_path: Path, field: str, expected: str) -> None:
    half = json.dumps({"title": "Moss", field: "10.5555/a\ud800b"})
    (tmp_path / "x.jsonl").write_text(half + '\n{"title": "Whole \\ud83d\\ude00", "x": "\\\\ud800"}\n')
    assert run("index", "x.jsonl")[0] == 0
    first, second = Index("index")
    assert {"title": first.title, "doi": first.doi, "key": first.key, "comment": first.comment, "notes": first.extra.get("notes")}[field] == expected  # fmt: skip
    assert (second.title, second.extra) == ("Whole 😀", {"x": "\\ud800"})
    assert [(remark.kind, remark.source.line) for remark in Index("index").remarks()] == [("repaired", 1)]


WRONG = [
    {"title": "a", 1: "b", None: "c"},
    {"title": "a", "x": 10**5000, "year": 10**400},
    {"title": "\ud800", "doi": "10.5555/\ud800"},
    {"title": math.nan, "abstract": "a"},
    {"title": "a", "authors": math.nan},
    {"title": "a", "authors": [None, 3, ["x"], {"name": {"y": 1}}]},
    {"title": ["a", {"b": object}], "year": True},
    {},
    Paper(title="\ud800\x00", doi="10.5555/\ud800", authors=("\udfff",), extra={"\ud800": "\udc80"}, key="\ud800"),
    Paper(title="a", year=10**30),
    Paper(title="b", year=True),
    Paper(title="c", year="2020"),  # type: ignore[arg-type]
    Paper(title="d", arxiv_id="2405.14488", arxiv_version=10**400),
    Paper(title=None),  # type: ignore[arg-type]
    Paper(title="e", authors="abc"),  # type: ignore[arg-type]
    Paper(title="f", authors=(1,)),  # type: ignore[arg-type]
    Paper(title="g", extra=None),  # type: ignore[arg-type]
    with_id(Paper(title="h", source=Source("x", 10**30))),
    with_id(Paper(title="i", source=Source("\udcff\x00", 1))),
    with_id(Paper(title="j", source=Source("x" * 5000, 1))),
]


@pytest.mark.parametrize("number", range(len(WRONG)))
def test_nothing_given_in_python_stops_its_neighbours(index: Index, number: int) -> None:
    report = index.add([{"title": "before"}, WRONG[number], {"title": "after"}])
    assert (report.read, report.indexed + report.rejected) == (3, 3)
    assert {"before", "after"} <= {paper.title for paper in index}
    assert len(index.rejected()) == report.rejected
    assert index.verify() == []
    if report.indexed == 3:  # what was added is found again
        assert index.add([{"title": "before"}, WRONG[number], {"title": "after"}]).unchanged == 3


NAMES = [
    b"caf\xe9.jsonl",
    b"a\xff\xfe\x80.jsonl",
    b"back\\xe9.jsonl",
    b"back\\x5c.jsonl",
    b"back\\.jsonl",
    "été.jsonl".encode(),
]


def test_names_are_shown_so_that_they_can_be_read_back() -> None:
    shown = {name: shown_name(os.fsdecode(name)) for name in NAMES}
    if os.name == "posix":
        assert shown[b"caf\xe9.jsonl"] == "caf\\xe9.jsonl"
        assert all(os.fsencode(real_name(text)) == name for name, text in shown.items())
    assert shown["été.jsonl".encode()] == "été.jsonl"
    assert len(set(shown.values())) == len(NAMES)
    assert all(text == without_surrogates(text) for text in shown.values())


@pytest.mark.skipif(sys.platform != "linux", reason="file systems elsewhere take only Unicode names")
def test_files_with_names_that_are_not_utf8(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / os.fsdecode(b"f\xf6lder")
    folder.mkdir()
    for number, name in enumerate(NAMES):
        (folder / os.fsdecode(name)).write_text(f'{{"title": "paper {number}"}}\n{{"no": "title"}}\n')
    (folder / os.fsdecode(b"z\xff.csv.gz")).write_bytes(gzip.compress(b"Title,Abstract\nzipped,\xff\n"))
    (folder / os.fsdecode(b"unknown\xff.png")).write_bytes(b"\x89PNG\x00\x01")
    with zipfile.ZipFile(folder / os.fsdecode(b"arch\xefve.zip"), "w") as archive:
        archive.writestr("inner.jsonl", '{"title": "inside"}\n')
    given = str(folder)
    code, out, err = run("index", given, "--report", "report.json")
    assert code == 0
    assert out.startswith("14 read = 8 indexed + 0 updated + 0 unchanged + 0 duplicates of an id + 6 rejected\n")
    assert "f\\xf6lder/unknown\\xff.png: of no known format" in err
    report = json.loads((tmp_path / "report.json").read_text("utf-8"))
    assert len(report["records"]) == 7  # a stray byte is repaired
    assert run("index", given, "--prune")[1].startswith("14 read = 0 indexed + 0 updated + 8 unchanged")
    assert run("index", str(folder / os.fsdecode(NAMES[0])))[1].startswith(
        "2 read = 0 indexed + 0 updated + 1 unchanged"
    )
    assert "f\\xf6lder/caf\\xe9.jsonl:2: rejected" in run("rejected")[1]
    for part in (os.fsdecode(b"caf\xe9"), "caf\\xe9"):
        code, out, _ = run("query", "paper", "--where", f'source: "{part}"', "-f", "jsonl")
        assert [json.loads(line)["title"] for line in out.splitlines()] == ["paper 0"]
    first = next(iter(Index("index")))
    shown = "".join(line.strip() for line in run("show", first.id)[1].splitlines())  # a long name is wrapped
    assert f"{first.source.file}, line 1" in shown
    assert "\\x" in first.source.file
    assert run("verify")[0] == 0
    (folder / os.fsdecode(NAMES[1])).unlink()
    assert "1 paper pruned" in run("index", given, "--prune")[1]
    assert run("duplicates", given)[0] == 0
    assert run("index", str(folder / os.fsdecode(b"gone\xff")))[0] == 1


@pytest.mark.skipif(sys.platform != "linux", reason="file systems elsewhere take only Unicode names")
def test_an_index_in_a_folder_whose_name_is_not_utf8(run: Run, tmp_path: Path) -> None:
    (tmp_path / "x.jsonl").write_text('{"title": "a"}\n{"no": "title"}\n')
    place = os.fsdecode(b"ind\xffx")
    code, out, _ = run("index", "x.jsonl", "--index", place)
    assert (code, "--index ind\\xffx" in out) == (0, True)
    for words in (["status"], ["status", "--json"], ["query", "a"], ["verify"], ["duplicates"], ["export"]):
        code, out, _ = run(*words, "--index", place)
        assert code == 0
        assert out == without_surrogates(out)


def test_words_of_the_command_line_that_are_not_utf8(run: Run, tmp_path: Path) -> None:
    (tmp_path / "x.jsonl").write_text('{"title": "a"}\n')
    run("index", "x.jsonl")
    for words, expected in (
        (["query", "a\udcff"], 0),
        (["query", "a", "--where", "tag: \udcff or author: a\udcff or language: e\udcff or source: \udcff"], 0),
        (["show", "\udcff"], 1),
        (["remove", "\udcff"], 1),
        (["related", "\udcff"], 1),
    ):
        assert run(*words)[0] == expected


def test_an_archive_with_a_name_that_is_said_to_be_utf8_and_is_not(tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("é.jsonl", '{"title": "a"}\n')
    path.write_bytes(path.read_bytes().replace("é".encode(), b"\xff\xfe"))
    (tmp_path / "y.jsonl").write_text('{"title": "b"}\n')
    papers = [record for source in open_sources([str(tmp_path)]) for record in source.records()]
    assert [record.title for record in papers if not isinstance(record, Rejected)] == ["b"]

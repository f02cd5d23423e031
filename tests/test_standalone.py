"""Duplicates among files, and files of decisions, from Python and without an index."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import semsearch
from semsearch import service
from semsearch.model.errors import ArgumentError, QueryError, SourceError
from semsearch.model.paper import Paper
from semsearch.service import Index
from tests.conftest import Run
from tests.fakes import WordEncoder

MOSS = {"title": "Moss growth on slate roofs of the valleys", "year": 2031, "authors": ["Quillmont, D."]}
OTHERS = [{"title": f"Kelp and dune of {word}", "year": 2030} for word in ("Foula", "Unst")]


def _lines(*records: dict[str, Any]) -> str:
    return "".join(json.dumps(record) + "\n" for record in records)


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "a.jsonl").write_text(_lines(MOSS, OTHERS[0], {"nothing": 1}))
    (tmp_path / "b.jsonl").write_text(_lines({**MOSS, "title": str(MOSS["title"]).upper()}, OTHERS[1]))
    return tmp_path


def _ids(found: semsearch.Findings) -> list[list[str]]:
    return [[paper.id for paper in group.papers] for group in found.groups(["same"])]


def test_files_are_compared_and_nothing_is_written(files: Path) -> None:
    before = sorted(files.iterdir())
    found = semsearch.find_duplicates([files / "a.jsonl", str(files / "b.jsonl")])
    assert [group.kind for group in found.groups()] == ["same"]
    assert found.counts == {"records": 4, "duplicates": 1, "publications": 3, "rejected": 1, "same": 1}
    assert (found.reading.rejected, found.reading.unreadable) == (1, [])
    assert [Path(name).name for name in found.reading.files] == ["a.jsonl", "b.jsonl"]
    assert sorted(files.iterdir()) == before


def test_what_could_not_be_read_is_told(files: Path) -> None:
    pile = files / "pile"
    pile.mkdir()
    (pile / "cut.jsonl.gz").write_bytes(gzip.compress(_lines(*[MOSS] * 5000).encode())[:-20])
    (pile / "empty.ris").write_text("\n")
    (pile / "odd.xml").write_text(
        "<?xml version='1.0'?><feed xmlns='http://www.w3.org/2005/Atom'><title>x</title></feed>"
    )
    (pile / "other.bin").write_bytes(b"\x00\x01")
    (pile / "stray.csv").write_bytes(b"title\nCaf\xe9 moss\n")
    reading = semsearch.find_duplicates(pile).reading
    told = {
        name: [Path(file).name for file in getattr(reading, name)]
        for name in ("skipped", "incomplete", "empty", "not_understood", "stray_bytes")
    }
    assert told["skipped"] == ["other.bin"]
    assert told["incomplete"] == ["cut.jsonl.gz"]
    assert "empty.ris" in told["empty"]
    assert told["stray_bytes"] == ["stray.csv"]
    assert reading.unreadable == [*reading.incomplete, *reading.not_understood]


def test_what_is_known_may_be_papers_files_and_indexes(files: Path, run: Run, index: Index) -> None:
    old = files / "a.jsonl"
    index.add(old)
    paper = Paper(title=str(MOSS["title"]), year=2031, authors=("Quillmont, D.",))
    several: list[Any] = [old, str(old), paper, [paper], index.path, [str(index.path)], [old, paper, index.path]]
    for against in several:
        counts = semsearch.find_duplicates(files / "b.jsonl", against=against).counts
        assert (counts["records"], counts["known"], counts["new"]) == (2, 1, 1), against
        with index.compared(against=against) as found:
            assert found.counts["known"] == (1 if against in (paper, [paper]) else 2), (
                "the records of a.jsonl are there"
            )
    with index.compared(against=[files / "b.jsonl"]) as found:
        assert [Path(name).name for name in found.reading.files] == ["b.jsonl"]
    assert run("duplicates", "--index", str(index.path), "--against", str(files / "b.jsonl"))[2].endswith(
        "known, 1 new\n"
    )


def test_meaning_compares_what_metadata_cannot(tmp_path: Path, run: Run) -> None:
    texts = ("moss grows on slate roofs in rain", "rain grows slate moss on roofs in")
    (tmp_path / "a.jsonl").write_text(_lines(*({"title": text} for text in texts)))
    assert not list(semsearch.find_duplicates(tmp_path / "a.jsonl").groups(["similar"]))
    for meaning in (True, "any-model", WordEncoder()):  # the fixture of the command line hands out the fake for names
        found = semsearch.find_duplicates(tmp_path / "a.jsonl", meaning=meaning)
        assert [group.score for group in found.groups(["similar"])] == [pytest.approx(1)]


def test_decisions_about_files_come_before_rules(files: Path) -> None:
    names = [files / "a.jsonl", files / "b.jsonl"]
    ledger = semsearch.ledger(files / "kept.jsonl")
    pairs = list(semsearch.find_duplicates(names).links(["same"]))
    assert ledger.undecided(pairs) == pairs
    ledger.decide(*pairs[0][:2], "skipped")
    assert ledger.undecided(pairs) == []
    ledger.decide(*pairs[0][:2], "different")
    assert _ids(semsearch.find_duplicates(names, ledger=semsearch.ledger(files / "kept.jsonl"))) == []
    ledger.undo()
    assert _ids(semsearch.find_duplicates(names, ledger=ledger)) == [[pair.id for pair in pairs[0][:2]]]


def test_a_ledger_of_ones_own_lies_in_no_index(index: Index, files: Path) -> None:
    index.add(files / "a.jsonl")
    for inside in (index.path / "mine.jsonl", index.path / "vectors" / "mine.jsonl"):
        with pytest.raises(SourceError, match="lies in an index"):
            semsearch.ledger(inside)
        assert service.index_around(inside) == index.path.resolve()
    assert semsearch.ledger(index.path / "decisions.jsonl").in_force() == index.ledger.in_force() == []
    assert service.index_around(files / "a.jsonl") is None


def test_an_index_is_known_by_its_database(index: Index, files: Path) -> None:
    assert not semsearch.is_index(index.path)
    index.add(files / "a.jsonl")
    assert semsearch.is_index(index.path)
    assert semsearch.is_index(str(index.path))
    assert not semsearch.is_index(files)
    assert not semsearch.is_index(files / "a.jsonl")


@pytest.mark.parametrize("content", [b"", b"no database", b"SQLite format 3\x00" + bytes(84)])
def test_a_file_with_the_name_of_the_database_makes_no_index(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "semsearch.db").write_bytes(content)
    assert not semsearch.is_index(tmp_path)
    assert (tmp_path / "semsearch.db").read_bytes() == content
    assert service.index_around(tmp_path / "x.csv") == tmp_path.resolve()  # nothing is written beside it, all the same


def test_a_file_is_no_index(files: Path, run: Run) -> None:
    for words in (("query", "moss"), ("status",), ("export",), ("index", str(files / "a.jsonl"))):
        code, _, err = run(*words, "--index", str(files / "a.jsonl"))
        assert (code, len(err.splitlines())) == (1, 1)
        assert "is a file; --index names a folder" in err


@pytest.mark.parametrize(
    "value", [3, True, b"a.ris", pytest.param(object(), id="an object"), [None], [3], [b"a"], [["a"]]], ids=repr
)
def test_what_is_no_file_no_paper_and_no_rule_is_refused(value: Any, files: Path) -> None:
    find: Any = semsearch.find_duplicates
    opened: list[Callable[[Any], object]] = [
        find,
        semsearch.ledger,
        semsearch.is_index,
        service.index_around,
        lambda wrong: find(files, against=wrong),
        lambda wrong: find(files, threshold="0.9" if wrong == 3 else wrong),
        lambda wrong: find(files, keep=wrong),
        lambda wrong: find(files, ledger=wrong),
        lambda wrong: find(files, on_step=wrong),
        lambda wrong: find(files, meaning=[wrong]),
    ]
    for call in opened:
        with pytest.raises(ArgumentError, match="give "):
            call(value)
    with pytest.raises(ArgumentError, match="is empty; give a path"):
        find("")
    with pytest.raises(ArgumentError, match="meaning is empty; give"):
        find(files, meaning="")


def test_models_are_those_that_the_command_lists(run: Run) -> None:
    models = semsearch.models()
    assert [model.to_dict() for model in models] == json.loads(run("models", "--json")[1])
    assert [model.known.name for model in models if model.is_default] == ["all-MiniLM-L6-v2"]
    assert {model.where for model in models} <= {"cache", "package", "hub"}
    assert len({tuple(model.known.published) for model in models}) == 1


def test_an_index_tells_what_computes(index: Index, run: Run, files: Path) -> None:
    index.add(files / "a.jsonl")
    told = index.status()
    assert (told.computes["embedding"], list(told.computes)) == ("WordEncoder", ["embedding", "scans"])
    shape = json.loads(run("status", "--json", "--index", str(index.path))[1])
    assert shape == {**told.to_dict(), "computes": semsearch.open(index.path).status().computes}
    assert (
        f"embedding: {shape['computes']['embedding']}; scans: {told.computes['scans']}"
        in run("status", "--index", str(index.path))[1]
    )


def test_what_is_out_of_range_is_refused(files: Path) -> None:
    for threshold in (2, -2, float("nan")):
        with pytest.raises(QueryError, match="give a cosine between -1 and 1"):
            semsearch.find_duplicates(files, threshold=threshold)
    with pytest.raises(QueryError, match="no rule 'best'"):
        semsearch.find_duplicates(files, keep="doi,best")
    with pytest.raises(SourceError, match="no such file"):
        semsearch.find_duplicates(files / "none.ris")

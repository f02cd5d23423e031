"""An index that an earlier commit made is read as it is, and migrated to today's format by the next run that writes."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

import semsearch
from semsearch.index import IndexDirectory, connections
from semsearch.index.database import connect
from semsearch.index.schema import FORMAT_VERSION
from semsearch.model.errors import IndexDamaged
from tests.beside import NOBODY, can_become_nobody, let_in, with_temporary_folder
from tests.conftest import ROOT, Run
from tests.fakes import WordEncoder
from tests.index.old_formats import (
    MUST_MIGRATE,
    NAMES,
    READ_AS_THEY_ARE,
    answers,
    check_is_whole,
    contents,
    first_version,
    opened,
    recorded,
    run_sql,
    unpacked,
    version,
    write_nothing,
)


def files(path: Path) -> dict[str, bytes]:
    """The files of an index, but for those that SQLite makes to read it."""
    found = (p for p in path.rglob("*") if p.is_file() and not p.name.endswith(("-wal", "-shm")))
    return {str(file.relative_to(path)): file.read_bytes() for file in found}


def test_there_is_an_index_of_each_earlier_format() -> None:
    assert {first_version(name) for name in NAMES} == set(range(1, FORMAT_VERSION))


# -- reading -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", READ_AS_THEY_ARE)
def test_a_reader_answers_as_before_and_changes_nothing(tmp_path: Path, name: str) -> None:
    path = unpacked(name, tmp_path / "index")
    before = files(path)
    assert answers(path, recorded(name)) == recorded(name)
    assert opened(path).verify() == []
    assert (version(path), files(path)) == (first_version(name), before)


@pytest.mark.parametrize("name", READ_AS_THEY_ARE)
def test_every_command_that_reads_works(run: Run, tmp_path: Path, name: str) -> None:
    before = files(unpacked(name, tmp_path / "index"))
    for words in (
        ["query", "kelp"], ["related", "10.5555/kelp.1"], ["duplicates"], ["export", "-f", "ris"], ["rejected"],
        ["show", "10.5555/kelp.1"], ["status"], ["verify"],
    ):  # fmt: skip
        code, out, err = run(*words)
        assert code == 0, (words, err)
        assert out, words
    assert files(tmp_path / "index") == before


_LOOK = f"""
import os, sys; sys.path.insert(0, os.getcwd())
import json, faiss, semsearch.duplicates, semsearch.service, semsearch.retrieval; from pathlib import Path
from tests.index.old_formats import answers, opened, recorded
like = recorded(sys.argv[2])
os.setgroups([]); os.setgid({NOBODY}); os.setuid({NOBODY})
assert not os.access(sys.argv[1], os.W_OK)
print(answers(Path(sys.argv[1]), like) == like, opened(Path(sys.argv[1])).verify())
"""


@pytest.mark.skipif(not can_become_nobody(), reason="cannot become a user without rights here")
@pytest.mark.parametrize("with_log", [False, True])
@pytest.mark.parametrize("name", READ_AS_THEY_ARE)
def test_a_reader_without_the_right_to_write(tmp_path: Path, name: str, with_log: bool) -> None:
    path = unpacked(name, tmp_path / "index")
    holding = sqlite3.connect(path / "semsearch.db")
    if with_log:  # as a writer leaves it behind
        holding.execute("SELECT count(*) FROM papers").fetchone()
    let_in(path)
    done = subprocess.run(
        [sys.executable, "-c", _LOOK, str(path), name], capture_output=True, text=True, cwd=ROOT, check=False,
        env=with_temporary_folder(tmp_path / "temporary"),
    )  # fmt: skip
    assert (done.stdout, done.stderr) == ("True []\n", "")
    holding.close()
    assert version(path) == first_version(name)


@pytest.mark.parametrize("name", MUST_MIGRATE)
def test_a_format_that_cannot_be_read_yet_is_told_in_one_line(run: Run, tmp_path: Path, name: str) -> None:
    before = files(unpacked(name, tmp_path / "index"))
    for words in (["query", "kelp"], ["status"], ["verify"], ["show", "10.5555/kelp.1"]):
        assert run(*words) == (
            1, "", f"semsearch: index index: is of format {name[0]} and must be migrated to format {FORMAT_VERSION} before it can be read; "
            "run 'semsearch compact --index index', which embeds nothing again\n",
        )  # fmt: skip
    assert files(tmp_path / "index") == before
    assert run("compact")[0] == 0
    assert run("verify")[:2] == (0, "all is well\n")


def test_a_newer_format_is_refused_for_reading_and_writing(run: Run, tmp_path: Path) -> None:
    path = unpacked("3", tmp_path / "index")
    write_nothing(path)
    run_sql(path, f"PRAGMA user_version = {FORMAT_VERSION + 1}")
    before = files(path)
    told = f"is of format {FORMAT_VERSION + 1}, but this semsearch knows only formats up to {FORMAT_VERSION}; upgrade semsearch"
    for words in (["query", "kelp"], ["status"], ["verify"], ["compact"], ["remove", "10.5555/kelp.1"]):
        assert run(*words) == (1, "", f"semsearch: index index: {told}\n")
    assert files(path) == before


@pytest.mark.parametrize("number", [0, -1])
def test_a_format_that_does_not_exist_is_damage(tmp_path: Path, number: int) -> None:
    path = unpacked("3", tmp_path / "index")
    run_sql(path, f"PRAGMA user_version = {number}")
    assert "which does not exist" in opened(path).verify()[0]
    with pytest.raises(IndexDamaged, match="which does not exist"):
        write_nothing(path)


# -- migrating ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_a_writer_migrates_it(tmp_path: Path, name: str, caplog: pytest.LogCaptureFixture) -> None:
    path = unpacked(name, tmp_path / "index")
    before = contents(path)
    write_nothing(path)
    assert contents(path) == before
    check_is_whole(path, name)
    (notice,) = (record.message for record in caplog.records)
    assert notice == (
        f"index {path}: migrated from format {name[0]} to format {FORMAT_VERSION}; earlier versions of semsearch cannot read it any more"
    )
    write_nothing(path)
    assert len(caplog.records) == 1


@pytest.mark.parametrize("name", NAMES)
def test_its_tables_are_those_of_a_new_index(tmp_path: Path, name: str) -> None:
    write_nothing(tmp_path / "new")
    write_nothing(unpacked(name, tmp_path / "old"))
    assert _shape(tmp_path / "old") == _shape(tmp_path / "new")


def _shape(path: Path) -> list[tuple[object, ...]]:
    """All tables with their columns, all indexes with theirs, triggers and views; and notes of a migration."""
    with closing(sqlite3.connect(path / "semsearch.db")) as connection:
        tables = connection.execute("SELECT type, name, tbl_name FROM sqlite_master ORDER BY type, name").fetchall()
        columns = (
            (table, *column[1:])
            for _, table, _ in tables
            for pragma in ("table_xinfo", "index_xinfo", "foreign_key_list")
            for column in connection.execute(f"PRAGMA {pragma}({table})")
        )
        notes = connection.execute("SELECT key FROM meta WHERE key LIKE 'migration%'")
        return [*tables, *columns, *notes]


@pytest.mark.parametrize("name", NAMES)
def test_what_follows_embeds_only_what_is_new(tmp_path: Path, name: str) -> None:
    path, encoder = unpacked(name, tmp_path / "index"), WordEncoder()
    like = recorded(name)
    index = semsearch.open(path, encoder=encoder)
    index.add({"title": "Lichen on slate roofs", "doi": "10.5555/lichen.9"})
    index.remove(["10.5555/lichen.9"])
    barley = {
        "title": "Barley landraces under drought",
        "abstract": "Yield of barley landraces was stable in dry years.",
    }
    index.add({"doi": "10.5555/barley.2", "pages": "1-2", **barley})
    assert encoder.encoded == ["Lichen on slate roofs"]
    assert index.verify() == []
    assert index.compact() == 4
    assert encoder.encoded == ["Lichen on slate roofs"]
    assert index.verify() == []
    told = answers(path, like)
    assert [told[key] for key in ("dense", "related", "rejected")] == [
        like[key] for key in ("dense", "related", "rejected")
    ]


@pytest.mark.parametrize("name", NAMES)
def test_decisions_hold_on(tmp_path: Path, name: str) -> None:
    path = unpacked(name, tmp_path / "index")
    held = (path / "decisions.jsonl").read_bytes() if (path / "decisions.jsonl").exists() else b""
    write_nothing(path)
    index = opened(path)
    index.ledger.decide(index.get("10.5555/barley.2"), index.get("10.5555/long.6"), "different")
    assert (path / "decisions.jsonl").read_bytes().startswith(held)
    kinds = [decision.kind for decision in opened(path).ledger.in_force()]
    assert kinds == [*(kind for kind, *_ in recorded(name).get("decisions", ())), "different"]
    assert index.verify() == []


class RecipeEncoder(WordEncoder):
    """Tells its text recipe, as the encoder of sentence-transformers does."""

    @property
    def fingerprint(self) -> Mapping[str, str]:
        return {**super().fingerprint, "text_recipe": "2"}


@pytest.mark.parametrize("name", MUST_MIGRATE)
def test_vectors_of_the_first_text_recipe_are_gone_on_with(tmp_path: Path, name: str) -> None:
    path = unpacked(name, tmp_path / "index")
    first = json.dumps({**RecipeEncoder().fingerprint, "text_recipe": "1"})
    run_sql(path, f"UPDATE meta SET value = '{first}' WHERE key = 'encoder'")
    write_nothing(path)
    index = semsearch.open(path, encoder=RecipeEncoder())
    assert [[hit.paper.id, round(hit.score, 6)] for hit in index.search("carbon in bogs", 9, mode="dense", collapse=False)] == recorded(name)["dense"]["carbon in bogs"]  # fmt: skip


_WRITE_NOTHING = """
import sys; from pathlib import Path; from semsearch.index import IndexDirectory
IndexDirectory(Path(sys.argv[1])).writer().close()
"""


@pytest.mark.parametrize("name", READ_AS_THEY_ARE)
def test_a_reader_that_began_before_goes_on_with_its_state(tmp_path: Path, name: str) -> None:
    path = unpacked(name, tmp_path / "index")
    ids = [paper["id"] for paper in recorded(name)["papers"]]
    directory = IndexDirectory(path)
    with directory.reader(vectors=True) as reader:
        subprocess.run([sys.executable, "-c", _WRITE_NOTHING, str(path)], cwd=ROOT, check=True, capture_output=True)
        assert [paper.id for paper in reader.documents.papers()] == ids
        assert reader.live is not None
        assert (len(reader.dense), int(reader.live.sum())) == (10, 7)
        assert [remark.kind for remark in reader.documents.remarks()].count("rejected") == 1
        assert reader.connections.rows("SELECT user_version FROM pragma_user_version") == [(first_version(name),)]
    with directory.reader() as reader:
        assert reader.connections.rows("SELECT user_version FROM pragma_user_version") == [(FORMAT_VERSION,)]
        assert [paper.id for paper in reader.documents.papers()] == ids
    check_is_whole(path, name)


@pytest.mark.parametrize("name", READ_AS_THEY_ARE)
def test_an_index_that_is_migrated_while_it_is_opened(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between connecting and beginning to read: the tables of before are gone then."""
    path = unpacked(name, tmp_path / "index")
    monkeypatch.setattr(connections, "connect", lambda folder: _migrated_behind(connect(folder), folder))
    assert answers(path, recorded(name)) == recorded(name)
    check_is_whole(path, name)


def _migrated_behind(connection: sqlite3.Connection, folder: Path) -> sqlite3.Connection:
    write_nothing(folder)
    return connection


@pytest.mark.parametrize("name", READ_AS_THEY_ARE)
def test_threads_read_it_side_by_side(tmp_path: Path, name: str) -> None:
    """Each has a connection of its own, and takes it again after the index was let go of."""
    like, directory = recorded(name), IndexDirectory(unpacked(name, tmp_path / "index"))
    together = threading.Barrier(4)

    def read(_: int) -> tuple[int, int]:
        with directory.reader() as reader, reader.connections.borrow() as connection:
            together.wait(30)
            return tuple(connection.execute(f"SELECT count(*) FROM {t}").fetchone()[0] for t in ("tombstones", "diagnostics"))  # fmt: skip

    with ThreadPoolExecutor(4) as pool:
        for _ in range(3):
            assert set(pool.map(read, range(4))) == {(3, like["status"]["rejected"] + like["status"]["repaired"])}


def test_an_index_whose_last_commits_are_missing_stays_as_it_is(tmp_path: Path) -> None:
    """Else what is missing could not be put back: it belongs to the tables of before."""
    path = unpacked("3", tmp_path / "index")
    run_sql(path, "UPDATE meta SET value = value - 1 WHERE key = 'generation'")
    with pytest.raises(IndexDamaged, match="the last commit is missing"):
        write_nothing(path)
    assert version(path) == 3

"""A migration that is killed, or finds no room, leaves the index of before, and the next run that writes finishes it."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from semsearch.index import segment_files, words_files
from semsearch.index.migration import migrate
from semsearch.index.schema import FORMAT_VERSION
from semsearch.model.errors import IndexFormat, StoreError
from tests.conftest import ROOT
from tests.faults import Runs, available, points
from tests.index.old_formats import (
    NAMES,
    WITHOUT_SEARCH_TABLES,
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

#: Migrates copies of an index in batches of three papers. Each copy is killed at one of the SQL statements.
_KILLED = """
import os, shutil, signal, sqlite3, sys
from functools import partial
from pathlib import Path
import faiss, semsearch.service
from semsearch.index import IndexDirectory, migration
migration.migrate = partial(migration.migrate, batch=3)
real, left, old, step = sqlite3.connect, 0, Path(sys.argv[1]), int(sys.argv[2])

def counted(*arguments, **options):
    connection = real(*arguments, **options)
    connection.set_trace_callback(count)
    return connection

def count(statement):
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)

sqlite3.connect = counted
for number in range(1, 10000, step):
    path = old.with_name(str(number))
    shutil.copytree(old, path)
    child = os.fork()
    if not child:
        left = number
        IndexDirectory(path).writer().close()
        os._exit(0)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if code != -signal.SIGKILL:  # it came to the end
        sys.exit(code)
"""


@pytest.mark.parametrize("name", NAMES)
def test_killed_at_a_statement(tmp_path: Path, name: str) -> None:
    """At each one, but for indexes that take many: at every third or fourth."""
    old, step = unpacked(name, tmp_path / "old"), {"1": 4, "2-first": 3}.get(name, 1)
    before = contents(old)
    done = subprocess.run(
        [sys.executable, "-c", _KILLED, str(old), str(step)], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert done.returncode == 0, done.stderr
    killed = sorted((p for p in tmp_path.iterdir() if p != old), key=lambda p: int(p.name))
    seen = [_check_after_a_kill(path, name, before) for path in killed]
    assert set(seen) == {first_version(name), FORMAT_VERSION}
    assert len(killed) > 30
    for number, path in enumerate(killed):
        write_nothing(path)
        assert contents(path) == before
        assert opened(path).verify() == []
        if number % 10 == 0:
            check_is_whole(path, name)


def _check_after_a_kill(path: Path, name: str, before: dict[str, object]) -> int:
    """It is all of the old format, or all of the new one; returns which."""
    assert contents(path) == before
    if version(path) == first_version(name):
        with pytest.raises(IndexFormat, match="must be migrated to format"):
            len(opened(path))
    else:
        assert opened(path).verify() == []
        assert len(opened(path)) == 7
    return version(path)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runs]:
    if not available():
        pytest.skip("no strace here, or it may not trace")
    folder = tmp_path_factory.mktemp("faults")
    with Runs(folder, folder / "index") as made:
        yield made


@pytest.mark.parametrize("fault", ["signal=SIGKILL:when={}", "error=ENOSPC:when={}+"])
@pytest.mark.parametrize("name", ["2-first", "4"])
def test_killed_or_without_room_at_system_calls(runs: Runs, tmp_path: Path, name: str, fault: str) -> None:
    old = unpacked(name, tmp_path / "old")
    before = contents(old)
    shutil.rmtree(runs.index, ignore_errors=True)
    shutil.copytree(old, runs.index)
    counts = runs.calls("compact")
    tried = list(points(counts, ("openat", "pwrite64", "ftruncate", "fsync", "fdatasync", "unlink")))
    assert len(tried) > 30
    stopped = 0
    for call, number in tried[:: len(tried) // 12]:
        shutil.rmtree(runs.index)
        shutil.copytree(old, runs.index)
        ended = runs.command("compact", inject=f"{call}:{fault.format(number)}")
        stopped += ended.code != 0
        if version(runs.index) == first_version(name):
            _check_after_a_kill(runs.index, name, before)
        assert runs.command("compact").code == 0, (call, number, ended)
        assert runs.command("verify").out == "all is well\n", (call, number, ended)
        like = recorded(name)
        assert answers(runs.index, {key: like[key] for key in like if key != "status"} | {"status": {}}) == {
            **like,
            "status": {},
        }
    assert stopped > 5


def _whole(path: Path) -> bytes:
    """A whole file of other words. The papers may have changed since a run was killed."""
    words_files.write(path, 1, words_files.content_of([("Words of before", "")] * 6))
    return segment_files.path_of(path, 1, segment_files.WORDS_FILE).read_bytes()


@pytest.mark.parametrize("file", ["1.words", "1.words.tmp"])
@pytest.mark.parametrize("length", [None, 0, 5, 30])
def test_words_that_a_killed_run_left_are_made_anew(tmp_path: Path, file: str, length: int | None) -> None:
    path = unpacked("4", tmp_path / "index")
    before = contents(path)
    (path / "vectors" / file).write_bytes(_whole(tmp_path)[:length])
    write_nothing(path)
    assert sorted(p.name for p in (path / "vectors").iterdir() if p.suffix != ".faiss") == [
        f"{n}.words" for n in (1, 2, 3, 4)
    ]
    check_is_whole(path, "4")
    assert contents(path) == before


@pytest.mark.parametrize("file", ["1.words", "3.words.tmp"])
def test_a_file_of_the_user_in_the_way_stays(tmp_path: Path, file: str) -> None:
    path = unpacked("4", tmp_path / "index")
    before, own = contents(path), path / "vectors" / file
    own.write_bytes(b"a list of words of my own")
    with pytest.raises(StoreError, match=f"File exists .*{file}"):
        write_nothing(path)
    assert own.read_bytes() == b"a list of words of my own"
    assert version(path) == 4
    own.rename(tmp_path / "away")
    write_nothing(path)
    check_is_whole(path, "4")
    assert contents(path).keys() == (before.keys() - {f"vectors/{file}"})


def _entered(path: Path, batch: int, stop_after: int = 10**9) -> int:
    """Migrate, and be stopped behind so many papers; returns how many were entered in the search tables."""
    entered = 0

    def count(statement: str) -> None:
        nonlocal entered
        entered += statement.startswith("INSERT INTO words (rowid")

    with closing(sqlite3.connect(path / "semsearch.db", isolation_level=None)) as connection:
        connection.set_trace_callback(count)
        connection.set_progress_handler(lambda: entered > stop_after, 1)
        try:
            migrate(connection, path, batch)
        except sqlite3.OperationalError as error:
            assert str(error) == "interrupted"
            assert connection.in_transaction is False
    return entered


@pytest.mark.parametrize("name", WITHOUT_SEARCH_TABLES)
@pytest.mark.parametrize("batch", [1, 3, 100])
def test_a_run_goes_on_behind_the_batches_that_are_done(tmp_path: Path, name: str, batch: int) -> None:
    path = unpacked(name, tmp_path / "index")
    assert _entered(path, batch, stop_after=5) == 6
    assert version(path) == first_version(name)
    assert _entered(path, batch) == 7 - 5 // batch * batch
    check_is_whole(path, name)


@pytest.mark.parametrize("name", WITHOUT_SEARCH_TABLES)
@pytest.mark.parametrize(
    ("statements", "again"),
    [
        (["UPDATE papers SET row = row"], 4),
        (["UPDATE papers SET record = record WHERE seq = 1"], 7),
        (["DELETE FROM papers WHERE id = 'doi:10.5555/barley.2'", "INSERT INTO dead VALUES (1)"], 6),
    ],
)
def test_an_earlier_semsearch_may_write_in_between(
    tmp_path: Path, name: str, statements: list[str], again: int
) -> None:
    """What it does to papers that were entered is not missed: all are entered again."""
    path = unpacked(name, tmp_path / "index")
    _entered(path, 3, stop_after=5)
    run_sql(path, "PRAGMA foreign_keys = ON", *statements)
    assert _entered(path, 3) == again
    assert opened(path).verify() == []
    assert len(opened(path).search("barley", mode="bm25")) == (again != 6)

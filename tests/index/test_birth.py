"""A first build that was killed, or met a full disk, at any moment: the same command goes on, and ends the same.

Through the command line, which opens an index without an encoder. scripts/bench birth tries every call.
"""

from __future__ import annotations

import shutil
import signal
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import semsearch
from semsearch.index import IndexDirectory
from tests.conftest import SAMPLE, Run
from tests.faults import Runs, available, listing, points
from tests.index.old_formats import unpacked

#: Every so many-th of the system calls is tried here.
_STEP = 31


def _nothing(path: Path) -> None:
    path.mkdir()


def _only_a_lock(path: Path) -> None:
    path.mkdir()
    (path / "semsearch.lock").touch()


def _an_empty_file(path: Path) -> None:
    _only_a_lock(path)
    (path / "semsearch.db").touch()


def _no_tables(path: Path) -> None:
    """What SQLite makes of a file that it is to keep a log of."""
    path.mkdir()
    connection = sqlite3.connect(path / "semsearch.db")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.close()


def _tables_in_the_log_only(path: Path) -> None:
    """As earlier snapshots of this version left it: the file says nothing, the log everything."""
    made = unpacked("2", path.with_name("made"))
    with sqlite3.connect(made / "semsearch.db") as connection:
        sql = ";".join(row[0] for row in connection.execute("SELECT sql FROM sqlite_master WHERE sql NOT NULL AND name NOT LIKE '%sqlite%' AND name NOT GLOB 'words_*' AND name NOT GLOB 'names_*'"))  # fmt: skip
    connection.close()
    connection = sqlite3.connect(made.with_name("log.db"), isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.executescript(
        f"BEGIN; PRAGMA application_id = {0x53656D53}; PRAGMA user_version = 2; {sql.replace('sqlite_sequence', 'x')}; COMMIT"
    )
    path.mkdir()
    for suffix in ("", "-wal"):
        shutil.copy(f"{made.with_name('log.db')}{suffix}", path / f"semsearch.db{suffix}")
    connection.close()


def _tables_and_no_encoder(path: Path) -> None:
    with IndexDirectory(path).writer():
        pass


def _a_hot_journal(path: Path) -> None:
    """Killed in its first transaction: the journal says that there was nothing."""
    _an_empty_file(path)
    script = "PRAGMA cache_size = 1; BEGIN; CREATE TABLE t (x); INSERT INTO t WITH n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300) SELECT randomblob(900) FROM n"
    from_, to = path.with_name("hot"), path
    from_.mkdir()
    connection = sqlite3.connect(from_ / "semsearch.db", isolation_level=None)
    for statement in script.split(";"):
        connection.execute(statement)
    for suffix in ("", "-journal"):
        shutil.copy(from_ / f"semsearch.db{suffix}", to / f"semsearch.db{suffix}")
    connection.close()
    assert (to / "semsearch.db-journal").stat().st_size


_STATES = [
    None,
    _nothing,
    _only_a_lock,
    _an_empty_file,
    _no_tables,
    _tables_in_the_log_only,
    _tables_and_no_encoder,
    _a_hot_journal,
]


@pytest.mark.parametrize("state", _STATES)
@pytest.mark.parametrize("command", [["query", "barley"], ["status"], ["verify"], ["compact"], ["remove", "x"]])
def test_what_a_killed_first_build_leaves_is_no_index_yet(
    run: Run, tmp_path: Path, state: Callable[[Path], None] | None, command: list[str]
) -> None:
    if state:
        state(tmp_path / "index")
    code, out, err = run(*command)
    assert (code, out) == (1, "")
    assert err == "semsearch: index index: does not exist yet; make it with 'semsearch index FILE…', or name another with --index\n"  # fmt: skip
    code, out, err = run("index", str(SAMPLE))
    assert (code, err) == (0, "")
    assert out.startswith("22 read = 22 indexed")
    assert run("verify")[:2] == (0, "all is well\n")
    assert run(*command)[2].count("does not exist yet") == 0


def test_one_run_is_told_what_is_wrong_and_the_next_goes_on(run: Run, tmp_path: Path) -> None:
    (tmp_path / "index").mkdir()
    (tmp_path / "index" / "semsearch.db").write_bytes(b"")
    assert run("index", str(SAMPLE), "--model", "words")[0] == 0
    assert len(semsearch.open(tmp_path / "index")) == 22


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runs]:
    if not available():
        pytest.skip("no strace here, or it may not trace")
    folder = tmp_path_factory.mktemp("birth")
    with Runs(folder, folder / "index") as made:
        yield made


def _check(runs: Runs, fault: str, ended: object, expected: tuple[str, list[str]]) -> None:
    asked = runs.command("query", "barley")
    assert asked.code == 0 or "does not exist yet" in asked.out, (fault, ended, asked)
    again = runs.command("index", str(SAMPLE))
    assert again.code == 0, (fault, ended, again)
    assert (runs.state(), listing(runs.index)) == expected, (fault, ended)
    assert runs.command("verify").out == "all is well\n", (fault, ended)


def _expected(runs: Runs) -> tuple[str, list[str]]:
    shutil.rmtree(runs.index, ignore_errors=True)
    assert runs.command("index", str(SAMPLE)).code == 0
    return runs.state(), listing(runs.index)


def test_killed_at_system_calls_of_a_first_build(runs: Runs) -> None:
    expected = _expected(runs)
    shutil.rmtree(runs.index)
    tried = list(points(runs.calls("index", str(SAMPLE))))
    assert len(tried) > 200
    for call, number in tried[::_STEP]:
        shutil.rmtree(runs.index)
        fault = f"{call}:signal=SIGKILL:when={number}"
        ended = runs.command("index", str(SAMPLE), inject=fault)
        assert ended.code == -signal.SIGKILL, (fault, ended)
        _check(runs, fault, ended, expected)


@pytest.mark.parametrize("until", ["", "+"], ids=["once", "from then on"])
def test_a_full_disk_at_system_calls_of_a_first_build(runs: Runs, until: str) -> None:
    expected = _expected(runs)
    shutil.rmtree(runs.index)
    counts = runs.calls("index", str(SAMPLE))
    tried = list(points(counts, ("openat", "mkdir", "write", "pwrite64", "ftruncate", "fsync", "fdatasync", "rename")))
    for call, number in tried[:: 2 * _STEP]:
        shutil.rmtree(runs.index, ignore_errors=True)
        fault = f"{call}:error=ENOSPC:when={number}{until}"
        ended = runs.command("index", str(SAMPLE), inject=fault)
        assert ended.code in (0, 1), (fault, ended)
        assert ended.code == 0 or ended.out.count("\n") == 1, (fault, ended)
        _check(runs, fault, ended, expected)

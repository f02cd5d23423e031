"""Readers who may write nothing: beside a writer, and of an index that was carried here without its log."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from semsearch.index import IndexDirectory, private_copy, reading
from semsearch.service import Index
from tests.beside import NOBODY, can_become_nobody, let_in, watched, with_temporary_folder
from tests.conftest import ROOT, SAMPLE
from tests.fakes import WordEncoder

nobody = pytest.mark.skipif(not can_become_nobody(), reason="cannot become a user without rights here")


@nobody
def test_readers_of_another_user_beside_a_writer(tmp_path: Path) -> None:
    seen = watched(tmp_path / "index", 4)
    assert seen.errors == []
    assert min(seen.commits, seen.answers, seen.states) > 1


_LOOK = f"""
import os, sys; sys.path.insert(0, os.getcwd())
import faiss, semsearch.duplicates, semsearch.service, semsearch.retrieval; from tests.fakes import WordEncoder
os.setgroups([]); os.setgid({NOBODY}); os.setuid({NOBODY})
index = semsearch.open(sys.argv[1], encoder=WordEncoder())
print(len(index), len(index.search('barley', 50, collapse=False)), index.verify(), os.listdir(sys.argv[2]))
"""


def _looked(path: Path, temporary: Path) -> tuple[str, str]:
    let_in(path)
    done = subprocess.run(
        [sys.executable, "-c", _LOOK, str(path), str(temporary)], capture_output=True, text=True, cwd=ROOT, check=False,
        env=with_temporary_folder(temporary),
    )  # fmt: skip
    return done.stdout, done.stderr


def _without_log(index: Index, *, waiting: bool = False) -> None:
    """As an older semsearch closed it, or as a file server shows it; or as a kill left it, without the log's index."""
    path = index.path / "semsearch.db"
    if waiting:
        with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
            connection.executescript("CREATE TABLE other (value); DROP TABLE other")
            kept = Path(f"{path}-wal").read_bytes()
            assert kept
            whole = path.read_bytes()
        path.write_bytes(whole)
        Path(f"{path}-wal").write_bytes(kept)
    else:
        Path(f"{path}-wal").unlink()
    Path(f"{path}-shm").unlink(missing_ok=True)
    time.sleep(0.1)


def test_opening_an_index_again_keeps_the_locks_of_those_who_read_it(index: Index) -> None:
    """Else another process takes itself for the last one, and deletes the log beneath them."""
    index.add(SAMPLE)
    other = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.executescript('CREATE TABLE t (v); DROP TABLE t'); c.close()"
    with IndexDirectory(index.path).reader() as state:
        assert len(state) == 22
        with IndexDirectory(index.path).reader() as again:
            assert len(again) == 22
        subprocess.run([sys.executable, "-c", other, str(index.path / "semsearch.db")], check=True)
        assert (index.path / "semsearch.db-wal").exists()
        assert len(list(state.documents.papers())) == 22


@nobody
def test_the_log_and_its_index_stay_for_others(index: Index, tmp_path: Path) -> None:
    index.add(SAMPLE)
    names = {path.name for path in index.path.iterdir()}
    assert {"semsearch.db-wal", "semsearch.db-shm"} <= names
    assert (index.path / "semsearch.db-wal").stat().st_size == 0
    assert _looked(index.path, tmp_path / "tmp") == ("22 22 [] []\n", "")


@nobody
@pytest.mark.parametrize("waiting", [False, True])
def test_without_a_log_a_private_copy_is_read_and_nothing_is_left_of_it(
    index: Index, tmp_path: Path, waiting: bool
) -> None:
    index.add(SAMPLE)
    _without_log(index, waiting=waiting)
    before = {path.name: path.read_bytes() for path in index.path.iterdir() if path.is_file()}
    assert _looked(index.path, tmp_path / "tmp") == ("22 22 [] []\n", "")
    assert {path.name: path.read_bytes() for path in index.path.iterdir() if path.is_file()} == before


def test_a_copy_is_not_believed_if_a_writer_came(index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    index.add(SAMPLE)
    path = index.path / "semsearch.db"
    assert private_copy.private_copy(path) is None, "in use, as far as one can see"
    _without_log(index)
    real = shutil.copyfile

    def write_first(*arguments: Path) -> object:
        monkeypatch.setattr(shutil, "copyfile", real)
        Index(index.path, encoder=WordEncoder()).add({"title": "One more"})
        _without_log(index)
        return real(*arguments)

    monkeypatch.setattr(shutil, "copyfile", write_first)
    assert private_copy.private_copy(path) is None
    connection = private_copy.private_copy(path)
    assert connection
    assert connection.execute("SELECT count(*) FROM papers").fetchone() == (23,)
    connection.close()


def test_a_copy_whose_vectors_are_gone_is_made_anew(index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    index.add(SAMPLE)
    index.add({"title": "A second segment"})
    _without_log(index)
    opener, real = "semsearch.index.database.open_reader", reading.open_reader

    def copy_first(path: Path) -> sqlite3.Connection:
        monkeypatch.setattr(opener, real)
        connection = private_copy.private_copy(path)
        assert connection
        Index(index.path, encoder=WordEncoder()).compact()
        return connection

    monkeypatch.setattr(opener, copy_first)
    with Index(index.path, encoder=index.encoder)._directory.reader(vectors=True) as state:
        assert (len(state), len(state.dense), len(state.segments)) == (23, 23, 1)


def test_a_private_copy_is_for_this_user_only_and_goes(
    index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index.add(SAMPLE)
    _without_log(index)
    modes: list[int] = []
    real = shutil.copyfile

    def look(source: Path, copy: Path) -> object:
        modes.append(copy.parent.stat().st_mode & 0o777)
        return real(source, copy)

    monkeypatch.setattr(shutil, "copyfile", look)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()
    connection = private_copy.private_copy(index.path / "semsearch.db")
    assert connection
    connection.execute("SELECT * FROM papers").fetchall()
    connection.close()
    assert set(modes) == ({0o700} if os.name != "nt" else set(modes))
    assert list((tmp_path / "tmp").iterdir()) == []


@pytest.mark.skipif(sys.platform != "linux", reason="mounts are known on Linux only")
def test_a_medium_that_can_be_written_to_is_not_taken_for_one_that_cannot(index: Index) -> None:
    index.add(SAMPLE)
    assert not reading._never_changes(index.path / "semsearch.db")

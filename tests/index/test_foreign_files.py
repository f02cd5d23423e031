"""Files of the user's in the index folder: whatever is run, what we did not write stays as it was."""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

import semsearch
from semsearch.model.policy import IndexPolicy, Policy
from semsearch.service import Index
from tests.conftest import Run
from tests.fakes import WordEncoder

_HEX = "0123456789abcdef" * 2
#: Names of every kind, ours and nearly ours among them.
_NAMES = [
    *("notes.txt", ".hidden", "1.faiss", "1.tmp", "semsearch.db.bak", "semsearch.db-old", "semsearch.lock.old"),
    *("mine/codes/a.codes", "decisions.jsonl.bak", f"{_HEX}.codes", "papers.jsonl"),
    *(f"vectors/{name}" for name in ("mine.faiss", "notes.tmp", "1.faiss.bak", "007.faiss", "-1.faiss", "1", "a/b.tmp")),
    *(f"vectors/{n}{suffix}" for n in (2, 3, 4, 5, 7, 10**6) for suffix in (".faiss", ".tmp", ".words")),
    *("vectors/11.words.tmp", "vectors/12.words"),
    *(f"codes/{name}" for name in ("analysis.py", f"{_HEX}.codes", f"{_HEX}.rotation", f"{_HEX}.tmp", "x.tmp", "x.codes")),
    *(f"codes/{name}" for name in (f"{_HEX}-0.9.pairs", "x.pairs", f"{_HEX}.faiss", "a/b.codes", f"{_HEX.upper()}.codes")),
]  # fmt: skip


def _content(name: str) -> bytes:
    """A vector file under a number of ours is one that FAISS would read."""
    return b"IxFI" + bytes(200) if name.endswith("5.faiss") else f"precious {name}".encode()


def _plant(folder: Path, outside: Path) -> None:
    for name in _NAMES:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not os.path.lexists(path):
            path.write_bytes(_content(name))
    outside.mkdir(exist_ok=True)
    for name in ("a.codes", "1.faiss", "x.tmp"):
        (outside / name).write_bytes(b"elsewhere")
    for name in (
        "vectors/6.faiss",
        "vectors/8.tmp",
        "vectors/13.words",
        f"codes/{_HEX[::-1]}.codes",
        f"codes/{_HEX[::-1]}.tmp",
    ):
        if not os.path.lexists(folder / name):
            (folder / name).symlink_to(outside / "a.codes")
    for name in ("vectors/9.faiss", f"codes/{'a' * 32}.codes"):
        if not os.path.lexists(folder / name):
            (folder / name).hardlink_to(outside / "1.faiss")


def _digests(*folders: Path) -> dict[str, str]:
    """Of everything: what a link leads to, or a digest of a file."""
    return {
        str(path): str(path.readlink()) if path.is_symlink() else hashlib.sha256(path.read_bytes()).hexdigest()
        for folder in folders
        for path in folder.rglob("*")
        if path.is_symlink() or path.is_file()
    }


def _papers(path: Path, first: int, last: int) -> str:
    lines = [
        {"id": f"k{n}", "title": f"Paper {n} of moss {n % 5}", "abstract": "kelp " * (n % 9)}
        for n in range(first, last)
    ]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return str(path)


def test_nothing_that_we_did_not_write_changes(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small = Policy(index=IndexPolicy(quantised_segment_rows=100, quantised_rows=100))
    monkeypatch.setattr(Policy, "given", lambda _: small)  # that of every command
    folder, outside = tmp_path / "index", tmp_path / "outside"
    assert run("index", _papers(tmp_path / "a.jsonl", 0, 700))[0] == 0
    ours = set(_digests(folder))
    _plant(folder, outside)
    planted = {name: digest for name, digest in _digests(folder, outside).items() if name not in ours}
    assert len(planted) > 45
    for words in (
        ["index", str(tmp_path / "a.jsonl")],
        ["index", _papers(tmp_path / "b.jsonl", 650, 1400)],
        ["remove", "k3", "k5", "k1200"],
        ["index", _papers(tmp_path / "b.jsonl", 660, 1300), "--prune"],
        ["compact"],
        ["duplicates", "list", "--threshold", "0.999"],
        ["query", "moss"],
        ["related", "k7"],
        ["status"],
        ["verify"],
        ["export", "--format", "ids"],
        ["rejected"],
        ["duplicates", "decisions", "export"],
        ["index", _papers(tmp_path / "c.jsonl", 2000, 2300)],
        ["compact"],
    ):
        code, out, err = run(*words)
        assert code == 0, (words, out, err)
        after = _digests(folder, outside)
        assert {name: after.get(name) for name in planted} == planted, words
    index = semsearch.open(folder, encoder=WordEncoder())
    assert (index.verify(), len(index)) == ([], index.status().rows)
    left = {path for path in set(_digests(folder)) - set(planted) if "/vectors/" in path}
    assert len(left) == 2 * index.status().segments, "old files of ours are gone"
    assert len(list((folder / "codes").glob("*.rotation"))) == 2, "ours, and the planted one"


_PLANTS: dict[str, Callable[[Path, Path], object]] = {
    "vectors/mine.faiss": lambda path, _: path.write_text("x"),
    "vectors/1.faiss": lambda path, _: path.write_text("x"),
    "vectors/1.words": lambda path, _: path.write_text("x"),
    "vectors/1.tmp": lambda path, _: path.write_bytes(b""),
    "vectors/mine": lambda path, _: path.mkdir(),
    "codes/analysis.py": lambda path, _: path.write_text("x"),
    f"codes/{_HEX}.codes": lambda path, _: path.write_bytes(b"SEMCODE1"),
    "vectors (a symbolic link)": lambda path, outside: path.with_name("vectors").symlink_to(outside),
    "codes (a symbolic link)": lambda path, outside: path.with_name("codes").symlink_to(outside),
    "semsearch.lock (a symbolic link)": lambda path, outside: path.with_name("semsearch.lock").symlink_to(outside / "text"),
    "semsearch.lock": lambda path, _: path.mkdir(),
    "semsearch.db (a symbolic link)": lambda path, outside: path.with_name("semsearch.db").symlink_to(outside / "empty"),
    "semsearch.db": lambda path, _: path.mkdir(),
    "semsearch.db has a second name": lambda path, outside: path.with_name("semsearch.db").hardlink_to(outside / "empty"),
    "semsearch.db is not an SQLite file": lambda path, _: path.with_name("semsearch.db").write_text("my text"),
    "semsearch.db was not made by semsearch": lambda path, _: _foreign(path.with_name("semsearch.db")),
    "semsearch.db-wal": lambda path, _: path.write_text("my text"),
    "semsearch.db-journal": lambda path, _: path.write_text("my text"),
    "semsearch.db-shm": lambda path, _: path.write_text("my text"),
    "semsearch.db-wal (a symbolic link)": lambda path, outside: path.with_name("semsearch.db-wal").symlink_to(outside / "empty"),
}  # fmt: skip


def _foreign(path: Path) -> None:
    """Somebody's database, of which all but the first page is in its log."""
    other = sqlite3.connect(path.with_name("other.db"))
    other.execute("PRAGMA journal_mode = WAL")
    other.executescript("CREATE TABLE mine (x); INSERT INTO mine VALUES (1)")
    for suffix in ("", "-wal"):
        path.with_name(path.name + suffix).write_bytes(path.with_name("other.db" + suffix).read_bytes())
    other.close()


@pytest.mark.parametrize("plant", _PLANTS)
def test_a_new_index_is_refused_where_foreign_things_are(run: Run, tmp_path: Path, plant: str) -> None:
    folder, outside = tmp_path / "index", tmp_path / "outside"
    outside.mkdir()
    (outside / "text").write_text("precious")
    (outside / "empty").touch()
    path = folder / plant
    path.parent.mkdir(parents=True)
    _PLANTS[plant](path, outside)
    before = _digests(folder, outside)
    for words in (["index", _papers(tmp_path / "a.jsonl", 0, 3)], ["compact"], ["query", "x"], ["status"]):
        code, out, err = run(*words)
        assert (code, out, err.count("\n")) == (1, "", 1)
        assert _digests(folder, outside) == before, words
        if words[0] == "index":
            assert plant in err
            assert "--index" in err or "move it away" in err


def test_folders_that_are_empty_and_files_of_other_names_are_no_hindrance(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "index"
    for name in ("vectors", "codes", "mine"):
        (folder / name).mkdir(parents=True)
    for name in ("notes.txt", "decisions.jsonl", "mine/x.faiss", "semsearch.lock"):
        (folder / name).write_text("" if name.startswith("decisions") else "precious")
    assert run("index", _papers(tmp_path / "a.jsonl", 0, 3))[0] == 0
    assert (folder / "notes.txt").read_text() == (folder / "semsearch.lock").read_text() == "precious"


def test_the_index_folder_itself_may_be_a_link(run: Run, tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "index").symlink_to("disk")
    assert run("index", _papers(tmp_path / "a.jsonl", 0, 3))[0] == 0
    assert run("verify")[1] == "all is well\n"
    assert (tmp_path / "disk" / "semsearch.db").is_file()


def test_a_file_in_place_of_the_folder(run: Run, tmp_path: Path) -> None:
    (tmp_path / "index").write_text("mine")
    code, _, err = run("index", _papers(tmp_path / "a.jsonl", 0, 3))
    assert (code, err) == (1, "semsearch: index index: is a file; --index names a folder\n")


@pytest.mark.parametrize("link", ["vectors", "semsearch.lock", "semsearch.db"])
def test_a_link_in_an_index_that_exists_is_not_written_through(index: Index, tmp_path: Path, link: str) -> None:
    index.add([{"title": "Kelp"}, {"title": "Moss"}])
    moved = tmp_path / "moved"
    (index.path / link).rename(moved)
    (index.path / link).symlink_to(moved)
    before = _digests(tmp_path)
    for change in (lambda: index.add({"title": "More"}), index.compact, lambda: index.remove([])):
        with pytest.raises(semsearch.SemsearchError, match=f"{link} \\(a symbolic link\\)"):
            change()
        after = _digests(tmp_path)
        assert {name: after[name] for name in before if not name.endswith("-shm")} == {
            name: digest for name, digest in before.items() if not name.endswith("-shm")
        }


def test_codes_that_are_a_link_are_left_alone(index: Index, tmp_path: Path) -> None:
    small = Policy(index=IndexPolicy(quantised_segment_rows=10, quantised_rows=10))
    index = Index(index.path, encoder=WordEncoder(), policy=small)
    index.add({"title": f"paper {n}"} for n in range(100))
    moved = tmp_path / "moved"
    (index.path / "codes").rename(moved)
    (index.path / "codes").symlink_to(moved)
    before = _digests(moved)
    index.add({"title": f"paper {n}"} for n in range(100, 300))
    index.compact()
    list(index.duplicates())
    assert (_digests(moved), index.verify()) == (before, [])


def test_a_database_with_a_second_name_is_not_changed(index: Index, tmp_path: Path) -> None:
    index.add({"title": "Kelp"})
    (tmp_path / "backup.db").hardlink_to(index.path / "semsearch.db")
    before = (tmp_path / "backup.db").read_bytes()
    with pytest.raises(semsearch.SemsearchError, match="has a second name"):
        index.add({"title": "More"})
    assert (tmp_path / "backup.db").read_bytes() == before
    assert len(index) == 1


def test_what_is_in_the_lock_file_or_under_its_second_name_stays(index: Index, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("precious")
    index.path.mkdir()
    (index.path / "semsearch.lock").hardlink_to(tmp_path / "mine.txt")
    index.add({"title": "Kelp"})
    assert (tmp_path / "mine.txt").read_text() == "precious"


def _locks_of(path: Path) -> int:
    """Locks that this process has on a file; /proc/locks names its inode (man 5 proc)."""
    inode = path.stat().st_ino
    held = Path("/proc/locks").read_text("utf-8").splitlines()
    return sum(f" {os.getpid()} " in line and f":{inode} " in line for line in held)


@pytest.mark.skipif(not Path("/proc/locks").exists(), reason="locks are listed on Linux only")
def test_reading_the_folder_of_an_index_drops_none_of_its_locks(tmp_path: Path) -> None:
    """Else another process takes itself for the only one, and changes the files beneath this one."""
    folder = tmp_path / "papers"
    folder.mkdir()
    (folder / "a.jsonl").write_text('{"title": "Moss on roofs"}\n')
    index = Index(folder / "index", encoder=WordEncoder())
    index.add([{"title": f"paper {n}"} for n in range(30)])
    len(index)
    database = index.path / "semsearch.db"
    before = _locks_of(database)
    assert before, "else nothing can be dropped"
    report = index.add(folder)
    assert (report.read, report.skipped) == (1, [])
    assert semsearch.find_duplicates(folder).counts["records"] == 1
    assert _locks_of(database) == before
    for given in (index.path, database):
        with pytest.raises(semsearch.SourceError, match="of an index|an index; 'semsearch export'"):
            semsearch.find_duplicates(given)
        with pytest.raises(semsearch.SourceError, match="of an index|an index; 'semsearch export'"):
            index.add(given)
    assert _locks_of(database) == before

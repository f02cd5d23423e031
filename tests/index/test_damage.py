"""Whatever happens to the bytes or the disk: one line, and the last commit whole."""

from __future__ import annotations

import errno
import os
import random
import resource
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

import semsearch
from semsearch.index import segment_files
from semsearch.model.errors import IndexDamaged, SemsearchError, StoreError
from semsearch.service import Index
from tests.conftest import ROOT, SAMPLE
from tests.fakes import WordEncoder


@pytest.fixture
def built(index: Index) -> Index:
    index.add(SAMPLE)
    return index


def _file(index: Index, kind: str = ".faiss") -> Path:
    (file,) = (index.path / "vectors").glob(f"*{kind}")
    return file


kinds = pytest.mark.parametrize("kind", [".faiss", ".words"])


@pytest.mark.parametrize("seed", range(30))
def test_a_flipped_bit_in_the_vectors_is_found_before_faiss_reads_them(built: Index, seed: int) -> None:
    _flip(_file(built), seed)
    with pytest.raises(IndexDamaged, match="checksum"):
        semsearch.open(built.path, encoder=WordEncoder()).search("x")
    assert any("checksum" in line for line in built.verify())


def _flip(file: Path, seed: int) -> None:
    content = bytearray(file.read_bytes())
    place = random.Random(seed).randrange(len(content) * 8)
    content[place // 8] ^= 1 << place % 8
    file.write_bytes(content)


@pytest.mark.parametrize("seed", range(30))
def test_a_flipped_bit_in_the_words_is_found_or_makes_no_difference(built: Index, seed: int) -> None:
    def asked() -> list[object]:
        index = semsearch.open(built.path, encoder=WordEncoder())
        return [[(hit.paper.id, hit.score) for hit in index.search(question, 9)] for question in ("moss roofs", "kelp")]

    before = asked()
    _flip(_file(built, ".words"), seed)
    try:
        after = asked()
    except IndexDamaged as error:
        assert "1.words: the checksum differs" in str(error)
    else:
        assert after == before
    assert any("1.words: the checksum differs" in line for line in built.verify())


@kinds
@pytest.mark.parametrize("change", [lambda b: b[:-1], lambda b: b + b"x", lambda b: b"", lambda b: os.urandom(109)])
def test_a_file_of_another_size(built: Index, change: Any, kind: str) -> None:
    _file(built, kind).write_bytes(change(_file(built, kind).read_bytes()))
    with pytest.raises(IndexDamaged, match="bytes, .* were committed"):
        semsearch.open(built.path, encoder=WordEncoder()).search("x")
    assert len(built.verify()) == 1


@kinds
def test_a_missing_file(built: Index, kind: str) -> None:
    _file(built, kind).unlink()
    with pytest.raises(IndexDamaged, match="is missing"):
        semsearch.open(built.path, encoder=WordEncoder()).search("x")
    assert built.verify() == [f"vectors/1{kind} is missing"]


def test_a_vector_file_that_is_missing_or_cannot_be_read_while_building(
    built: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("semsearch.index.writer.IndexWriter.needs_thresholds", lambda _: True)
    file = _file(built)
    file.rename(file.with_suffix(".away"))
    with pytest.raises(StoreError, match="No such file"):
        built.add({"title": "More"})
    file.mkdir()
    with pytest.raises(StoreError, match="Is a directory"):
        built.add({"title": "Still more"})


def test_rubbish_that_cannot_be_looked_at_is_deleted_by_a_later_writer(
    built: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(segment_files, "sync_folder", full)
        patched.setattr(segment_files, "begins_like", full)
        with pytest.raises(StoreError, match="disk is full"):
            built.add({"title": "More"})
    assert len(list((built.path / "vectors").iterdir())) == 3, "the vectors are there, of a commit that failed"
    built.add({"title": "More"})
    assert (len(built), len(list((built.path / "vectors").iterdir())), built.verify()) == (23, 4, [])


def _told(index: Index) -> list[tuple[str, Callable[[], Any]]]:
    """What a whole index and a damaged one are asked; the answers can be compared."""
    return [
        ("status", lambda: index.status().to_dict() | {"bytes": 0}),
        ("search", lambda: [(hit.paper.id, hit.score) for hit in index.search("barley", 22, collapse=False)]),
        ("related", lambda: [(hit.paper.id, hit.score) for hit in index.related("ostrovane2034", 5)]),
        ("list", lambda: [paper.to_dict() for paper in index]),
    ]


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("places", [2, 6, 100])  # of the first, half of the answers come; of the last, none
def test_a_damaged_database_gives_an_error_or_the_right_answer_or_is_told(built: Index, places: int, seed: int) -> None:
    expected = {name: ask() for name, ask in _told(semsearch.open(built.path, encoder=WordEncoder()))}
    assert (len(expected["search"]), len(expected["list"])) == (22, 22)
    path = built.path / "semsearch.db"
    content = bytearray(path.read_bytes())
    rng = random.Random(seed)
    for place in rng.sample(range(len(content)), places):
        content[place] ^= rng.randrange(1, 256)
    path.write_bytes(content)
    opened = semsearch.open(built.path, encoder=WordEncoder())
    wrong = []
    for name, ask in _told(opened):
        try:
            wrong += [name] if ask() != expected[name] else []
        except SemsearchError as error:
            assert "\n" not in str(error)
    try:
        told = opened.verify() != []
    except SemsearchError as error:
        assert "\n" not in str(error)
        told = True
    assert told or not wrong, f"verify says that all is well; other answers than before: {wrong}"
    assert told or places < 100


def test_a_record_that_was_exchanged_is_not_read(built: Index) -> None:
    with closing(sqlite3.connect(built.path / "semsearch.db")) as connection, connection:
        connection.execute("UPDATE papers SET record = replace(record, 'barley', 'parley')")
    (found,) = built.verify()
    assert found.startswith("semsearch.db: 1 damaged rows in the table papers, the first is ")
    with pytest.raises(IndexDamaged, match="the record of .* is not as it was committed"):
        built.search("barley")
    with pytest.raises(IndexDamaged):
        list(built)


def test_a_full_disk_at_any_write_leaves_the_last_commit(index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    """`os.fsync` fails at the n-th call, once; then the same command goes on."""
    index.add({"title": "Before"})
    real, calls = os.fsync, [0]
    for failing in range(1, 4):
        calls[0] = 0

        def fsync(descriptor: int, failing: int = failing) -> None:
            calls[0] += 1
            if calls[0] == failing:
                raise OSError(errno.ENOSPC, "No space left on device")
            real(descriptor)

        monkeypatch.setattr(os, "fsync", fsync)
        papers = [{"title": f"After {failing}"}]
        if failing <= 2:
            with pytest.raises(StoreError, match="disk is full"):
                index.add(papers)
            monkeypatch.setattr(os, "fsync", real)
            assert index.verify() == []
            assert len(index) == failing
        monkeypatch.setattr(os, "fsync", real)
        index.add(papers)
    assert (len(index), index.verify()) == (4, [])
    assert len(list((index.path / "vectors").iterdir())) == 2 * index.status().segments


@pytest.mark.parametrize("limit", [9_000, 30_000, 70_000, 120_000])
def test_a_file_size_limit_while_building(tmp_path: Path, limit: int) -> None:
    """The kernel refuses to write on: SQLite and our own files alike."""
    script = (
        "import signal, semsearch, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "from tests.fakes import WordEncoder\n"
        "try: semsearch.open(sys.argv[1], encoder=WordEncoder()).add({'title': f'paper {n}', 'abstract': 'word ' * 50} for n in range(600))\n"
        "except semsearch.SemsearchError as e: print(e)\n"
    )
    path = tmp_path / "index"
    done = subprocess.run(
        [sys.executable, "-c", script, str(path)], capture_output=True, text=True, cwd=ROOT, check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
    )  # fmt: skip
    assert done.stderr == ""
    assert done.stdout.startswith(f"index {path}: ")
    again = semsearch.open(path, encoder=WordEncoder())
    again.add({"title": f"paper {n}", "abstract": "word " * 50} for n in range(600))
    assert (len(again), again.verify()) == (600, [])


def _can_become_nobody() -> bool:
    """Root may become any user, but not in a user namespace that maps root alone."""
    script = "import os; os.setuid(65534)"
    return (
        os.getuid() == 0
        and not subprocess.run([sys.executable, "-c", script], capture_output=True, check=False).returncode
    )


@pytest.mark.skipif(not _can_become_nobody(), reason="cannot become a user without rights here")
def test_a_folder_that_may_only_be_read(built: Index) -> None:
    script = (
        "import os, sys; sys.path.insert(0, os.getcwd()); import semsearch; from tests.fakes import WordEncoder\n"
        "import semsearch.duplicates, semsearch.service, semsearch.workflows.indexing, faiss, xxhash, filelock; os.setuid(65534)\n"
        "i = semsearch.open(sys.argv[1], encoder=WordEncoder()); print(len(i.search('barley', 5)), len(i.verify()))\n"
        "try: i.add({'title': 'x'})\n"
        "except semsearch.SemsearchError as e: print(e)\n"
    )
    for parent in (built.path, *built.path.parents):
        if parent.stat().st_uid == 0 and parent != Path("/"):
            parent.chmod(parent.stat().st_mode | 0o055)
    done = subprocess.run(
        [sys.executable, "-c", script, str(built.path)], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert done.stderr == ""
    answer, refusal = done.stdout.splitlines()
    assert answer == "5 0"
    assert refusal.startswith(f"index {built.path}: ")


def test_an_encoder_that_returns_nonsense_leaves_nothing_behind(
    index: Index, encoder: WordEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    index.add({"title": "Before"})
    good = encoder.encode_documents
    for bad in (
        lambda t: good(t) * 2,
        lambda t: good(t) * float("nan"),
        lambda t: good(t)[:, :3],
        lambda t: good(t)[:0],
    ):
        monkeypatch.setattr(encoder, "encode_documents", bad)
        with pytest.raises(SemsearchError, match="the encoder returned"):
            index.add({"title": "After"})
    monkeypatch.setattr(encoder, "encode_documents", good)
    assert (len(index), index.verify()) == (1, [])

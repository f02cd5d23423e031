"""What `verify` tells: each kind of damage, in one line; and nothing of an index that is whole."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

import semsearch
from semsearch.index import IndexDirectory, lexical_check
from semsearch.model.errors import IndexDamaged
from semsearch.service import Index
from tests.conftest import ROOT, SAMPLE
from tests.fakes import WordEncoder

DATABASE = "semsearch.db"


@pytest.fixture
def built(index: Index) -> Index:
    index.add(SAMPLE)
    title = "Bacteriophage spray against hospital surface contamination"
    index.add([{"doi": "10.5555/fir.2032.4", "title": title, "pages": "1-9"}, {"no": "paper"}])
    with closing(
        sqlite3.connect(index.path / DATABASE)
    ) as connection:  # a reading that does not count keeps its record
        assert connection.execute("SELECT count(*) FROM readings WHERE record IS NOT NULL").fetchone() == (1,)
    return index


def change(index: Index, *statements: str) -> None:
    """Change the database as no run of semsearch does."""
    with closing(sqlite3.connect(index.path / DATABASE)) as connection, connection:
        for statement in statements:
            assert connection.execute(statement).rowcount, statement


@pytest.mark.parametrize(
    ("table", "statement"),
    [
        ("papers", "UPDATE papers SET year = year + 1 WHERE seq = 3"),
        ("papers", "UPDATE papers SET truncated = 1 - truncated WHERE seq = 3"),
        ("papers", "UPDATE papers SET id = 'doi:10.5555/other' WHERE seq = 3"),
        ("papers", "UPDATE papers SET checksum = NULL WHERE seq = 3"),
        ("identifiers", "UPDATE identifiers SET value = value || '0' WHERE seq = 3"),
        ("identifiers", "UPDATE identifiers SET seq = 4 WHERE seq = 3"),
        ("readings", "UPDATE readings SET line = line + 1 WHERE seq = 3"),
        ("readings", "UPDATE readings SET record = replace(record, '2032', '2033') WHERE record IS NOT NULL"),
        ("diagnostics", "UPDATE diagnostics SET reason = 'another'"),
        ("meta", "UPDATE meta SET value = '{}' WHERE key = 'calibration'"),
    ],
)
def test_a_value_that_was_changed(built: Index, table: str, statement: str) -> None:
    change(built, statement)
    (line,) = built.verify()
    assert line.startswith(f"semsearch.db: 1 damaged rows in the table {table}, the first is ")


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        (
            "INSERT INTO names (rowid, author, venue, category, tag) VALUES (99, 'a', 'b', 'c', 'd')",
            "the table 'names'",
        ),
        ("UPDATE names_docsize SET sz = x'0101' WHERE id = 3", "the table 'names'"),
        ("UPDATE names_data SET block = x'160102' WHERE id = 1", "the table 'names'"),
        ("DELETE FROM names_docsize WHERE id = 3", "the table 'names'"),
        ("UPDATE segments SET words_size = 5", "bytes, but 5 were committed"),
        ("UPDATE segments SET words_checksum = 'x'", "1.words: the checksum differs"),
        ("INSERT INTO tombstones VALUES (1000)", "vectors are marked as removed that are not there"),
        ("INSERT INTO tombstones VALUES (3)", "a paper's vector is marked as removed"),
        ("DELETE FROM papers WHERE seq = 3", "belongs to no paper"),
        ("CREATE INDEX another ON papers (digest)", "the definitions of its tables"),
    ],
)
def test_tables_that_do_not_agree(built: Index, statement: str, told: str) -> None:
    with closing(sqlite3.connect(built.path / DATABASE)) as connection, connection:
        connection.execute(statement)
    assert told in "\n".join(built.verify())


def test_words_that_are_not_those_of_the_papers(built: Index) -> None:
    change(built, "UPDATE papers SET record = replace(record, 'barley', 'parley'), checksum = NULL")
    with IndexDirectory(built.path).reader() as state:
        part, papers = state.load(state.segments[0]).words, state.documents.papers_at(range(22))
    assert not lexical_check.words_agree(part, np.arange(22), papers)
    assert lexical_check.words_agree(part, np.array([4]), papers[4:5]), "a paper without barley"
    change(built, "UPDATE papers SET record = replace(record, 'parley', 'barley')")
    with IndexDirectory(built.path).reader() as state:
        assert lexical_check.words_agree(part, np.arange(22), state.documents.papers_at(range(22)))


@pytest.mark.parametrize("batch", [1, 7, 22, 1000])
def test_names_are_checked_some_papers_at_a_time(built: Index, batch: int) -> None:
    with IndexDirectory(built.path).reader() as state, state.connections.borrow() as read:
        assert lexical_check.names_agree(read, state.documents.numbered, batch)
    with closing(sqlite3.connect(built.path / DATABASE)) as connection, connection:
        connection.execute("UPDATE papers SET record = json_set(record, '$.venue', 'Another Journal')")
        connection.execute("UPDATE papers SET checksum = NULL")
    with IndexDirectory(built.path).reader() as state, state.connections.borrow() as read:
        assert not lexical_check.names_agree(read, state.documents.numbered, batch)


@pytest.mark.parametrize("block", ["NULL", "'text'", "5", "x''", "x'ffffffffffffffffffffff'"])
def test_a_value_of_another_type_is_told_too(built: Index, block: str) -> None:
    change(built, f"UPDATE names_data SET block = {block} WHERE id = 1")
    assert built.verify() != []


def test_a_tokenizer_that_is_not_the_one_that_was_used(built: Index) -> None:
    with closing(sqlite3.connect(built.path / DATABASE)) as connection, connection:
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute("UPDATE sqlite_master SET sql = replace(sql, 'unicode61 ', 'ascii ') WHERE name = 'names'")
    assert "semsearch.db: the definitions of its tables are not as they were committed" in built.verify()


def test_a_damaged_record_is_neither_merged_nor_removed(built: Index) -> None:
    """A writer that read it and wrote it back would give it a checksum that is right."""
    change(
        built,
        "UPDATE papers SET record = replace(record, 'Bacteriophage', 'Macteriophage') WHERE id LIKE '%fir.2032.4'",
    )
    paper = {"doi": "10.5555/fir.2032.4", "title": "Bacteriophage spray", "abstract": "a third reading"}
    for use in (lambda: built.add(paper), lambda: built.remove(["10.5555/fir.2032.4"])):
        with pytest.raises(IndexDamaged, match="the record of .* is not as it was committed"):
            use()
    assert len(built) == 22


def interrupted(path: Path) -> None:
    """Add a paper in a process that is killed before SQLite moves the commit from its log to the database."""
    script = (
        "import os, sys, semsearch; from semsearch.workflows.indexing import index_papers; from tests.fakes import WordEncoder\n"
        "from semsearch.index import IndexWriter; IndexWriter.close = lambda self: os._exit(9)\n"
        "semsearch.open(sys.argv[1], encoder=WordEncoder()).add({'title': 'Late paper'})\n"
    )
    assert subprocess.run([sys.executable, "-c", script, str(path)], cwd=ROOT, check=False).returncode == 9


def test_a_commit_that_is_only_in_the_log_is_missed_when_the_log_is_gone(built: Index) -> None:
    interrupted(built.path)
    assert (len(built), built.verify()) == (23, [])
    interrupted(built.path)
    log = built.path / "semsearch.db-wal"
    content = log.read_bytes()
    log.unlink()
    (built.path / "semsearch.db-shm").unlink(missing_ok=True)
    assert built.verify()[0].startswith(
        "semsearch.db: the last 2 commits are missing, because its log semsearch.db-wal"
    )
    with pytest.raises(IndexDamaged, match="the last 2 commits are missing, .* or delete semsearch.commits to go on"):
        built.add({"title": "It would hide what is missing"})
    log.write_bytes(content)
    assert built.verify() == []


def test_a_user_can_go_on_without_commits_that_are_missing(built: Index, caplog: pytest.LogCaptureFixture) -> None:
    interrupted(built.path)
    for suffix in ("-wal", "-shm"):
        (built.path / f"semsearch.db{suffix}").unlink(missing_ok=True)
    opened = semsearch.open(built.path, encoder=WordEncoder())
    for _ in range(2):
        assert len(opened) == 22
    assert [record.message.count("the last commit is missing") for record in caplog.records] == [1]
    (built.path / "semsearch.commits").unlink()
    opened.add({"title": "One more"})
    assert (opened.verify(), len(opened)) == ([], 23)


def test_a_damaged_log_is_no_older_state_in_silence(built: Index) -> None:
    interrupted(built.path)
    log = built.path / "semsearch.db-wal"
    (built.path / "semsearch.db-shm").unlink(missing_ok=True)
    content = bytearray(log.read_bytes())
    content[100] ^= 1
    log.write_bytes(content)
    assert "the last commit is missing" in built.verify()[0]


def test_the_mark_of_the_last_commit(built: Index) -> None:
    mark = built.path / "semsearch.commits"
    whole = mark.read_bytes()
    mark.write_bytes(whole.replace(b"2", b"3", 1))
    assert built.verify() == [
        "semsearch.commits is damaged, or was not made by semsearch; delete it, and the next run that writes makes it again"
    ]
    mark.unlink()
    assert built.verify() == []
    built.add({"title": "One more"})
    assert built.verify() == []
    assert mark.read_bytes().startswith(b"semsearch commits 3 ")


def test_marks_that_cannot_be_read_tell_nothing(built: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    papers = list(built)
    built.ledger.decide(papers[0], papers[1], "same")
    real = os.open

    def refusing(path: str | Path, *arguments: int) -> int:
        if Path(path).name in ("semsearch.commits", "decisions.end"):
            raise PermissionError(13, "Permission denied", str(path))
        return real(path, *arguments)

    monkeypatch.setattr(os, "open", refusing)
    again = semsearch.open(built.path, encoder=WordEncoder())
    assert (len(again), again.verify()) == (22, [])
    again.add({"title": "One more"})
    again.ledger.decide(papers[1], papers[2], "same")
    assert (len(again), again.verify()) == (23, [])


def test_verify_beside_a_writer_tells_of_no_damage(built: Index, tmp_path: Path) -> None:
    script = (
        "import sys, semsearch; from semsearch.model.policy import IndexPolicy, Policy; from tests.fakes import WordEncoder\n"
        "policy = Policy(index=IndexPolicy(merged_segments=2, small_rows=1))\n"
        "index = semsearch.open(sys.argv[1], encoder=WordEncoder(), policy=policy)\n"
        "for n in range(60):\n"
        "    index.add({'key': f'w{n}', 'title': f'Paper {n}', 'abstract': 'kelp ' * (n % 9)})\n"
        "    if n % 5 == 4: index.remove([f'w{n}']); index.compact()\n"
    )
    writer = subprocess.Popen([sys.executable, "-c", script, str(built.path)], cwd=ROOT)
    found, rounds = [], 0
    while writer.poll() is None:
        found += built.verify()
        rounds += 1
    assert (writer.returncode, found) == (0, [])
    assert rounds > 3
    assert len(built) == 22 + 60 - 12

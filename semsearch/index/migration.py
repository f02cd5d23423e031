"""Migrates an index of an earlier format to the format of today, from its own papers and vectors.

`STEPS` has one step for each earlier format, which leads to the next format. The steps run one after the other. A new
format needs one more step.

- All changes to the tables, of all steps, are one SQLite transaction. SQLite writes the new pages beside the old ones,
  and they count from ``COMMIT`` on. So every reader sees the old index until the new one is whole. A reader that began
  before goes on with the old index, and a run that is killed leaves it. It would be less safe to put a second database
  in the place of the first: a reader that has the old file open would use the new log, which has the same name.
- Work that takes many minutes in a large index is done before that, in batches. Each batch is a commit, which also
  notes how far the work has come. It only changes tables and columns that no earlier semsearch reads, so the index
  keeps its format. If a run is killed there, the next one goes on with the work.
- Vector files and decisions are not touched, and nothing is embedded again. New files of a killed run are made again.

A step must not use code that a later format may change. So it states the tables and columns of its format itself.
"""

from __future__ import annotations

import itertools
import json
import logging
from typing import TYPE_CHECKING, NamedTuple

from semsearch.index import checksums, commit_mark, segment_files, words_files
from semsearch.index.meta import get_meta, set_meta
from semsearch.index.records import stored_paper
from semsearch.index.schema import FORMAT_VERSION
from semsearch.index.text_tables import TextTable
from semsearch.index.transaction import transaction
from semsearch.model.errors import IndexDamaged, IndexFormat

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterator
    from pathlib import Path

#: Papers of a batch.
_BATCH = 5000
#: Key of the table ``meta``. The value is the ``seq`` of the last paper that was entered in the search tables.
_ENTERED = "migration"
_TRIGGERS = ("migration_changed", "migration_deleted")


class Step(NamedTuple):
    """The step from one format to the next."""

    change: Callable[[sqlite3.Connection, Path], None]
    """Changes the tables, inside the one transaction of all steps."""
    prepare: Callable[[sqlite3.Connection, Path, int], None] | None = None
    """Does long work before that, in batches of so many papers. It may find the tables of any earlier format, and an
    earlier semsearch must work with them afterwards as before."""


def check_version(version: int, folder: Path) -> None:
    """Refuse an index of a format that is not known here.

    Args:
        version: The format of the index.
        folder: The index directory, for the error.

    Raises:
        IndexFormat: It has a newer format.
        IndexDamaged: There never was such a format.
    """
    if version > FORMAT_VERSION:
        raise IndexFormat(
            str(folder),
            f"is of format {version}, but this semsearch knows only formats up to {FORMAT_VERSION}; upgrade semsearch",
        )
    if version != FORMAT_VERSION and version not in STEPS:
        raise IndexDamaged(
            str(folder),
            f"says that it is of format {version}, which does not exist; restore it from a copy, or index the files "
            "again into a new place (--index NEW)",
        )


def refuse_earlier(connection: sqlite3.Connection, folder: Path) -> None:
    """Refuse to read an index of an earlier format. Only a writer can migrate it.

    Args:
        connection: Inside a read transaction.
        folder: The index directory.

    Raises:
        IndexFormat: It must be migrated before it can be read.
    """
    version = _version(connection)
    if version < FORMAT_VERSION and get_meta(connection, "encoder"):  # else it is not an index yet
        raise IndexFormat(
            str(folder),
            f"is of format {version} and must be migrated to format {FORMAT_VERSION} before it can be read; run "
            f"'semsearch compact --index {folder}', which embeds nothing again",
        )


def migrate(connection: sqlite3.Connection, folder: Path, batch: int = _BATCH) -> None:
    """Migrate an index to the format of today, if it has an earlier one.

    Args:
        connection: Connection of the writer, in autocommit mode.
        folder: The index directory.
        batch: Number of papers of one commit, in long work.

    Raises:
        IndexDamaged: A record is damaged, or the last commits are missing.
    """
    version = _version(connection)
    steps = [STEPS[number] for number in range(version, FORMAT_VERSION)]
    if not steps:
        return
    commit_mark.refuse_lost(folder, commit_mark.read(folder), int(get_meta(connection, "generation") or 0))
    for step in steps:
        if step.prepare:
            step.prepare(connection, folder, batch)
    with transaction(connection):
        for step in steps:
            step.change(connection, folder)
        connection.execute(f"PRAGMA user_version = {FORMAT_VERSION}")
        checksums.note_schema(connection)
    if get_meta(connection, "encoder"):  # otherwise a first build was killed, and this is not an index yet
        logging.getLogger("semsearch").warning(
            "index %s: migrated from format %d to format %d; earlier versions of semsearch cannot read it any more",
            *(folder, version, FORMAT_VERSION),
        )


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _has(connection: sqlite3.Connection, name: str) -> bool:
    return connection.execute("SELECT 1 FROM main.sqlite_master WHERE name = ?", (name,)).fetchone() is not None


# -- from format 1 -----------------------------------------------------------------------------------------------------


def _keep_repairs_too(connection: sqlite3.Connection, folder: Path) -> None:
    """Make the table of rejected records one of rejected and repaired records."""
    del folder
    for statement in (
        "CREATE TABLE remarks (kind TEXT NOT NULL, file TEXT NOT NULL, name TEXT NOT NULL, line INTEGER NOT NULL, "
        "reason TEXT NOT NULL, raw TEXT NOT NULL)",
        "INSERT INTO remarks SELECT 'rejected', file, name, line, reason, raw FROM rejected ORDER BY rowid",
        "DROP TABLE rejected",
    ):
        connection.execute(statement)


# -- from format 2 -----------------------------------------------------------------------------------------------------

_COLUMNS = {"year": "INTEGER", "date": "TEXT", "language": "TEXT", "has_abstract": "INTEGER NOT NULL DEFAULT 0"}
_SEARCH_TABLES = {
    "words": "title, abstract, content='', tokenize='porter unicode61 remove_diacritics 2'",
    "names": "author, venue, category, tag, content='', tokenize='unicode61 remove_diacritics 2'",
}
_SEARCH_INDEXES = {
    **{f"papers_{column}": f"({column}, row)" for column in (*_COLUMNS, "seq")},
    "papers_truncated": "(truncated) WHERE truncated",
}
#: What an earlier semsearch may do to papers that were entered already. Then all papers are entered again.
_UNDOING = ("UPDATE OF record", "DELETE")
#: For each table that gets checksums, the values of a row in their order.
_VALUES = {
    "papers": "seq, id, row, key, file, digest, text_digest, truncated, record, year, date, language, has_abstract",
    "identifiers": "scheme, value, seq",
    "readings": "seq, file, digest, line, record",
    "remarks": "rowid, kind, file, name, line, reason, raw",
    "meta": "key, value",
}


def _is_searchable(connection: sqlite3.Connection) -> bool:
    """Whether there are search tables with all papers."""
    return _has(connection, "words") and not _has(connection, _TRIGGERS[0])


def _fill_search_tables(connection: sqlite3.Connection, folder: Path, batch: int) -> None:
    """Make the search tables from the records of the papers, if there are none. A million papers take three minutes."""
    if _is_searchable(connection):
        return
    if not _has(connection, "words") or get_meta(connection, _ENTERED) is None:
        with transaction(connection):
            _make_search_tables(connection)
    table, last = TextTable(connection), int(get_meta(connection, _ENTERED) or 0)
    some = "SELECT seq, record FROM papers WHERE seq > ? ORDER BY seq LIMIT ?"
    while papers := connection.execute(some, (last, batch)).fetchall():
        with transaction(connection):
            for seq, record in papers:
                paper = stored_paper(record, folder)
                table.enter(seq, paper)
                words = "INSERT INTO words (rowid, title, abstract) VALUES (?, ?, ?)"
                connection.execute(words, (seq, paper.title, paper.abstract))
            last = papers[-1][0]
            set_meta(connection, _ENTERED, str(last))


def _make_search_tables(connection: sqlite3.Connection) -> None:
    held = {column[1] for column in connection.execute("PRAGMA table_info(papers)")}
    for column, kind in _COLUMNS.items():
        if column not in held:
            connection.execute(f"ALTER TABLE papers ADD COLUMN {column} {kind}")
    for table, columns in _SEARCH_TABLES.items():
        connection.execute(f"DROP TABLE IF EXISTS {table}")
        connection.execute(f"CREATE VIRTUAL TABLE {table} USING fts5 ({columns})")
    for trigger, event in zip(_TRIGGERS, _UNDOING, strict=True):
        connection.execute(
            f"CREATE TRIGGER IF NOT EXISTS {trigger} AFTER {event} ON papers "
            f"BEGIN DELETE FROM meta WHERE key = '{_ENTERED}'; END"
        )
    set_meta(connection, _ENTERED, "0")


def _add_checksums(connection: sqlite3.Connection, folder: Path) -> None:
    """Finish the search tables, and give each row a checksum.

    This is done in the one transaction, although it writes every row. The reason: an earlier semsearch enters rows
    without naming the columns, so it would fail with one more column. A million papers take half a minute of CPU time,
    and for a while as much space as the database (measured with 50,000).
    """
    del folder
    for trigger in _TRIGGERS:
        connection.execute(f"DROP TRIGGER IF EXISTS {trigger}")
    connection.execute("DELETE FROM meta WHERE key = ?", (_ENTERED,))
    for index, columns in _SEARCH_INDEXES.items():
        connection.execute(f"CREATE INDEX IF NOT EXISTS {index} ON papers {columns}")
    _take_text_recipe_2(connection)
    connection.create_function("migration_checksum", -1, checksums.checksum, deterministic=True)
    for table, values in _VALUES.items():
        connection.execute(f"ALTER TABLE {table} ADD COLUMN checksum INTEGER")
        connection.execute(f"UPDATE {table} SET checksum = migration_checksum({values})")


def _take_text_recipe_2(connection: sqlite3.Connection) -> None:
    """Note text recipe 2 for an index of recipe 1. Both embed a paper in the same way.

    They differ only in how some titles are cleaned when a file is read. So the vectors agree with the papers in the
    index, and the encoder of today can go on with them.
    """
    fingerprint = json.loads(get_meta(connection, "encoder") or "{}")
    if fingerprint.get("text_recipe") == "1":
        set_meta(connection, "encoder", json.dumps(fingerprint | {"text_recipe": "2"}, sort_keys=True))


# -- from format 3 -----------------------------------------------------------------------------------------------------


def _take_standard_names(connection: sqlite3.Connection, folder: Path) -> None:
    del folder
    connection.execute("ALTER TABLE dead RENAME TO tombstones")
    connection.execute("ALTER TABLE remarks RENAME TO diagnostics")
    for column in ("file", "kind"):
        connection.execute(f"DROP INDEX IF EXISTS remarks_{column}")
        connection.execute(f"CREATE INDEX diagnostics_{column} ON diagnostics ({column})")


# -- from format 4 -----------------------------------------------------------------------------------------------------


def _write_words(connection: sqlite3.Connection, folder: Path) -> None:
    """Write the words of each segment beside its vectors, in place of the table ``words`` of FTS5.

    It is done in the one transaction, so that no earlier semsearch can change a paper meanwhile. A million papers take
    some minutes.
    """
    connection.execute("ALTER TABLE segments ADD COLUMN words_size INTEGER NOT NULL DEFAULT 0")
    connection.execute("ALTER TABLE segments ADD COLUMN words_checksum TEXT NOT NULL DEFAULT ''")
    for n, first, count in connection.execute("SELECT n, first_row, count FROM segments").fetchall():
        segment_files.delete(folder, n, [segment_files.WORDS_FILE])
        content = words_files.content_of(_documents(connection, folder, first, count))
        written = words_files.write(folder, n, content)
        connection.execute("UPDATE segments SET words_size = ?, words_checksum = ? WHERE n = ?", (*written, n))
    connection.execute("DROP TABLE words")


def _documents(connection: sqlite3.Connection, folder: Path, first: int, count: int) -> Iterator[tuple[str, str]]:
    """Title and abstract of each row; those of rows without a paper are empty."""
    select, last = "SELECT row, record FROM papers WHERE row >= ? AND row < ? ORDER BY row", first - 1
    for row, record in connection.execute(select, (first, first + count)):
        yield from itertools.repeat(("", ""), row - last - 1)
        paper, last = stored_paper(record, folder), row
        yield paper.title, paper.abstract
    yield from itertools.repeat(("", ""), first + count - 1 - last)


#: For each format the step to the next one.
STEPS = {
    1: Step(_keep_repairs_too),
    2: Step(_add_checksums, _fill_search_tables),
    3: Step(_take_standard_names),
    4: Step(_write_words),
}

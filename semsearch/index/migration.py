"""Bringing an index of an earlier format to today's format, from its own papers and vectors.

`STEPS` has one step for each earlier format, which leads to the next format. The steps run one after another. A new
format needs one step more.

- All changes to the tables, of all steps, are one SQLite transaction. SQLite writes the new pages beside the old ones,
  and they count from ``COMMIT`` on. So the old index is what every reader sees until the new one is whole. It is also
  what is left when the run is killed, and a reader that began before goes on with it. A second database that takes the
  place of the first would be less safe: a reader that has the old file open would meet the new log under the old name.
- Work that takes many minutes in a large index is done before that, in batches. Each batch is a commit that also notes
  how far the work has come. It goes into tables and columns that no earlier semsearch looks at, so the index stays one
  of the earlier format. A run that is killed there is gone on with by the next one.
- Vector files and decisions are not touched, and nothing is embedded again.

A step must not use what a later format may change: it names the tables and columns of its own format itself.
"""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, NamedTuple

from semsearch.index import checksums, commit_mark
from semsearch.index.meta import get_meta, set_meta
from semsearch.index.records import stored_paper
from semsearch.index.schema import FORMAT_VERSION
from semsearch.index.text_tables import TextTable
from semsearch.index.transaction import transaction
from semsearch.model.errors import IndexDamaged, IndexFormat

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable
    from pathlib import Path

#: Papers of a batch.
_BATCH = 5000
#: Key of the table ``meta``: how far the papers are entered in the search tables.
_ENTERED = "migration"
_TRIGGERS = ("migration_changed", "migration_deleted")


class Step(NamedTuple):
    """From one format to the next."""

    change: Callable[[sqlite3.Connection], None]
    """What it changes; inside the one transaction of all steps."""
    prepare: Callable[[sqlite3.Connection, Path, int], None] | None = None
    """Long work before that, in batches of so many papers. It may find the tables of any earlier format, and must leave
    them such that an earlier semsearch works with them as before."""


def check_version(version: int, folder: Path) -> None:
    """Refuse an index of a format that is not known here.

    Raises:
        IndexFormat: It is of a newer format.
        IndexDamaged: There has never been such a format.
    """
    if version > FORMAT_VERSION:
        raise IndexFormat(
            str(folder),
            f"is of format {version}, and this semsearch knows the formats up to {FORMAT_VERSION}; upgrade semsearch",
        )
    if version != FORMAT_VERSION and version not in STEPS:
        raise IndexDamaged(
            str(folder),
            f"is of format {version}, which there has never been; restore it from a copy, or index the files again "
            "into a new place (--index NEW)",
        )


def show_as_today(connection: sqlite3.Connection, folder: Path) -> None:
    """Give a reader the tables of an earlier format under today's names, by views of its own connection.

    Args:
        connection: Inside a read transaction, so that the format stays what it is. The views end with it.
        folder: The index directory.

    Raises:
        IndexFormat: It must be migrated before it can be read.
    """
    version = _version(connection)
    if version <= _FILLED and not _is_searchable(connection):
        raise IndexFormat(
            str(folder),
            f"is of format {version}, which must be brought to format {FORMAT_VERSION} before it is read; 'semsearch "
            f"compact --index {folder}' does that, and embeds nothing again",
        )
    for last, views in _VIEWS.items():
        if version <= last:
            for view in views:
                connection.execute(f"CREATE TEMP VIEW {view}")


def migrate(connection: sqlite3.Connection, folder: Path, batch: int = _BATCH) -> None:
    """Bring an index to today's format, if it is of an earlier one.

    Args:
        connection: The writer's, in autocommit mode.
        folder: The index directory.
        batch: Papers of a commit, in long work.

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
            step.change(connection)
        connection.execute(f"PRAGMA user_version = {FORMAT_VERSION}")
        checksums.note_schema(connection)
    if get_meta(connection, "encoder"):  # else it is what a killed first build left, and no index yet
        logging.getLogger("semsearch").warning(
            "index %s: brought from format %d to format %d; an earlier semsearch cannot read it any more",
            *(folder, version, FORMAT_VERSION),
        )


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _has(connection: sqlite3.Connection, name: str) -> bool:
    return connection.execute("SELECT 1 FROM main.sqlite_master WHERE name = ?", (name,)).fetchone() is not None


# -- from format 1 -----------------------------------------------------------------------------------------------------


def _keep_repairs_too(connection: sqlite3.Connection) -> None:
    """Records that are no papers, and from now on those that were repaired."""
    for statement in (
        "CREATE TABLE remarks (kind TEXT NOT NULL, file TEXT NOT NULL, name TEXT NOT NULL, line INTEGER NOT NULL, "
        "reason TEXT NOT NULL, raw TEXT NOT NULL)",
        "INSERT INTO remarks SELECT 'rejected', file, name, line, reason, raw FROM rejected ORDER BY rowid",
        "DROP TABLE rejected",
    ):
        connection.execute(statement)


# -- from format 2 -----------------------------------------------------------------------------------------------------

#: The last format of which there are indexes without search tables: format 1, and the first ones of format 2.
_FILLED = 2
_COLUMNS = {"year": "INTEGER", "date": "TEXT", "language": "TEXT", "has_abstract": "INTEGER NOT NULL DEFAULT 0"}
_SEARCH_TABLES = {
    "words": "title, abstract, content='', tokenize='porter unicode61 remove_diacritics 2'",
    "names": "author, venue, category, tag, content='', tokenize='unicode61 remove_diacritics 2'",
}
_SEARCH_INDEXES = {
    **{f"papers_{column}": f"({column}, row)" for column in (*_COLUMNS, "seq")},
    "papers_truncated": "(truncated) WHERE truncated",
}
#: What an earlier semsearch may do to papers that are entered already: then all are entered again.
_UNDOING = ("UPDATE OF record", "DELETE")
#: Of each table that gets checksums, the values of a row in their order.
_VALUES = {
    "papers": "seq, id, row, key, file, digest, text_digest, truncated, record, year, date, language, has_abstract",
    "identifiers": "scheme, value, seq",
    "readings": "seq, file, digest, line, record",
    "remarks": "rowid, kind, file, name, line, reason, raw",
    "meta": "key, value",
}


def _is_searchable(connection: sqlite3.Connection) -> bool:
    """Whether there are search tables, and all papers are in them."""
    return _has(connection, "words") and not _has(connection, _TRIGGERS[0])


def _fill_search_tables(connection: sqlite3.Connection, folder: Path, batch: int) -> None:
    """Make the search tables of the papers' records, if there are none: three minutes for a million papers."""
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
                table.enter(seq, stored_paper(record, folder))
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


def _add_checksums(connection: sqlite3.Connection) -> None:
    """The search tables are complete, and each row gets a checksum.

    This is done in the one transaction, although it writes every row: a column more would stop an earlier semsearch,
    which enters rows without naming the columns. It takes half a minute of CPU time for a million papers, and for a
    while as much room as the database (measured with 50,000).
    """
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
    """An encoder's recipe 2 embeds a paper as recipe 1 did; only reading a file cleans some titles otherwise.

    So the vectors are those of the papers that are held, and the encoder of today may go on with them.
    """
    fingerprint = json.loads(get_meta(connection, "encoder") or "{}")
    if fingerprint.get("text_recipe") == "1":
        set_meta(connection, "encoder", json.dumps(fingerprint | {"text_recipe": "2"}, sort_keys=True))


# -- from format 3 -----------------------------------------------------------------------------------------------------


def _take_standard_names(connection: sqlite3.Connection) -> None:
    connection.execute("ALTER TABLE dead RENAME TO tombstones")
    connection.execute("ALTER TABLE remarks RENAME TO diagnostics")
    for column in ("file", "kind"):
        connection.execute(f"DROP INDEX IF EXISTS remarks_{column}")
        connection.execute(f"CREATE INDEX diagnostics_{column} ON diagnostics ({column})")


#: The last formats in which tables had other names than today, and what a reader takes for today's tables.
_VIEWS = {3: ("tombstones AS SELECT row FROM dead", "diagnostics AS SELECT rowid, * FROM remarks")}
#: By format, what leads from it to the next one.
STEPS = {
    1: Step(_keep_repairs_too),
    2: Step(_add_checksums, _fill_search_tables),
    3: Step(_take_standard_names),
}

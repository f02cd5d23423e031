"""A checksum of each row of the database, so that damage that SQLite does not see is found.

SQLite checks the structure of its file, not the values in it. Each row of the tables below therefore carries the
xxh3-64 of its values. The writer's triggers keep it; the reader of a record and ``verify`` check it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import xxhash

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Iterator

#: Of each table the columns that make up its key, and the others.
TABLES = {
    "papers": (
        ("seq",),
        (
            *("id", "row", "key", "file", "digest", "text_digest"),
            *("truncated", "record", "year", "date", "language", "has_abstract"),
        ),
    ),
    "identifiers": (("scheme", "value"), ("seq",)),
    "readings": (("seq", "file", "digest"), ("line", "record")),
    "diagnostics": (("rowid",), ("kind", "file", "name", "line", "reason", "raw")),
    "meta": (("key",), ("value",)),
}
#: The values of a paper's row, in the order of its checksum.
PAPER = ", ".join(TABLES["papers"][0] + TABLES["papers"][1])
_FUNCTION = "row_checksum"
#: Key of the table ``meta``.
_SCHEMA = "schema"
_SIGN = 2**63


def checksum(*values: str | int | bytes | None) -> int:
    """The checksum of a row: xxh3-64 of its values, each with its type and length, as SQLite's signed integer.

    Args:
        *values: The values of the row, in the order of `TABLES`.
    """
    digest = xxhash.xxh3_64()
    for value in values:
        content = value.encode("utf-8", "surrogatepass") if isinstance(value, str) else value
        if isinstance(content, bytes):
            digest.update(b"%c%d:" % (b"s" if isinstance(value, str) else b"b", len(content)))
            digest.update(content)
        else:
            digest.update(b"%r;" % content)
    return (digest.intdigest() + _SIGN) % (2 * _SIGN) - _SIGN


def is_whole(values: Iterable[Any], held: int | None) -> bool:
    """Whether a row is as it was written; an index of format 2 has no checksums (``None``) to tell by.

    Args:
        values: Columns of the row, in order.
        held: The checksum beside them.
    """
    return held is None or checksum(*values) == held


def keep(connection: sqlite3.Connection) -> None:
    """Have this connection, the writer's, keep the checksums of all rows that it inserts or changes."""
    connection.create_function(_FUNCTION, -1, checksum, deterministic=True)
    for table, (key, others) in TABLES.items():
        this_row = " AND ".join(f"{column} = NEW.{column}" for column in key)
        values = ", ".join(f"NEW.{column}" for column in key + others)
        named = [column for column in key + others if column != "rowid"]
        for event in ("INSERT", f"UPDATE OF {', '.join(named)}"):
            connection.execute(
                f"CREATE TEMP TRIGGER {table}_{event.split()[0]} AFTER {event} ON main.{table} BEGIN "
                f"UPDATE {table} SET checksum = {_FUNCTION}({values}) WHERE {this_row}; END"
            )


def note_schema(connection: sqlite3.Connection) -> None:
    """Keep a checksum of the tables' definitions; inside the caller's transaction, behind all changes to them."""
    value = str(_schema(connection))
    row = (_SCHEMA, value, checksum(_SCHEMA, value))
    connection.execute("INSERT OR REPLACE INTO meta (key, value, checksum) VALUES (?, ?, ?)", row)


def _schema(connection: sqlite3.Connection) -> int:
    parts = connection.execute("SELECT type, name, tbl_name, sql FROM main.sqlite_master ORDER BY type, name")
    return checksum(*(value for part in parts for value in part))


def damaged_schema(connection: sqlite3.Connection) -> Iterator[str]:
    """A line where a table or index is not defined as it was."""
    held = connection.execute("SELECT value FROM meta WHERE key = ?", (_SCHEMA,)).fetchone()
    if held is None or held[0] != str(_schema(connection)):
        yield "semsearch.db: the definitions of its tables are not those that were committed"


def damaged_rows(connection: sqlite3.Connection) -> Iterator[str]:
    """For each table that holds a row that is not as it was written, a line that names the first of these rows."""
    for table, (key, others) in TABLES.items():
        rows = connection.execute(f"SELECT {', '.join(key + others)}, checksum FROM {table} NOT INDEXED")
        bad = [values[: len(key)] for *values, held in rows if held is None or not is_whole(values, held)]
        if bad:
            first = " ".join(str(value)[:60] for value in bad[0])
            yield f"semsearch.db: {len(bad)} damaged rows in the table {table}, the first is {first}"

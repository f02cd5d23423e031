"""A checksum of each row of the database. It finds damage that SQLite does not see.

SQLite checks the structure of its file, but not the values in it. So each row of the tables below carries the xxh3-64
of its values. Triggers of the writer keep it up to date. It is checked when a record is read, and by ``verify``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import xxhash

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Iterator

#: For each table the columns of its key, and the other columns.
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
#: The columns of a paper's row, in the order of its checksum.
PAPER = ", ".join(TABLES["papers"][0] + TABLES["papers"][1])
_FUNCTION = "row_checksum"
#: Key of the table ``meta``.
_SCHEMA = "schema"
_SIGN = 2**63


def checksum(*values: str | int | bytes | None) -> int:
    """Compute the checksum of a row: xxh3-64 of its values, each with its type and length.

    Args:
        *values: The values of the row, in the order of `TABLES`.

    Returns:
        The checksum as a signed integer of 64 bits, which SQLite can store.
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
    """Whether a row is as it was written.

    Args:
        values: The values of the row, in the order of `TABLES`.
        held: Its checksum in the database; ``None`` in an index of format 1 or 2, which has no checksums.
    """
    return held is None or checksum(*values) == held


def keep(connection: sqlite3.Connection) -> None:
    """Make triggers that keep the checksums of all rows that this connection inserts or changes."""
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
    """Keep a checksum of the definitions of all tables, inside the transaction of the caller and after all changes."""
    value = str(_schema(connection))
    row = (_SCHEMA, value, checksum(_SCHEMA, value))
    connection.execute("INSERT OR REPLACE INTO meta (key, value, checksum) VALUES (?, ?, ?)", row)


def _schema(connection: sqlite3.Connection) -> int:
    parts = connection.execute("SELECT type, name, tbl_name, sql FROM main.sqlite_master ORDER BY type, name")
    return checksum(*(value for part in parts for value in part))


def damaged_schema(connection: sqlite3.Connection) -> Iterator[str]:
    """One line if the definition of a table or index is not as it was."""
    held = connection.execute("SELECT value FROM meta WHERE key = ?", (_SCHEMA,)).fetchone()
    if held is None or held[0] != str(_schema(connection)):
        yield "semsearch.db: the definitions of its tables are not as they were committed"


def damaged_rows(connection: sqlite3.Connection) -> Iterator[str]:
    """One line for each table with rows that are not as they were written; it names the first of these rows."""
    for table, (key, others) in TABLES.items():
        rows = connection.execute(f"SELECT {', '.join(key + others)}, checksum FROM {table} NOT INDEXED")
        bad = [values[: len(key)] for *values, held in rows if held is None or not is_whole(values, held)]
        if bad:
            first = " ".join(str(value)[:60] for value in bad[0])
            yield f"semsearch.db: {len(bad)} damaged rows in the table {table}, the first is {first}"

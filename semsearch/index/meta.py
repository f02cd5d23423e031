"""The table ``meta``: single values of an index, by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3


def get_meta(connection: sqlite3.Connection, key: str) -> str | None:
    """The value of a key; ``None`` if there is none.

    Args:
        connection: To the database.
        key: Name of the value.
    """
    row = connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
    return None if row is None else str(row[0])


def set_meta(connection: sqlite3.Connection, key: str, value: str) -> None:
    """Enter or replace a value.

    Args:
        connection: Connection of the writer.
        key: Name of the value.
        value: The value.
    """
    connection.execute(
        "INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        (key, value),
    )

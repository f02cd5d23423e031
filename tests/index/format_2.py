"""Indexes as format 2 had them: without checksums, and with other names of two tables."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from semsearch.index import checksums


def downgrade(path: Path) -> None:
    """Take out of an index what later formats brought."""
    with closing(sqlite3.connect(path / "semsearch.db")) as connection, connection:
        for table in checksums.TABLES:
            connection.execute(f"ALTER TABLE {table} DROP COLUMN checksum")
        connection.execute("ALTER TABLE tombstones RENAME TO dead")
        connection.execute("ALTER TABLE diagnostics RENAME TO remarks")
        connection.execute("DELETE FROM meta WHERE key = 'schema'")
        connection.execute("PRAGMA user_version = 2")
    (path / "semsearch.commits").unlink(missing_ok=True)

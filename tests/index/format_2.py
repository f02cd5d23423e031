"""Indexes as format 2 had them, without checksums."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from semsearch.index import checksums


def downgrade(path: Path) -> None:
    """Take out of an index what format 3 brought."""
    with closing(sqlite3.connect(path / "semsearch.db")) as connection, connection:
        for table in checksums.TABLES:
            connection.execute(f"ALTER TABLE {table} DROP COLUMN checksum")
        connection.execute("DELETE FROM meta WHERE key = 'schema'")
        connection.execute("PRAGMA user_version = 2")
    (path / "semsearch.commits").unlink(missing_ok=True)

"""Deletes readings of records that their files no longer hold."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from semsearch.text.file_names import real_name, shown_name

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence


def source_exists(file: str) -> bool:
    """Whether a file still exists; for a member of an archive (``archive.zip/member``), whether the archive does."""
    path = Path(real_name(file))
    return path.exists() or any(parent.is_file() for parent in path.parents)


def drop_readings(connection: sqlite3.Connection, files: set[str], folders: Sequence[str]) -> list[tuple[int]]:
    """Delete the readings that were not read again in this run, inside the transaction of the caller.

    Args:
        connection: Connection of the writer. Its table ``seen`` holds the records that were read.
        files: Absolute paths of the files that were read to their end.
        folders: Files below these folders count too, if they no longer exist.

    Returns:
        The ``seq`` of each paper that has no reading any more, as rows of one column.
    """
    connection.execute("CREATE INDEX IF NOT EXISTS temp.seen_file ON seen (file, digest)")
    roots = [shown_name(str(Path(folder).resolve())) for folder in folders]
    for (file,) in connection.execute("SELECT DISTINCT file FROM readings").fetchall():
        gone = any(Path(file).is_relative_to(root) for root in roots) and not source_exists(file)
        if file in files or gone:
            connection.execute(
                "DELETE FROM readings WHERE file = ?1 AND NOT EXISTS "
                "(SELECT 1 FROM seen WHERE seen.file = ?1 AND seen.digest = readings.digest)",
                (file,),
            )
    _adopt(connection)
    return connection.execute("SELECT seq FROM papers WHERE seq NOT IN (SELECT seq FROM readings)").fetchall()


def _adopt(connection: sqlite3.Connection) -> None:
    """Give papers whose first reading is gone another first reading."""
    rows = connection.execute(
        "SELECT p.seq, min(r.file) FROM papers p JOIN readings r USING (seq) WHERE NOT EXISTS "
        "(SELECT 1 FROM readings f WHERE f.seq = p.seq AND f.file = p.file AND f.digest = p.digest) GROUP BY p.seq"
    ).fetchall()
    for seq, file in rows:
        found = connection.execute("SELECT digest FROM readings WHERE seq = ? AND file = ?", (seq, file)).fetchone()
        connection.execute("UPDATE papers SET file = ?, digest = ? WHERE seq = ?", (file, found[0], seq))

"""The readings of papers: which record was read where, which one counts, and what the others add."""

from __future__ import annotations

from array import array
from pathlib import Path
from typing import TYPE_CHECKING

from semsearch.index import checksums
from semsearch.index.records import damaged, stored_paper, to_json
from semsearch.text.file_names import real_name

if TYPE_CHECKING:
    import sqlite3

    from semsearch.model.paper import Paper

_COLUMNS = "seq, file, digest, line, record"


class Readings:
    """The table ``readings``. The first reading of a paper is the one that counts; its record is null there.

    Args:
        connection: Connection of the writer, inside its transaction.
        folder: The index directory, for errors.
    """

    def __init__(self, connection: sqlite3.Connection, folder: Path) -> None:
        self._connection = connection
        self._folder = folder
        self._times: dict[str, int | None] = {}
        self._last_file = array("q")  # by seq: number of the file from which the paper was last read in this run, or 0
        self._numbers: dict[str, int] = {}

    def add(self, seq: int, file: str, digest: bytes, line: int, paper: Paper | None = None) -> None:
        """Enter a reading.

        Args:
            seq: Number of the paper.
            file: Absolute path of the file.
            digest: Digest of the record.
            line: Line in which the record begins.
            paper: The record; ``None`` for the reading that counts.
        """
        values = (seq, file, digest, line, to_json(paper) if paper else None)
        self._connection.execute(f"INSERT OR REPLACE INTO readings ({_COLUMNS}) VALUES (?, ?, ?, ?, ?)", values)

    def lead(self, seq: int, file: str, digest: bytes, line: int, former: Paper | None) -> None:
        """Make a reading the one that counts.

        Args:
            seq: Number of the paper.
            file: Absolute path of the file.
            digest: Digest of the record.
            line: Line in which the record begins.
            former: The record of the reading that counted before, which is kept as a further one; ``None`` to drop it.
        """
        if former is None:
            self._connection.execute("DELETE FROM readings WHERE seq = ? AND record IS NULL", (seq,))
        else:
            sql = "UPDATE readings SET record = ? WHERE seq = ? AND record IS NULL"
            self._connection.execute(sql, (to_json(former), seq))
        self.add(seq, file, digest, line)

    def further(self, seq: int) -> list[Paper]:
        """The records of all readings of a paper but the one that counts; those of the newest file first.

        Args:
            seq: Number of the paper.

        Raises:
            IndexDamaged: A row is not as it was committed.
        """
        sql = f"SELECT {_COLUMNS}, checksum FROM readings WHERE seq = ? AND record IS NOT NULL"
        found: list[tuple[int, Paper]] = []
        for *values, checksum in self._connection.execute(sql, (seq,)):
            if not checksums.is_whole(values, checksum):
                raise damaged(self._folder, f"a reading in {values[1]}")
            found.append((-(self._changed(values[1]) or 0), stored_paper(values[-1], self._folder)))
        return [paper for _, paper in sorted(found, key=lambda reading: reading[0])]

    def is_newer(self, file: str, other: str) -> bool:
        """Whether a file is not older than another. What has no time, such as standard input, is newer when it is read.

        Args:
            file: Absolute path of the file that is read now.
            other: Absolute path of a file that was read before.
        """
        ours, theirs = self._changed(file), self._changed(other)
        return ours is None or theirs is None or ours >= theirs

    def _changed(self, file: str) -> int | None:
        """When a file was last changed, in nanoseconds; for a member of an archive, when the archive was."""
        if file not in self._times:
            path = Path(real_name(file)) if not file.startswith("<") and "\0" not in file else None
            held = next((p for p in (path, *path.parents) if p.is_file()), None) if path else None
            self._times[file] = held.stat().st_mtime_ns if held else None
        return self._times[file]

    def is_seen(self, seq: int, file: str) -> bool:
        """Whether the last record that was read as a paper in this run is of this file.

        Args:
            seq: Number of the paper.
            file: Absolute path of the file.
        """
        return seq < len(self._last_file) and self._last_file[seq] == self._number(file)

    def mark(self, seq: int, file: str) -> bool:
        """Note that a record of a file was read as a paper.

        Args:
            seq: Number of the paper.
            file: Absolute path of the file.

        Returns:
            Whether another record of this file was, too.
        """
        if seq >= len(self._last_file):
            self._last_file.extend([0] * (seq + 1024 - len(self._last_file)))
        again, self._last_file[seq] = self.is_seen(seq, file), self._number(file)
        return again

    def _number(self, file: str) -> int:
        return self._numbers.setdefault(file, len(self._numbers) + 1)

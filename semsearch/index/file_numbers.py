"""Numbers of vector files: which files a writer may make, and which old files of ours it may delete.

A number is noted in a commit before its file is made, and there must be no file with this number yet. So the files that
a killed build left are known, and a file of the user is neither overwritten nor deleted, whatever its name is.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
from typing import TYPE_CHECKING

from semsearch.index import segment_files
from semsearch.index.meta import get_meta, set_meta
from semsearch.index.ownership import VECTORS
from semsearch.model.errors import IndexDamaged, StoreError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

#: Key in the table ``meta``. The value is a JSON list: numbers of files that may exist although no segment has them.
UNNAMED = "unnamed files"


class FileNumbers:
    """The numbers of vector files, for the only writer of an index.

    Args:
        connection: Connection of the writer.
        folder: The index directory.
    """

    def __init__(self, connection: sqlite3.Connection, folder: Path) -> None:
        self._connection = connection
        self._folder = folder

    def reserve(self, count: int = 1) -> None:
        """Note so many free numbers, if fewer are noted. Outside a transaction, this is a commit."""
        noted = self._noted()
        missing = count - len(self._free(noted))
        n = max(self._last(), *noted, 0)
        while missing > 0:
            n += 1
            if segment_files.is_free(self._folder, n):
                noted.append(n)
                missing -= 1
                if missing == 0:
                    self._note(noted)

    def take(self) -> int:
        """Take a number for a file that is made now, inside the transaction that enters its segment.

        Raises:
            StoreError: No noted number is free any more: another program has put files there.
        """
        noted = self._noted()
        free = self._free(noted)
        if not free:  # another file was put there since the number was noted
            raise StoreError(str(self._folder), f"another program writes into {VECTORS}; run the command again")
        noted.remove(free[0])
        self._note(noted)
        return free[0]

    def leave(self, numbers: Iterable[int]) -> None:
        """Note the numbers of segments that this transaction deletes; their files are deleted after it."""
        last = self._last()
        there = [n for n in self._noted() if n > last or not segment_files.is_free(self._folder, n)]
        self._note([*there, *numbers])

    def sweep(self) -> list[int]:
        """Delete noted files that no segment has; returns the numbers of files that could not be deleted."""
        named = {n for (n,) in self._connection.execute("SELECT n FROM segments")}
        return [n for n in self._noted() if n not in named and not segment_files.delete(self._folder, n)]

    def release(self) -> None:
        """Delete files that no segment has, and keep only the numbers of those that could not be deleted."""
        with contextlib.suppress(sqlite3.Error, OSError):  # on a full disk, the next writer does it
            if self._noted() != (staying := self.sweep()):
                self._note(staying)

    def _free(self, noted: list[int]) -> list[int]:
        last = self._last()
        return sorted(n for n in noted if n > last and segment_files.is_free(self._folder, n))

    def _last(self) -> int:
        """The highest number that a segment ever had."""
        row = self._connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'segments'").fetchone()
        return int(row[0]) if row else 0

    def _noted(self) -> list[int]:
        value = get_meta(self._connection, UNNAMED)
        try:
            return [int(n) for n in json.loads(value)] if value else []
        except (ValueError, TypeError) as error:
            raise IndexDamaged(str(self._folder), f"'{UNNAMED}' in its database is not a list of numbers") from error

    def _note(self, numbers: list[int]) -> None:
        set_meta(self._connection, UNNAMED, json.dumps(sorted(set(numbers))))

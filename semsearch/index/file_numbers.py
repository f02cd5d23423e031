"""Numbers of vector files: which ones a writer may make, and which of those that lie there are rubbish of ours.

A number is noted in a commit before its file is made, and chosen so that nothing lies under it. So what a killed build
leaves behind is known, and a file of the user's is neither overwritten nor deleted, whatever its name is.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
from typing import TYPE_CHECKING

from semsearch.index import segments
from semsearch.index.meta import get_meta, set_meta
from semsearch.index.ownership import VECTORS
from semsearch.model.errors import IndexDamaged, StoreError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

#: In the table ``meta``: numbers, as a JSON list, of files that may lie there without a row that names them.
UNNAMED = "unnamed files"


class FileNumbers:
    """For the one writer of an index.

    Args:
        connection: The writer's.
        folder: The index directory.
    """

    def __init__(self, connection: sqlite3.Connection, folder: Path) -> None:
        self._connection = connection
        self._folder = folder

    def reserve(self, count: int = 1) -> None:
        """See to it that so many numbers are noted. Outside a transaction this is a commit, but rarely needed."""
        noted = self._noted()
        missing = count - len(self._free(noted))
        n = max(self._last(), *noted, 0)
        while missing > 0:
            n += 1
            if segments.is_free(self._folder, n):
                noted.append(n)
                missing -= 1
                if missing == 0:
                    self._note(noted)

    def take(self) -> int:
        """A number for a file that is made now; inside a transaction, which enters a row with it.

        Raises:
            StoreError: All numbers were taken meanwhile, by another program.
        """
        noted = self._noted()
        free = self._free(noted)
        if not free:  # something has come to lie there since it was noted
            raise StoreError(str(self._folder), f"another program writes into {VECTORS}; run the command again")
        noted.remove(free[0])
        self._note(noted)
        return free[0]

    def leave(self, numbers: Iterable[int]) -> None:
        """Rows with these numbers are deleted in this transaction, and their files after it."""
        last = self._last()
        there = [n for n in self._noted() if n > last or not segments.is_free(self._folder, n)]
        self._note([*there, *numbers])

    def sweep(self) -> list[int]:
        """Delete files that are noted and that no committed row names; returns the numbers of those that stay."""
        named = {n for (n,) in self._connection.execute("SELECT n FROM segments")}
        return [n for n in self._noted() if n not in named and not segments.delete(self._folder, n)]

    def release(self) -> None:
        """Delete what is rubbish, and note no more than what could not be deleted."""
        with contextlib.suppress(sqlite3.Error, OSError):  # a full disk: then the next writer does it
            if self._noted() != (staying := self.sweep()):
                self._note(staying)

    def _free(self, noted: list[int]) -> list[int]:
        last = self._last()
        return sorted(n for n in noted if n > last and segments.is_free(self._folder, n))

    def _last(self) -> int:
        """The highest number that a row ever had."""
        row = self._connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'segments'").fetchone()
        return int(row[0]) if row else 0

    def _noted(self) -> list[int]:
        value = get_meta(self._connection, UNNAMED)
        try:
            return [int(n) for n in json.loads(value)] if value else []
        except (ValueError, TypeError) as error:
            raise IndexDamaged(str(self._folder), f"'{UNNAMED}' in its database is no list of numbers") from error

    def _note(self, numbers: list[int]) -> None:
        set_meta(self._connection, UNNAMED, json.dumps(sorted(set(numbers))))

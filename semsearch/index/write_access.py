"""The right to change an index: its lock, and a connection that may write."""

from __future__ import annotations

from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from semsearch.index.database import connect, translated
from semsearch.index.ownership import DATABASE, LOCK, refuse_foreign
from semsearch.index.reading import close_writer
from semsearch.model.errors import IndexBusy

if TYPE_CHECKING:
    from pathlib import Path


class WriteAccess:
    """Takes the lock of an index, and connects to its database. If there is no index, it is made.

    Args:
        folder: The index directory.

    Raises:
        IndexBusy: Another process holds the lock.
        IndexFormat: A file under one of our names was not made by semsearch.
        StoreError: The folder cannot be written, or the disk is full.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        with translated(folder):
            refuse_foreign(folder)
            folder.mkdir(parents=True, exist_ok=True)
            self._lock = FileLock(folder / LOCK, timeout=0)
            try:
                self._lock.acquire()
            except Timeout as error:
                raise IndexBusy(str(folder)) from error
        try:
            self.connection = connect(folder, writing=True)
        except BaseException:
            self._lock.release()
            raise

    def close(self) -> None:
        """Drop what was not committed, and release the lock."""
        try:
            close_writer(self.connection, self._folder / DATABASE)
        finally:
            self._lock.release()

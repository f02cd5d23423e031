"""A private copy of a database, for readers that may not write beside it and find no index of its log there.

SQLite's own locks need the file ``-shm``. Writers leave it behind, so a copy is made only of an index that was carried
here without it, or that an older semsearch closed.
"""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
import tempfile
import time
from pathlib import Path

from semsearch.model.errors import StoreError

#: What belongs to one state of a database.
_PARTS = ("", "-wal", "-journal")
#: Seconds that a file must have been left alone: the kernel's clock, by which it notes times, does not tick more often
#: than that, so two changes within it may leave one time.
_TICK = 0.05


class _Copied(sqlite3.Connection):
    folder = ""

    def close(self) -> None:
        super().close()
        shutil.rmtree(self.folder, ignore_errors=True)


def private_copy(path: Path, *, even_in_use: bool = False) -> sqlite3.Connection | None:
    """A connection to a copy, in autocommit mode; ``None`` if the original is in use or changed meanwhile: try again.

    Whoever writes connects first, by which ``-shm`` comes to be; and what it writes changes times or sizes. So a copy
    that was made while neither happened is one state, and no lock was needed.

    Args:
        path: The database.
        even_in_use: Also if there is a file ``-shm``.
    """
    before = _state(path, even_in_use)
    if before is None:
        return None
    folder = tempfile.mkdtemp(prefix="semsearch-")  # for this user only
    try:
        copy = Path(folder) / path.name
        _copy(path, copy)
        if _state(path, even_in_use) != before:
            shutil.rmtree(folder)
            return None
        connection = sqlite3.connect(copy, factory=_Copied, isolation_level=None, check_same_thread=False)
        connection.folder = folder
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    try:
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()  # opens the log too
    except BaseException:
        connection.close()
        raise
    if os.name != "nt":  # what is open stays; a kill leaves nothing behind
        shutil.rmtree(folder, ignore_errors=True)
    return connection


def _copy(path: Path, copy: Path) -> None:
    for suffix in _PARTS:
        try:
            shutil.copyfile(path.with_name(path.name + suffix), copy.with_name(copy.name + suffix))
        except FileNotFoundError:
            continue
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
                raise
            raise StoreError(
                str(path.parent),
                f"cannot be read in place, and there is no room for a copy in {tempfile.gettempdir()}; "
                "TMPDIR names another place",
            ) from error


def _state(path: Path, even_in_use: bool) -> list[tuple[int, ...] | None] | None:
    """By what a change shows; ``None`` if one may be going on."""
    if not even_in_use and os.path.lexists(path.with_name(path.name + "-shm")):
        return None
    state: list[tuple[int, ...] | None] = []
    for suffix in _PARTS:
        try:
            found = path.with_name(path.name + suffix).stat()
        except FileNotFoundError:
            state.append(None)
            continue
        if 0 <= (age := time.time() - found.st_mtime) < _TICK:
            time.sleep(_TICK - age)
            return None
        state.append((found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns))
    return state

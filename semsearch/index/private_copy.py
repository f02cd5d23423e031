"""A private copy of a database, for a reader that may not write in its folder and finds no index of its log there.

SQLite's own locks need this index, the file ``-shm``. Writers leave it there. So a copy is made only of an index that
was copied here without it, or that an older version of semsearch closed.
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

#: Endings of the files that make up a database.
_PARTS = ("", "-wal", "-journal")
#: Seconds for which a file must not have changed. The kernel's clock for file times may tick as rarely as that, so two
#: changes within this time may get the same file time.
_TICK = 0.05


class _Copied(sqlite3.Connection):
    folder = ""

    def close(self) -> None:
        super().close()
        shutil.rmtree(self.folder, ignore_errors=True)


def private_copy(path: Path, *, even_in_use: bool = False) -> sqlite3.Connection | None:
    """Copy a database, and open the copy.

    No lock is needed: a writer connects first, which makes the file ``-shm``, and what it writes changes the times or
    sizes of files. If neither happened during the copy, the copy is one whole commit.

    Args:
        path: The database.
        even_in_use: Whether to copy it although there is a file ``-shm``.

    Returns:
        A connection to the copy, in autocommit mode; ``None`` if the database is in use or changed meanwhile. The
        caller may try again.

    Raises:
        StoreError: There is no space for a copy.
        sqlite3.Error: The copy cannot be opened.
    """
    before = _state(path, even_in_use)
    if before is None:
        return None
    folder = tempfile.mkdtemp(prefix="semsearch-")  # only this user may read it
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
    if os.name != "nt":  # open files can still be read; so nothing is left if the process is killed
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
                f"cannot be read in place, and there is no space for a copy in {tempfile.gettempdir()}; "
                "TMPDIR names another place",
            ) from error


def _state(path: Path, even_in_use: bool) -> list[tuple[int, ...] | None] | None:
    """Values that differ after any change of the files; ``None`` if a change may be going on."""
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

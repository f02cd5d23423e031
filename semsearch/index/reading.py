"""Opens a database for reading, also beside a writer, and in a folder that may not be written.

A reader uses SQLite's own locks. These need the log and its index (``-wal``, ``-shm``). A reader that may write in the
folder makes these files if they are missing. For all other readers, writers leave them there (`close_writer`). If they
are missing all the same, a reader uses a private copy; or the file as it is, if nobody can write on the medium.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
from pathlib import Path

from semsearch.index.private_copy import private_copy

#: Seconds for which a reader tries to open one commit, and between two tries.
_PATIENCE = 10.0
_PAUSE = 0.01
#: File systems on which "read-only" means that nobody writes. Network file systems are not among them, since another
#: machine may write. A read-only mount is not enough: the same file system may be mounted for writing elsewhere, as in
#: containers.
_LOCAL = (
    *("ext2", "ext3", "ext4", "xfs", "btrfs", "vfat", "exfat", "tmpfs"),
    *("iso9660", "udf", "squashfs", "erofs", "cramfs"),
)


def open_reader(path: Path) -> sqlite3.Connection:
    """Open a database for reading. Only whole commits are read, whatever is written meanwhile.

    Args:
        path: The database.

    Returns:
        A connection in autocommit mode. Threads may use it one after the other.

    Raises:
        sqlite3.Error: It cannot be opened.
    """
    uri = path.resolve().as_uri()
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            return _connected(f"{uri}?mode=ro")
        except sqlite3.OperationalError as error:
            # There is no log and no right to make one, or a build was killed in its first transaction.
            if error.sqlite_errorcode & 0xFF not in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY):
                raise
            if time.monotonic() > deadline or not _readable(path):
                raise
        if _never_changes(path):
            return _connected(f"{uri}?mode=ro&immutable=1")
        if connection := private_copy(path):
            return connection
        time.sleep(_PAUSE)


def close_writer(connection: sqlite3.Connection, path: Path) -> None:
    """Close the connection of a writer, but leave an (empty) log and its index there.

    Readers without the right to write need them. SQLite deletes both when the last connection is closed, unless that
    connection may only read.

    Args:
        connection: The connection of the writer.
        path: The database.
    """
    last = None
    # A commit is safe already. If the disk is full, it stays in the log.
    with contextlib.suppress(sqlite3.Error):
        connection.execute("PRAGMA busy_timeout = 0")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        last = _connected(f"{path.resolve().as_uri()}?mode=ro")
    try:
        connection.close()
    finally:
        if last:
            last.close()


def _connected(uri: str) -> sqlite3.Connection:
    # Threads use the connections of a reader one after the other (`semsearch.index.connections`).
    connection = sqlite3.connect(uri, uri=True, isolation_level=None, timeout=10, check_same_thread=False)
    try:
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except BaseException:
        connection.close()
        raise
    return connection


def _readable(path: Path) -> bool:
    """Whether the permissions of all files of the database let us read them."""
    parts = (path.with_name(path.name + suffix) for suffix in ("", "-wal", "-shm"))
    return all(os.access(part, os.R_OK) for part in parts if os.path.lexists(part))


def _never_changes(path: Path) -> bool:
    """Whether a database has no log and lies where nobody can write. Known on Linux only (man 5 proc, mountinfo)."""
    log = path.with_name(path.name + "-wal")
    try:
        if log.exists() and log.stat().st_size:
            return False
        device = path.stat().st_dev
        mounts = Path("/proc/self/mountinfo").read_text("utf-8", "replace").splitlines()
    except OSError:
        return False
    for mount in mounts:
        place, _, system = mount.partition(" - ")
        if place.split()[2] == f"{os.major(device)}:{os.minor(device)}":
            kind, _, options = system.split(" ")[:3]
            return kind in _LOCAL and "ro" in options.split(",")
    return False

"""Opening a database for reading, also where nothing may be written beside it, and beside a writer.

A reader uses SQLite's own locks, which need the log and its index (``-wal``, ``-shm``). Who may write in the folder
makes them where they are missing; for all others writers leave them behind (`close_writer`). Where they are missing all
the same, a reader uses a private copy, or, on a medium that nobody can write to, the file as it is.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
from pathlib import Path

from semsearch.index.private_copy import private_copy

#: Seconds that a reader tries to get one state.
_PATIENCE = 10.0
_PAUSE = 0.01
#: File systems on which "read-only" means that nobody writes. Not those of networks, where another machine may; nor is
#: a read-only mount enough: the same file system may be mounted for writing elsewhere (as in containers).
_LOCAL = (
    *("ext2", "ext3", "ext4", "xfs", "btrfs", "vfat", "exfat", "tmpfs"),
    *("iso9660", "udf", "squashfs", "erofs", "cramfs"),
)


def open_reader(path: Path) -> sqlite3.Connection:
    """A connection in autocommit mode that reads committed states only, whatever is written meanwhile."""
    uri = path.resolve().as_uri()
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            return _connected(f"{uri}?mode=ro")
        except sqlite3.OperationalError as error:
            # No log and no right to make one, or a build that was killed in its first transaction.
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
    """Close the connection of a writer so that readers without the right to write find an (empty) log and its index.

    SQLite deletes both when the last connection is closed, unless that one may only read.

    Args:
        connection: The writer's.
        path: The database file.
    """
    last = None
    # What was committed is so already; where the disk is full, the log keeps it.
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
    # Threads use one after another what the pool of a reader holds (`semsearch.index.connections`).
    connection = sqlite3.connect(uri, uri=True, isolation_level=None, timeout=10, check_same_thread=False)
    try:
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except BaseException:
        connection.close()
        raise
    return connection


def _readable(path: Path) -> bool:
    """Whether permissions are not what keeps a reader out."""
    parts = (path.with_name(path.name + suffix) for suffix in ("", "-wal", "-shm"))
    return all(os.access(part, os.R_OK) for part in parts if os.path.lexists(part))


def _never_changes(path: Path) -> bool:
    """Whether a database without a log lies where nobody can write. Known on Linux only (man 5 proc, mountinfo)."""
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

"""Opens the SQLite file of an index, and turns errors of SQLite and the system into errors of semsearch."""

from __future__ import annotations

import contextlib
import errno
import sqlite3
from typing import TYPE_CHECKING

from semsearch.index import checksums, migration
from semsearch.index.ownership import DATABASE, has_database
from semsearch.index.reading import open_reader
from semsearch.index.schema import APPLICATION_ID, FORMAT_VERSION, TABLES
from semsearch.index.transaction import transaction
from semsearch.model.disk import sync_folder
from semsearch.model.errors import IndexBusy, IndexDamaged, IndexFormat, IndexMissing, StoreError
from semsearch.model.forking import no_fork

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def connect(folder: Path, *, writing: bool = False) -> sqlite3.Connection:
    """Open the database of an index.

    If the connection may write, the file and its tables are made if they are missing, and an index of an earlier format
    is migrated. If not, nothing is changed (see `semsearch.index.migration.refuse_earlier`).

    Args:
        folder: The index directory.
        writing: Whether the connection may write.

    Returns:
        A connection in autocommit mode.

    Raises:
        IndexMissing: There is no index, and ``writing`` is false.
        IndexFormat: It is no folder, or the database was not made by semsearch, or has a newer format.
        IndexDamaged: SQLite cannot read it.
        IndexBusy: Another process holds SQLite's lock.
        StoreError: The folder cannot be written, or the disk is full.
    """
    with translated(folder):
        if folder.exists() and not folder.is_dir():
            raise IndexFormat(str(folder), "is a file; --index names a folder")
        if not has_database(folder) and not writing:
            raise IndexMissing(str(folder))
        path = folder / DATABASE
        connection = sqlite3.connect(path, isolation_level=None, timeout=10) if writing else open_reader(path)
        try:
            _prepare(connection, folder, writing)
        except BaseException:
            connection.close()
            raise
    return connection


def _prepare(connection: sqlite3.Connection, folder: Path, writing: bool) -> None:
    if writing:
        connection.execute("PRAGMA synchronous = FULL")
    application, version = (
        connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version")
    )
    empty = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0
    if empty and application in (0, APPLICATION_ID):
        if not writing:
            raise IndexMissing(str(folder))
        _make(connection, folder)
    elif application != APPLICATION_ID:
        raise IndexFormat(str(folder), f"{DATABASE} was not made by semsearch; name another place with --index")
    else:
        migration.check_version(version, folder)
    connection.execute("PRAGMA foreign_keys = ON")
    if writing:
        # The file keeps this mode; but a build may have been killed before it was set.
        connection.execute("PRAGMA journal_mode = WAL")
        migration.migrate(connection, folder)
        checksums.keep(connection)


def _make(connection: sqlite3.Connection, folder: Path) -> None:
    # With a journal, not yet with a log: so the first bytes of the file tell from the start that it is ours.
    with transaction(connection, f"PRAGMA application_id = {APPLICATION_ID}; {TABLES}"):
        connection.execute(f"PRAGMA user_version = {FORMAT_VERSION}")
        checksums.note_schema(connection)
    sync_folder(folder)
    # The name of the folder itself. Not everybody who may write in it may read the folder above.
    with contextlib.suppress(OSError):
        sync_folder(folder.parent)


@contextlib.contextmanager
def translated(folder: Path, *, files: bool = True) -> Iterator[None]:
    """Turn exceptions of SQLite, and those of files, into errors of semsearch.

    Args:
        folder: The index directory.
        files: Whether an `OSError` is turned into a `StoreError` too.

    Raises:
        IndexBusy: Another process holds SQLite's lock.
        IndexFormat: The file is not an SQLite file.
        IndexDamaged: SQLite reports damage.
        StoreError: The disk is full, or the system cannot read or write.
        KeyboardInterrupt: The user interrupted the run while SQLite computed a checksum.
    """
    where = str(folder)
    try:
        with no_fork() if files else contextlib.nullcontext():
            yield
    except sqlite3.OperationalError as error:
        text = str(error)
        if "user-defined function raised" in text:  # ours raise nothing, so an interrupt met one; sqlite3 hides it
            raise KeyboardInterrupt from error
        if "full" in text:
            raise StoreError(
                where, "the disk is full; the last commit is whole, free some space and run the command again"
            ) from error
        if "lock" in text or "busy" in text:
            raise IndexBusy(where) from error
        if "readonly" in text or "unable to open" in text or "attempt to write" in text:
            raise StoreError(
                where,
                "cannot be opened or written; check the permissions of the folder and its files, and the free space",
            ) from error
        if "disk I/O error" in text:
            raise StoreError(
                where,
                f"the system could not read or write ({error.sqlite_errorname}): is the disk full, or failing? "
                "The last commit is whole; run the command again when that is repaired",
            ) from error
        raise IndexDamaged(where, f"SQLite reports '{text}'; 'semsearch verify' tells more") from error
    except sqlite3.DatabaseError as error:
        if "not a database" in str(error):
            raise IndexFormat(where, f"{DATABASE} is not an SQLite file; name another place with --index") from error
        told = " ".join(str(error).split())  # a damaged schema may hold line breaks
        raise IndexDamaged(where, f"SQLite reports '{told}'; index the files again into a new place") from error
    except UnicodeDecodeError as error:  # this is how sqlite3 reports damaged text
        raise IndexDamaged(where, "the database holds text that is not UTF-8; 'semsearch verify' tells more") from error
    except OSError as error:
        if not files:
            raise
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise StoreError(
                where, "the disk is full; the last commit is whole, free some space and run the command again"
            ) from error
        raise StoreError(
            where, f"{error.strerror or error}{f' ({error.filename})' if error.filename else ''}"
        ) from error

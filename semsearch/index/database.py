"""Opening the SQLite file of an index, and turning what SQLite and the system report into this project's errors."""

from __future__ import annotations

import contextlib
import errno
import sqlite3
from typing import TYPE_CHECKING

from semsearch.index import checksums, migration
from semsearch.index.ownership import DATABASE, has_database
from semsearch.index.reading import open_reader
from semsearch.index.schema import APPLICATION_ID, FORMAT_VERSION, TABLES
from semsearch.index.segments import sync_folder
from semsearch.index.transaction import transaction
from semsearch.model.errors import IndexBusy, IndexDamaged, IndexFormat, IndexMissing, StoreError
from semsearch.model.forking import no_fork

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def connect(folder: Path, *, writing: bool = False) -> sqlite3.Connection:
    """A connection in autocommit mode.

    For writing, the file and its tables are made where they are missing, and an index of an earlier format is migrated.
    For reading, it is left as it is (see `semsearch.index.migration.show_as_today`).

    Args:
        folder: The index directory.
        writing: Whether the caller writes.

    Raises:
        IndexMissing: Nothing there, and not writing.
        IndexFormat: The file is not ours, or of a newer format.
        IndexDamaged: SQLite cannot read it.
        StoreError: The folder cannot be written, the disk is full.
    """
    with translated(folder):
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
        raise IndexFormat(str(folder), f"{DATABASE} there was not made by semsearch; --index names another place")
    else:
        migration.check_version(version, folder)
    connection.execute("PRAGMA foreign_keys = ON")
    if writing:
        connection.execute("PRAGMA journal_mode = WAL")  # stays so; but a build may have been killed before
        migration.migrate(connection, folder)
        checksums.keep(connection)


def _make(connection: sqlite3.Connection, folder: Path) -> None:
    # With a journal, not yet a log: so the first bytes of the file say from the start whose it is.
    with transaction(connection, f"PRAGMA application_id = {APPLICATION_ID}; {TABLES}"):
        connection.execute(f"PRAGMA user_version = {FORMAT_VERSION}")
        checksums.note_schema(connection)
    sync_folder(folder)
    with contextlib.suppress(OSError):  # the folder's own entry; who may write in it, may not always see above it
        sync_folder(folder.parent)


@contextlib.contextmanager
def translated(folder: Path, *, files: bool = True) -> Iterator[None]:
    """No sqlite3 exception and (``files``) no OSError of the index folder leaves the store.

    Args:
        folder: The index directory.
        files: Whether an ``OSError`` is translated, too.

    Raises:
        IndexBusy: Another process holds a lock.
        IndexDamaged: SQLite cannot read the database.
        IndexFormat: The database is not ours.
        StoreError: The folder cannot be used: the disk is full, or it may not be written.
    """
    where = str(folder)
    try:
        with no_fork() if files else contextlib.nullcontext():
            yield
    except sqlite3.OperationalError as error:
        text = str(error)
        if "full" in text:
            raise StoreError(
                where, "the disk is full; the last commit is whole, free some space and run the command again"
            ) from error
        if "lock" in text or "busy" in text:
            raise IndexBusy(where) from error
        if "readonly" in text or "unable to open" in text or "attempt to write" in text:
            raise StoreError(
                where,
                "cannot be opened or written; check the permissions of the folder and its files, and its room",
            ) from error
        if "disk I/O error" in text:
            raise StoreError(
                where,
                f"the system could not read or write ({error.sqlite_errorname}): is the disk full, or failing? "
                "The last commit is whole; run the command again when that is mended",
            ) from error
        raise IndexDamaged(where, f"SQLite reports '{text}'; 'semsearch verify' tells more") from error
    except sqlite3.DatabaseError as error:
        if "not a database" in str(error):
            raise IndexFormat(where, f"{DATABASE} there is no SQLite file; --index names another place") from error
        raise IndexDamaged(where, f"SQLite reports '{error}'; index the files again into a new place") from error
    except UnicodeDecodeError as error:  # sqlite3 gives out damaged text so
        raise IndexDamaged(where, "the database holds text that is no UTF-8; 'semsearch verify' tells more") from error
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

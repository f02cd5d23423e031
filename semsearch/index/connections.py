"""Connections to the database that all read the same commit, for any number of threads.

In SQLite, each connection reads the commit that was the newest when its transaction began. Threads that read at the
same time need several connections to the same commit. Another one can be opened as long as there is no newer commit.
After that, the threads share the connections that exist.

While a reader is used, at least one of its connections is inside a transaction, so that a writer keeps what it reads.
While it is not used, none is: such a reader holds no lock and does not make the log grow.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
import weakref
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from semsearch.index.database import connect
from semsearch.index.migration import refuse_earlier
from semsearch.index.ownership import DATABASE
from semsearch.model.errors import SemsearchError, StoreError
from semsearch.model.forking import no_fork

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator
    from contextlib import AbstractContextManager

#: Each commit differs from the one before in one of these values: a writer counts its commits, merging and compacting
#: give segments new numbers, and a migration changes the version. It is one statement, so that all are of one commit.
_STATE = (
    "SELECT (SELECT value FROM meta WHERE key = 'generation'), (SELECT value FROM meta WHERE key = 'changed'), "
    "(SELECT max(n) FROM segments), (SELECT count(*) FROM segments), (SELECT user_version FROM pragma_user_version)"
)
#: Largest number of connections of one reader. If there are more threads, they wait for each other.
_MOST = 16
#: Connections of the parent process, which a child must not close: see `PinnedConnections.after_fork`.
_ABANDONED: list[Any] = []


class Connections(Protocol):
    """Gives connections to the parts of a reader."""

    def borrow(self) -> AbstractContextManager[sqlite3.Connection]:
        """A connection for a ``with`` block. Inside the block, a generator must not yield."""
        ...

    def rows(self, sql: str, *values: str | int) -> list[tuple[Any, ...]]:
        """Run a query.

        Args:
            sql: One statement.
            *values: Values of its parameters.

        Returns:
            All rows of its result.
        """
        ...


class OneConnection:
    """The connection of a writer, which also reads its open transaction; implements `Connections`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    @contextlib.contextmanager
    def borrow(self) -> Iterator[sqlite3.Connection]:
        """See `Connections`."""
        yield self._connection

    def rows(self, sql: str, *values: str | int) -> list[tuple[Any, ...]]:
        """See `Connections`."""
        return self._connection.execute(sql, values).fetchall()


class PinnedConnections:
    """Connections to the commit that is the newest now; implements `Connections`.

    They are pinned: inside a transaction, so that they go on reading this commit. `unpin` ends that.

    Args:
        folder: The index directory.

    Raises:
        IndexFormat: The index must be migrated before it can be read.
        StoreError: The database cannot be opened; see `semsearch.index.database.connect` for this and other errors.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._ready = threading.Condition()
        self._mine = threading.local()
        self._file = _identity(folder / DATABASE)
        first = connect(folder)
        #: All open connections, idle or not.
        self._all = [first]
        self._idle = [first]
        self._newest: sqlite3.Connection | None = None
        self._no_more = False
        weakref.finalize(self, _close, self._all)
        try:
            first.execute("BEGIN")
            self._state = _state(first)
            refuse_earlier(first, folder)
        except BaseException:
            self.close()
            raise
        self._log = _identity(folder / f"{DATABASE}-wal")
        #: Whether the database itself is read, so that newer commits are noticed. If not, a private copy is read.
        self.notices_commits = self._file is not None and _is_of(first, folder)

    # -- the commit ----------------------------------------------------------------------------------------------------

    def is_newest(self, *, pinned: bool) -> bool:
        """Whether this is still the newest commit. If it is and was not pinned, it is pinned again.

        Args:
            pinned: Whether it is pinned now, since somebody uses the connections.
        """
        if not self.notices_commits or _identity(self._folder / DATABASE) != self._file:
            return False  # it was deleted and made again
        if _identity(self._folder / f"{DATABASE}-wal") != self._log:
            return False  # somebody deleted the log, and with it the last commits
        try:
            with no_fork():
                if not pinned:
                    return self._begin(self._idle[-1])
                if self._newest is None:
                    self._newest = connect(self._folder)
                    self._all.append(self._newest)
                return _state(self._newest) == self._state
        except (
            SemsearchError,
            sqlite3.Error,
            OSError,
        ):  # the caller opens the database again, which tells what is wrong
            return False

    def unpin(self) -> None:
        """End all transactions, while nobody uses a connection."""
        with no_fork(), self._ready:
            for connection in self._idle:
                if connection.in_transaction:
                    with contextlib.suppress(sqlite3.Error):
                        connection.execute("ROLLBACK")

    def close(self) -> None:
        """Close all connections, while nobody uses one."""
        with no_fork(), self._ready:
            self._idle.clear()
            _close(self._all)

    def after_fork(self) -> None:
        """Leave the connections alone in a child process, where SQLite forbids to use or close them."""
        _ABANDONED.append(list(self._all))
        self._all.clear()
        self._idle.clear()

    # -- use -----------------------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def borrow(self) -> Iterator[sqlite3.Connection]:
        """See `Connections`. Inside a ``with`` block of the same thread, it gives the same connection again."""
        held: sqlite3.Connection | None = getattr(self._mine, "connection", None)
        if held is not None:
            yield held
            return
        connection = self._take()
        self._mine.connection = connection
        try:
            with no_fork():
                yield connection
        finally:
            self._mine.connection = None
            with self._ready:
                self._idle.append(connection)
                self._ready.notify()

    def rows(self, sql: str, *values: str | int) -> list[tuple[Any, ...]]:
        """See `Connections`."""
        with self.borrow() as connection:
            return connection.execute(sql, values).fetchall()

    def _take(self) -> sqlite3.Connection:
        while True:  # the lock is never held while SQLite is asked: a fork would wait for both
            with self._ready:
                while not self._idle and (self._no_more or len(self._all) >= _MOST):
                    if not [one for one in self._all if one is not self._newest]:
                        raise StoreError(str(self._folder), "was changed while it was read; run the command again")
                    self._ready.wait()
                connection = self._idle.pop() if self._idle else None
            if connection is None:
                connection = self._another()
                if connection is None:
                    self._no_more = True
                    continue
            with no_fork():
                begun = connection.in_transaction or self._begin(connection)
            if begun:
                return connection
            with self._ready:  # it was idle, and there is a newer commit: it cannot read the older one any more
                self._all.remove(connection)
                self._no_more = True
            connection.close()

    def _another(self) -> sqlite3.Connection | None:
        """One more connection; ``None`` if this commit can no longer be opened."""
        try:
            with no_fork():
                connection = connect(self._folder)
                if not _is_of(connection, self._folder) or not self._begin(connection):
                    connection.close()
                    return None
        except (SemsearchError, sqlite3.Error, OSError):
            return None
        with self._ready:
            self._all.append(connection)
        return connection

    def _begin(self, connection: sqlite3.Connection) -> bool:
        """Begin a transaction; returns whether it reads this commit."""
        connection.execute("BEGIN")
        if _state(connection) == self._state:
            return True
        connection.execute("ROLLBACK")
        return False


def _state(connection: sqlite3.Connection) -> Hashable:
    found: tuple[Any, ...] = connection.execute(_STATE).fetchone()
    return found


def _identity(path: Path) -> tuple[int, int] | None:
    """Device and inode of a file; ``None`` if there is none."""
    try:
        found = os.stat(path)  # noqa: PTH116 - called for each question, and faster
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _is_of(connection: sqlite3.Connection, folder: Path) -> bool:
    """Whether a connection reads the database itself, not a private copy."""
    # As bytes: the name of a file need not be UTF-8.
    sql = "SELECT CAST(file AS BLOB) FROM pragma_database_list WHERE name = 'main'"
    name = os.fsdecode(connection.execute(sql).fetchone()[0] or b"")
    try:
        return bool(name) and Path(name).samefile(folder / DATABASE)
    except OSError:
        return False


def _close(connections: list[sqlite3.Connection]) -> None:
    while connections:
        connections.pop().close()

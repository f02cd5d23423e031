"""Connections to the database that all read one and the same commit, for any number of threads.

SQLite gives each connection a state of its own: that of the moment when its transaction began. Threads that read side
by side need several connections with the same state. Another one can be opened as long as nothing newer was committed;
afterwards the threads share those that there are.

While a reader is in use, one or more of its connections are inside a transaction, and a writer keeps what they read.
When it is not, none is: a reader that nobody uses neither holds a lock nor lets the log grow.
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
from semsearch.index.migration import show_as_today
from semsearch.index.ownership import DATABASE
from semsearch.model.errors import SemsearchError, StoreError
from semsearch.model.forking import no_fork

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator
    from contextlib import AbstractContextManager

#: Each commit differs from the one before in one of these: a writer counts them; merging and compacting make segments
#: under new numbers; a migration changes the version. One statement, so that all are of one commit.
_STATE = (
    "SELECT (SELECT value FROM meta WHERE key = 'generation'), (SELECT value FROM meta WHERE key = 'changed'), "
    "(SELECT max(n) FROM segments), (SELECT count(*) FROM segments), (SELECT user_version FROM pragma_user_version)"
)
#: Connections of one reader at most: more threads than this wait for each other.
_MOST = 16
#: Connections of the parent process, which a child must not close: see `Connections.after_fork`.
_ABANDONED: list[Any] = []


class Connections(Protocol):
    """Where the parts of a reader get a connection from."""

    def borrow(self) -> AbstractContextManager[sqlite3.Connection]:
        """A connection for the time of a ``with`` block, in which nothing may be yielded to a caller."""
        ...

    def rows(self, sql: str, *values: str | int) -> list[tuple[Any, ...]]:
        """All rows of a query.

        Args:
            sql: One SELECT statement.
            values: For its question marks.
        """
        ...


class OneConnection:
    """The connection of a writer, which reads its own open transaction; implements `Connections`."""

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
    """Connections to the commit that is the newest one now; implements `Connections`. Begins pinned.

    Args:
        folder: The index directory.

    Raises:
        IndexFormat: The index must be migrated before it is read.
        StoreError: As `semsearch.index.database.connect`.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._ready = threading.Condition()
        self._mine = threading.local()
        self._file = _identity(folder / DATABASE)
        first = connect(folder)
        #: All that were opened and not closed, idle or not.
        self._all = [first]
        self._idle = [first]
        self._newest: sqlite3.Connection | None = None
        self._no_more = False
        weakref.finalize(self, _close, self._all)
        try:
            first.execute("BEGIN")
            self._state = _state(first)
            show_as_today(first, folder)
        except BaseException:
            self.close()
            raise
        self._log = _identity(folder / f"{DATABASE}-wal")
        #: Whether the database itself is read, so that a newer commit can be noticed; else a private copy of it.
        self.notices_commits = self._file is not None and _is_of(first, folder)

    # -- the state -----------------------------------------------------------------------------------------------------

    def is_newest(self, *, pinned: bool) -> bool:
        """Whether nothing was committed since; if not ``pinned``, the state is pinned again where that is so.

        Args:
            pinned: Whether it is: whether somebody uses the connections now.
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
        except (SemsearchError, sqlite3.Error, OSError):  # opening it anew tells what is wrong
            return False

    def unpin(self) -> None:
        """Let go of the state; nobody uses a connection now."""
        with no_fork(), self._ready:
            for connection in self._idle:
                if connection.in_transaction:
                    with contextlib.suppress(sqlite3.Error):
                        connection.execute("ROLLBACK")

    def close(self) -> None:
        """Close all connections; nobody uses one now."""
        with no_fork(), self._ready:
            self._idle.clear()
            _close(self._all)

    def after_fork(self) -> None:
        """In a child process: leave the connections alone, since SQLite forbids to use or close them here."""
        _ABANDONED.append(list(self._all))
        self._all.clear()
        self._idle.clear()

    # -- use -----------------------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def borrow(self) -> Iterator[sqlite3.Connection]:
        """See `Connections`; inside another ``with`` block of the same thread it gives the same connection."""
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
            with self._ready:  # it was idle, and a newer state was committed: this one cannot be had from it any more
                self._all.remove(connection)
                self._no_more = True
            connection.close()

    def _another(self) -> sqlite3.Connection | None:
        """One more connection; ``None`` where none of this state is to be had any more."""
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
        """Begin a transaction, if that still gives this state."""
        connection.execute("BEGIN")
        if _state(connection) == self._state:
            show_as_today(connection, self._folder)  # until the transaction ends
            return True
        connection.execute("ROLLBACK")
        return False


def _state(connection: sqlite3.Connection) -> Hashable:
    found: tuple[Any, ...] = connection.execute(_STATE).fetchone()
    return found


def _identity(path: Path) -> tuple[int, int] | None:
    """Device and inode of a file; ``None`` if there is none."""
    try:
        found = os.stat(path)  # noqa: PTH116 - asked for each question
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _is_of(connection: sqlite3.Connection, folder: Path) -> bool:
    """Whether a connection reads the database itself, and no private copy."""
    name = connection.execute("SELECT file FROM pragma_database_list WHERE name = 'main'").fetchone()[0]
    try:
        return bool(name) and Path(name).samefile(folder / DATABASE)
    except OSError:
        return False


def _close(connections: list[sqlite3.Connection]) -> None:
    while connections:
        connections.pop().close()

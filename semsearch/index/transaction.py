"""A transaction of a writer."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator


@contextlib.contextmanager
def transaction(connection: sqlite3.Connection, script: str = "") -> Iterator[None]:
    """Commit at the end; take everything back where an exception, or a kill, comes before that.

    Args:
        connection: In autocommit mode, and outside a transaction.
        script: SQL to begin with. It is given here because `executescript` commits what is open when it is called.
    """
    try:
        connection.executescript(f"BEGIN IMMEDIATE; {script}")
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise

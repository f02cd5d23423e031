"""A transaction of a writer."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator


@contextlib.contextmanager
def transaction(connection: sqlite3.Connection, script: str = "") -> Iterator[None]:
    """Commit at the end of the ``with`` block. If an exception or a kill comes before that, nothing is changed.

    Args:
        connection: In autocommit mode, and outside a transaction.
        script: SQL that runs first. It is an argument because `executescript` would commit the open transaction.
    """
    try:
        connection.executescript(f"BEGIN IMMEDIATE; {script}")
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise

"""Checking the lexical indexes (FTS5) against the papers that they were made from.

FTS5 keeps no checksum of what it stores. So the indexes are made anew of the papers, some thousand at a time in a
temporary table, and both must hold the same words at the same places.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from typing import TYPE_CHECKING

from semsearch.index.text_tables import COLUMNS, TOKENIZERS, values

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from semsearch.model.paper import Paper

#: Papers of a temporary table; what is kept of it has an entry for each different word.
_BATCH = 5000
#: From this version on ``PRAGMA integrity_check`` asks FTS5 too (sqlite.org/releaselog/3_44_0.html).
_CHECKS_ITSELF = (3, 44)
#: Per word how often it stands somewhere, and where: a sum that differs if any paper, column or place does.
_OCCURRENCES = (
    "SELECT term, count(*), sum(((doc * 7919 + offset * 8 + CASE col {places} ELSE -1 END) * 40503) & 2147483647) "
    "FROM {vocabulary} GROUP BY term"
)


def problems(
    connection: sqlite3.Connection, papers: Callable[[int, int], Sequence[tuple[int, Paper]]], batch: int = _BATCH
) -> Iterator[str]:
    """A line for each lexical index that is not what the papers make.

    Args:
        connection: Inside a read transaction; may be read-only, since all that is made here is temporary.
        papers: Gives the papers that follow a ``seq``, at most so many, each with its own ``seq``.
        batch: Papers of a temporary table.
    """
    for name in COLUMNS:
        connection.execute(f"DROP TABLE IF EXISTS temp.held_{name}")
        connection.execute(f"CREATE VIRTUAL TABLE temp.held_{name} USING fts5vocab(main, {name}, instance)")
    damaged = {name for name in COLUMNS if not _is_sound(connection, name)}
    expected = _expected(connection, papers, batch)
    for name in COLUMNS:
        if name in damaged or not _agrees(connection, name, *expected[name]):
            yield (
                f"semsearch.db: the lexical index '{name}' is not what its papers make; "
                "index the files again into a new place (--index NEW)"
            )


def _is_sound(connection: sqlite3.Connection, name: str) -> bool:
    """Whether FTS5 finds the structure of an index sound; a copy is asked, since the question counts as writing."""
    if sqlite3.sqlite_version_info >= _CHECKS_ITSELF:
        return True
    try:
        _make(connection, name)
        for part in ("data", "idx", "docsize"):
            connection.execute(f"DELETE FROM temp.made_{name}_{part}")
            connection.execute(f"INSERT INTO temp.made_{name}_{part} SELECT * FROM main.{name}_{part}")
        connection.execute(f"INSERT INTO temp.made_{name} (made_{name}) VALUES ('integrity-check')")
    except sqlite3.DatabaseError:
        return False
    return True


def _make(connection: sqlite3.Connection, name: str) -> None:
    """An empty temporary index of the same kind."""
    connection.execute(f"DROP TABLE IF EXISTS temp.made_{name}")
    columns = ", ".join(COLUMNS[name])
    connection.execute(
        f"CREATE VIRTUAL TABLE temp.made_{name} USING fts5({columns}, content='', tokenize='{TOKENIZERS[name]}')"
    )


def _expected(
    connection: sqlite3.Connection, papers: Callable[[int, int], Sequence[tuple[int, Paper]]], size: int
) -> dict[str, tuple[Counter[tuple[str, int]], dict[int, bytes]]]:
    """Of each index what the papers make: the occurrences, and the sizes of each paper's texts."""
    found: dict[str, tuple[Counter[tuple[str, int]], dict[int, bytes]]] = {n: (Counter(), {}) for n in COLUMNS}
    last = 0
    while batch := papers(last, size):  # no statement stays open, since SQLite drops no table beside one
        last = batch[-1][0]
        for name, (occurrences, sizes) in found.items():
            _make(connection, name)
            marks = ", ".join("?" * (1 + len(COLUMNS[name])))
            connection.executemany(
                f"INSERT INTO temp.made_{name} (rowid, {', '.join(COLUMNS[name])}) VALUES ({marks})",
                ((seq, *values(name, paper)) for seq, paper in batch),
            )
            connection.execute(f"CREATE VIRTUAL TABLE temp.of_{name} USING fts5vocab(temp, made_{name}, instance)")
            _count(connection, name, f"temp.of_{name}", occurrences)
            sizes.update(connection.execute(f"SELECT id, sz FROM temp.made_{name}_docsize"))
            connection.execute(f"DROP TABLE temp.of_{name}")
    return found


def _count(connection: sqlite3.Connection, name: str, vocabulary: str, into: Counter[tuple[str, int]]) -> None:
    places = " ".join(f"WHEN '{column}' THEN {place}" for place, column in enumerate(COLUMNS[name]))
    for term, count, total in connection.execute(_OCCURRENCES.format(places=places, vocabulary=vocabulary)):
        into[term, 0] += count
        into[term, 1] += total or 0  # damage can leave no number


def _agrees(
    connection: sqlite3.Connection, name: str, occurrences: Counter[tuple[str, int]], sizes: dict[int, bytes]
) -> bool:
    held: Counter[tuple[str, int]] = Counter()
    try:
        _count(connection, name, f"temp.held_{name}", held)
        held_sizes = dict(connection.execute(f"SELECT id, sz FROM main.{name}_docsize"))
        averages = connection.execute(f"SELECT block FROM main.{name}_data WHERE id = 1").fetchone()
    except sqlite3.DatabaseError:
        return False
    totals = [sum(column) for column in zip(*map(_varints, sizes.values()), strict=True)]
    return (
        held == occurrences
        and held_sizes == sizes
        and (not sizes or (averages is not None and _varints(averages[0] or b"") == [len(sizes), *totals]))
    )


def _varints(content: bytes) -> list[int]:
    """The numbers of a record of FTS5: SQLite's variable-length integers (sqlite.org/fileformat2.html, section 1.6)."""
    found, value, length = [], 0, 0
    for byte in content:
        length += 1
        if length == 9:
            found.append(value << 8 | byte)
        elif byte & 0x80:
            value = value << 7 | byte & 0x7F
            continue
        else:
            found.append(value << 7 | byte)
        value, length = 0, 0
    return found

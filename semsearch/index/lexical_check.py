"""Checks the lexical indexes (FTS5) against the papers from which they were made.

FTS5 keeps no checksums. So the indexes are made again from the papers, some thousand papers at a time, in a temporary
table. Both must hold the same words in the same positions.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from typing import TYPE_CHECKING

from semsearch.index.text_tables import COLUMNS, TOKENIZERS, values

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from semsearch.model.paper import Paper

#: Papers of a temporary table. After it, only one entry for each different word is kept.
_BATCH = 5000
#: First version of SQLite in which ``PRAGMA integrity_check`` also checks FTS5 (sqlite.org/releaselog/3_44_0.html).
_CHECKS_ITSELF = (3, 44)
#: For each word the number of its occurrences, and a sum over them that changes with paper, column and position.
_OCCURRENCES = (
    "SELECT term, count(*), sum(((doc * 7919 + offset * 8 + CASE col {places} ELSE -1 END) * 40503) & 2147483647) "
    "FROM {vocabulary} GROUP BY term"
)


def problems(
    connection: sqlite3.Connection, papers: Callable[[int, int], Sequence[tuple[int, Paper]]], batch: int = _BATCH
) -> Iterator[str]:
    """Compare the lexical indexes with the papers.

    Args:
        connection: Inside a read transaction. It may be read-only: everything that is made here is temporary.
        papers: Gives papers as pairs of ``seq`` and paper, by two arguments: the ``seq`` after which they begin, and
            their largest number.
        batch: Papers of a temporary table.

    Yields:
        One line for each lexical index that differs.
    """
    for name in COLUMNS:
        connection.execute(f"DROP TABLE IF EXISTS temp.held_{name}")
        connection.execute(f"CREATE VIRTUAL TABLE temp.held_{name} USING fts5vocab(main, {name}, instance)")
    damaged = {name for name in COLUMNS if not _is_sound(connection, name)}
    expected = _expected(connection, papers, batch)
    for name in COLUMNS:
        if name in damaged or not _agrees(connection, name, *expected[name]):
            yield (
                f"semsearch.db: the lexical index '{name}' does not agree with its papers; "
                "index the files again into a new place (--index NEW)"
            )


def _is_sound(connection: sqlite3.Connection, name: str) -> bool:
    """Whether FTS5 finds no damage in the structure of an index. It checks a copy, since this check needs to write."""
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
    """Make an empty temporary index of the same kind."""
    connection.execute(f"DROP TABLE IF EXISTS temp.made_{name}")
    columns = ", ".join(COLUMNS[name])
    connection.execute(
        f"CREATE VIRTUAL TABLE temp.made_{name} USING fts5({columns}, content='', tokenize='{TOKENIZERS[name]}')"
    )


def _expected(
    connection: sqlite3.Connection, papers: Callable[[int, int], Sequence[tuple[int, Paper]]], size: int
) -> dict[str, tuple[Counter[tuple[str, int]], dict[int, bytes]]]:
    """For each index what the papers should make: occurrences of words, and sizes of the texts of each paper."""
    found: dict[str, tuple[Counter[tuple[str, int]], dict[int, bytes]]] = {n: (Counter(), {}) for n in COLUMNS}
    last = 0
    while batch := papers(last, size):  # no statement stays open: while one is, SQLite drops no table
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
        into[term, 1] += total or 0  # in a damaged index there may be no number


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
    """Read SQLite's integers of variable length, of which FTS5 makes records (sqlite.org/fileformat2.html, 1.6)."""
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

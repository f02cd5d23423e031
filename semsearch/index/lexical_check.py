"""Checks the lexical index and the table of names against the papers from which they were made.

Both are made again from the papers, some thousand papers at a time. Files of words must then be the same, byte for
byte. FTS5, which holds the names, keeps no checksums: both tables must hold the same words in the same positions.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from semsearch.index import words_files
from semsearch.index.text_tables import COLUMNS, TOKENIZER, values
from semsearch.lexical import parts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray

    from semsearch.lexical.parts import PostingsPart
    from semsearch.model.paper import Paper

#: Papers of a temporary table. After it, only one entry for each different word is kept.
_BATCH = 5000
#: First version of SQLite in which ``PRAGMA integrity_check`` also checks FTS5 (sqlite.org/releaselog/3_44_0.html).
_CHECKS_ITSELF = (3, 44)
#: For each word the number of its occurrences, and a sum over them that changes with paper, column and position.
_PLACES = " ".join(f"WHEN '{column}' THEN {place}" for place, column in enumerate(COLUMNS))
_OCCURRENCES = (
    f"SELECT term, count(*), sum(((doc * 7919 + offset * 8 + CASE col {_PLACES} ELSE -1 END) * 40503) & 2147483647) "
    "FROM {vocabulary} GROUP BY term"
)


def words_agree(part: PostingsPart, rows: NDArray[np.int64], papers: Iterable[Paper]) -> bool:
    """Whether the words of a segment are those of its papers. Rows of removed papers are not compared.

    Args:
        part: The words of the segment.
        rows: int64 ``(n,)``, ascending: the rows that belong to papers; 0 is the first row of the segment.
        papers: The papers of these rows.

    Raises:
        IndexDamaged: The words are not as they were committed.
    """
    expected = words_files.content_of((paper.title, paper.abstract) for paper in papers)
    new = np.full(len(part.lengths), -1, np.int64)
    new[rows] = np.arange(len(rows))
    try:
        held = parts.merged([(part, new)], len(rows))
    except ValueError:
        return False
    return all(np.array_equal(one, other) for one, other in zip(held.arrays, expected.arrays, strict=True))


def names_agree(
    connection: sqlite3.Connection, papers: Callable[[int, int], Sequence[tuple[int, Paper]]], batch: int = _BATCH
) -> bool:
    """Whether the table ``names`` is what the papers make.

    Args:
        connection: Inside a read transaction. It may be read-only: everything that is made here is temporary.
        papers: Gives papers as pairs of ``seq`` and paper, by two arguments: the ``seq`` after which they begin, and
            their largest number.
        batch: Papers of a temporary table.
    """
    connection.execute("DROP TABLE IF EXISTS temp.held")
    connection.execute("CREATE VIRTUAL TABLE temp.held USING fts5vocab(main, names, instance)")
    return _is_sound(connection) and _agrees(connection, *_expected(connection, papers, batch))


def _is_sound(connection: sqlite3.Connection) -> bool:
    """Whether FTS5 finds no damage in the structure of an index. It checks a copy, since this check needs to write."""
    if sqlite3.sqlite_version_info >= _CHECKS_ITSELF:
        return True
    try:
        _make(connection)
        for part in ("data", "idx", "docsize"):
            connection.execute(f"DELETE FROM temp.made_{part}")
            connection.execute(f"INSERT INTO temp.made_{part} SELECT * FROM main.names_{part}")
        connection.execute("INSERT INTO temp.made (made) VALUES ('integrity-check')")
    except sqlite3.DatabaseError:
        return False
    return True


def _make(connection: sqlite3.Connection) -> None:
    """Make an empty temporary table of the same kind."""
    connection.execute("DROP TABLE IF EXISTS temp.made")
    columns = ", ".join(COLUMNS)
    connection.execute(f"CREATE VIRTUAL TABLE temp.made USING fts5({columns}, content='', tokenize='{TOKENIZER}')")


def _expected(
    connection: sqlite3.Connection, papers: Callable[[int, int], Sequence[tuple[int, Paper]]], size: int
) -> tuple[Counter[tuple[str, int]], dict[int, bytes]]:
    """What the papers should make: occurrences of words, and sizes of the texts of each paper."""
    occurrences, sizes, last = Counter[tuple[str, int]](), dict[int, bytes](), 0
    while batch := papers(last, size):  # no statement stays open: while one is, SQLite drops no table
        last = batch[-1][0]
        _make(connection)
        marks = ", ".join("?" * (1 + len(COLUMNS)))
        connection.executemany(
            f"INSERT INTO temp.made (rowid, {', '.join(COLUMNS)}) VALUES ({marks})",
            ((seq, *values(paper)) for seq, paper in batch),
        )
        connection.execute("CREATE VIRTUAL TABLE temp.made_words USING fts5vocab(temp, made, instance)")
        _count(connection, "temp.made_words", occurrences)
        sizes.update(connection.execute("SELECT id, sz FROM temp.made_docsize"))
        connection.execute("DROP TABLE temp.made_words")
    return occurrences, sizes


def _count(connection: sqlite3.Connection, vocabulary: str, into: Counter[tuple[str, int]]) -> None:
    for term, count, total in connection.execute(_OCCURRENCES.format(vocabulary=vocabulary)):
        into[term, 0] += count
        into[term, 1] += total or 0  # in a damaged index there may be no number


def _agrees(connection: sqlite3.Connection, occurrences: Counter[tuple[str, int]], sizes: dict[int, bytes]) -> bool:
    held: Counter[tuple[str, int]] = Counter()
    try:
        _count(connection, "temp.held", held)
        held_sizes = dict(connection.execute("SELECT id, sz FROM main.names_docsize"))
        averages = connection.execute("SELECT block FROM main.names_data WHERE id = 1").fetchone()
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

"""Names and values of papers, for filters: an inverted index in SQLite's FTS5 (sqlite.org/fts5.html), and columns."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from semsearch.text.folding import fold

if TYPE_CHECKING:
    import sqlite3

    from semsearch.model.paper import Paper

#: A word between two values of a field of ``names``, so that no phrase goes from one value into the next.
BETWEEN = "qzvalueqz"
#: The columns and the tokenizer of the table ``names``, as in the schema.
COLUMNS = ("author", "venue", "category", "tag")
TOKENIZER = "unicode61 remove_diacritics 2"
_DATE = re.compile(r"(?<!\d)(1[5-9]\d\d|20\d\d)(?:[-/](\d\d?)(?:[-/](\d\d?))?)?(?!\d)")


class TextTable:
    """The names and values of papers by which they are found, for the only writer of an index.

    Args:
        connection: Connection of the writer; all methods are called inside its transaction.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def enter(self, seq: int, paper: Paper, before: Paper | None = None) -> None:
        """Enter a paper, or enter it again after a change.

        Args:
            seq: Number of the paper.
            paper: Its new record.
            before: Its record that is entered now; ``None`` for a new paper.
        """
        names, columns = values(paper), _columns(paper)
        if before is not None:
            if (names, columns) == (values(before), _columns(before)):
                return
            self.remove(seq, before)
        self._connection.execute(
            "INSERT INTO names (rowid, author, venue, category, tag) VALUES (?, ?, ?, ?, ?)", (seq, *names)
        )
        self._connection.execute(
            "UPDATE papers SET year = ?, date = ?, language = ?, has_abstract = ? WHERE seq = ?", (*columns, seq)
        )

    def remove(self, seq: int, paper: Paper) -> None:
        """Remove a paper.

        Args:
            seq: Number of the paper.
            paper: The record that was entered: FTS5 needs exactly the same values.
        """
        self._connection.execute(
            "INSERT INTO names (names, rowid, author, venue, category, tag) VALUES ('delete', ?, ?, ?, ?, ?)",
            (seq, *values(paper)),
        )


def values(paper: Paper) -> tuple[str, str, str, str]:
    """What the table ``names`` holds of a paper: one text for each of its columns.

    Args:
        paper: The paper.
    """
    return (
        _apart(paper.authors),
        _apart((paper.venue,)),
        _apart(paper.keywords),
        _apart(paper.tags),
    )


def _apart(values: tuple[str, ...]) -> str:
    return f" {BETWEEN} ".join(fold(value) for value in values)


def _columns(paper: Paper) -> tuple[int | None, str | None, str | None, int]:
    return paper.year, iso_date(paper), fold(paper.language) or None, int(bool(paper.abstract))


def iso_date(paper: Paper) -> str | None:
    """The date of a paper as 2031-05-17, 2031-05 or 2031, as far as it is known in numbers; ``None`` for no year."""
    for match in _DATE.finditer(paper.date):
        if paper.year is None or int(match[1]) == paper.year:
            return "-".join(part.zfill(2) for part in match.groups() if part)
    return str(paper.year) if paper.year is not None else None

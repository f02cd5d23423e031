"""The lexical indexes in SQLite's FTS5 (sqlite.org/fts5.html): words for BM25, and names for filters."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from semsearch.text.folding import fold

if TYPE_CHECKING:
    import sqlite3

    from semsearch.model.paper import Paper

#: A word between two values of a field of ``names``, so that no phrase goes from one value into the next.
BETWEEN = "qzvalueqz"
#: The columns and the tokenizer of each lexical index, as in the schema.
COLUMNS = {"words": ("title", "abstract"), "names": ("author", "venue", "category", "tag")}
TOKENIZERS = {"words": "porter unicode61 remove_diacritics 2", "names": "unicode61 remove_diacritics 2"}
_DATE = re.compile(r"(?<!\d)(1[5-9]\d\d|20\d\d)(?:[-/](\d\d?)(?:[-/](\d\d?))?)?(?!\d)")


class TextTable:
    """The texts and values of papers by which they are found, for the only writer of an index.

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
        words, names, columns = _words(paper), _names(paper), _columns(paper)
        if before is not None:
            if (words, names, columns) == (_words(before), _names(before), _columns(before)):
                return
            self.remove(seq, before)
        self._connection.execute("INSERT INTO words (rowid, title, abstract) VALUES (?, ?, ?)", (seq, *words))
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
            "INSERT INTO words (words, rowid, title, abstract) VALUES ('delete', ?, ?, ?)", (seq, *_words(paper))
        )
        self._connection.execute(
            "INSERT INTO names (names, rowid, author, venue, category, tag) VALUES ('delete', ?, ?, ?, ?, ?)",
            (seq, *_names(paper)),
        )


def values(name: str, paper: Paper) -> tuple[str, ...]:
    """The texts of a paper in a lexical index.

    Args:
        name: Name of the lexical index, a key of `COLUMNS`.
        paper: The paper.

    Returns:
        One text for each of its columns.
    """
    return _words(paper) if name == "words" else _names(paper)


def _words(paper: Paper) -> tuple[str, str]:
    return paper.title, paper.abstract


def _names(paper: Paper) -> tuple[str, str, str, str]:
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

"""The inverted indexes of an index: words for BM25, names for filters. SQLite's FTS5, sqlite.org/fts5.html."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from semsearch.text.folding import fold

if TYPE_CHECKING:
    import sqlite3

    from semsearch.model.paper import Paper

#: Stands between the values of a field of `names`, so that no phrase runs from one into the next.
BETWEEN = "qzvalueqz"
#: Of each lexical index its columns and its tokenizer, as the schema says.
COLUMNS = {"words": ("title", "abstract"), "names": ("author", "venue", "category", "tag")}
TOKENIZERS = {"words": "porter unicode61 remove_diacritics 2", "names": "unicode61 remove_diacritics 2"}
_DATE = re.compile(r"(?<!\d)(1[5-9]\d\d|20\d\d)(?:[-/](\d\d?)(?:[-/](\d\d?))?)?(?!\d)")


class TextTable:
    """What is searched of the papers' texts, for the index's one writer; inside its transactions.

    Args:
        connection: The writer's.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def enter(self, seq: int, paper: Paper, before: Paper | None = None) -> None:
        """Enter a paper; ``before`` is what stands under its number now, if anything does.

        Args:
            seq: The paper's number.
            paper: The paper.
            before: The paper under this number until now.
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
        """Take a paper out; FTS5 needs to be told the very values that were entered.

        Args:
            seq: The paper's number.
            paper: The paper as it was entered.
        """
        self._connection.execute(
            "INSERT INTO words (words, rowid, title, abstract) VALUES ('delete', ?, ?, ?)", (seq, *_words(paper))
        )
        self._connection.execute(
            "INSERT INTO names (names, rowid, author, venue, category, tag) VALUES ('delete', ?, ?, ?, ?, ?)",
            (seq, *_names(paper)),
        )


def values(name: str, paper: Paper) -> tuple[str, ...]:
    """What a lexical index is given of a paper, in the order of its `COLUMNS`.

    Args:
        name: ``words`` or ``names``.
        paper: The paper.
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
    """Year, month and day as far as the paper's date tells them in numbers, else its year; ``None`` for neither."""
    for match in _DATE.finditer(paper.date):
        if paper.year is None or int(match[1]) == paper.year:
            return "-".join(part.zfill(2) for part in match.groups() if part)
    return str(paper.year) if paper.year is not None else None

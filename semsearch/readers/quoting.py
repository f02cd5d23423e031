r"""Finds the rows of a CSV or TSV file, and where each quoted cell begins and ends, also in files that break the rules.

A quotation mark begins a quoted cell only as the first character of the cell, as in RFC 4180 and Python's ``csv``.
Elsewhere it is text. A file that follows RFC 4180 is read exactly as ``csv`` reads it. Many files do not: their text
can begin with a quotation mark, and would then be taken for a quoted cell that contains the rows after it. So a quoted
cell over several lines is accepted only if these lines are not rows themselves.
"""

from __future__ import annotations

import csv
import functools
import itertools
import re
from collections import deque
from typing import TYPE_CHECKING, NamedTuple

from semsearch.model.errors import MalformedSource
from semsearch.model.lazy import lazy
from semsearch.readers.compression import DAMAGE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from semsearch.model.protocols import Opened

#: Longest quoted cell, in characters. A longer one was never closed.
_CELL_LIMIT = 2**24
#: With so many lines, each of them a whole row and without further quotation marks, a quoted cell is not accepted.
_ROWS = 4
#: Delimiters that texts hardly ever contain. A line with the right number of them is a row.
_SURE = "\t|"
#: Longest heading, in lines.
HEADER_LINES = 20
_DELIMITERS = ",;\t|"
#: A first line that tells Excel the delimiter.
SEPARATOR = re.compile(r"\"?sep=(.)\"?", re.IGNORECASE)
#: From inside a quoted cell up to the quotation mark that ends it. Two quotation marks are one in the text.
_CLOSING = re.compile(r'[^"]*+(?:""[^"]*+)*+"')
_QUOTED = re.compile(r'"((?:[^"]|"")*)"')

#: Longest quoted cell, in characters, if quotation marks in it are not doubled.
_SLOPPY_LIMIT = 2**20

UNCLOSED = "a quotation that is never closed"
INSIDE = "a quotation mark that is not doubled inside a quoted cell"
OPENS_NONE = "a quotation mark at the beginning of a cell that is not quoted"


class Row(NamedTuple):
    """A row of a table."""

    line: int
    """Number of its first line, from 1."""
    text: str
    """Its text, one line or more."""
    cells: list[str]
    """Its cells, without quotation marks."""
    fault: str = ""
    """Why the row cannot be read; then the cells have no meaning. Empty if it can be read."""
    repair: str = ""
    """How the row breaks the rules, if it was read all the same; else empty."""


class _Scan(NamedTuple):
    """What the quotation marks of a row tell."""

    lines: int
    """Number of its lines."""
    open: bool
    """Whether a quoted cell is still open at the end."""
    loose: bool
    """Whether text follows the end of a quoted cell."""


class _Line(NamedTuple):
    """What the quotation marks of a line tell."""

    open: bool
    """Whether a quoted cell is open at the end."""
    loose: bool
    """Whether text follows the end of a quoted cell."""
    stray: bool
    """Whether a cell that is not quoted contains a quotation mark."""


class Rows:
    """The rows of a file. Call `header` first, then iterate over the rows below it.

    Args:
        opened: The file.

    Attributes:
        delimiter: The character between cells, once `header` has found it.
        width: The number of headings.
        preamble: The lines with text before the heading row, if there are any.
    """

    def __init__(self, opened: Opened) -> None:
        self._head = opened.head()  # before the lines are read, since `head` closes the file
        self._lines = opened.lines()
        self._waiting: deque[tuple[int, str]] = deque()
        self._damage: Exception | None = None
        self.delimiter = ","
        self.preamble: Row | None = None
        self.width = 0
        #: A search for the end of a quoted cell found none up to this line; and whether it stopped at a whole row.
        self._without_end = (0, False)

    def header(self, is_heading: Callable[[list[str]], bool]) -> Row | None:
        """The heading row; ``None`` if there is no row with text. It decides which character is the delimiter.

        It is the first of the rows of the first 20 lines that is one. If none is, the first row with text is taken.

        Args:
            is_heading: Whether a row, given by its cells, is the heading row of a table of papers.
        """
        while self._has(0) and not self._waiting[0][1].strip():
            self._waiting.popleft()
        self._has(2 * HEADER_LINES - 1)
        if not self._waiting:
            self._raise_damage()
            return None
        found = _find_header([text for _, text in self._waiting], is_heading)
        if found.start:
            line = self._waiting[0][0]
            self.preamble = Row(line, self._take(found.start), [])
        self.delimiter, self.width = found.delimiter, len(found.cells)
        return Row(self._waiting[0][0], self._take(found.lines), found.cells)

    def __iter__(self) -> Iterator[Row]:
        while self._has(0):
            row = self._row()
            if row.text.strip():
                yield row
        self._raise_damage()

    def _row(self) -> Row:
        line, first = self._waiting[0]
        if '"' not in first:
            return Row(line, self._take(1), first.split(self.delimiter))
        scan = self._scan()
        if scan.open or (scan.lines > 1 and self._swallows_rows(scan)):
            return self._unclosed(line, first, scan)
        text = self._take(scan.lines)
        cells = _cells(text, self.delimiter)
        repaired = self._repaired(line, text) if scan.loose and not self._fits(cells) else None
        return repaired or Row(line, text, cells)

    def _swallows_rows(self, scan: _Scan) -> bool:
        """Whether lines of a quoted cell are rows themselves."""
        lines = self._peek(scan.lines)
        if scan.loose:
            return any(map(self._is_whole_row, lines[1:])) or not self._fits(_cells("\n".join(lines), self.delimiter))
        if self.width < 2 or not all(map(self._is_plain_row, lines)):
            return False
        marks = sum(text.count('"') for text in lines)
        is_long = len(lines) >= _ROWS and marks == 2
        return (is_long or self._has_stray_quotes) if self.delimiter in _SURE else (is_long and self._has_stray_quotes)

    def _unclosed(self, line: int, first: str, scan: _Scan) -> Row:
        """The row of a line that begins a quoted cell which is not closed correctly."""
        if lines := self._sloppy_lines():
            text = "\n".join(lines)
            cells = self._sloppy_cells(text)
            if self._fits(cells):
                self._take(len(lines))
                return Row(line, text, cells, repair=INSIDE)
        if self.delimiter in _SURE and self._is_plain_row(first):
            self._take(1)
            return self._plain(line, first)
        # Whether the end of the file is missing.
        cut = scan.open and not any(map(self._is_whole_row, self._peek(scan.lines)[1:]))
        return Row(line, self._take(scan.lines if cut else 1), [], fault=UNCLOSED)

    def _repaired(self, line: int, text: str) -> Row | None:
        """The row of a line with quotation marks in wrong places; ``None`` if it cannot be repaired."""
        if self._is_plain_row(text):
            return self._plain(line, text)
        cells = self._sloppy_cells(text)
        return Row(line, text, cells, repair=INSIDE) if self._fits(cells) else None

    def _plain(self, line: int, text: str) -> Row:
        cells = [_unquoted(cell) for cell in text.split(self.delimiter)]
        return Row(line, text, cells, repair=OPENS_NONE)

    def _fits(self, cells: list[str]) -> bool:
        """Whether there are as many cells as headings. Empty cells at the end do not count."""
        return len(cells) >= self.width and not any(cells[self.width :])

    def _is_plain_row(self, text: str) -> bool:
        """Whether a line is a row if its quotation marks are only text."""
        return self._fits(text.split(self.delimiter))

    def _is_whole_row(self, text: str) -> bool:
        """Whether a line by itself is a whole row."""
        if self.width < 2:
            return False
        if self._is_plain_row(text):
            return True
        found = _scan_line(text, self.delimiter)
        return not found.open and not found.loose and self._fits(_cells(text, self.delimiter))

    @lazy
    def _has_stray_quotes(self) -> bool:
        """Whether the beginning of the file has bare quotation marks. A program that quotes cells writes none."""
        is_open = False
        for text in self._head.split("\n"):
            found = _scan_line(text, self.delimiter, is_open=is_open)
            if found.loose or found.stray:
                return True
            is_open = found.open
        return False

    def _scan(self) -> _Scan:
        """Find the end of the next row by its quotation marks."""
        is_open, loose, length, number = False, False, 0, 0
        while length <= _CELL_LIMIT and self._has(number):
            text = self._waiting[number][1]
            number, length = number + 1, length + len(text)
            found = _scan_line(text, self.delimiter, is_open=is_open)
            is_open, loose = found.open, loose or found.loose
            if not is_open:
                break
        return _Scan(number, is_open, loose)

    def _sloppy_lines(self) -> list[str]:
        """The lines of the next row if quotation marks in its cells are not doubled; none if it is not such a row.

        No line is searched twice, since a file can have very many cells that begin with a quotation mark.
        """
        closing, (first, text) = _closing_before(self.delimiter), self._waiting[0]
        if not _scan_line(text, self.delimiter, closing).open:
            return [text]
        seen, stopped = self._without_end
        if first <= seen and stopped:
            return []
        number, length = max(0, seen - first) + 1, 0
        while length < _SLOPPY_LIMIT and self._has(number):
            text = self._waiting[number][1]
            length += len(text) + 1
            stopped = self._is_whole_row(text)
            if stopped:
                break
            number += 1
            if not _scan_line(text, self.delimiter, closing, is_open=True).open:
                return self._peek(number)
        self._without_end = (first + number - 1, stopped)
        return []

    def _sloppy_cells(self, text: str) -> list[str]:
        """The cells of a row whose quotation marks are not doubled."""
        closing, cells, start = _closing_before(self.delimiter), list[str](), 0
        while True:
            found = closing.match(text, start + 1) if text.startswith('"', start) else None
            if found:
                cells.append(text[start + 1 : found.end() - 1].replace('""', '"'))
                start = found.end()
            else:
                end = text.find(self.delimiter, start)
                end = len(text) if end < 0 else end
                cells.append(text[start:end])
                start = end
            if start >= len(text):
                return cells
            start += 1

    def _has(self, number: int) -> bool:
        """Whether there is a line with this number among the waiting ones, from 0. Reads more lines if necessary."""
        while len(self._waiting) <= number:
            try:
                following = next(self._lines, None)
            except (MalformedSource, OSError, *DAMAGE) as error:  # raised after the lines before it
                self._damage = error
                return False
            if following is None:
                return False
            self._waiting.append(following)
        return True

    def _raise_damage(self) -> None:
        if self._damage:
            raise self._damage

    def _peek(self, count: int) -> list[str]:
        return [text for _, text in itertools.islice(self._waiting, count)]

    def _take(self, count: int) -> str:
        return "\n".join([self._waiting.popleft()[1] for _ in range(count)])


def header_cells(head: str, is_heading: Callable[[list[str]], bool]) -> list[str]:
    """The headings of a table.

    Args:
        head: The beginning of its text.
        is_heading: See `Rows.header`.
    """
    lines = head.lstrip("\n").split("\n", 2 * HEADER_LINES)[: 2 * HEADER_LINES]
    return _find_header(lines, is_heading).cells


class _Header(NamedTuple):
    """Where the heading row is."""

    start: int
    """Number of lines before it."""
    lines: int
    """Number of its lines."""
    delimiter: str
    cells: list[str]


def _find_header(lines: list[str], is_heading: Callable[[list[str]], bool]) -> _Header:
    """The first of the rows of the first lines that is a heading row, else the first row."""
    first: _Header | None = None
    delimiters = _DELIMITERS
    for start, line in enumerate(lines[:HEADER_LINES]):
        if not line.strip():
            continue
        if told := SEPARATOR.fullmatch(line.strip("\r\n")):
            delimiters = told[1]
            continue
        below = lines[start : start + HEADER_LINES]
        delimiter, length = _split_header(below, delimiters)
        text = "\n".join(below[:length])
        cells = _cells(text, delimiter)
        if length == 1 and len(cells) <= text.count(delimiter) and _scan_line(text, delimiter).open:
            cells = text.split(delimiter)
        found = _Header(start, length, delimiter, cells)
        if is_heading(cells):
            return found
        first = first or found
    return first or _Header(0, 1, _DELIMITERS[0], [])


def _split_header(lines: list[str], delimiters: str) -> tuple[str, int]:
    """The delimiter of a table, and how many of its first lines are the header.

    It is the delimiter with which there are most headings. (csv.Sniffer guesses wrong for real exports.)
    """
    best, delimiter, length = 0, delimiters[0], 1
    for candidate in delimiters:
        is_open, taken = True, 0
        while is_open and taken < len(lines):
            is_open = _scan_line(lines[taken], candidate, is_open=taken > 0).open
            taken += 1
        taken = 1 if is_open else taken
        count = lines[0].count(candidate) if is_open else len(_cells("\n".join(lines[:taken]), candidate))
        if count > best:
            best, delimiter, length = count, candidate, taken
    return delimiter, length


def _unquoted(cell: str) -> str:
    """A cell without the quotation marks around it; if one of them is missing, the cell as it is."""
    match = _QUOTED.fullmatch(cell)
    return match[1].replace('""', '"') if match else cell


def _scan_line(text: str, delimiter: str, closing: re.Pattern[str] = _CLOSING, *, is_open: bool = False) -> _Line:
    """What the quotation marks of a line tell.

    Args:
        text: The line.
        delimiter: Delimiter of the table.
        closing: Matches up to the quotation mark that ends a quoted cell.
        is_open: Whether a quoted cell is open at the beginning.
    """
    start, loose, stray = 0, False, False
    while True:
        quoted = is_open or text.startswith('"', start)
        if quoted:
            match = closing.match(text, start if is_open else start + 1)
            if not match:
                return _Line(True, loose, stray)
            start, is_open = match.end(), False
        end = text.find(delimiter, start)
        rest = text[start:end] if end >= 0 else text[start:]
        loose |= quoted and bool(rest)
        stray |= not quoted and '"' in rest
        if end < 0:
            return _Line(False, loose, stray)
        start = end + 1


@functools.cache
def _closing_before(delimiter: str) -> re.Pattern[str]:
    """Matches up to a quotation mark before a delimiter or a line end. Other quotation marks are text."""
    behind = rf"(?={re.escape(delimiter)}|$)"
    return re.compile(rf'(?:[^"]|"(?!{behind[3:-1]}))*+"{behind}', re.MULTILINE)


def _cells(text: str, delimiter: str) -> list[str]:
    """The cells of a row, as Python's ``csv`` reads them."""
    csv.field_size_limit(_CELL_LIMIT * 2)
    return next(csv.reader([line + "\n" for line in text.split("\n")], delimiter=delimiter), [])

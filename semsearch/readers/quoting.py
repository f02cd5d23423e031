r"""Rows of a CSV or TSV file: where a quoted cell begins and ends, also in files that are not written by the book.

A quotation mark opens a cell only as its first character, as in RFC 4180 and Python's ``csv``; elsewhere it is text. A
file that is written by the book is read exactly as ``csv`` reads it. Many files are not: text that happens to begin
with a quotation mark is taken for a quoted cell, which then swallows the rows behind it. So a quoted cell is accepted
only when the lines that it runs over are not rows themselves.
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
    from collections.abc import Iterator

    from semsearch.model.protocols import Opened

#: Longest quoted cell, in characters; one that is open for longer was never closed.
_CELL_LIMIT = 2**24
#: A quoted cell with so many lines, each of them a whole row by itself and without a further mark, is no cell.
_ROWS = 4
#: Delimiters that are hardly ever part of a text: a line with the right number of them is a row.
_SURE = "\t|"
#: Longest heading, in lines.
_HEADER_LINES = 20
_DELIMITERS = ",;\t|"
#: From inside a quoted cell up to the quotation mark that ends it; two of them stand for one that is text.
_CLOSING = re.compile(r'[^"]*+(?:""[^"]*+)*+"')
_QUOTED = re.compile(r'"((?:[^"]|"")*)"')

#: Longest cell, in lines, that is looked for where quotation marks in it are not doubled.
_SLOPPY_LINES = 400

UNCLOSED = "a quotation that is never closed"
INSIDE = "a quotation mark that is not doubled inside a quoted cell"
OPENS_NONE = "a quotation mark at the beginning of a cell that is not quoted"


class Row(NamedTuple):
    """A row and its cells."""

    line: int
    """1-based, of its first line."""
    text: str
    """Its lines."""
    cells: list[str]
    """Without their quotation marks."""
    fault: str = ""
    """Why it cannot be read; then the cells mean nothing."""
    repair: str = ""
    """How it differs from what the format wants, where it was read all the same."""


class _Scan(NamedTuple):
    """What the quotation marks of a row say."""

    lines: int
    """How many lines it has."""
    open: bool
    """Whether a quoted cell is still open at the end."""
    loose: bool
    """Whether something follows the end of a quoted cell."""


class _Line(NamedTuple):
    """What the quotation marks of a line say."""

    open: bool
    """Whether a quoted cell is open at the end."""
    loose: bool
    """Whether something follows the end of a quoted cell."""
    stray: bool
    """Whether a cell that is not quoted holds a quotation mark."""


class Rows:
    """The rows of a file; `header` first, then iteration.

    Args:
        opened: The file.
    """

    def __init__(self, opened: Opened) -> None:
        self._head = opened.head()  # before the lines: looking at it closes the file
        self._lines = opened.lines()
        self._waiting: deque[tuple[int, str]] = deque()
        self._damage: Exception | None = None
        self.delimiter = ","
        self._width = 0
        #: Up to this line no quoted cell ends that is open now; and whether a row by itself stands behind.
        self._without_end = (0, False)

    def header(self) -> Row | None:
        """The first row that holds anything; it tells the delimiter."""
        while self._has(0):
            line, text = self._waiting[0]
            if not text.strip():
                self._waiting.popleft()
                continue
            self._has(_HEADER_LINES - 1)
            self.delimiter, length = _split_header([text for _, text in self._waiting][:_HEADER_LINES])
            text = self._take(length)
            cells = _cells(text, self.delimiter)
            if length == 1 and len(cells) <= text.count(self.delimiter) and _scan_line(text, self.delimiter).open:
                cells = text.split(self.delimiter)
            self._width = len(cells)
            return Row(line, text, cells)
        self._raise_damage()
        return None

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
        mended = self._mended(line, text) if scan.loose and not self._fits(cells) else None
        return mended or Row(line, text, cells)

    def _swallows_rows(self, scan: _Scan) -> bool:
        """Whether lines of a quoted cell are rows of their own."""
        lines = self._peek(scan.lines)
        if scan.loose:
            return any(map(self._stands_alone, lines[1:])) or not self._fits(_cells("\n".join(lines), self.delimiter))
        if self._width < 2 or not all(map(self._is_plain_row, lines)):
            return False
        marks = sum(text.count('"') for text in lines)
        return self._has_stray_quotes or (self.delimiter in _SURE and len(lines) >= _ROWS and marks == 2)

    def _unclosed(self, line: int, first: str, scan: _Scan) -> Row:
        """The row of a line that opens a cell which is not closed as it should be."""
        if lines := self._sloppy_lines():
            text = "\n".join(lines)
            cells = self._sloppy_cells(text)
            if self._fits(cells):
                self._take(len(lines))
                return Row(line, text, cells, repair=INSIDE)
        if self.delimiter in _SURE and self._is_plain_row(first):
            self._take(1)
            return self._plain(line, first)
        torn = scan.open and not any(map(self._stands_alone, self._peek(scan.lines)[1:]))  # the file ends too early
        return Row(line, self._take(scan.lines if torn else 1), [], fault=UNCLOSED)

    def _mended(self, line: int, text: str) -> Row | None:
        """The row of a line in which quotation marks stand where they should not; ``None`` where nothing fits."""
        if self._is_plain_row(text):
            return self._plain(line, text)
        cells = self._sloppy_cells(text)
        return Row(line, text, cells, repair=INSIDE) if self._fits(cells) else None

    def _plain(self, line: int, text: str) -> Row:
        cells = [_unquoted(cell) for cell in text.split(self.delimiter)]
        return Row(line, text, cells, repair=OPENS_NONE)

    def _fits(self, cells: list[str]) -> bool:
        """Whether there are as many cells as headings; empty ones at the end do not count."""
        return len(cells) >= self._width and not any(cells[self._width :])

    def _is_plain_row(self, text: str) -> bool:
        """Whether a line is a row when quotation marks mean nothing."""
        return self._fits(text.split(self.delimiter))

    def _stands_alone(self, text: str) -> bool:
        """Whether a line is a row by itself."""
        if self._width < 2:
            return False
        if self._is_plain_row(text):
            return True
        found = _scan_line(text, self.delimiter)
        return not found.open and not found.loose and self._fits(_cells(text, self.delimiter))

    @lazy
    def _has_stray_quotes(self) -> bool:
        """Whether the file's beginning has quotation marks that no program leaves bare that quotes cells."""
        is_open = False
        for text in self._head.split("\n"):
            found = _scan_line(text, self.delimiter, is_open=is_open)
            if found.loose or found.stray:
                return True
            is_open = found.open
        return False

    def _scan(self) -> _Scan:
        """How far the row at the beginning of what is waiting goes."""
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
        """The lines of a row whose quoted cells hold marks that are not doubled; none where there is no such row.

        What one search has seen, the next one does not look at again: a file may be full of such beginnings.
        """
        closing, (first, text) = _closing_before(self.delimiter), self._waiting[0]
        if not _scan_line(text, self.delimiter, closing).open:
            return [text]
        seen, stopped = self._without_end
        if first <= seen and stopped:
            return []
        number = max(0, seen - first) + 1
        while number < _SLOPPY_LINES and self._has(number):
            text = self._waiting[number][1]
            stopped = self._stands_alone(text)
            if stopped:
                break
            number += 1
            if not _scan_line(text, self.delimiter, closing, is_open=True).open:
                return self._peek(number)
        self._without_end = (first + number - 1, stopped)
        return []

    def _sloppy_cells(self, text: str) -> list[str]:
        """Cells of such a row."""
        closing, cells, place = _closing_before(self.delimiter), list[str](), 0
        while True:
            found = closing.match(text, place + 1) if text.startswith('"', place) else None
            if found:
                cells.append(text[place + 1 : found.end() - 1].replace('""', '"'))
                place = found.end()
            else:
                end = text.find(self.delimiter, place)
                end = len(text) if end < 0 else end
                cells.append(text[place:end])
                place = end
            if place >= len(text):
                return cells
            place += 1

    def _has(self, number: int) -> bool:
        """Whether there is such a line, 0-based, among what is waiting; reads on for it."""
        while len(self._waiting) <= number:
            try:
                following = next(self._lines, None)
            except (MalformedSource, OSError, *DAMAGE) as error:  # told when the lines before it are read
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


def header_cells(head: str) -> list[str]:
    """Headings of a table that begins so."""
    lines = head.lstrip("\n").split("\n", _HEADER_LINES)[:_HEADER_LINES]
    delimiter, length = _split_header(lines)
    return _cells("\n".join(lines[:length]), delimiter)


def _split_header(lines: list[str]) -> tuple[str, int]:
    """Delimiter of a table that begins with these lines, and how many of them are its header.

    The delimiter is the one that gives most headings (csv.Sniffer guesses wrong on real exports).
    """
    best, delimiter, length = 0, _DELIMITERS[0], 1
    for candidate in _DELIMITERS:
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
    """A cell without the quotation marks around it, if it has both."""
    match = _QUOTED.fullmatch(cell)
    return match[1].replace('""', '"') if match else cell


def _scan_line(text: str, delimiter: str, closing: re.Pattern[str] = _CLOSING, *, is_open: bool = False) -> _Line:
    """What the quotation marks of a line say.

    Args:
        text: The line.
        delimiter: Of the table.
        closing: Matches up to the mark that ends a quoted cell.
        is_open: Whether a quoted cell is open at the beginning.
    """
    place, loose, stray = 0, False, False
    while True:
        quoted = is_open or text.startswith('"', place)
        if quoted:
            match = closing.match(text, place if is_open else place + 1)
            if not match:
                return _Line(True, loose, stray)
            place, is_open = match.end(), False
        end = text.find(delimiter, place)
        rest = text[place:end] if end >= 0 else text[place:]
        loose |= quoted and bool(rest)
        stray |= not quoted and '"' in rest
        if end < 0:
            return _Line(False, loose, stray)
        place = end + 1


@functools.cache
def _closing_before(delimiter: str) -> re.Pattern[str]:
    """Up to a quotation mark that a delimiter or the end of a line follows; others are text."""
    behind = rf"(?={re.escape(delimiter)}|$)"
    return re.compile(rf'(?:[^"]|"(?!{behind[3:-1]}))*+"{behind}', re.MULTILINE)


def _cells(text: str, delimiter: str) -> list[str]:
    """Cells as Python's ``csv`` reads them."""
    csv.field_size_limit(_CELL_LIMIT * 2)
    return next(csv.reader([line + "\n" for line in text.split("\n")], delimiter=delimiter), [])

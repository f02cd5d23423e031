"""CSV and TSV with any headings.

The module `quoting` finds the rows and their cells.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from semsearch.model.paper import Paper, Rejected, Source
from semsearch.readers.flattening import listed
from semsearch.readers.given import exported
from semsearch.readers.headings import MANY, field_of, unsearchable
from semsearch.readers.long_rows import joined
from semsearch.readers.opening import OVERLONG
from semsearch.readers.quoting import Row, Rows, header_cells
from semsearch.readers.record import paper_of, rejected
from semsearch.text.spreadsheet import unguarded

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from semsearch.model.protocols import Opened
    from semsearch.readers.record import Repaired

#: Columns of the CSV that semsearch writes: fields of `Paper`, columns by which it is recognised, and all columns.
_FIELDS = frozenset(f.name for f in fields(Paper)) - {"extra", "source", "origins"}
_OURS = frozenset({"id", "key", "title", "abstract", "arxiv_id", "pmcid", "acl_id", "file", "line"})
#: Number of the first rows among which the heading row is.
PREAMBLE_ROWS = 20
#: Longest heading, in characters. A longer cell is a sentence of a preamble.
_HEADING_LENGTH = 80
#: A first line that tells Excel the delimiter.
_SEPARATOR = re.compile(r"\"?sep=.\"?", re.IGNORECASE)
_KNOWN = _FIELDS | _OURS | {"query", "rank", "score", "group", "kind"}


def recognise(head: str) -> bool:
    """Whether the first row has two known headings or more, among them that of a title or an abstract."""
    if head.lstrip().startswith(("{", "[", "@", "%", "<")):
        return False
    return is_heading_row(header_cells(head, is_heading_row))


def is_heading_row(cells: Sequence[str], columns: Mapping[str, str] | None = None) -> bool:
    """Whether a row is the heading row of a table of papers: two known headings or more, one for titles or abstracts.

    Args:
        cells: Cells of the row.
        columns: Fields of `Paper` by folded heading, as the user named them.
    """
    known = {field_of(cell, columns) for cell in cells if len(cell) <= _HEADING_LENGTH} - {None}
    return len(known) >= 2 and not known.isdisjoint(("title", "abstract"))


def read(opened: Opened) -> Iterator[Paper | Rejected]:
    """See `semsearch.model.protocols.FormatReader`."""
    rows = Rows(opened)
    header = rows.header(lambda cells: is_heading_row(cells, opened.columns))
    if header is None:
        return
    if rows.preamble and not _SEPARATOR.fullmatch(rows.preamble.text.strip()):
        opened.repaired(rows.preamble.line, "lines before the heading row, left out", rows.preamble.text)
    useless = unsearchable(header.cells, opened.columns)
    table = _Table(header.cells, rows.delimiter, opened.columns)
    row = None
    for row in rows:
        source = Source(opened.name, row.line)
        if row.repair and not useless:
            opened.repaired(row.line, row.repair, row.text)
        yield rejected(source, useless, row.text) if useless else table.row(row, source, opened.repaired)
    if useless and row is None:
        yield rejected(Source(opened.name, header.line), useless, header.text)


class _Table:
    """The headings of a table. It turns rows into papers."""

    def __init__(self, headings: list[str], delimiter: str, columns: Mapping[str, str]) -> None:
        self._headings = headings
        self._delimiter = delimiter
        self._columns = columns
        self._ours = set(headings) >= _OURS  # written by semsearch, so guarded cells must be unguarded

    def row(self, row: Row, source: Source, repaired: Repaired) -> Paper | Rejected:
        """The paper in a row.

        Args:
            row: The row.
            source: File and line of the row.
            repaired: Called with what was repaired.
        """
        line, cells = row.text, row.cells
        if fault := self._fault(row):
            return rejected(source, fault, line)
        if any(cells[len(self._headings) :]):
            found = f"{len(cells)} cells under {len(self._headings)} headings"
            whole = None if self._ours else joined(cells, self._headings, self._delimiter, self._columns)
            if whole is None:
                return rejected(source, f"{found}; perhaps a {self._delimiter!r} is not in quotation marks", line)
            repaired(row.line, f"{found}; title and abstract are in their places", line)
            cells = whole
        if not self._ours:
            return paper_of(_by_heading(self._headings, cells), source, line, self._columns, repaired)
        try:
            return self._exported(cells, source, line)
        except ValueError as error:
            return rejected(source, f"not a paper as semsearch exports it: {error}"[:200], line)

    def _fault(self, row: Row) -> str:
        """Why a row cannot be a paper, whatever its cells are; empty if it can."""
        if OVERLONG in row.text:
            return "a line of more than 16 million characters"
        return "the heading row again" if row.cells == self._headings else row.fault

    def _exported(self, cells: list[str], source: Source, line: str) -> Paper | Rejected:
        """The paper in a row that semsearch wrote. Its text is not cleaned again."""
        record = {name: value for name, value in zip(self._headings, map(unguarded, cells), strict=False) if value}
        shape: dict[str, Any] = {name: value for name, value in record.items() if name in _FIELDS}
        lists = {name: value for name, value in shape.items() if name in MANY}
        shape |= {name: listed(value) or value.split("; ") for name, value in lists.items()}
        shape |= {name: int(value) for name, value in shape.items() if name in ("year", "arxiv_version")}
        extra = {unguarded(name).removesuffix(" (extra)"): v for name, v in record.items() if name not in _KNOWN}
        return exported(shape | {"extra": extra}, source, line)


def _by_heading(headings: list[str], cells: Iterable[str]) -> dict[str, str]:
    record: dict[str, str] = {}
    named = itertools.chain(headings, itertools.repeat(""))  # a repaired row can have more cells than headings
    for number, (heading, cell) in enumerate(zip(named, cells, strict=False), 1):
        name = heading.strip() or f"column {number}"
        record[f"{name} ({number})" if name in record else name] = cell
    return record

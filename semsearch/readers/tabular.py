"""CSV and TSV with any headings.

The module `quoting` finds the rows and their cells.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from semsearch.model.paper import Paper, Rejected, Source
from semsearch.model.results import EXPLAINED_COLUMNS
from semsearch.readers import field_rows
from semsearch.readers.flattening import listed
from semsearch.readers.given import exported
from semsearch.readers.headings import MANY, field_of, repeats, unsearchable
from semsearch.readers.long_rows import joined
from semsearch.readers.object_cells import with_objects
from semsearch.readers.opening import OVERLONG
from semsearch.readers.quoting import SEPARATOR, Row, Rows, header_cells
from semsearch.readers.record import paper_of, rejected
from semsearch.text.spreadsheet import unguarded

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from semsearch.model.protocols import Opened
    from semsearch.readers.record import Repaired

#: Columns of the CSV that semsearch writes: fields of `Paper`, columns by which it is recognised, and all columns.
_FIELDS = frozenset(f.name for f in fields(Paper)) - {"extra", "source", "origins"}
_OURS = frozenset({"id", "key", "title", "abstract", "arxiv_id", "pmcid", "acl_id", "file", "line"})
#: Longest heading, in characters. A longer cell is a sentence of a preamble.
_HEADING_LENGTH = 80
#: The last lines of some exports. They stand alone in the first cell.
_FOOTER = re.compile(
    r"(?:total|(?:total )?(?:number of )?(?:records|results|references))(?: found| exported)?:? \d+"
    r"(?: records| results)?\.?"
    r"|\d+ (?:records|results|references)(?: found| exported)?\.?"
    r"|(?:©|\(c\)|copyright (?:©|\(c\)|\d{4})).{0,300}"
    r"|exported (?:on|from|by) .{0,80}|end of (?:file|export|report)\.?",
    re.IGNORECASE,
)
#: Longest of these lines, in characters.
_LONGEST_FOOTER = 400
_DIGIT = re.compile(r"\d")
#: Why a row is no paper.
_AGAIN = "the heading row again"
_LAST_LINE = "a line of the export, not a record"
_OTHER_HEADINGS = "a heading row; the rows below it are read with it"
_KNOWN = _FIELDS | _OURS | {"query", "rank", "score", "group", "kind"}


def recognise(head: str) -> bool:
    """Whether the first row has two known headings or more, among them that of a title or an abstract."""
    if head.lstrip().startswith(("{", "[", "@", "%", "<")):
        return False
    return is_heading_row(header_cells(head, is_heading_row)) or field_rows.recognise(head)


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
    if field_rows.recognise(opened.head()):
        yield from field_rows.read(opened)
        return
    rows = Rows(opened)
    header = rows.header(lambda cells: is_heading_row(cells, opened.columns))
    if header is None:
        return
    if rows.preamble and not SEPARATOR.fullmatch(rows.preamble.text.strip("\r\n")):
        opened.repaired(rows.preamble.line, "lines before the heading row, left out", rows.preamble.text)
    useless = unsearchable(header.cells, opened.columns)
    row, table = None, _Table(header.cells, rows.delimiter, opened.columns)
    for row in rows:
        if not useless and table.is_other(row):
            table = _Table(row.cells, rows.delimiter, opened.columns)
            rows.width = len(row.cells)
            yield rejected(Source(opened.name, row.line), _OTHER_HEADINGS, row.text)
            continue
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

    def is_other(self, row: Row) -> bool:
        """Whether a row is the heading row of another table, as in files that were put together.

        Args:
            row: A row. It is one if it has three known headings or more and nothing else.
        """
        if not row.cells or max(map(len, row.cells)) > _HEADING_LENGTH or self._ours or _DIGIT.search(row.text):
            return False  # nearly every row: an abstract is longer, and the year of a paper is a number
        cells = [cell for cell in row.cells if cell.strip()]
        known = {field_of(cell, self._columns) for cell in cells}
        is_one = len(known) > 2 and None not in known and not known.isdisjoint(("title", "abstract"))
        return is_one and not repeats(row.cells, self._headings)

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
            record = _by_heading(self._headings, cells)
            return paper_of(with_objects(record) if "{" in line else record, source, line, self._columns, repaired)
        try:
            return self._exported(cells, source, line)
        except ValueError as error:
            return rejected(source, f"not a paper as semsearch exports it: {error}"[:200], line)

    def _fault(self, row: Row) -> str:
        """Why a row cannot be a paper, whatever its cells are; empty if it can."""
        if OVERLONG in row.text:
            return "a line of more than 16 million characters"
        if repeats(row.cells, self._headings):
            return _AGAIN
        if len(row.text) < _LONGEST_FOOTER and len(self._headings) > 2 and not any(row.cells[1:]):
            return _LAST_LINE if _FOOTER.fullmatch(row.text.strip(" ,;\t")) else row.fault
        return row.fault

    def _exported(self, cells: list[str], source: Source, line: str) -> Paper | Rejected:
        """The paper in a row that semsearch wrote. Its text is not cleaned again."""
        record = {name: value for name, value in zip(self._headings, map(unguarded, cells), strict=False) if value}
        shape: dict[str, Any] = {name: value for name, value in record.items() if name in _FIELDS}
        lists = {name: value for name, value in shape.items() if name in MANY}
        shape |= {name: listed(value) or value.split("; ") for name, value in lists.items()}
        shape |= {name: int(value) for name, value in shape.items() if name in ("year", "arxiv_version")}
        known = _KNOWN.union(EXPLAINED_COLUMNS) if set(self._headings).issuperset(EXPLAINED_COLUMNS) else _KNOWN
        extra = {unguarded(name).removesuffix(" (extra)"): v for name, v in record.items() if name not in known}
        return exported(shape | {"extra": extra}, source, line)


def _by_heading(headings: list[str], cells: Iterable[str]) -> dict[str, str]:
    record: dict[str, str] = {}
    named = itertools.chain(headings, itertools.repeat(""))  # a repaired row can have more cells than headings
    for number, (heading, cell) in enumerate(zip(named, cells, strict=False), 1):
        name = heading.strip() or f"column {number}"
        record[f"{name} ({number})" if name in record else name] = cell
    return record

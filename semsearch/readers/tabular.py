"""CSV and TSV with any headings.

The module `quoting` finds the rows and their cells.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from semsearch.model.paper import Paper, Rejected, Source
from semsearch.readers.given import exported
from semsearch.readers.headings import HEADINGS, field_of, unsearchable
from semsearch.readers.opening import OVERLONG
from semsearch.readers.quoting import Row, Rows, header_cells
from semsearch.readers.record import paper_of, rejected
from semsearch.text.spreadsheet import unguarded

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from semsearch.model.protocols import Opened

#: Columns of the CSV that semsearch writes: fields of `Paper`, columns by which it is recognised, and all columns.
_FIELDS = frozenset(HEADINGS) | {"id", "arxiv_version"}
_OURS = frozenset({"id", "key", "title", "abstract", "arxiv_id", "pmcid", "acl_id", "file", "line"})
_KNOWN = _FIELDS | _OURS | {"query", "rank", "score", "group", "kind"}


def recognise(head: str) -> bool:
    """Whether the first row has two known headings or more, among them that of a title or an abstract."""
    if head.lstrip().startswith(("{", "[", "@", "%", "<")):
        return False
    headings = header_cells(head)
    return sum(field_of(heading) is not None for heading in headings) >= 2 and not unsearchable(headings)


def read(opened: Opened) -> Iterator[Paper | Rejected]:
    """See `semsearch.model.protocols.FormatReader`."""
    rows = Rows(opened)
    header = rows.header()
    if header is None:
        return
    useless = unsearchable(header.cells, opened.columns)
    table = _Table(header.cells, rows.delimiter, opened.columns)
    row = None
    for row in rows:
        source = Source(opened.name, row.line)
        if row.repair and not useless:
            opened.repaired(row.line, row.repair, row.text)
        yield rejected(source, useless, row.text) if useless else table.row(row, source)
    if useless and row is None:
        yield rejected(Source(opened.name, header.line), useless, header.text)


class _Table:
    """The headings of a table. It turns rows into papers."""

    def __init__(self, headings: list[str], delimiter: str, columns: Mapping[str, str]) -> None:
        self._headings = headings
        self._delimiter = delimiter
        self._columns = columns
        self._ours = set(headings) >= _OURS  # written by semsearch, so guarded cells must be unguarded

    def row(self, row: Row, source: Source) -> Paper | Rejected:
        """The paper in a row.

        Args:
            row: The row.
            source: File and line of the row.
        """
        line, cells = row.text, row.cells
        if OVERLONG in line:
            return rejected(source, "a line of more than 16 million characters", line)
        if row.fault:
            return rejected(source, row.fault, line)
        if len(cells) > len(self._headings) and any(cells[len(self._headings) :]):
            found = f"{len(cells)} cells under {len(self._headings)} headings"
            return rejected(source, f"{found}; perhaps a {self._delimiter!r} is not in quotation marks", line)
        if not self._ours:
            return paper_of(_by_heading(self._headings, cells), source, line, self._columns)
        try:
            return self._exported(cells, source, line)
        except ValueError as error:
            return rejected(source, f"not a paper as semsearch exports it: {error}"[:200], line)

    def _exported(self, cells: list[str], source: Source, line: str) -> Paper | Rejected:
        """The paper in a row that semsearch wrote. Its text is not cleaned again."""
        record = {name: value for name, value in zip(self._headings, map(unguarded, cells), strict=False) if value}
        shape: dict[str, Any] = {name: value for name, value in record.items() if name in _FIELDS}
        shape |= {name: value.split("; ") for name, value in shape.items() if name in ("authors", "keywords", "tags")}
        shape |= {name: int(value) for name, value in shape.items() if name in ("year", "arxiv_version")}
        extra = {unguarded(name).removesuffix(" (extra)"): v for name, v in record.items() if name not in _KNOWN}
        return exported(shape | {"extra": extra}, source, line)


def _by_heading(headings: list[str], cells: Iterable[str]) -> dict[str, str]:
    record: dict[str, str] = {}
    for number, (heading, cell) in enumerate(zip(headings, cells, strict=False), 1):
        name = heading.strip() or f"column {number}"
        record[f"{name} ({number})" if name in record else name] = cell
    return record

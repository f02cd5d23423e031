"""Tables with one field per row: its name, then its values. A blank line ends a record. Embase: "Fields by row"."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Any

from semsearch.model.paper import Paper, Rejected, Source
from semsearch.readers.headings import field_of
from semsearch.readers.quoting import Row, Rows
from semsearch.readers.record import paper_of, rejected

if TYPE_CHECKING:
    from collections.abc import Iterator

    from semsearch.model.protocols import Opened

#: Number of the first lines that tell whether a file is such a table.
_LINES = 40
#: Longest name of a field, in characters.
_LONGEST = 40
#: So many fields are named in the first cells, and nothing else is a heading.
_FIELDS = 3


def recognise(head: str) -> bool:
    """Whether the first cells of the first rows name three fields or more, among them the title.

    No other cell of these rows is a heading, and no row has a single cell.

    Args:
        head: The beginning of the text.
    """
    try:
        rows = [row for row in csv.reader(head.split("\n", _LINES)[:_LINES]) if any(row)]
    except csv.Error:
        return False
    rows = [row for row in rows if len(row) > 1]
    named = {field_of(row[0]) for row in rows if len(row[0]) < _LONGEST} - {None}
    if len(named) < _FIELDS or "title" not in named:
        return False
    return not any(field_of(row[0]) and field_of(row[1]) for row in rows)


def read(opened: Opened) -> Iterator[Paper | Rejected]:
    """See `semsearch.model.protocols.FormatReader`.

    Args:
        opened: The file.
    """
    for rows in _records(opened):
        source, raw = Source(opened.name, rows[0].line), "\n".join(row.text for row in rows)
        if fault := next((row.fault for row in rows if row.fault), ""):
            yield rejected(source, fault, raw)
            continue
        record = _record(rows)
        if any(field_of(name, opened.columns) for name in record):
            yield paper_of(record, source, raw, opened.columns, opened.repaired)
        else:
            opened.repaired(rows[0].line, "lines that belong to no record, left out", raw)


def _records(opened: Opened) -> Iterator[list[Row]]:
    """The rows of each record. It ends at a blank line, or where its first name comes again."""
    rows = Rows(opened)
    first = rows.header(lambda _: True)
    held = [first] if first else []
    for row in rows:
        last = held[-1]
        is_apart = row.line > last.line + last.text.count("\n") + 1
        if is_apart or (row.cells and row.cells[:1] == held[0].cells[:1]):
            yield held
            held = []
        held.append(row)
    if held:
        yield held


def _record(rows: list[Row]) -> dict[str, Any]:
    values: dict[str, list[str]] = {}
    for row in rows:
        name, *cells = row.cells or [""]
        values.setdefault(name.strip() or "column 1", []).extend(cell for cell in cells if cell.strip())
    return {name: found[0] if len(found) == 1 else found for name, found in values.items() if found}

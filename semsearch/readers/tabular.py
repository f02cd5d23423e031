"""CSV and TSV with any headings.

The delimiter is the commonest of comma, semicolon, tab and bar in the header line (csv.Sniffer guesses wrong on real
exports). Physical lines are joined to a record while a quotation is open; one that never closes costs its own line and
nothing after it.
"""

from __future__ import annotations

import csv
from collections import deque
from typing import TYPE_CHECKING

from semsearch.paper import Paper, Rejected, Source
from semsearch.readers.opening import OVERLONG
from semsearch.readers.record import field_of, paper_of, rejected

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from semsearch.protocols import Opened

_DELIMITERS = ",;\t|"
#: A quotation open for so many lines or characters was never closed.
_QUOTE_LINES, _QUOTE_LENGTH = 400, 2**18


def recognise(head: str) -> bool:
    """A first line with two headings or more, one of them of a title or an abstract."""
    header = head.lstrip("\n").split("\n", 1)[0]
    if header.lstrip().startswith(("{", "[", "@", "%", "<")):
        return False
    return sum(field_of(h) is not None for h in _cells(header, _delimiter(header))) >= 2 and _searchable(header)


def read(opened: Opened) -> Iterator[Paper | Rejected]:
    """See `semsearch.protocols.Reader`."""
    records = _records(opened)
    header = next(records, None)
    if header is None:
        return
    number, line = header
    delimiter = _delimiter(line)
    headings = _cells(line, delimiter)
    useless = (
        ""
        if _searchable(line, opened.columns)
        else f"no column for a title or an abstract among: {', '.join(headings)[:200]}"
    )
    for number, line in records:
        source = Source(opened.name, number)
        yield rejected(source, useless, line) if useless else _row(headings, line, delimiter, source, opened.columns)


def _row(
    headings: list[str], line: str, delimiter: str, source: Source, columns: Mapping[str, str]
) -> Paper | Rejected:
    if OVERLONG in line:
        return rejected(source, "a line of over 16 Mi characters", line)
    if line.count('"') % 2:
        return rejected(source, "a quotation that is never closed", line)
    cells = _cells(line, delimiter)
    if len(cells) > len(headings) and any(cells[len(headings) :]):
        return rejected(
            source, f"{len(cells)} cells under {len(headings)} headings: a {delimiter!r} outside quotes?", line
        )
    return paper_of(_by_heading(headings, cells), source, line, columns)


def _by_heading(headings: list[str], cells: list[str]) -> dict[str, str]:
    record: dict[str, str] = {}
    for number, (heading, cell) in enumerate(zip(headings, cells, strict=False), 1):
        name = heading.strip() or f"column {number}"
        record[f"{name} ({number})" if name in record else name] = cell
    return record


def _records(opened: Opened) -> Iterator[tuple[int, str]]:
    """``(line number, text)`` of each record; one with an odd number of quotes was never closed."""
    lines = opened.lines()
    waiting: deque[tuple[int, str]] = deque()
    while True:
        if not waiting:
            following = next(lines, None)
            if following is None:
                return
            waiting.append(following)
        taken, quotes, length = 0, 0, 0
        while True:
            if taken == len(waiting):
                following = next(lines, None)
                if following is None:
                    break
                waiting.append(following)
            text = waiting[taken][1]
            taken, quotes, length = taken + 1, quotes + text.count('"'), length + len(text)
            if quotes % 2 == 0 or taken > _QUOTE_LINES or length > _QUOTE_LENGTH:
                break
        if quotes % 2:
            taken = 1  # only the line that opens it is lost
        record = [waiting.popleft() for _ in range(taken)]
        if any(text.strip() for _, text in record):
            yield record[0][0], "\n".join(text for _, text in record)


def _delimiter(header: str) -> str:
    return max(_DELIMITERS, key=header.count)


def _cells(record: str, delimiter: str) -> list[str]:
    csv.field_size_limit(_QUOTE_LENGTH * 128)  # a line is bounded where it is read
    return next(csv.reader([line + "\n" for line in record.split("\n")], delimiter=delimiter), [])


def _searchable(header: str, columns: Mapping[str, str] | None = None) -> bool:
    return any(field_of(h, columns) in ("title", "abstract") for h in _cells(header, _delimiter(header)))

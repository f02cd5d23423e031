"""CSV and TSV with any headings.

The delimiter is the commonest of comma, semicolon, tab and bar in the header line (csv.Sniffer guesses wrong on real
exports). Physical lines are joined to a record while a quotation is open; one that never closes costs its own line and
nothing after it.
"""

from __future__ import annotations

import csv
from collections import deque
from typing import TYPE_CHECKING, Any

from semsearch.paper import Paper, Rejected, Source
from semsearch.readers.opening import OVERLONG
from semsearch.readers.record import HEADINGS, exported, field_of, paper_of, rejected, unsearchable
from semsearch.wording import unguarded

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from semsearch.protocols import Opened

_DELIMITERS = ",;\t|"
#: Columns of semsearch's own CSV: fields of `Paper`, and what stands beside them.
_FIELDS = frozenset(HEADINGS) | {"id", "arxiv_version"}
_OURS = frozenset({"id", "key", "title", "abstract", "arxiv_id", "pmcid", "acl_id", "file", "line"})
_KNOWN = _FIELDS | _OURS | {"query", "rank", "score", "group", "kind"}
#: A quotation open for so many lines or characters was never closed.
_QUOTE_LINES, _QUOTE_LENGTH = 400, 2**18


def recognise(head: str) -> bool:
    """A first line with two headings or more, one of them of a title or an abstract."""
    header = head.lstrip("\n").split("\n", 1)[0]
    if header.lstrip().startswith(("{", "[", "@", "%", "<")):
        return False
    headings = _cells(header, _delimiter(header))
    return sum(field_of(heading) is not None for heading in headings) >= 2 and not unsearchable(headings)


def read(opened: Opened) -> Iterator[Paper | Rejected]:
    """See `semsearch.protocols.Reader`."""
    records = _records(opened)
    header = next(records, None)
    if header is None:
        return
    number, line = header
    delimiter = _delimiter(line)
    headings = _cells(line, delimiter)
    useless = unsearchable(headings, opened.columns)
    table = _Table(headings, delimiter, opened.columns)
    for number, line in records:
        source = Source(opened.name, number)
        yield rejected(source, useless, line) if useless else table.row(line, source)


class _Table:
    """A table's headings and how to read its rows."""

    def __init__(self, headings: list[str], delimiter: str, columns: Mapping[str, str]) -> None:
        self._headings = headings
        self._delimiter = delimiter
        self._columns = columns
        self._ours = set(headings) >= _OURS  # as semsearch writes it, so that its guards can be taken off again

    def row(self, line: str, source: Source) -> Paper | Rejected:
        """The paper of a row."""
        if OVERLONG in line:
            return rejected(source, "a line of over 16 Mi characters", line)
        if line.count('"') % 2:
            return rejected(source, "a quotation that is never closed", line)
        cells = _cells(line, self._delimiter)
        if len(cells) > len(self._headings) and any(cells[len(self._headings) :]):
            found = f"{len(cells)} cells under {len(self._headings)} headings"
            return rejected(source, f"{found}: a {self._delimiter!r} outside quotes?", line)
        if not self._ours:
            return paper_of(_by_heading(self._headings, cells), source, line, self._columns)
        try:
            return self._exported(cells, source, line)
        except ValueError as error:
            return rejected(source, f"no paper as semsearch exports it: {error}"[:200], line)

    def _exported(self, cells: list[str], source: Source, line: str) -> Paper | Rejected:
        """The paper of a row that semsearch wrote, its text as it is."""
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

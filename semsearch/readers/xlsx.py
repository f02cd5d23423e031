"""Excel workbooks. Each sheet has a row of headings, then one paper per row. Needs the extra ``xlsx`` (openpyxl)."""

from __future__ import annotations

import importlib
import importlib.util
import itertools
import warnings
import zipfile
from typing import TYPE_CHECKING, Any

from semsearch.model.errors import MalformedSource, MissingExtra
from semsearch.model.paper import Paper, Rejected, Source
from semsearch.readers.compression import refuse_bomb, seekable
from semsearch.readers.headings import repeats, unsearchable
from semsearch.readers.quoting import HEADER_LINES
from semsearch.readers.record import paper_of, rejected
from semsearch.readers.tabular import is_heading_row

if TYPE_CHECKING:
    from collections.abc import Iterator

    from semsearch.model.protocols import Opened


def recognise(head: str) -> bool:
    """Whether it is the beginning of an Office Open XML file."""
    return head.startswith("PK\x03\x04") and ("[Content_Types].xml" in head or "xl/" in head)


def read(opened: Opened) -> Iterator[Paper | Rejected]:
    """See `semsearch.model.protocols.FormatReader`.

    Args:
        opened: The file.

    Raises:
        MissingExtra: openpyxl is not installed.
    """
    if importlib.util.find_spec("openpyxl") is None:
        raise MissingExtra("XLSX", "xlsx")
    headings: list[Rejected] = []
    any_record = False
    for _, rows in itertools.groupby(_rows(opened), key=lambda row: row[0]):
        for record in _sheet(opened, (cells for _, cells in rows), headings):
            any_record = True
            yield record
    if not any_record:  # if another sheet has papers, a sheet with a single row is only a note
        yield from headings


def _rows(opened: Opened) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """Each row as ``(sheet, cells)``.

    Raises:
        MalformedSource: The file is not a workbook, is damaged, or is a decompression bomb.
    """
    openpyxl = importlib.import_module("openpyxl")
    with opened.binary() as stream, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # openpyxl warns about styles that it does not keep
        try:
            content = seekable(stream)
            with zipfile.ZipFile(content) as archive:
                refuse_bomb(archive)
            for sheet in openpyxl.load_workbook(content, read_only=True, data_only=True).worksheets:
                for row in sheet.iter_rows(values_only=True):
                    yield sheet.title, row
        except Exception as error:  # the errors of openpyxl for damaged workbooks have no common base class
            reason = f"not an XLSX workbook, or damaged: {error or type(error).__name__}"
            raise MalformedSource(opened.name, reason[:200]) from error


def _sheet(opened: Opened, rows: Iterator[tuple[Any, ...]], lone: list[Rejected]) -> Iterator[Paper | Rejected]:
    """The records of a sheet. A single row without a known heading is not yielded, but appended to ``lone``."""
    first: Rejected | None = None
    headings: list[str] | None = None
    first_row: list[str] = []
    useless = ""
    for number, row in _below_preamble(opened, rows):
        cells = ["" if cell is None else cell for cell in row]
        if not any(str(cell).strip() for cell in cells):
            continue
        source, raw = Source(opened.name, number), "\t".join(map(str, cells))
        if headings is None:
            first_row = [str(cell) for cell in cells]
            headings = [name.strip() or f"column {position}" for position, name in enumerate(first_row, 1)]
            useless = unsearchable(headings, opened.columns)
            first = rejected(source, useless, raw) if useless else None
        elif useless:
            first = None
            yield rejected(source, useless, raw)
        else:
            record = {heading: _text(cell) for heading, cell in zip(headings, cells, strict=False)}
            is_heading = repeats([_text(cell) for cell in cells], first_row)
            again = rejected(source, "the heading row again", raw) if is_heading else None
            yield again or paper_of(record, source, raw, opened.columns, opened.repaired)
    if first:
        lone.append(first)


def _below_preamble(opened: Opened, rows: Iterator[tuple[Any, ...]]) -> Iterator[tuple[int, tuple[Any, ...]]]:
    """The rows of a sheet with their numbers, from the heading row on. What stands above it is noted."""
    numbered = enumerate(rows, 1)
    first = list(itertools.islice(numbered, HEADER_LINES))
    texts = [["" if cell is None else str(cell).strip() for cell in row] for _, row in first]
    start = next((n for n, cells in enumerate(texts) if is_heading_row(cells, opened.columns)), 0)
    if above := "\n".join(text for cells in texts[:start] if (text := "\t".join(filter(None, cells)))):
        opened.repaired(1, "rows above the heading row, left out", above)
    yield from first[start:]
    yield from numbered


def _text(cell: Any) -> str:
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)

"""Excel workbooks: each sheet has a row of headings, then one paper per row. Needs the extra ``xlsx`` (openpyxl)."""

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
from semsearch.readers.record import paper_of, rejected, unsearchable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from semsearch.model.protocols import Opened


def recognise(head: str) -> bool:
    """The beginning of an Office Open XML file."""
    return head.startswith("PK\x03\x04") and ("[Content_Types].xml" in head or "xl/" in head)


def read(opened: Opened) -> Iterator[Paper | Rejected]:
    """See `semsearch.model.protocols.FormatReader`."""
    if importlib.util.find_spec("openpyxl") is None:
        raise MissingExtra("XLSX", "xlsx")
    headings: list[Rejected] = []
    met = False
    for _, rows in itertools.groupby(_rows(opened), key=lambda row: row[0]):
        for record in _sheet(opened, (cells for _, cells in rows), headings):
            met = True
            yield record
    if not met:  # beside a sheet of papers, one with a single row is a note
        yield from headings


def _rows(opened: Opened) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """``(sheet, cells)`` of each row.

    Raises:
        MalformedSource: No workbook, a damaged one, or one that is made to fill memory.
    """
    openpyxl = importlib.import_module("openpyxl")
    with opened.binary() as stream, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # openpyxl tells of styles that it does not keep
        try:
            content = seekable(stream)
            with zipfile.ZipFile(content) as archive:
                refuse_bomb(archive)
            for sheet in openpyxl.load_workbook(content, read_only=True, data_only=True).worksheets:
                for row in sheet.iter_rows(values_only=True):
                    yield sheet.title, row
        except Exception as error:  # the ways in which openpyxl fails on a damaged workbook have no common base
            reason = f"no XLSX workbook, or a damaged one: {error or type(error).__name__}"
            raise MalformedSource(opened.name, reason[:200]) from error


def _sheet(opened: Opened, rows: Iterator[tuple[Any, ...]], lone: list[Rejected]) -> Iterator[Paper | Rejected]:
    """The records of a sheet; headings of no use, with no row under them, go to ``lone``."""
    first: Rejected | None = None
    headings: list[str] | None = None
    useless = ""
    for number, row in enumerate(rows, 1):
        cells = ["" if cell is None else cell for cell in row]
        if not any(str(cell).strip() for cell in cells):
            continue
        source, raw = Source(opened.name, number), "\t".join(map(str, cells))
        if headings is None:
            headings = [str(cell).strip() or f"column {place}" for place, cell in enumerate(cells, 1)]
            useless = unsearchable(headings, opened.columns)
            first = rejected(source, useless, raw) if useless else None
        elif useless:
            first = None
            yield rejected(source, useless, raw)
        else:
            record = {heading: _text(cell) for heading, cell in zip(headings, cells, strict=False)}
            yield paper_of(record, source, raw, opened.columns)
    if first:
        lone.append(first)


def _text(cell: Any) -> str:
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)

"""Parquet and Arrow files, and data frames: one paper per row. Needs the extra ``parquet`` (pyarrow)."""

from __future__ import annotations

import importlib
import importlib.util
from typing import TYPE_CHECKING, Any

from semsearch.model.errors import MalformedSource, MissingExtra
from semsearch.model.paper import Paper, Rejected, Source
from semsearch.readers.compression import seekable
from semsearch.readers.headings import unsearchable
from semsearch.readers.json_shapes import normalised
from semsearch.readers.record import UNREADABLE, paper_of, rejected, unreadable
from semsearch.readers.values import simple_record

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from semsearch.model.protocols import Opened

#: Rows that are in memory at the same time.
_BATCH = 1024


def recognise(head: str) -> bool:
    """Whether the file begins with the signature of Parquet or of an Arrow file."""
    return head.startswith(("PAR1", "ARROW1"))


def read(opened: Opened) -> Iterator[Paper | Rejected]:
    """See `semsearch.model.protocols.FormatReader`."""
    yield from _papers(_rows(opened), opened.name, opened.columns)


def _rows(opened: Opened) -> Iterator[dict[str, Any]]:
    """The rows of a file.

    Raises:
        MalformedSource: The file is not a Parquet or Arrow file, or is damaged.
    """
    pyarrow = _pyarrow()
    with opened.binary() as stream:
        try:
            content = seekable(stream)
            is_parquet = content.read(4) == b"PAR1"
            content.seek(0)
            if is_parquet:
                batches = importlib.import_module("pyarrow.parquet").ParquetFile(content).iter_batches(_BATCH)
            else:
                file = pyarrow.ipc.open_file(content)
                batches = (file.get_batch(n) for n in range(file.num_record_batches))
            yield from _rows_of(batches)
        except Exception as error:  # the errors of pyarrow for damaged files have no common base class
            raise MalformedSource(opened.name, f"not a Parquet or Arrow file, or damaged: {error}"[:200]) from error


def _rows_of(batches: Iterable[Any]) -> Iterator[dict[str, Any]]:
    for batch in batches:
        batch.validate(full=True)  # else damaged offsets could point to memory outside the file
        for start in range(0, batch.num_rows, _BATCH):
            yield from batch.slice(start, _BATCH).to_pylist()


def is_table(value: object) -> bool:
    """Whether a value is a data frame or a table: an object that can be read as an Arrow stream."""
    return hasattr(value, "__arrow_c_stream__")


def read_table(table: Any, name: str, columns: Mapping[str, str] | None = None) -> Iterator[Paper | Rejected]:
    """Read the papers in a data frame of pandas or polars, a table or reader of pyarrow, or a relation of DuckDB.

    Args:
        table: The table, one paper per row.
        name: Its name in `Source.file`; the numbers of the rows, from 1, are the lines.
        columns: Fields of `Paper` by folded heading, for headings that semsearch does not know, or that mean something
            else here.

    Raises:
        MissingExtra: pyarrow is not installed.
    """
    return _papers(_rows_of(_pyarrow().RecordBatchReader.from_stream(table)), name, columns or {})


def _papers(rows: Iterable[dict[str, Any]], name: str, columns: Mapping[str, str]) -> Iterator[Paper | Rejected]:
    for number, row in enumerate(rows, 1):
        source, raw = Source(name, number), repr(row)
        useless = unsearchable(row, columns)
        try:
            record = normalised(simple_record(row, columns, is_row=True))
        except UNREADABLE as error:
            yield unreadable(source, error, raw)
            continue
        yield rejected(source, useless, raw) if useless else paper_of(record, source, raw, columns)


def _pyarrow() -> Any:
    if importlib.util.find_spec("pyarrow") is None:
        raise MissingExtra("Parquet, Arrow and data frames", "parquet")
    return importlib.import_module("pyarrow")

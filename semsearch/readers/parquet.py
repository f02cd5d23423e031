"""Parquet and Arrow files, and data frames: a paper a row. Needs the extra ``parquet`` (pyarrow)."""

from __future__ import annotations

import importlib
import importlib.util
from typing import TYPE_CHECKING, Any

from semsearch.errors import MalformedSource, MissingExtra
from semsearch.paper import Paper, Rejected, Source
from semsearch.readers.json_shapes import normalised
from semsearch.readers.record import field_of, paper_of, rejected

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from semsearch.protocols import Opened

#: Rows that are in memory at a time.
_BATCH = 1024


def recognise(head: str) -> bool:
    """The magic of Parquet, or of Arrow's file format."""
    return head.startswith(("PAR1", "ARROW1"))


def read(opened: Opened) -> Iterator[Paper | Rejected]:
    """See `semsearch.protocols.Reader`."""
    pyarrow = _pyarrow()
    with opened.binary() as stream:
        try:
            content = stream if stream.seekable() else pyarrow.BufferReader(stream.read())
            if stream.peek(4)[:4] == b"PAR1":  # type: ignore[attr-defined]
                batches = importlib.import_module("pyarrow.parquet").ParquetFile(content).iter_batches(_BATCH)
            else:
                file = pyarrow.ipc.open_file(content)
                batches = (file.get_batch(n) for n in range(file.num_record_batches))
            yield from _papers(batches, opened.name, opened.columns)
        except (pyarrow.ArrowException, OSError, ValueError) as error:
            raise MalformedSource(opened.name, f"no Parquet or Arrow file, or a damaged one: {error}"[:200]) from error


def is_table(value: object) -> bool:
    """Whether a value is a data frame or table: anything that gives itself out as an Arrow stream."""
    return hasattr(value, "__arrow_c_stream__")


def read_table(table: Any, name: str) -> Iterator[Paper | Rejected]:
    """The papers of a pandas or polars data frame, a pyarrow table or reader, a DuckDB relation.

    Raises:
        MissingExtra: pyarrow is absent.
    """
    yield from _papers(_pyarrow().RecordBatchReader.from_stream(table), name, {})


def _papers(batches: Iterable[Any], name: str, columns: Mapping[str, str]) -> Iterator[Paper | Rejected]:
    number = 0
    for batch in batches:
        names = batch.schema.names
        searchable = any(field_of(column, columns) in ("title", "abstract") for column in names)
        for start in range(0, batch.num_rows, _BATCH):
            for row in batch.slice(start, _BATCH).to_pylist():
                number += 1
                source, raw = Source(name, number), repr(row)
                if searchable:
                    yield paper_of(normalised(row), source, raw, columns)
                else:
                    reason = f"no column for a title or an abstract among: {', '.join(names)[:200]}"
                    yield rejected(source, reason, raw)


def _pyarrow() -> Any:
    if importlib.util.find_spec("pyarrow") is None:
        raise MissingExtra("Parquet, Arrow and data frames", "parquet")
    return importlib.import_module("pyarrow")

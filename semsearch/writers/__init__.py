"""Output formats. A new format is one module here (or a few lines in one) and one line in `WRITERS`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semsearch.model.errors import QueryError
from semsearch.writers.bibtex import BibtexWriter
from semsearch.writers.csl_json import CslJsonWriter
from semsearch.writers.delimited import CsvWriter, ExcelCsvWriter
from semsearch.writers.ids import IdsWriter
from semsearch.writers.json_records import JsonLinesWriter, JsonWriter
from semsearch.writers.markdown import MarkdownWriter
from semsearch.writers.ris import RisWriter
from semsearch.writers.table import TableWriter
from semsearch.writers.trec import TrecWriter

if TYPE_CHECKING:
    from semsearch.model.protocols import FormatWriter

WRITERS: dict[str, type[FormatWriter]] = {
    "table": TableWriter,
    "json": JsonWriter,
    "jsonl": JsonLinesWriter,
    "csv": CsvWriter,
    "excel-csv": ExcelCsvWriter,
    "ids": IdsWriter,
    "bibtex": BibtexWriter,
    "ris": RisWriter,
    "csl-json": CslJsonWriter,
    "md": MarkdownWriter,
    "trec": TrecWriter,
}


def writer(name: str) -> FormatWriter:
    """The writer of an output format.

    Args:
        name: A key of `WRITERS`.

    Raises:
        QueryError: There is no such format.
    """
    if name not in WRITERS:
        raise QueryError(f"no output format '{name}'; the formats are {', '.join(WRITERS)}")
    return WRITERS[name]()

"""``semsearch rejected``: show the records that were rejected or repaired."""

from __future__ import annotations

from typing import Annotated

import typer

from semsearch.cli.options import DEFAULT_INDEX, IndexPath, count_of, note, opened
from semsearch.model.printable import json_text, safe


def run(
    as_jsonl: Annotated[
        bool, typer.Option("--jsonl", help="Print one JSON object per line, with the raw text.")
    ] = False,
    index: IndexPath = DEFAULT_INDEX,
) -> None:
    """Show records that were rejected or repaired, and why.

    Of the files as they were last read: file, line, reason, and the beginning of the record.
    """
    counts = {"rejected": 0, "repaired": 0}
    for record in opened(index).remarks():
        counts[record.kind] += 1
        if as_jsonl:
            print(json_text(record.to_dict()))
        else:
            where = f"{safe(record.source.file)}:{record.source.line}"
            print(f"{where}: {record.kind}: {safe(record.reason)}: {safe(record.raw)[:100]}")
    repaired = f", {counts['repaired']:,} repaired lines or records" if counts["repaired"] else ""
    note(count_of(counts["rejected"], "rejected record") + repaired)

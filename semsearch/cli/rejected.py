"""``semsearch rejected``: the records that are no papers, and those that were repaired."""

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
    for remark in opened(index).remarks():
        counts[remark.kind] += 1
        if as_jsonl:
            print(json_text(remark.to_dict()))
        else:
            place = f"{safe(remark.source.file)}:{remark.source.line}"
            print(f"{place}: {remark.kind}: {safe(remark.reason)}: {safe(remark.raw)[:100]}")
    repaired = f", {counts['repaired']:,} repaired lines or records" if counts["repaired"] else ""
    note(count_of(counts["rejected"], "rejected record") + repaired)

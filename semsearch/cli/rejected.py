"""``semsearch rejected``: the records that are no papers."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from semsearch.cli.options import DEFAULT_INDEX, IndexPath, count_of, note, opened
from semsearch.wording import safe


def run(
    as_jsonl: Annotated[bool, typer.Option("--jsonl", help="A JSON object a line, with the raw text.")] = False,
    index: IndexPath = DEFAULT_INDEX,
) -> None:
    """Show the rejected records of the files as they were last read: file, line, reason, beginning of the text."""
    records = opened(index).rejected()
    for record in records:
        if as_jsonl:
            print(json.dumps(record.to_dict(), ensure_ascii=False))
        else:
            print(f"{safe(record.source.file)}:{record.source.line}: {safe(record.reason)}: {safe(record.raw)[:100]}")
    note(count_of(len(records), "rejected record"))

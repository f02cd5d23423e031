"""``semsearch duplicates undo``: withdraw a decision."""

from __future__ import annotations

from typing import Annotated

import typer

from semsearch.cli.duplicates.source import DecisionsPath, Source
from semsearch.cli.options import DEFAULT_INDEX, IndexPath, note
from semsearch.model.printable import safe


def run(
    number: Annotated[
        str | None,
        typer.Argument(
            metavar="NUMBER", help="Number of the decision, as 'decisions list' shows it (default: the last one)."
        ),
    ] = None,
    decisions: DecisionsPath = None,
    index: IndexPath = DEFAULT_INDEX,
) -> None:
    """Withdraw a decision, by default the last one."""
    ledger = Source([], index, [], decisions).needed_ledger()
    withdrawn = ledger.undo(number)
    note(f"withdrawn: {withdrawn.kind}: {safe(withdrawn.a['title'])} / {safe(withdrawn.b['title'])}")

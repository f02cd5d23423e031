"""``semsearch duplicates undo``: withdraws a decision."""

from __future__ import annotations

from typing import Annotated

import typer

from semsearch.cli.duplicates.source import DecisionsPath, Source
from semsearch.cli.options import DEFAULT_INDEX, IndexPath, note
from semsearch.model.printable import safe


def run(
    number: Annotated[
        str | None,
        typer.Argument(metavar="NUMBER", help="Of the decision, as 'decisions list' shows it; the last by default."),
    ] = None,
    decisions: DecisionsPath = None,
    index: IndexPath = DEFAULT_INDEX,
) -> None:
    """Withdraw a decision, the last one by default; all is then as it was before it."""
    ledger = Source([], index, [], decisions).needed_ledger()
    gone = ledger.undo(number)
    note(f"withdrawn: {gone.kind}: {safe(gone.a['title'])} / {safe(gone.b['title'])}")

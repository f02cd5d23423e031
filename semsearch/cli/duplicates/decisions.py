"""``semsearch duplicates decisions``: list, export and import decisions."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from semsearch.cli.duplicates.source import DecisionsPath, Source
from semsearch.cli.options import DEFAULT_INDEX, IndexPath, count_of, note
from semsearch.cli.output import output_stream
from semsearch.model.printable import safe

app = typer.Typer(rich_markup_mode=None, no_args_is_help=True, help="List, export and import decisions.")


@app.command(name="list")
def list_(decisions: DecisionsPath = None, index: IndexPath = DEFAULT_INDEX) -> None:
    """List the decisions in force, the oldest first."""
    ledger = Source([], index, [], decisions).needed_ledger()
    in_force = ledger.in_force()
    for d in in_force:
        print(f"{d.number}  {d.time[:10]}  {d.kind:<9}  {safe(d.a['title'])[:50]} / {safe(d.b['title'])[:50]}")
    note(count_of(len(in_force), "decision"))


@app.command()
def export(
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="File to write (default: standard output).")
    ] = None,
    decisions: DecisionsPath = None,
    index: IndexPath = DEFAULT_INDEX,
) -> None:
    """Write all decisions, one JSON line each.

    Withdrawals of decisions too.
    """
    source = Source([], index, [], decisions)
    source.check_output(output)
    ledger = source.needed_ledger()
    if output and (lost := ledger.missing_of(output)):
        raise typer.BadParameter(
            f"{output} holds {count_of(lost, 'decision')} that would be lost; give another file, or take them over "
            f"first: semsearch duplicates decisions import {output}"
        )
    with output_stream(output) as stream:
        stream.writelines(ledger.lines())


@app.command(name="import")
def import_(
    file: Annotated[Path, typer.Argument(help="File that 'decisions export' wrote.")],
    decisions: DecisionsPath = None,
    index: IndexPath = DEFAULT_INDEX,
) -> None:
    """Take over the decisions of another ledger.

    Decisions that are here already stay as they are.
    """
    ledger = Source([], index, [], decisions).needed_ledger()
    if not file.is_file():
        raise typer.BadParameter(f"there is no file {file}")
    note(f"{count_of(ledger.take(file), 'line')} taken over")

"""``semsearch duplicates apply``: write the collection without duplicates, in any format. Nothing is deleted."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from semsearch.cli.duplicates.listing import equation
from semsearch.cli.duplicates.source import DEFAULT_KEEP, Against, DecisionsPath, Files, Keep, Meaning, Source
from semsearch.cli.options import DEFAULT_INDEX, IndexPath, OutputFormat, format_for, note
from semsearch.cli.output import output_stream


def run(
    files: Files = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="File to write (default: standard output).")
    ] = None,
    keep: Keep = DEFAULT_KEEP,
    against: Against = None,
    meaning: Meaning = False,
    decisions: DecisionsPath = None,
    format: OutputFormat = None,  # noqa: A002
    index: IndexPath = DEFAULT_INDEX,
) -> None:
    """Write each publication once, its records merged.

    With --against only what is new. Nothing is deleted; counts go to standard error.
    """
    from semsearch.writers import writer

    source = Source(files or [], index, against or [], decisions, keep=keep, meaning=meaning)
    source.check_output(output)
    with source.compared() as findings, output_stream(output) as stream:
        writer(format_for(format, output)).papers(findings.publications(), stream)
        note(equation(findings.counts))
    if findings.reading.unreadable:
        raise typer.Exit(1)

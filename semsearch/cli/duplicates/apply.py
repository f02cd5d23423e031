"""``semsearch duplicates apply``: write the collection without duplicates, in any format. Nothing is deleted."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from semsearch.cli.duplicates.listing import by_database, equation
from semsearch.cli.duplicates.source import DEFAULT_KEEP, Against, DecisionsPath, Files, Keep, Meaning, Source
from semsearch.cli.options import DEFAULT_INDEX, IndexPath, OutputFormat, count_of, format_for, note
from semsearch.cli.output import output_stream

if TYPE_CHECKING:
    from semsearch import Findings


class Merge(StrEnum):
    """What ``--merge`` makes one record of."""

    same = "same"
    version = "version"


def _rate(text: str) -> float:
    count, _, records = text.partition("/")
    return float(count) / float(records or 1)


def _checked_rate(text: str | None) -> str | None:
    try:
        if text is not None and not 0 <= _rate(text) < 1:
            raise ValueError
    except (ValueError, ZeroDivisionError) as error:
        raise typer.BadParameter(f"'{text}' is no rate; give one such as 1/1000") from error
    return text


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
    prisma: Annotated[
        Path | None, typer.Option("--prisma", metavar="SVG", help="File for a PRISMA 2020 flow diagram of the counts.")
    ] = None,
    merge: Annotated[
        Merge,
        typer.Option("--merge", help="What becomes one record: one publication (same), or its versions too (version)."),
    ] = Merge.same,
    risk: Annotated[
        str | None,
        typer.Option(
            "--max-false-merges",
            metavar="N/M",
            help="Merge doubtful pairs too, up to N false merges in M records.",
            callback=_checked_rate,
        ),
    ] = None,
    index: IndexPath = DEFAULT_INDEX,
) -> None:
    """Write each publication once, its records merged.

    With --against only what is new. Nothing is deleted; counts go to standard error.
    """
    from semsearch.writers import writer

    source = Source(files or [], index, against or [], decisions, keep=keep, meaning=meaning)
    source.check_output(output)
    source.check_output(prisma)
    if prisma and output and prisma.resolve() == output.resolve():
        raise typer.BadParameter("--prisma and --output are one file; give two")
    with source.compared() as found, output_stream(output) as stream:
        findings = found.within_risk(_rate(risk)) if risk else found
        if merge == Merge.version:
            findings = findings.with_versions()
        writer(format_for(format, output)).papers(findings.publications(), stream)
        if prisma:
            _write_diagram(findings, prisma)
        note(equation(findings.counts))
        if source.files and (told := by_database(findings)):
            note(told)
        if doubtful := findings.counts.get("doubtful", 0):
            note(f"{count_of(doubtful, 'cluster')} doubtful, not merged; decide with 'semsearch duplicates review'")
    if findings.reading.unreadable:
        raise typer.Exit(1)


def _write_diagram(findings: Findings, path: Path) -> None:
    from semsearch.writers.prisma import FlowCounts, flow_diagram

    found, counts = findings.databases(), findings.counts
    flow = FlowCounts(found.records, counts.get("rejected", 0), found.within, found.between, counts.get("known", 0))
    with output_stream(path) as stream:
        stream.write(flow_diagram(flow))

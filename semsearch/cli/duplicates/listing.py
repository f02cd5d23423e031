"""``semsearch duplicates [list]``: list the groups of duplicates, with the reasons."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from semsearch.cli.duplicates.source import (
    ALL_KINDS,
    DEFAULT_KEEP,
    Against,
    DecisionsPath,
    Files,
    Keep,
    Kinds,
    Meaning,
    Source,
    Threshold,
)
from semsearch.cli.options import DEFAULT_INDEX, Format, IndexPath, count_of, note
from semsearch.model.printable import safe
from semsearch.model.results import GROUP_KINDS

if TYPE_CHECKING:
    from semsearch import Findings


def run(
    files: Files = None,
    kind: Kinds = ALL_KINDS,
    threshold: Threshold = 0.9,
    keep: Keep = DEFAULT_KEEP,
    against: Against = None,
    meaning: Meaning = False,
    check: Annotated[
        bool, typer.Option("--check", help="Exit with code 3 if there are groups of these kinds.")
    ] = False,
    histogram: Annotated[
        bool, typer.Option("--histogram", help="Show how many pairs have which cosine, instead of groups.")
    ] = False,
    decisions: DecisionsPath = None,
    format: Format = "table",  # noqa: A002
    index: IndexPath = DEFAULT_INDEX,
) -> None:
    """List groups of duplicates, and why they are groups.

    A group is of one kind: the same publication, versions, notices, parts or reprints of one, or similar papers.
    """
    from semsearch.writers import writer

    source = Source(files or [], index, against or [], decisions, threshold, keep, meaning)
    with source.compared() as findings:
        if histogram:
            for low, count in findings.histogram():
                print(f"{low:.2f}  {count:>9,}  {'#' * min(60, count)}")
            return
        groups = list(findings.groups(kind.split(",")))
        writer(format).groups(groups, sys.stdout)
        counts, reading = findings.counts, findings.reading
        told = by_database(findings) if source.files else ""
    kinds = ", ".join(f"{counts[k]:,} {k}" for k in GROUP_KINDS if k in counts)
    note(f"{count_of(sum(counts.get(k, 0) for k in GROUP_KINDS), 'group')}{': ' if kinds else ''}{kinds}")
    note(equation(counts))
    if told:
        note(told)
    if check and groups:
        raise typer.Exit(3)
    if reading.unreadable:
        raise typer.Exit(1)


def equation(counts: dict[str, int]) -> str:
    """The counts as a sum for a PRISMA diagram: records = publications + duplicates + rejected.

    Args:
        counts: `Findings.counts`.
    """
    rejected = counts.get("rejected", 0)
    records, publications, duplicates = (counts[name] for name in ("records", "publications", "duplicates"))
    records += rejected
    line = (
        f"{count_of(records, 'record')} = {count_of(publications, 'publication')} + {count_of(duplicates, 'duplicate')}"
    )
    if "folded" in counts:
        line += f" + {count_of(counts['folded'], 'version')} of them"
    if rejected:
        line += f" + {rejected:,} rejected"
    if "known" in counts:
        line += f"; of the publications {counts['known']:,} known, {counts['new']:,} new"
    return line


def by_database(findings: Findings) -> str:
    """The records of each database, and how many duplicates lie within one and between two; empty for one database.

    Args:
        findings: What was found in files.
    """
    found = findings.databases()
    if len(found.records) < 2:
        return ""
    records = ", ".join(f"{safe(name)} {count:,}" for name, count in found.records.items())
    return f"records: {records}; duplicates: {found.within:,} within a database, {found.between:,} between databases"

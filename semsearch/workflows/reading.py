"""Papers of files, in memory; and what is told of files that were read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semsearch.model.paper import Paper
from semsearch.readers import open_sources

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from semsearch.model.reports import ReadingReport
    from semsearch.readers import SourceFile


def read_papers(names: Sequence[str], report: ReadingReport) -> list[Paper]:
    """The papers of files and folders, in order.

    Args:
        names: Files, folders, ``-`` for standard input.
        report: Told which records are no papers, and what is wrong with which file.

    Raises:
        SourceError: A name that does not exist or may not be read.
        UnknownFormat: A file that the user named is of no known format.
    """
    sources = open_sources(names)
    papers: list[Paper] = []
    for source in sources:
        for record in source.records():
            if isinstance(record, Paper):
                papers.append(record)
            else:
                report.rejected += 1
    report.skipped += [source.name for source in sources if source.format is None]
    note_files(report, [source for source in sources if source.format])
    return papers


def note_files(report: ReadingReport, sources: Iterable[SourceFile]) -> None:
    """Tell a report what is to be said of files that were read."""
    for source in sources:
        report.files.append(source.name)
        if source.opened.stray:
            report.stray_bytes[source.name] = source.opened.stray
        if not source.understood:
            report.not_understood.append(source.name)
        elif not source.complete:
            report.incomplete.append(source.name)
        elif not source.count:
            report.empty.append(source.name)

"""Reading the papers of files into memory, and reporting which files could not be read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semsearch.model.paper import Paper, Rejected
from semsearch.readers import open_sources

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from semsearch.model.reports import ReadingReport
    from semsearch.readers import SourceFile


def read_papers(names: Sequence[str], report: ReadingReport) -> list[Paper]:
    """Read the papers of files and folders, and the records that have an identifier, but neither title nor abstract.

    Args:
        names: Files and folders; ``-`` is standard input.
        report: Gets the number of rejected records, and the files that could not be read as they should be.

    Returns:
        The papers, in the order of the files and of the records in them.

    Raises:
        SourceError: A file does not exist or cannot be read.
        UnknownFormat: The format of a file that the user named is not known.
    """
    sources = open_sources(names)
    papers: list[Paper] = []
    for source in sources:
        for record in source.records():
            paper = record.named if isinstance(record, Rejected) else record
            if paper:
                papers.append(paper)
            else:
                report.rejected += 1
    report.skipped += [source.name for source in sources if source.format is None]
    note_files(report, [source for source in sources if source.format])
    return papers


def note_files(report: ReadingReport, sources: Iterable[SourceFile]) -> None:
    """Add files that were read to a report: their names, and what was wrong with them.

    Args:
        report: The report.
        sources: Files whose records were read, to the end or as far as they could be read.
    """
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

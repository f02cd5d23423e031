"""Looking for duplicates in files or in an index, also against papers that are known already."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from semsearch.duplicates import IndexedPapers, ListedPapers, find_duplicates, near_by
from semsearch.index import IndexDirectory
from semsearch.index.ownership import is_index
from semsearch.model.paper import Paper
from semsearch.model.reports import ReadingReport
from semsearch.workflows.reading import read_papers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from semsearch.duplicates import Collection, Decision, Findings
    from semsearch.model.index_protocols import ReadableIndex
    from semsearch.model.protocols import Encoder


def duplicates_of_files(
    names: Sequence[str],
    against: Iterable[str | Paper] = (),
    *,
    encoder: Encoder | None = None,
    threshold: float,
    decisions: Iterable[Decision] = (),
    keep: Sequence[str],
    on_step: Callable[[int, int], None] | None = None,
) -> Findings:
    """Find what the papers of files are to each other.

    Args:
        names: Files and folders; ``-`` is standard input.
        against: Papers that are known already, and names of files, folders and indexes with such papers.
        encoder: Embeds the papers of the files, so that their meaning is compared as well. With ``None`` only
            identifiers and metadata are compared.
        threshold: Least cosine, in [-1, 1], of two papers of kind ``similar``; used only with ``encoder``.
        decisions: Decisions of people, which come before all rules.
        keep: Rules that choose the keeper of a group, the most important rule first.
        on_step: Called with (steps done, all steps) during the comparison.

    Returns:
        The relations between the papers. ``reading`` tells which files could not be read.

    Raises:
        SourceError: A file does not exist or cannot be read.
        QueryError: The threshold is out of range, or so low that millions of pairs reach it.
    """
    report = ReadingReport()
    known = _known(against, report)
    before = report.rejected
    papers = read_papers(names, report)
    near = near_by(papers, encoder) if encoder else None
    found = find_duplicates(
        ListedPapers([*papers, *known], near),
        threshold=threshold, decisions=decisions, keep=keep, old=len(known), on_step=on_step,
    )  # fmt: skip
    return replace(found, reading=report, rejected=report.rejected - before)


def duplicates_of_index(
    index: ReadableIndex,
    against: Iterable[str | Paper] = (),
    *,
    threshold: float,
    decisions: Iterable[Decision] = (),
    keep: Sequence[str],
    on_step: Callable[[int, int], None] | None = None,
) -> Findings:
    """Find what the papers of an index are to each other.

    Args:
        index: The index, as one commit left it. It must stay open as long as the result is used, which reads from it.
        against: Papers that are known already, and names of files, folders and indexes with such papers.
        threshold: Least cosine, in [-1, 1], of two papers of kind ``similar``.
        decisions: Decisions of people, which come before all rules.
        keep: Rules that choose the keeper of a group, the most important rule first.
        on_step: Called with (steps done, all steps) during the comparison.

    Returns:
        The relations between the papers. ``reading`` tells which files could not be read.

    Raises:
        SourceError: A file does not exist or cannot be read.
        QueryError: The threshold is out of range, or so low that millions of pairs reach it.
    """
    report = ReadingReport()
    known = _known(against, report)
    collection: Collection = IndexedPapers(index)
    if known:
        collection = ListedPapers([*collection, *known], near=collection.near)
    found = find_duplicates(
        collection, threshold=threshold, decisions=decisions, keep=keep, old=len(known), on_step=on_step
    )
    return replace(found, reading=report)


def _known(against: Iterable[str | Paper], report: ReadingReport) -> list[Paper]:
    """The papers of ``against``: those that are given, and those of the indexes and files."""
    found: list[Paper] = []
    for one in against:
        if isinstance(one, Paper):
            found.append(one)
        elif is_index(Path(one)):
            with contextlib.closing(IndexDirectory(Path(one))) as directory, directory.reader() as reader:
                found += reader.documents.papers()
        else:
            found += read_papers([one], report)
    return found

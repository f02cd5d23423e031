"""Looking for duplicates among files, or in an index, besides papers that are known already."""

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
    """What the papers of files are to each other.

    Args:
        names: Files and folders; ``-`` is standard input.
        against: What is known already: papers, names of files and folders, folders of indexes.
        encoder: Compares the papers of the files by meaning as well; none compares by metadata and identifiers.
        threshold: Cosine in [-1, 1] from which papers that are nothing else are similar; counts with ``encoder``.
        decisions: What people decided.
        keep: Rules for the record that stands for a publication.
        on_step: Told (done, total) as the comparison goes on.

    Raises:
        SourceError: A name that does not exist or may not be read.
        QueryError: The threshold is out of range or so low that millions of pairs reach it.
    """
    report = ReadingReport()
    known = _known(against, report)
    papers = read_papers(names, report)
    near = near_by(papers, encoder) if encoder else None
    found = find_duplicates(
        ListedPapers([*papers, *known], near),
        threshold=threshold, decisions=decisions, keep=keep, old=len(known), on_step=on_step,
    )  # fmt: skip
    return replace(found, reading=report)


def duplicates_of_index(
    index: ReadableIndex,
    against: Iterable[str | Paper] = (),
    *,
    threshold: float,
    decisions: Iterable[Decision] = (),
    keep: Sequence[str],
    on_step: Callable[[int, int], None] | None = None,
) -> Findings:
    """What the papers of an index are to each other.

    Args:
        index: One state of it; what is found reads from it.
        against: See `duplicates_of_files`, as the rest.
        threshold: Cosine in [-1, 1] from which papers that are nothing else are similar.
        decisions: What people decided.
        keep: Rules for the record that stands for a publication.
        on_step: Told (done, total) as the comparison goes on.

    Raises:
        SourceError: A file that is not there or may not be read.
        QueryError: The threshold is out of range or so low that millions of pairs reach it.
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
    """Papers that are given, or are in indexes and files."""
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

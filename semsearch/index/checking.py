"""Checks a whole index: the database, the vector files, and whether they agree."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import numpy as np

from semsearch.dense.exact import is_unit
from semsearch.index import checksums, lexical_check, quantised_files, segment_files, segments, words_files
from semsearch.index.segment_files import VECTORS_FILE, WORDS_FILE
from semsearch.model.errors import IndexDamaged

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from io import FileIO
    from pathlib import Path

    from numpy.typing import NDArray

    from semsearch.index.reader import IndexReader
    from semsearch.index.segment_files import Segment

    Files = Mapping[tuple[Segment, str], FileIO | IndexDamaged | None]

_ADVICE = "index the files again into a new place (--index NEW)"


@contextlib.contextmanager
def opened_files(reader: IndexReader, folder: Path) -> Iterator[Files]:
    """Open all files of the segments of a commit at once, so that none is deleted before it is checked.

    Args:
        reader: Reader of the commit.
        folder: The index directory.

    Yields:
        For each segment and ending its open file; or the error that it caused; or ``None`` if the file is missing.
    """
    with contextlib.ExitStack() as stack:
        files: dict[tuple[Segment, str], FileIO | IndexDamaged | None] = {}
        for segment in reader.segments if reader.fingerprint else ():
            for kind in (VECTORS_FILE, WORDS_FILE):
                try:
                    files[segment, kind] = stack.enter_context(segment_files.opened(folder, segment, kind))
                except FileNotFoundError:
                    files[segment, kind] = None
                except IndexDamaged as error:
                    files[segment, kind] = error
        yield files


def problems(reader: IndexReader, folder: Path, files: Files) -> list[str]:
    """Find everything that is not as it was committed.

    Args:
        reader: Reader of the commit.
        folder: The index directory.
        files: From `opened_files`.

    Returns:
        One line for each problem.
    """
    found = [*database_problems(reader), *_segments(reader, folder, files)]
    # The next check reads records, and would stop at the first damaged one.
    return found or [*_records(reader), *_words(reader, folder, files)]


def database_problems(reader: IndexReader) -> list[str]:
    """Check the database alone: its structure, and the checksums of its rows.

    Args:
        reader: Reader of a commit.

    Returns:
        One line for each problem.
    """
    return [*_database(reader)]


def _database(reader: IndexReader) -> Iterator[str]:
    found = [text for (text,) in reader.connections.rows("PRAGMA integrity_check(20)") if text != "ok"]
    yield from (f"semsearch.db: {text}" for text in found)
    if reader.connections.rows("PRAGMA foreign_key_check"):
        yield "semsearch.db: an identifier or a reading belongs to no paper"
    if reader.documents.has_checksums:
        with reader.connections.borrow() as connection:
            found = [*checksums.damaged_schema(connection), *checksums.damaged_rows(connection)]
        yield from found


def _segments(reader: IndexReader, folder: Path, files: Files) -> Iterator[str]:
    for (segment, kind), file in files.items():
        if file is None:
            yield f"vectors/{segment.n}{kind} is missing"
        elif isinstance(file, IndexDamaged):
            yield str(file)
        elif kind == VECTORS_FILE:
            yield from _vectors(reader, folder, segment, file)
        elif not words_files.is_whole(file, segment):
            yield str(segment_files.damaged(folder, segment, "the checksum differs from the committed one", kind))


def _vectors(reader: IndexReader, folder: Path, segment: Segment, file: FileIO) -> Iterator[str]:
    try:
        vectors = segments.read(folder, file, segment, reader.dim)
    except IndexDamaged as error:
        yield str(error)
        return
    if not is_unit(vectors):
        yield f"vectors/{segment.n}{VECTORS_FILE} holds a vector that is not of norm 1"
    if quantised_files.is_there(folder, segment) and not _is_cache_sound(folder, segment, vectors):
        yield (
            f"codes/{quantised_files.path_of(folder, segment).name} is damaged; "
            "it is a cache: nothing is lost, and 'semsearch compact' makes it again"
        )


def _is_cache_sound(folder: Path, segment: Segment, vectors: NDArray[np.float32]) -> bool:
    """Whether the quantised file of a segment is gone (a writer may delete it), or is whole and of these vectors."""
    file = quantised_files.read(folder, segment, vectors.shape[1])
    if file is None:
        return not quantised_files.is_there(folder, segment)
    return bool(file.checksums.tolist() == [quantised_files.row_checksum(row) for row in vectors])


def _records(reader: IndexReader) -> Iterator[str]:
    total = sum(s.count for s in reader.segments)
    rows = np.array(
        [-1 if row is None else row for (row,) in reader.connections.rows("SELECT row FROM papers")], np.int64
    )
    tombstones = np.array([row for (row,) in reader.connections.rows("SELECT row FROM tombstones")], np.int64)
    if len(outside := rows[(rows < 0) | (rows >= total)]):
        yield f"{len(outside)} papers have no vector"
    if len(np.intersect1d(rows, tombstones)):
        yield "a paper's vector is marked as removed"
    if len(outside := tombstones[(tombstones < 0) | (tombstones >= total)]):
        yield f"{len(outside)} vectors are marked as removed that are not there"
    if len(rows) + len(tombstones) != total:
        yield f"{total} vectors for {len(rows)} papers and {len(tombstones)} removed ones"
    changed = sum(1 for held, computed in reader.documents.text_digests() if held != computed)
    if changed:
        yield f"{changed} papers have another text than the one that was embedded"
    with reader.connections.borrow() as connection:
        agree = lexical_check.names_agree(connection, reader.documents.numbered)
    if not agree:
        yield f"semsearch.db: the table 'names' does not agree with its papers; {_ADVICE}"


def _words(reader: IndexReader, folder: Path, files: Files) -> Iterator[str]:
    rows = reader.paper_rows
    for (segment, kind), file in files.items():
        if kind != WORDS_FILE or file is None or isinstance(file, IndexDamaged):
            continue
        low, high = np.searchsorted(rows, (segment.first_row, segment.first_row + segment.count))
        papers = reader.documents.papers_at(rows[low:high].tolist())
        part = words_files.read(folder, file, segment)
        if not lexical_check.words_agree(part, rows[low:high] - segment.first_row, papers):
            yield f"vectors/{segment.n}{kind} does not agree with its papers; {_ADVICE}"

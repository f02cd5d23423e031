"""Checking an index from end to end: database, vector files, and that the two agree."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from semsearch.errors import IndexDamaged
from semsearch.store import code_files, segments
from semsearch.vectors.exact import is_unit

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from semsearch.store.segments import Segment
    from semsearch.store.snapshot import Snapshot


def problems(state: Snapshot, folder: Path) -> list[str]:
    """Everything that is not as it was committed, a line each."""
    return [*_database(state), *_vectors(state, folder), *_records(state)]


def _database(state: Snapshot) -> Iterator[str]:
    found = [text for (text,) in state.query("PRAGMA integrity_check(20)") if text != "ok"]
    yield from (f"semsearch.db: {text}" for text in found)
    if state.query("PRAGMA foreign_key_check"):
        yield "semsearch.db: an identifier or a reading belongs to no paper"


def _vectors(state: Snapshot, folder: Path) -> Iterator[str]:
    if not state.fingerprint:
        return
    for segment in state.segments:
        try:
            vectors = segments.load(folder, segment, state.dim)
        except IndexDamaged as error:
            yield str(error)
        except FileNotFoundError:
            yield f"vectors/{segment.n}.faiss is missing"
        else:
            if not is_unit(vectors):
                yield f"vectors/{segment.n}.faiss holds a vector that is not of norm 1"
            if code_files.is_there(folder, segment) and not _coded(folder, segment, vectors):
                yield (
                    f"codes/{code_files.path_of(folder, segment).name} is damaged; it is a cache: nothing is lost, and "
                    "'semsearch compact' makes it again"
                )


def _coded(folder: Path, segment: Segment, vectors: NDArray[np.float32]) -> bool:
    """Whether the codes of a segment are whole, and of these vectors."""
    file = code_files.read(folder, segment, vectors.shape[1])
    return file is not None and file.checksums.tolist() == [code_files.row_checksum(row) for row in vectors]


def _records(state: Snapshot) -> Iterator[str]:
    total = sum(s.count for s in state.segments)
    rows = np.array([-1 if row is None else row for (row,) in state.query("SELECT row FROM papers")], np.int64)
    dead = np.array([row for (row,) in state.query("SELECT row FROM dead")], np.int64)
    if len(outside := rows[(rows < 0) | (rows >= total)]):
        yield f"{len(outside)} papers have no vector"
    if len(np.intersect1d(rows, dead)):
        yield "a paper's vector is marked as removed"
    if len(rows) + len(dead) != total:
        yield f"{total} vectors for {len(rows)} papers and {len(dead)} removed ones"
    entered = [state.query(f"SELECT count(*) FROM {table}_docsize")[0][0] for table in ("words", "names")]
    if entered != [len(rows), len(rows)]:
        yield f"the inverted indexes hold {entered[0]} and {entered[1]} texts of {len(rows)} papers"
    changed = sum(1 for held, computed in state.text_digests() if held != computed)
    if changed:
        yield f"{changed} papers have another text than the one that was embedded"

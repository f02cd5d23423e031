"""Vectors of segments: flat indexes of FAISS, and which segments become one.

FAISS writes the files, and any FAISS can open them. They are read without FAISS: the vectors lie in the file as they
lie in memory.
"""

from __future__ import annotations

import itertools
import struct
from typing import TYPE_CHECKING

import numpy as np
import xxhash

from semsearch import heavy_imports
from semsearch.index.segment_files import MAGICS, VECTORS_FILE, Written, aligned_memory, damaged, opened, put, read_at

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from io import FileIO
    from pathlib import Path

    from numpy.typing import NDArray

    from semsearch.index.segment_files import Segment
    from semsearch.model.policy import IndexPolicy

#: The header that FAISS writes before the vectors of an ``IndexFlatIP`` (faiss/impl/index_write.cpp, write_index_header
#: and WRITEXBVECTOR): kind, dimensions, rows, two unused numbers, trained, metric, number of float32 values.
_HEADER = struct.Struct("<4siqqq?iQ")
_INNER_PRODUCT = 0
#: Largest size of the vectors of a merged segment, in bytes.
_LARGEST = 2**26


def write(index: Path, n: int, vectors: NDArray[np.float32]) -> Written:
    """Write a segment file and sync it to disk.

    FAISS only makes the bytes: its own writer does not report a full disk, and does not sync.

    Args:
        index: The index directory.
        n: Number of the file.
        vectors: float32 ``(count, dim)``, unit rows.

    Raises:
        OSError: The file cannot be written, or there is one of this name.
    """
    flat = heavy_imports.faiss().IndexFlatIP(vectors.shape[1])
    flat.add(np.ascontiguousarray(vectors, np.float32))
    return put(index, n, VECTORS_FILE, [heavy_imports.faiss().serialize_index(flat).data])


def load(index: Path, segment: Segment, dim: int) -> NDArray[np.float32]:
    """Read the vectors of a segment, and check them.

    Args:
        index: The index directory.
        segment: The segment.
        dim: Length of a vector.

    Returns:
        float32 ``(count, dim)``, C order.

    Raises:
        IndexDamaged: The file is not as it was committed.
        FileNotFoundError: The file is gone: it was lost, or a newer commit replaced it.
    """
    with opened(index, segment) as stream:
        return read(index, stream, segment, dim)


def read(index: Path, stream: FileIO, segment: Segment, dim: int) -> NDArray[np.float32]:
    """Read the vectors of a segment from its open file, and check them.

    Args:
        index: The index directory, for the error.
        stream: From `opened`.
        segment: The segment.
        dim: Length of a vector.

    Returns:
        float32 ``(count, dim)``, C order.

    Raises:
        IndexDamaged: The file is not as it was committed.
    """
    content = aligned_memory(segment.size, _HEADER.size)
    if read_at(stream, 0, content) < segment.size or xxhash.xxh3_128_hexdigest(content.data) != segment.checksum:
        raise damaged(index, segment, "the checksum differs from the committed one")
    kind, width, rows, _, _, _, metric, values = _HEADER.unpack_from(content.data)
    if (kind, width, rows, metric, values) != (
        MAGICS[VECTORS_FILE],
        dim,
        segment.count,
        _INNER_PRODUCT,
        segment.count * dim,
    ):
        raise damaged(
            index, segment, f"it holds {rows} rows of {width} dimensions, but {segment.count} of {dim} were committed"
        )
    return content[_HEADER.size :].view(np.float32).reshape(segment.count, dim)


def offset_of(row: int, dim: int) -> int:
    """Where a row begins in its file, in bytes.

    Args:
        row: The row; 0 is the first row of the segment.
        dim: Length of a vector.
    """
    return _HEADER.size + 4 * dim * row


def to_merge(segments: Sequence[Segment], dim: int, policy: IndexPolicy) -> Sequence[Segment]:
    """Choose segments that should become one: many of one size class, and the smaller ones after them.

    Each size class is `merged_segments` times as large as the one before, so a row is written about twice in each. No
    merged segment is larger than `_LARGEST`. So memory is limited, and adding to a large index costs no more than
    adding to a small one.

    Args:
        segments: All segments, in the order of their rows.
        dim: Length of a vector.
        policy: How many segments become one.

    Returns:
        Some of the last segments; none if there is nothing to merge.
    """
    largest, many = _largest(dim), policy.merged_segments
    least, limit = 0, many * policy.small_rows
    while least < limit:
        small = sum(1 for _ in itertools.takewhile(lambda s: s.count < limit, reversed(segments)))  # noqa: B023
        tail = segments[len(segments) - small :]
        if sum(s.count >= least for s in tail) >= many:
            totals = itertools.accumulate(s.count for s in tail)
            return tail[: sum(total <= largest for total in totals)]
        if len(tail) == len(segments):
            break
        least, limit = limit, min(limit * many, largest // 2)
    return ()


def full(rows: int, dim: int) -> Iterator[int]:
    """Cut rows into as few segments as possible.

    Args:
        rows: Number of rows.
        dim: Length of a vector.

    Yields:
        The number of rows of each segment.
    """
    while rows > 0:
        yield min(rows, _largest(dim))
        rows -= _largest(dim)


def _largest(dim: int) -> int:
    """Largest number of rows of a segment."""
    return max(1, _LARGEST // (4 * dim))


def merge(index: Path, n: int, chosen: Sequence[Segment], dim: int) -> Written:
    """Write the rows of several segments into one file. One of them is in memory at a time, besides the result.

    Args:
        index: The index directory.
        n: Number of the new file.
        chosen: The segments, in the order of their rows.
        dim: Length of a vector.

    Raises:
        IndexDamaged: A segment is not as it was committed.
        OSError: A file cannot be read or written.
    """
    merged = heavy_imports.faiss().IndexFlatIP(dim)
    for segment in chosen:
        part = load(index, segment, dim)
        merged.add(part)
    return put(index, n, VECTORS_FILE, [heavy_imports.faiss().serialize_index(merged).data])

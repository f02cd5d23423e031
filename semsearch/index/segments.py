"""Segment files: flat indexes of FAISS that never change.

A file is synced to disk before a commit names it, and its checksum is checked before it is used. FAISS writes the
files, and any FAISS can open them. They are read without FAISS: the vectors lie in the file as they lie in memory.
"""

from __future__ import annotations

import contextlib
import errno
import itertools
import os
import struct
from dataclasses import dataclass
from io import FileIO
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np
import xxhash

from semsearch import heavy_imports
from semsearch.index.ownership import VECTORS, begins_like, created, is_folder
from semsearch.model.errors import IndexDamaged
from semsearch.model.forking import ForkSafeLock

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from semsearch.model.policy import IndexPolicy

#: The header that FAISS writes before the vectors of an ``IndexFlatIP`` (faiss/impl/index_write.cpp, write_index_header
#: and WRITEXBVECTOR): kind, dimensions, rows, two unused numbers, trained, metric, number of float32 values.
_HEADER = struct.Struct("<4siqqq?iQ")
_KIND, _INNER_PRODUCT = b"IxFI", 0
_ALIGNED = 64
_ADVICE = "restore it from a copy, or index the files again into a new place (--index NEW)"
#: Largest size of the vectors of a merged segment, in bytes.
_LARGEST = 2**26
#: Largest number of bytes that are read at once; some systems refuse 2**31.
_AT_ONCE = 2**30
#: Held while a file is read on Windows, where a read changes the position of the file.
_SEEKING = ForkSafeLock(Lock)


@dataclass(frozen=True, slots=True)
class Segment:
    """A row of the table ``segments``."""

    n: int
    """Number of its file."""
    first_row: int
    """Row of its first vector."""
    count: int
    """Number of its vectors."""
    size: int
    """Size of its file in bytes."""
    checksum: str
    """xxh3-128 of its file, hex."""


def path_of(index: Path, n: int) -> Path:
    """Path of a segment file.

    Args:
        index: The index directory.
        n: Number of the file.
    """
    return index / VECTORS / f"{n}.faiss"


def write(index: Path, n: int, vectors: NDArray[np.float32]) -> tuple[int, str]:
    """Write a segment file and sync it to disk.

    FAISS only makes the bytes: its own writer does not report a full disk, and does not sync.

    Args:
        index: The index directory.
        n: Number of the file.
        vectors: float32 ``(count, dim)``, unit rows.

    Returns:
        Size in bytes and xxh3-128 (hex) of the file.

    Raises:
        OSError: The file cannot be written, or there is one of this name.
    """
    flat = heavy_imports.faiss().IndexFlatIP(vectors.shape[1])
    flat.add(np.ascontiguousarray(vectors, np.float32))
    return _write(index, n, flat)


def _write(index: Path, n: int, flat: Any) -> tuple[int, str]:
    content = heavy_imports.faiss().serialize_index(flat)
    path = path_of(index, n)
    if not path.parent.exists():
        path.parent.mkdir(exist_ok=True)
        sync_folder(index)
    temporary = path.with_suffix(".tmp")
    with created(temporary) as stream:
        try:
            stream.write(content.data)
            stream.flush()
            os.fsync(stream.fileno())
        except BaseException:
            with contextlib.suppress(OSError):  # writes what is left, which fails again on a full disk
                stream.close()
            temporary.unlink()
            raise
    if os.path.lexists(path):
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path))
    temporary.replace(path)
    sync_folder(path.parent)
    return content.nbytes, xxhash.xxh3_128_hexdigest(content.data)


def sync_folder(folder: Path) -> None:
    """Sync the names in a folder to disk. Does nothing on Windows, where folders cannot be opened."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


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


def opened(index: Path, segment: Segment) -> FileIO:
    """Open the file of a segment, without a buffer, and check its size.

    Args:
        index: The index directory.
        segment: The segment.

    Raises:
        IndexDamaged: It does not have the size that was committed.
        FileNotFoundError: It is gone: it was lost, or a newer commit replaced it.
    """
    path = path_of(index, segment.n)
    stream = FileIO(path)
    found = os.fstat(stream.fileno()).st_size
    if found != segment.size:
        stream.close()
        raise IndexDamaged(str(index), f"{path.name} has {found} bytes, but {segment.size} were committed; {_ADVICE}")
    return stream


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
    if (kind, width, rows, metric, values) != (_KIND, dim, segment.count, _INNER_PRODUCT, segment.count * dim):
        raise damaged(
            index, segment, f"it holds {rows} rows of {width} dimensions, but {segment.count} of {dim} were committed"
        )
    return content[_HEADER.size :].view(np.float32).reshape(segment.count, dim)


def read_at(stream: FileIO, offset: int, out: NDArray[np.uint8]) -> int:
    """Fill a buffer from a file. Any number of threads may read from the same file at once.

    Args:
        stream: The open file.
        offset: Where to begin in the file, in bytes.
        out: uint8 ``(n,)``: is filled.

    Returns:
        Number of bytes read; fewer than n if the file ends before.
    """
    done = 0
    while done < len(out) and (more := _read_some(stream, offset + done, out[done : done + _AT_ONCE])):
        done += more
    return done


def _read_some(stream: FileIO, offset: int, out: NDArray[np.uint8]) -> int:
    if hasattr(os, "preadv"):
        return os.preadv(stream.fileno(), [out.data], offset)
    with _SEEKING:
        stream.seek(offset)
        return stream.readinto(out.data)


def aligned_memory(size: int, before: int) -> NDArray[np.uint8]:
    """Memory for the content of a file, so that the part after its header begins at a multiple of 64 bytes.

    Args:
        size: Size of the file in bytes.
        before: Size of the header in bytes.

    Returns:
        uint8 ``(size,)``, not initialised.
    """
    memory = np.empty(size + _ALIGNED, np.uint8)
    start = -(memory.ctypes.data + before) % _ALIGNED
    return memory[start : start + size]


def offset_of(row: int, dim: int) -> int:
    """Where a row begins in its file, in bytes.

    Args:
        row: The row; 0 is the first row of the segment.
        dim: Length of a vector.
    """
    return _HEADER.size + 4 * dim * row


def damaged(index: Path, segment: Segment, what: str) -> IndexDamaged:
    """Make the error for a segment file that is not as it was committed.

    Args:
        index: The index directory.
        segment: The segment.
        what: What is wrong, in words.
    """
    return IndexDamaged(str(index), f"{path_of(index, segment.n).name}: {what}; {_ADVICE}")


def is_free(index: Path, n: int) -> bool:
    """Whether there is nothing at all under the names that a new segment file would use.

    Args:
        index: The index directory.
        n: Number of the file.
    """
    path = path_of(index, n)
    return not os.path.lexists(path) and not os.path.lexists(path.with_suffix(".tmp"))


def delete(index: Path, n: int) -> bool:
    """Delete a segment file that no commit names, and what a killed build left of it.

    Args:
        index: The index directory.
        n: Number of the file.

    Returns:
        Whether nothing of it is left. On Windows a file stays while a reader has it open. A file that cannot be read
        stays too.
    """
    if not is_folder(index / VECTORS):
        return True
    path = path_of(index, n)
    try:
        for file in (path, path.with_suffix(".tmp")):
            if begins_like(file, [_KIND]):
                file.unlink(missing_ok=True)
    except OSError:
        return False
    return True


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


def merge(index: Path, n: int, chosen: Sequence[Segment], dim: int) -> tuple[int, str]:
    """Write the rows of several segments into one file. One of them is in memory at a time, besides the result.

    Args:
        index: The index directory.
        n: Number of the new file.
        chosen: The segments, in the order of their rows.
        dim: Length of a vector.

    Returns:
        Size in bytes and xxh3-128 (hex) of the new file.

    Raises:
        IndexDamaged: A segment is not as it was committed.
        OSError: A file cannot be read or written.
    """
    merged = heavy_imports.faiss().IndexFlatIP(dim)
    for segment in chosen:
        part = load(index, segment, dim)
        merged.add(part)
    return _write(index, n, merged)

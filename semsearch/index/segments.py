"""Segment files: immutable FAISS flat indexes.

Synced before a committed row names them, checksummed before a byte is believed. FAISS writes them, and any FAISS can
open them; they are read without it, as they lie in the file.
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

#: So many neighbouring segments of like size become one; the number of files grows with the logarithm of the rows.
MERGE = 16
_SMALL = 256
#: What FAISS writes before the vectors of an ``IndexFlatIP`` (faiss/impl/index_write.cpp, write_index_header and
#: WRITEXBVECTOR): kind, dimensions, rows, two unused numbers, trained, metric, number of float32 values.
_HEADER = struct.Struct("<4siqqq?iQ")
_KIND, _INNER_PRODUCT = b"IxFI", 0
_ALIGNED = 64
_ADVICE = "restore it from a copy, or index the files again into a new place (--index NEW)"
#: Bytes of vectors that a merged segment holds at most.
_LARGEST = 2**26
#: Bytes that are read at once; some systems refuse 2**31.
_AT_ONCE = 2**30
#: Held where a file can only be read at its own position: on Windows.
_SEEKING = ForkSafeLock(Lock)


@dataclass(frozen=True, slots=True)
class Segment:
    """A row of the table ``segments``."""

    n: int
    """Number of its file."""
    first_row: int
    """Row of its first vector."""
    count: int
    """Vectors."""
    size: int
    """Bytes."""
    checksum: str
    """xxh3-128 of the file, hex."""


def path_of(index: Path, n: int) -> Path:
    """The file of segment ``n``.

    Args:
        index: The index directory.
        n: Number of the segment.
    """
    return index / VECTORS / f"{n}.faiss"


def write(index: Path, n: int, vectors: NDArray[np.float32]) -> tuple[int, str]:
    """Write a segment file so that it survives a crash from here on; returns its size and checksum.

    FAISS only serialises: its own writer reports neither a full disk nor syncs.

    Args:
        index: The index directory.
        n: Number of the segment.
        vectors: float32 ``(count, dim)``.
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
            with contextlib.suppress(OSError):  # flushes once more what there was no room for
                stream.close()
            temporary.unlink()
            raise
    if os.path.lexists(path):
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path))
    temporary.replace(path)
    sync_folder(path.parent)
    return content.nbytes, xxhash.xxh3_128_hexdigest(content.data)


def sync_folder(folder: Path) -> None:
    """Make the folder's entries survive a crash; a no-op where folders cannot be opened (Windows)."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def load(index: Path, segment: Segment, dim: int) -> NDArray[np.float32]:
    """The vectors of a segment, float32 ``(count, dim)``, as they lie in the file; checked before a byte is believed.

    Args:
        index: The index directory.
        segment: Which one.
        dim: Length of a vector.

    Raises:
        IndexDamaged: The bytes are not those that were committed.
        FileNotFoundError: The file is gone: damage, or a newer commit replaced it.
    """
    with opened(index, segment) as stream:
        return read(index, stream, segment, dim)


def opened(index: Path, segment: Segment) -> FileIO:
    """The file of a segment, unbuffered; its size is checked. Raises as `load` does.

    Args:
        index: The index directory.
        segment: Which one.

    Raises:
        IndexDamaged: It has another size.
        FileNotFoundError: It is gone.
    """
    path = path_of(index, segment.n)
    stream = FileIO(path)
    found = os.fstat(stream.fileno()).st_size
    if found != segment.size:
        stream.close()
        raise IndexDamaged(str(index), f"{path.name} has {found} bytes, {segment.size} were committed; {_ADVICE}")
    return stream


def read(index: Path, stream: FileIO, segment: Segment, dim: int) -> NDArray[np.float32]:
    """The vectors of a segment from its open file; see `load`."""
    content = aligned_memory(segment.size, _HEADER.size)
    if read_at(stream, 0, content) < segment.size or xxhash.xxh3_128_hexdigest(content.data) != segment.checksum:
        raise damaged(index, segment, "the checksum differs from the committed one:")
    kind, width, rows, _, _, _, metric, values = _HEADER.unpack_from(content.data)
    if (kind, width, rows, metric, values) != (_KIND, dim, segment.count, _INNER_PRODUCT, segment.count * dim):
        raise damaged(index, segment, f"{rows} rows of {width}, where {segment.count} of {dim} were committed, are in")
    return content[_HEADER.size :].view(np.float32).reshape(segment.count, dim)


def read_at(stream: FileIO, offset: int, out: NDArray[np.uint8]) -> int:
    """Fill a buffer with what lies at a place of a file; returns how many bytes there were.

    Threads may read from one file side by side: none moves its position under another.

    Args:
        stream: The file.
        offset: Where to begin, in bytes.
        out: uint8 ``(bytes,)``, filled.
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
    """Memory for a file, placed so that what lies behind its first bytes begins where processors like it to."""
    memory = np.empty(size + _ALIGNED, np.uint8)
    start = -(memory.ctypes.data + before) % _ALIGNED
    return memory[start : start + size]


def offset_of(row: int, dim: int) -> int:
    """Where a row begins in its file."""
    return _HEADER.size + 4 * dim * row


def damaged(index: Path, segment: Segment, what: str) -> IndexDamaged:
    """The error that a segment's file is not what was committed.

    Args:
        index: The index directory.
        segment: Which one.
        what: What is wrong, up to the name of the file.
    """
    return IndexDamaged(str(index), f"{what} {path_of(index, segment.n).name}; {_ADVICE}")


def is_free(index: Path, n: int) -> bool:
    """Whether nothing at all is where segment ``n`` would be written.

    Args:
        index: The index directory.
        n: Number of the segment.
    """
    path = path_of(index, n)
    return not os.path.lexists(path) and not os.path.lexists(path.with_suffix(".tmp"))


def delete(index: Path, n: int) -> bool:
    """Delete the file of a segment that no committed row names, and what a killed build left of it.

    Args:
        index: The index directory.
        n: Number of the segment.

    Returns:
        Whether nothing of it is left. On Windows a file stays as long as a reader has it open; and one that cannot be
        looked at stays too.
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


def to_merge(segments: Sequence[Segment], dim: int) -> Sequence[Segment]:
    """The segments that should become one: `MERGE` or more of one size class, and what is smaller behind them.

    Size classes grow by the factor `MERGE`, so a row is rewritten at most about twice in each. No segment is made
    larger than `_LARGEST`: merging needs its memory, and adding to a million papers costs what adding to none does.

    Args:
        segments: All segments, in order of their rows.
        dim: Length of a vector.
    """
    largest = _largest(dim)
    least, limit = 0, MERGE * _SMALL
    while least < limit:
        small = sum(1 for _ in itertools.takewhile(lambda s: s.count < limit, reversed(segments)))  # noqa: B023
        tail = segments[len(segments) - small :]
        if sum(s.count >= least for s in tail) >= MERGE:
            totals = itertools.accumulate(s.count for s in tail)
            return tail[: sum(total <= largest for total in totals)]
        if len(tail) == len(segments):
            break
        least, limit = limit, min(limit * MERGE, largest // 2)
    return ()


def full(rows: int, dim: int) -> Iterator[int]:
    """Rows of each segment when so many rows lie in as few as there can be.

    Args:
        rows: Rows in all.
        dim: Length of a vector.
    """
    while rows > 0:
        yield min(rows, _largest(dim))
        rows -= _largest(dim)


def _largest(dim: int) -> int:
    """Rows that a segment holds at most."""
    return max(1, _LARGEST // (4 * dim))


def merge(index: Path, n: int, chosen: Sequence[Segment], dim: int) -> tuple[int, str]:
    """Write the rows of several segments as segment ``n``; one of them is in memory at a time.

    Args:
        index: The index directory.
        n: Number of the new segment.
        chosen: The segments, in order of their rows.
        dim: Length of a vector.
    """
    merged = heavy_imports.faiss().IndexFlatIP(dim)
    for segment in chosen:
        part = load(index, segment, dim)
        merged.add(part)
    return _write(index, n, merged)

"""The files of a segment: its vectors and its words. They never change; a commit names them with size and checksum.

A file is synced to disk before a commit names it, and its checksum is checked before it is used.
"""

from __future__ import annotations

import contextlib
import errno
import os
from dataclasses import dataclass
from io import FileIO
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import xxhash

from semsearch.index.ownership import VECTORS, begins_like, created, is_folder
from semsearch.model.disk import sync_folder
from semsearch.model.errors import IndexDamaged
from semsearch.model.forking import ForkSafeLock

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from numpy.typing import NDArray

#: Endings of the files of a segment, and their first bytes.
VECTORS_FILE, WORDS_FILE = ".faiss", ".words"
MAGICS = {VECTORS_FILE: b"IxFI", WORDS_FILE: b"SEMWORD1"}
_ALIGNED = 64
_ADVICE = "restore it from a copy, or index the files again into a new place (--index NEW)"
#: Largest number of bytes that are read at once; some systems refuse 2**31.
_AT_ONCE = 2**30
#: Held while a file is read on Windows, where a read changes the position of the file.
_SEEKING = ForkSafeLock(Lock)


class Written(NamedTuple):
    """A file that was written."""

    size: int
    """Its size in bytes."""
    checksum: str
    """xxh3-128 of it, hex."""


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
    """Size of the file of its vectors in bytes."""
    checksum: str
    """xxh3-128 of the file of its vectors, hex."""
    words_size: int
    """Size of the file of its words in bytes."""
    words_checksum: str
    """xxh3-128 of the file of its words, hex."""


def path_of(index: Path, n: int, kind: str = VECTORS_FILE) -> Path:
    """Path of a file of a segment.

    Args:
        index: The index directory.
        n: Number of the segment.
        kind: Ending of the file.
    """
    return index / VECTORS / f"{n}{kind}"


def put(index: Path, n: int, kind: str, pieces: Iterable[memoryview | bytes]) -> Written:
    """Write a file of a segment and sync it to disk.

    Args:
        index: The index directory.
        n: Number of the segment.
        kind: Ending of the file.
        pieces: Its content.

    Raises:
        OSError: The file cannot be written, or there is one of this name.
    """
    path = path_of(index, n, kind)
    if not path.parent.exists():
        path.parent.mkdir(exist_ok=True)
        sync_folder(index)
    temporary, digest, size = _temporary(path), xxhash.xxh3_128(), 0
    with created(temporary) as stream:
        try:
            for piece in pieces:
                stream.write(piece)
                digest.update(piece)
                size += len(piece)
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
    return Written(size, digest.hexdigest())


def _temporary(path: Path) -> Path:
    return path.with_suffix(".tmp") if path.suffix == VECTORS_FILE else path.with_name(f"{path.name}.tmp")


def opened(index: Path, segment: Segment, kind: str = VECTORS_FILE) -> FileIO:
    """Open a file of a segment, without a buffer, and check its size.

    Args:
        index: The index directory.
        segment: The segment.
        kind: Ending of the file.

    Raises:
        IndexDamaged: It does not have the size that was committed.
        FileNotFoundError: It is gone: it was lost, or a newer commit replaced it.
    """
    path = path_of(index, segment.n, kind)
    size = segment.size if kind == VECTORS_FILE else segment.words_size
    stream = FileIO(path)
    found = os.fstat(stream.fileno()).st_size
    if found != size:
        stream.close()
        raise IndexDamaged(str(index), f"{path.name} has {found} bytes, but {size} were committed; {_ADVICE}")
    return stream


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


def damaged(index: Path, segment: Segment, what: str, kind: str = VECTORS_FILE) -> IndexDamaged:
    """Make the error for a segment file that is not as it was committed.

    Args:
        index: The index directory.
        segment: The segment.
        what: What is wrong, in words.
        kind: Ending of the file.
    """
    return IndexDamaged(str(index), f"{path_of(index, segment.n, kind).name}: {what}; {_ADVICE}")


def is_free(index: Path, n: int) -> bool:
    """Whether there is nothing at all under the names that the files of a new segment would use.

    Args:
        index: The index directory.
        n: Number of the segment.
    """
    return not any(os.path.lexists(name) for path in _paths(index, n) for name in (path, _temporary(path)))


def delete(index: Path, n: int, kinds: Iterable[str] = MAGICS) -> bool:
    """Delete the files of a segment that no commit names, and what a killed build left of them.

    Args:
        index: The index directory.
        n: Number of the segment.
        kinds: Endings of the files.

    Returns:
        Whether nothing of them is left. On Windows a file stays while a reader has it open. A file that cannot be read
        stays too.
    """
    if not is_folder(index / VECTORS):
        return True
    try:
        for path in _paths(index, n, kinds):
            for file in (path, _temporary(path)):
                if begins_like(file, [MAGICS[path.suffix]]):
                    file.unlink(missing_ok=True)
    except OSError:
        return False
    return True


def _paths(index: Path, n: int, kinds: Iterable[str] = MAGICS) -> list[Path]:
    return [path_of(index, n, kind) for kind in kinds]

"""Codes of the vectors on disk: a cache beside the segments, from which a question is answered without reading these.

Each large segment has a file of codes, named after the segment's checksum, so that it can belong to no other vectors.
It holds besides what is needed to believe single rows of the segment: a checksum of each. Files are checked by a
checksum of their own; one that is missing or damaged is not used. The next run that writes makes what is missing.
"""

from __future__ import annotations

import errno
import os
import re
import struct
import weakref
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import xxhash

from semsearch.dense.parts import summed
from semsearch.dense.quantiser import BLOCK_ROWS, QuantisedVectors, Rotation
from semsearch.dense.scanners.native import compiled
from semsearch.index.ownership import CODES, begins_like, created, is_folder
from semsearch.index.segments import aligned_memory
from semsearch.model.diagnostics import warn_once
from semsearch.model.forking import ForkSafeLock

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from numpy.typing import NDArray

    from semsearch.index.segments import Segment

#: Magic, rotation, dimensions, bytes of a code, rows, error. Behind it: the sum of the rows, float64; of each row a
#: checksum, xxh3-64; the codes; xxh3-128 of all this.
_HEADER = struct.Struct("<8s16sIIQd")
#: Magic, dimensions, of these leading, bytes of a code, rows that there were, scale, share that is left out. Behind it:
#: the matrix, float32.
ROTATION = struct.Struct("<8sIIIQdd")
_MAGIC, ROTATION_MAGIC = b"SEMCODE1", b"SEMROTA1"
#: What files of searches for pairs begin with (`pair_log`).
PAIRS_MAGIC = b"SEMPAIR1"
#: Files of ours are named and begin so; others are left alone.
_NAME = re.compile(r"[0-9a-f]{32}(\.codes|\.rotation|\.tmp|-[-+.0-9e]+\.pairs)")
MAGICS = _MAGIC, ROTATION_MAGIC, PAIRS_MAGIC
_DIGEST = 16
#: Rotations in use, by name: codes that have one and the same are scanned together.
_HELD: weakref.WeakValueDictionary[str, Rotation] = weakref.WeakValueDictionary()
_HOLDING = ForkSafeLock(Lock)


class QuantisedFile(NamedTuple):
    """What is known of a segment without its vectors."""

    quantised: QuantisedVectors
    total: NDArray[np.float64]
    """Sum of the rows, ``(dim,)``."""
    checksums: NDArray[np.uint64]
    """xxh3-64 of each row."""


def path_of(index: Path, segment: Segment) -> Path:
    """The file of a segment's codes.

    Args:
        index: The index directory.
        segment: Which one.
    """
    return index / CODES / f"{segment.checksum}.codes"


def is_there(index: Path, segment: Segment) -> bool:
    """Whether there is a file that can be of use; whether it is whole is seen when it is read.

    Args:
        index: The index directory.
        segment: Which one.
    """
    return compiled is not None and rotation_of(index, segment) is not None


def read(index: Path, segment: Segment, dim: int) -> QuantisedFile | None:
    """The codes of a segment; ``None`` where there are none, or the file is damaged."""
    try:
        with path_of(index, segment).open("rb") as stream:
            size = stream.seek(0, 2)
            stream.seek(0)
            before = _HEADER.size + 8 * dim + 8 * segment.count
            content = aligned_memory(size, before)
            if size < before + _DIGEST or stream.readinto(content.data) != size:
                return None
    except OSError:
        return None
    if xxhash.xxh3_128_digest(content[:-_DIGEST].data) != content[-_DIGEST:].tobytes():
        warn_once(
            "index %s: %s is damaged, and not used; 'semsearch compact' makes it again",
            index,
            path_of(index, segment).name,
        )
        return None
    magic, identity, width, code_size, count, error = _HEADER.unpack_from(content.data)
    rotation = _rotation(index / CODES / f"{identity.hex()}.rotation")
    blocks = -(-segment.count // BLOCK_ROWS)
    if rotation is None or (magic, width, count, code_size, size) != (
        _MAGIC, dim, segment.count, rotation.code_size, before + blocks * BLOCK_ROWS * code_size + _DIGEST,
    ):  # fmt: skip
        return None
    total = content[_HEADER.size : _HEADER.size + 8 * dim].tobytes()
    checksums = content[_HEADER.size + 8 * dim : before].tobytes()
    return QuantisedFile(
        QuantisedVectors(rotation, count, content[before:-_DIGEST], error),
        np.frombuffer(total, np.float64),
        np.frombuffer(checksums, np.uint64),
    )


def row_checksum(row: NDArray[np.float32]) -> int:
    """xxh3-64 of a vector's bytes.

    Args:
        row: float32 ``(dim,)``.
    """
    return xxhash.xxh3_64_intdigest(row.data)


def files(index: Path) -> Iterable[Path]:
    """All files that are named like those of the cache. What a link leads to is not the cache."""
    folder = index / CODES
    return (path for path in folder.iterdir() if _NAME.fullmatch(path.name)) if is_folder(folder) else ()


def make_folder(index: Path) -> None:
    """Make the folder of the cache; an `OSError` where a link or a file is in its place."""
    (index / CODES).mkdir(exist_ok=True)
    if not is_folder(index / CODES):
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(index / CODES))


def write(path: Path, identity: bytes, rotation: Rotation, vectors: NDArray[np.float32]) -> None:
    """Quantise the vectors of a segment, and write the file.

    Args:
        path: From `path_of`.
        identity: Name of the rotation's file, 16 bytes.
        rotation: What they are quantised by.
        vectors: float32 ``(n, dim)``, unit rows.

    Raises:
        OSError: The file cannot be written.
    """
    quantised = QuantisedVectors.of(rotation, len(vectors), lambda start, stop: vectors[start:stop])
    checksums = np.fromiter((row_checksum(row) for row in vectors), np.uint64, len(vectors))
    header = _HEADER.pack(_MAGIC, identity, vectors.shape[1], rotation.code_size, len(vectors), quantised.error)
    parts = [header, summed(vectors).tobytes(), checksums.tobytes(), quantised.codes.tobytes()]
    digest = xxhash.xxh3_128()
    for part in parts:
        digest.update(part)
    put(path, [*parts, digest.digest()])


def put(path: Path, parts: Iterable[bytes]) -> None:
    """Write a file of the cache. Its name is a checksum, of what it holds or is made from: so the one there is ours.

    Args:
        path: The file.
        parts: Its content, in pieces.
    """
    temporary = path.with_suffix(".tmp")
    if begins_like(temporary, MAGICS):  # of a build that was killed
        temporary.unlink()
    stream = created(temporary)
    try:
        with stream:
            stream.writelines(parts)
        if path.is_symlink():
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path))
        temporary.replace(path)
    except BaseException:
        temporary.unlink()
        raise


def rotation_of(index: Path, segment: Segment) -> str | None:
    """The rotation of a segment's codes, in hex.

    Args:
        index: The index directory.
        segment: Which one.
    """
    try:
        with path_of(index, segment).open("rb") as stream:
            magic, identity, _, _, count, _ = _HEADER.unpack(stream.read(_HEADER.size))
    except (OSError, struct.error):
        return None
    return identity.hex() if (magic, count) == (_MAGIC, segment.count) else None


def _rotation(path: Path) -> Rotation | None:
    """A rotation by its file; from there only if it is not in use."""
    known = _HELD.get(path.stem)
    if known is None and (content := whole(path)) is not None:
        return held(path.stem, content)
    return known


def whole(path: Path) -> bytes | None:
    """A file of a rotation, which is named after the checksum of its content; ``None`` if it is damaged or gone."""
    try:
        content = path.read_bytes()
    except OSError:
        return None
    whole = xxhash.xxh3_128_hexdigest(content) == path.stem and content[:8] == ROTATION_MAGIC
    return content if whole else None


def held(name: str, content: bytes) -> Rotation:
    """The one object that there is of a rotation."""
    _, dim, part, code_size, _, scale, left_out = ROTATION.unpack_from(content)
    matrix = np.frombuffer(content, np.float32, dim * part, ROTATION.size).reshape(dim, part)
    with _HOLDING:  # a weak dictionary's `setdefault` alone can give two threads an object each
        return _HELD.setdefault(name, Rotation(matrix, code_size, scale, left_out))

"""Quantised vectors on disk: a cache beside the segments. With it, a question is answered without reading these.

Each large segment has a file of quantised vectors. Its name is the checksum of the segment, so it cannot belong to
other vectors. The file also holds a checksum of each vector of the segment, so that single rows can be read and
checked. The file itself is checked by a checksum at its end. A file that is missing or damaged is not used; the next
run that writes makes it again.
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
from semsearch.index.segment_files import aligned_memory
from semsearch.model.diagnostics import warn_once
from semsearch.model.forking import ForkSafeLock

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from numpy.typing import NDArray

    from semsearch.index.segment_files import Segment

#: Magic, rotation, dimensions, code_size, rows, error. After it: the sum of the rows, float64; the xxh3-64 of each row;
#: the quantised vectors; xxh3-128 of everything before.
_HEADER = struct.Struct("<8s16sIIQd")
#: Magic, dimensions, leading dimensions, code_size, rows that there were, scale, `Rotation.left_out`. After it: the
#: matrix, float32.
ROTATION = struct.Struct("<8sIIIQdd")
_MAGIC, ROTATION_MAGIC = b"SEMCODE1", b"SEMROTA1"
#: The first bytes of a log of a search for pairs (`pair_log`).
PAIRS_MAGIC = b"SEMPAIR1"
#: How our files are named, and their first bytes; other files are left alone.
_NAME = re.compile(r"[0-9a-f]{32}(\.codes|\.rotation|\.tmp|-[-+.0-9e]+\.pairs)")
MAGICS = _MAGIC, ROTATION_MAGIC, PAIRS_MAGIC
_DIGEST = 16
#: Rotations in use, by name. Segments whose rotation is the same object are scanned together.
_HELD: weakref.WeakValueDictionary[str, Rotation] = weakref.WeakValueDictionary()
_HOLDING = ForkSafeLock(Lock)


class QuantisedFile(NamedTuple):
    """What a quantised file holds of a segment."""

    quantised: QuantisedVectors
    """All vectors of the segment, quantised."""
    total: NDArray[np.float64]
    """Sum of the vectors, float64 ``(dim,)``."""
    checksums: NDArray[np.uint64]
    """xxh3-64 of each vector, uint64 ``(count,)``."""


def path_of(index: Path, segment: Segment) -> Path:
    """Path of the quantised file of a segment.

    Args:
        index: The index directory.
        segment: The segment.
    """
    return index / CODES / f"{segment.checksum}.codes"


def is_there(index: Path, segment: Segment) -> bool:
    """Whether a segment has a quantised file that can be used. Its checksum is checked only when it is read.

    Args:
        index: The index directory.
        segment: The segment.
    """
    return compiled is not None and rotation_of(index, segment) is not None


def read(index: Path, segment: Segment, dim: int) -> QuantisedFile | None:
    """Read the quantised file of a segment. Damage is warned of once.

    Args:
        index: The index directory.
        segment: The segment.
        dim: Length of a vector.

    Returns:
        Its content; ``None`` if there is no such file, or it is damaged.
    """
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
            "index %s: %s is damaged and not used; 'semsearch compact' makes it again",
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
    """xxh3-64 of the bytes of a vector.

    Args:
        row: float32 ``(dim,)``, C order.
    """
    return xxhash.xxh3_64_intdigest(row.data)


def files(index: Path) -> Iterable[Path]:
    """All files of the cache, by their names. If the folder is a link, there are none."""
    folder = index / CODES
    return (path for path in folder.iterdir() if _NAME.fullmatch(path.name)) if is_folder(folder) else ()


def make_folder(index: Path) -> None:
    """Make the folder of the cache.

    Raises:
        OSError: A link or a file is in its place, or the folder cannot be written.
    """
    (index / CODES).mkdir(exist_ok=True)
    if not is_folder(index / CODES):
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(index / CODES))


def write(path: Path, identity: bytes, rotation: Rotation, vectors: NDArray[np.float32]) -> None:
    """Quantise the vectors of a segment, and write the file.

    Args:
        path: From `path_of`.
        identity: Checksum that names the file of the rotation, 16 bytes.
        rotation: The rotation.
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
    """Write a file of the cache, or replace it. Its name is a checksum, so a file of this name is ours.

    Args:
        path: The file.
        parts: Its content.

    Raises:
        OSError: The file cannot be written, or a link is in its place.
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
    """Name of the rotation with which a segment was quantised, in hex; ``None`` if it has no quantised file.

    Args:
        index: The index directory.
        segment: The segment.
    """
    try:
        with path_of(index, segment).open("rb") as stream:
            magic, identity, _, _, count, _ = _HEADER.unpack(stream.read(_HEADER.size))
    except (OSError, struct.error):
        return None
    return identity.hex() if (magic, count) == (_MAGIC, segment.count) else None


def _rotation(path: Path) -> Rotation | None:
    """The rotation of a file; the file is read only if the rotation is not in use yet."""
    known = _HELD.get(path.stem)
    if known is None and (content := whole(path)) is not None:
        return held(path.stem, content)
    return known


def whole(path: Path) -> bytes | None:
    """Content of the file of a rotation; ``None`` if it is damaged or gone. Its name is the checksum of its content."""
    try:
        content = path.read_bytes()
    except OSError:
        return None
    whole = xxhash.xxh3_128_hexdigest(content) == path.stem and content[:8] == ROTATION_MAGIC
    return content if whole else None


def held(name: str, content: bytes) -> Rotation:
    """The rotation of this name; there is one object for each name.

    Args:
        name: Checksum of the content, hex.
        content: From `whole`.
    """
    _, dim, leading_count, code_size, _, scale, left_out = ROTATION.unpack_from(content)
    matrix = np.frombuffer(content, np.float32, dim * leading_count, ROTATION.size).reshape(dim, leading_count)
    with _HOLDING:  # `setdefault` of a weak dictionary can give two threads different objects
        return _HELD.setdefault(name, Rotation(matrix, code_size, scale, left_out))

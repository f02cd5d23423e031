"""Codes of the vectors on disk: a cache beside the segments, from which a question is answered without reading these.

Each large segment has a file of codes, named after the segment's checksum, so that it can belong to no other vectors.
It holds besides what is needed to believe single rows of the segment: a checksum of each. Files are checked by a
checksum of their own; one that is missing or damaged is not used. The next run that writes makes what is missing.
"""

from __future__ import annotations

import contextlib
import struct
import weakref
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import xxhash

from semsearch.store.segments import room_for
from semsearch.vectors.coded_scan import DIMS
from semsearch.vectors.codes import PANEL, SAMPLE, Codes, Rotation, spread
from semsearch.vectors.kernels import compiled
from semsearch.vectors.parts import summed

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from numpy.typing import NDArray

    from semsearch.store.segments import Segment
    from semsearch.store.snapshot import Snapshot

FOLDER = "codes"
#: Segments of fewer rows are read whole, which takes no longer; and so are all of an index that has fewer.
LEAST, LEAST_ROWS = 4096, 20_000
#: A rotation that was learned from fewer than this part of the rows that there are now is learned anew.
_GROWN = 4
#: Magic, rotation, dimensions, bytes of a code, rows, error. Behind it: the sum of the rows, float64; of each row a
#: checksum, xxh3-64; the codes; xxh3-128 of all this.
_HEADER = struct.Struct("<8s16sIIQd")
#: Magic, dimensions, of these leading, bytes of a code, rows that there were, scale, share that is left out. Behind it:
#: the matrix, float32.
_ROTATION = struct.Struct("<8sIIIQdd")
_MAGIC, _ROTATION_MAGIC = b"SEMCODE1", b"SEMROTA1"
_DIGEST = 16
#: Rotations in use, by name: codes that have one and the same are scanned together.
_HELD: weakref.WeakValueDictionary[str, Rotation] = weakref.WeakValueDictionary()


class CodeFile(NamedTuple):
    """What is known of a segment without its vectors."""

    codes: Codes
    total: NDArray[np.float64]
    """Sum of the rows, ``(dim,)``."""
    checksums: NDArray[np.uint64]
    """xxh3-64 of each row."""


def path_of(index: Path, segment: Segment) -> Path:
    """The file of a segment's codes."""
    return index / FOLDER / f"{segment.checksum}.codes"


def is_there(index: Path, segment: Segment) -> bool:
    """Whether there is a file that can be of use; whether it is whole is seen when it is read."""
    return compiled is not None and _rotation_of(index, segment) is not None


def read(index: Path, segment: Segment, dim: int) -> CodeFile | None:
    """The codes of a segment; ``None`` where there are none, or the file is damaged."""
    try:
        with path_of(index, segment).open("rb") as stream:
            size = stream.seek(0, 2)
            stream.seek(0)
            before = _HEADER.size + 8 * dim + 8 * segment.count
            content = room_for(size, before)
            if size < before + _DIGEST or stream.readinto(content.data) != size:
                return None
    except OSError:
        return None
    if xxhash.xxh3_128_digest(content[:-_DIGEST].data) != content[-_DIGEST:].tobytes():
        return None
    magic, identity, width, dims, count, error = _HEADER.unpack_from(content.data)
    rotation = _rotation(index / FOLDER / f"{identity.hex()}.rotation")
    panels = -(-segment.count // PANEL)
    if rotation is None or (magic, width, count, dims, size) != (
        _MAGIC, dim, segment.count, rotation.dims, before + panels * PANEL * dims + _DIGEST,
    ):  # fmt: skip
        return None
    total = content[_HEADER.size : _HEADER.size + 8 * dim].tobytes()
    checksums = content[_HEADER.size + 8 * dim : before].tobytes()
    return CodeFile(
        Codes(rotation, count, content[before:-_DIGEST], error),
        np.frombuffer(total, np.float64),
        np.frombuffer(checksums, np.uint64),
    )


def row_checksum(row: NDArray[np.float32]) -> int:
    """xxh3-64 of a vector's bytes."""
    return xxhash.xxh3_64_intdigest(row.data)


def update(index: Path, state: Snapshot) -> None:
    """Code the large segments that have no codes yet, and delete codes of segments that are gone.

    A cache is worth no failed run: where the disk is full or read-only, there are no codes.
    """
    if compiled is None or not state.fingerprint:
        return
    with contextlib.suppress(OSError):
        large = [segment for segment in state.segments if segment.count >= LEAST]
        rows = sum(segment.count for segment in large)
        if rows < LEAST_ROWS:
            _sweep(index, ())
            return
        (index / FOLDER).mkdir(exist_ok=True)
        identity, rotation = _standing(index, rows) or _learn(index, state, rows)
        coded = large if rotation.pays else []
        for segment in coded:
            if _rotation_of(index, segment) != identity:
                _write(path_of(index, segment), bytes.fromhex(identity), rotation, state.load(segment).rows())
                state.forget(segment)
        logs = [path.name for path in files(index) if path.name.startswith(state.rows_digest)]
        _sweep(index, [f"{identity}.rotation", *logs, *(path_of(index, segment).name for segment in coded)])


def clear(index: Path) -> None:
    """Delete everything, so that the next update makes it again."""
    with contextlib.suppress(OSError):
        _sweep(index, ())


def files(index: Path) -> Iterable[Path]:
    """All files of the cache."""
    return (index / FOLDER).iterdir() if (index / FOLDER).is_dir() else ()


def _write(path: Path, identity: bytes, rotation: Rotation, vectors: NDArray[np.float32]) -> None:
    codes = Codes.of(rotation, len(vectors), lambda start, stop: vectors[start:stop])
    checksums = np.fromiter((row_checksum(row) for row in vectors), np.uint64, len(vectors))
    header = _HEADER.pack(_MAGIC, identity, vectors.shape[1], rotation.dims, len(vectors), codes.error)
    digest, temporary = xxhash.xxh3_128(), path.with_suffix(".tmp")
    with temporary.open("wb") as stream:
        for part in (header, summed(vectors).data, checksums.data, codes.codes.data):
            stream.write(part)
            digest.update(part)
        stream.write(digest.digest())
    temporary.replace(path)


def _rotation_of(index: Path, segment: Segment) -> str | None:
    """The rotation of a segment's codes, in hex."""
    try:
        with path_of(index, segment).open("rb") as stream:
            magic, identity, _, _, count, _ = _HEADER.unpack(stream.read(_HEADER.size))
    except (OSError, struct.error):
        return None
    return identity.hex() if (magic, count) == (_MAGIC, segment.count) else None


def _standing(index: Path, rows: int) -> tuple[str, Rotation] | None:
    """The rotation in use and its name, unless there are many more rows now than it was learned from."""
    for path in files(index):
        content = _whole(path) if path.suffix == ".rotation" else None
        if content is not None and rows <= _GROWN * _ROTATION.unpack_from(content)[4]:
            return path.stem, _held(path.stem, content)
    return None


def _learn(index: Path, state: Snapshot, rows: int) -> tuple[str, Rotation]:
    vectors, _ = state.sample(SAMPLE)
    rotation = Rotation.learned(vectors.take(spread(len(vectors), SAMPLE)), DIMS)
    dim, part = rotation.matrix.shape
    content = _ROTATION.pack(_ROTATION_MAGIC, dim, part, rotation.dims, rows, rotation.scale, rotation.left_out)
    content += rotation.matrix.tobytes()
    identity = xxhash.xxh3_128_hexdigest(content)
    temporary = index / FOLDER / f"{identity}.tmp"
    temporary.write_bytes(content)
    temporary.replace(temporary.with_suffix(".rotation"))
    return identity, _held(identity, content)


def _rotation(path: Path) -> Rotation | None:
    """A rotation by its file; from there only if it is not in use."""
    held = _HELD.get(path.stem)
    if held is None and (content := _whole(path)) is not None:
        return _held(path.stem, content)
    return held


def _whole(path: Path) -> bytes | None:
    """A file of a rotation, which is named after the checksum of its content; ``None`` if it is damaged or gone."""
    try:
        content = path.read_bytes()
    except OSError:
        return None
    whole = xxhash.xxh3_128_hexdigest(content) == path.stem and content[:8] == _ROTATION_MAGIC
    return content if whole else None


def _held(name: str, content: bytes) -> Rotation:
    """The one object that there is of a rotation."""
    _, dim, part, dims, _, scale, left_out = _ROTATION.unpack_from(content)
    matrix = np.frombuffer(content, np.float32, dim * part, _ROTATION.size).reshape(dim, part)
    return _HELD.setdefault(name, Rotation(matrix, dims, scale, left_out))


def _sweep(index: Path, keep: Iterable[str]) -> None:
    kept = set(keep)
    for path in list(files(index)):
        if path.name not in kept:
            path.unlink(missing_ok=True)

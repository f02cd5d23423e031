"""Makes and deletes the cache of quantised vectors, for the writer of an index."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import xxhash

from semsearch.dense.quantiser import SAMPLE, Rotation, spread
from semsearch.dense.scanners.native import compiled
from semsearch.index.ownership import CODES, begins_like
from semsearch.index.quantised_files import (
    MAGICS,
    ROTATION,
    ROTATION_MAGIC,
    files,
    held,
    make_folder,
    path_of,
    put,
    rotation_of,
    whole,
    write,
)
from semsearch.model.diagnostics import warn_once

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from semsearch.index.reader import IndexReader

#: Learn the rotation again when the index has grown by more than this factor.
_GROWN = 4


def update(index: Path, reader: IndexReader) -> None:
    """Quantise the large segments that are not quantised yet, and delete what belongs to no segment any more.

    No run fails because of the cache. If the disk is full or read-only, there is no cache, and one warning.

    Args:
        index: The index directory.
        reader: Of the newest commit.
    """
    if compiled is None or not reader.fingerprint:
        return
    policy = reader.policy.index
    with _said_if_not("written", index):
        large = [segment for segment in reader.segments if segment.count >= policy.quantised_segment_rows]
        rows = sum(segment.count for segment in large)
        if rows < policy.quantised_rows:
            _sweep(index, ())
            return
        make_folder(index)
        identity, rotation = _in_use(index, rows) or _learn(index, reader, rows)
        pays = rotation.left_out <= reader.policy.dense.most_left_out
        quantised = large if pays else []
        for segment in quantised:
            if rotation_of(index, segment) != identity:
                write(path_of(index, segment), bytes.fromhex(identity), rotation, reader.load(segment).rows())
                reader.forget(segment)
        logs = [path.name for path in files(index) if path.name.startswith(reader.rows_digest)]
        _sweep(index, [f"{identity}.rotation", *logs, *(path_of(index, segment).name for segment in quantised)])


def clear(index: Path) -> None:
    """Delete the whole cache; the next `update` makes it again."""
    with contextlib.suppress(OSError):
        _sweep(index, ())


@contextlib.contextmanager
def _said_if_not(done: str, index: Path) -> Iterator[None]:
    """Turn an `OSError` into one warning: searches work without the cache, but are slower."""
    try:
        yield
    except OSError as error:
        warn_once("index %s: the cache of quantised vectors cannot be %s (%s); searches are slower", index, done, error)


def _in_use(index: Path, rows: int) -> tuple[str, Rotation] | None:
    """The rotation in use, with its name; ``None`` if there are many more rows now than it was learned from."""
    for path in files(index):
        content = whole(path) if path.suffix == ".rotation" else None
        if content is not None and rows <= _GROWN * ROTATION.unpack_from(content)[4]:
            return path.stem, held(path.stem, content)
    return None


def _learn(index: Path, reader: IndexReader, rows: int) -> tuple[str, Rotation]:
    """Learn a rotation and write its file; returns its name and the rotation."""
    vectors, _ = reader.sample(SAMPLE)
    rotation = Rotation.learned(vectors.take(spread(len(vectors), SAMPLE)), reader.policy.dense.code_size)
    dim, leading_count = rotation.matrix.shape
    content = ROTATION.pack(
        ROTATION_MAGIC, dim, leading_count, rotation.code_size, rows, rotation.scale, rotation.left_out
    )
    content += rotation.matrix.tobytes()
    identity = xxhash.xxh3_128_hexdigest(content)
    put(index / CODES / f"{identity}.rotation", [content])
    return identity, held(identity, content)


def _sweep(index: Path, keep: Iterable[str]) -> None:
    """Delete all files of the cache except those with these names."""
    kept = set(keep)
    for path in list(files(index)):
        with contextlib.suppress(OSError):
            if path.name not in kept and begins_like(path, MAGICS):
                path.unlink(missing_ok=True)

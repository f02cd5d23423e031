"""What a long search for pairs has found so far, in a file beside the codes: it goes on where it was stopped.

A log belongs to one state of the vectors and one threshold, which are its name; one of another state is deleted by the
next run that writes. It is appended to, each note with a checksum of its own: one that was torn is not believed. A
link is not followed.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import struct
from typing import TYPE_CHECKING, BinaryIO

import numpy as np
import xxhash

from semsearch.store.code_files import PAIRS_MAGIC, make_folder
from semsearch.store.ownership import CODES, NOFOLLOW

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    Pairs = tuple[NDArray[np.int64], NDArray[np.float64]]

#: What `PAIRS_MAGIC` is followed by, note by note: position before which every pair's first row lies, number of pairs,
#: xxh3-64 of these; behind it: pairs, scores.
_NOTE = struct.Struct("<QQQ")


class PairFile:
    """Implements `semsearch.vectors.pairs.PairLog`.

    Args:
        folder: The index directory.
        state: Of its vectors: `Snapshot.rows_digest`.
        threshold: Of the search.
    """

    def __init__(self, folder: Path, state: str, threshold: float) -> None:
        self._folder = folder
        self._path = folder / CODES / f"{state}-{threshold!r}.pairs"

    def known(self) -> tuple[int, list[Pairs]]:
        """See `PairLog`."""
        found: list[Pairs] = []
        position, read = 0, len(PAIRS_MAGIC)
        try:
            with self._opened(os.O_RDONLY) as stream:
                content = stream.read()
        except OSError:
            return 0, []
        if not content.startswith(PAIRS_MAGIC):
            return 0, []
        while read + _NOTE.size <= len(content):
            before, count, checksum = _NOTE.unpack_from(content, read)
            body = content[read + _NOTE.size : read + _NOTE.size + 24 * count]
            if xxhash.xxh3_64_intdigest(body) != checksum or before < position:
                break
            pairs = np.frombuffer(body, np.int64, 2 * count).reshape(-1, 2)
            found.append((pairs, np.frombuffer(body, np.float64, count, 16 * count)))
            position, read = before, read + _NOTE.size + len(body)
        if read < len(content):  # torn, or worse: what comes next is noted behind what is whole
            with contextlib.suppress(OSError), self._opened(os.O_RDWR) as stream:
                stream.truncate(read)
        return position, found

    def note(self, position: int, pairs: NDArray[np.int64], scores: NDArray[np.float64]) -> None:
        """See `PairLog`; where the disk is full or read-only, nothing is noted."""
        body = pairs.astype(np.int64).tobytes() + scores.astype(np.float64).tobytes()
        with contextlib.suppress(OSError):
            make_folder(self._folder)
            with self._opened(os.O_RDWR | os.O_CREAT) as stream:
                if stream.read(len(PAIRS_MAGIC)) != PAIRS_MAGIC:  # new, or damaged: the name is that of a state of ours
                    stream.truncate(0)
                    stream.seek(0)
                    stream.write(PAIRS_MAGIC)
                stream.seek(0, os.SEEK_END)
                stream.write(_NOTE.pack(position, len(pairs), xxhash.xxh3_64_intdigest(body)) + body)

    def _opened(self, flags: int) -> BinaryIO:
        """The file itself, no link to it; and only if it has no second name, under which it would change too."""
        descriptor = os.open(self._path, flags | NOFOLLOW, 0o666)
        stream = os.fdopen(descriptor, "rb" if flags == os.O_RDONLY else "r+b")
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode) or found.st_nlink > 1 or self._path.is_symlink():
            stream.close()
            raise OSError(errno.EEXIST, os.strerror(errno.EEXIST), str(self._path))
        return stream

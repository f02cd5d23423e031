"""The log of a long search for pairs: a file with what was found so far, so that a stopped search can go on.

It lies beside the quantised files. Its name is made of the digest of the vectors and the threshold. The next run that
writes deletes logs of other vectors. Notes are appended, each with a checksum; a note that is not whole is ignored. A
link is not followed.

Several searches may append to the same log, in threads or processes. So each note tells from where to where it goes. A
note that does not join the ones before is ignored, and pairs that two searches found count once.
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

from semsearch.index.ownership import CODES, NOFOLLOW
from semsearch.index.quantised_files import PAIRS_MAGIC, make_folder

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    Pairs = tuple[NDArray[np.int64], NDArray[np.float64]]

#: A note; the notes follow `PAIRS_MAGIC`. It begins with the positions between which the first row of every pair lies
#: (see `PairLog`), and the number of pairs. Then come an xxh3-64 of the rest of the note, the pairs, and the scores.
_NOTE, _CHECKSUM = struct.Struct("<QQQ"), struct.Struct("<Q")
_HEAD = _NOTE.size + _CHECKSUM.size


class PairFile:
    """The log of one search; implements `semsearch.model.index_protocols.PairLog`. For one thread.

    Args:
        folder: The index directory.
        rows_digest: `IndexReader.rows_digest` of the commit.
        threshold: The least cosine of the search.
    """

    def __init__(self, folder: Path, rows_digest: str, threshold: float) -> None:
        self._folder = folder
        self._path = folder / CODES / f"{rows_digest}-{threshold!r}.pairs"
        self._noted = 0

    def known(self) -> tuple[int, list[Pairs]]:
        """See `PairLog`."""
        found: list[Pairs] = []
        position, read, twice = 0, len(PAIRS_MAGIC), False
        try:
            with self._opened(os.O_RDONLY) as stream:
                content = stream.read()
        except OSError:
            return 0, []
        if not content.startswith(PAIRS_MAGIC):
            return 0, []
        while read + _HEAD <= len(content):
            note = content[read : read + _NOTE.size]
            start, before, count = _NOTE.unpack(note)
            body = content[read + _HEAD : read + _HEAD + 24 * count]
            if _checksum(note, body) != content[read + _NOTE.size : read + _HEAD] or start > position:
                break
            if before > position:  # otherwise, another search was ahead
                twice |= start < position
                pairs = np.frombuffer(body, np.int64, 2 * count).reshape(-1, 2)
                found.append((pairs, np.frombuffer(body, np.float64, count, 16 * count)))
                position = before
            read += _HEAD + len(body)
        self._noted = position
        if read < len(content):  # damaged, or not whole: the next note is written after the last whole one
            with contextlib.suppress(OSError), self._opened(os.O_RDWR) as stream:
                stream.truncate(read)
        return position, _once(found) if twice else found

    def note(self, position: int, pairs: NDArray[np.int64], scores: NDArray[np.float64]) -> None:
        """See `PairLog`. If the disk is full or read-only, nothing is noted."""
        body = pairs.astype(np.int64).tobytes() + scores.astype(np.float64).tobytes()
        with contextlib.suppress(OSError):
            make_folder(self._folder)
            note = _NOTE.pack(self._noted, position, len(pairs))
            with self._opened(os.O_RDWR | os.O_CREAT | os.O_APPEND) as stream:
                begun = stream.read(len(PAIRS_MAGIC)) == PAIRS_MAGIC
                if not begun:  # new, or damaged: by its name, the file is ours
                    stream.truncate(0)
                stream.write((b"" if begun else PAIRS_MAGIC) + note + _checksum(note, body) + body)
        self._noted = position

    def _opened(self, flags: int) -> BinaryIO:
        """Open the file, but not through a link, and not if it has a second name (a hard link)."""
        descriptor = os.open(self._path, flags | NOFOLLOW, 0o666)
        stream = os.fdopen(descriptor, "rb" if flags == os.O_RDONLY else "r+b", buffering=0)
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode) or found.st_nlink > 1 or self._path.is_symlink():
            stream.close()
            raise OSError(errno.EEXIST, os.strerror(errno.EEXIST), str(self._path))
        return stream


def _checksum(note: bytes, body: bytes) -> bytes:
    return _CHECKSUM.pack(xxhash.xxh3_64_intdigest(note + body))


def _once(found: list[Pairs]) -> list[Pairs]:
    """Keep each pair once, in ascending order."""
    pairs, scores = (np.concatenate(parts) for parts in zip(*found, strict=True))
    pairs, first_found = np.unique(pairs, axis=0, return_index=True)
    return [(pairs, scores[first_found])]

"""What a long search for pairs has found so far, in a file beside the codes: it goes on where it was stopped.

A log belongs to one state of the vectors and one threshold, which are its name; one of another state is deleted by the
next run that writes. It is appended to, each note with a checksum of its own: one that was torn is not believed.
"""

from __future__ import annotations

import contextlib
import struct
from typing import TYPE_CHECKING

import numpy as np
import xxhash

from semsearch.store.code_files import FOLDER

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    Pairs = tuple[NDArray[np.int64], NDArray[np.float64]]

#: Position before which every pair's first row lies, number of pairs, xxh3-64 of these; behind it: pairs, scores.
_NOTE = struct.Struct("<QQQ")


class PairFile:
    """Implements `semsearch.vectors.pairs.PairLog`.

    Args:
        folder: The index directory.
        state: Of its vectors: `Snapshot.rows_digest`.
        threshold: Of the search.
    """

    def __init__(self, folder: Path, state: str, threshold: float) -> None:
        self._path = folder / FOLDER / f"{state}-{threshold!r}.pairs"

    def known(self) -> tuple[int, list[Pairs]]:
        """See `PairLog`."""
        position, found, read = 0, [], 0
        try:
            content = self._path.read_bytes()
        except OSError:
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
            with contextlib.suppress(OSError), self._path.open("r+b") as stream:
                stream.truncate(read)
        return position, found

    def note(self, position: int, pairs: NDArray[np.int64], scores: NDArray[np.float64]) -> None:
        """See `PairLog`; where the disk is full or read-only, nothing is noted."""
        body = pairs.astype(np.int64).tobytes() + scores.astype(np.float64).tobytes()
        with contextlib.suppress(OSError):
            self._path.parent.mkdir(exist_ok=True)
            with self._path.open("ab") as stream:
                stream.write(_NOTE.pack(position, len(pairs), xxhash.xxh3_64_intdigest(body)) + body)

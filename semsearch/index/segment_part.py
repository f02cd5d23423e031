"""One segment: its quantised vectors if there are any, rows that are read when they are needed, and its words."""

from __future__ import annotations

import itertools
import weakref
from threading import RLock
from typing import TYPE_CHECKING

import numpy as np

from semsearch.dense.parts import MemoryPart
from semsearch.index import quantised_files, segment_files, segments, words_files
from semsearch.model.lazy import lazy
from semsearch.model.policy import IndexPolicy

if TYPE_CHECKING:
    from io import FileIO
    from pathlib import Path

    from numpy.typing import NDArray

    from semsearch.dense.quantiser import QuantisedVectors, Rotation
    from semsearch.index.quantised_files import QuantisedFile
    from semsearch.index.segment_files import Segment
    from semsearch.lexical.parts import PostingsPart


class _Opened:
    """An open segment file. It can still be read when a writer deletes it. It is closed when nobody uses it."""

    def __init__(self, stream: FileIO) -> None:
        self.stream = stream
        weakref.finalize(self, stream.close)


class StoredPart:
    """The vectors and words of a segment; implements `semsearch.dense.parts.Part`. Any number of threads may share one.

    Without a quantised file, all vectors are read at once. With one, single rows are read from the open file.

    Args:
        folder: The index directory.
        segment: The segment.
        dim: Length of a vector.
        policy: When the whole segment is read.

    Raises:
        IndexDamaged: The file is not as it was committed. Methods raise it too, when they read.
        FileNotFoundError: The file is gone: it was lost, or a newer commit replaced it.
    """

    def __init__(self, folder: Path, segment: Segment, dim: int, policy: IndexPolicy | None = None) -> None:
        self.count = segment.count
        self._folder, self._segment, self._dim = folder, segment, dim
        self._most_single = (policy or IndexPolicy()).single_rows_share * segment.count
        self._lock = RLock()
        self._memory: MemoryPart | None = None
        self._opened: _Opened | None = None
        self._single = 0
        self._words = _Opened(segment_files.opened(folder, segment, segment_files.WORDS_FILE))
        if quantised_files.is_there(folder, segment):
            self._opened = _Opened(segment_files.opened(folder, segment))
        else:
            self._memory = MemoryPart(segments.load(folder, segment, dim))

    @property
    def words(self) -> PostingsPart:
        """The words of the rows. Only their dictionary is in memory."""
        with self._lock:
            return self._postings

    @lazy
    def _postings(self) -> PostingsPart:
        return words_files.read(self._folder, self._words.stream, self._segment)

    @property
    def in_memory(self) -> bool:
        """See `Part`."""
        return self._memory is not None

    @property
    def _file(self) -> QuantisedFile | None:
        """The quantised file. One thread reads it; the others wait."""
        with self._lock:
            return self._first_read

    @lazy
    def _first_read(self) -> QuantisedFile | None:
        return quantised_files.read(self._folder, self._segment, self._dim)

    def _whole(self) -> MemoryPart:
        """All rows; they are in memory from now on."""
        with self._lock:
            if self._memory is None:
                assert self._opened is not None  # either the file is open, or its vectors are in memory
                self._memory = MemoryPart(segments.read(self._folder, self._opened.stream, self._segment, self._dim))
                self._opened = None  # the file is closed when the last thread has read from it
            return self._memory

    @property
    def quantised(self) -> QuantisedVectors | None:
        """See `Part`."""
        if self._memory is not None and self._memory.quantised is not None:
            return self._memory.quantised
        file = self._file
        return file.quantised if file else None

    def quantise(self, rotation: Rotation) -> None:
        """See `Part`."""
        self._whole().quantise(rotation)

    def rows(self) -> NDArray[np.float32]:
        """See `Part`."""
        return self._whole().rows()

    def take(self, rows: NDArray[np.int64], out: NDArray[np.float32]) -> None:
        """See `Part`."""
        opened = self._opened  # kept open here: another thread may read the whole segment meanwhile
        file = self._file if opened else None
        self._single += len(rows)  # without a lock: if a count is lost, the whole is read a little later
        if opened is None or file is None or self._single > self._most_single:
            self._whole().take(rows, out)
            return
        cuts = [0, *(np.flatnonzero(np.diff(rows) != 1) + 1).tolist(), len(rows)]
        for start, stop in itertools.pairwise(cuts):  # rows that follow each other are read at once
            offset = segments.offset_of(int(rows[start]), self._dim)
            segment_files.read_at(opened.stream, offset, out[start:stop].reshape(-1).view(np.uint8))
        for row, vector in zip(rows.tolist(), out, strict=True):  # this also finds rows that could not be read
            if quantised_files.row_checksum(vector) != file.checksums[row]:
                raise segment_files.damaged(self._folder, self._segment, f"the checksum of row {row} differs")

    def total(self) -> NDArray[np.float64]:
        """See `Part`."""
        file = self._file
        return file.total if file else self._whole().total()

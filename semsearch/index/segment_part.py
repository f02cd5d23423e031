"""The vectors of one segment: its codes if it has any, and rows from the file as they are asked for."""

from __future__ import annotations

import itertools
import weakref
from threading import RLock
from typing import TYPE_CHECKING

import numpy as np

from semsearch.dense.parts import MemoryPart
from semsearch.index import quantised_files, segments
from semsearch.model.lazy import lazy

if TYPE_CHECKING:
    from io import FileIO
    from pathlib import Path

    from numpy.typing import NDArray

    from semsearch.dense.quantiser import QuantisedVectors, Rotation
    from semsearch.index.quantised_files import QuantisedFile
    from semsearch.index.segments import Segment

#: Rows that are read one by one cost some three times as much as with all the others: after this share of them, the
#: whole segment is read.
_SINGLE = 0.25


class _Opened:
    """The open file of a segment. It stays readable when a writer deletes it, and is closed when nothing holds this."""

    def __init__(self, stream: FileIO) -> None:
        self.stream = stream
        weakref.finalize(self, stream.close)


class StoredPart:
    """A segment; implements `semsearch.dense.parts.Part`. Its file is open as long as rows may be read from it.

    Any number of threads may share one.

    Args:
        folder: The index directory.
        segment: Which.
        dim: Length of a vector.

    Raises:
        IndexDamaged: Bytes are not those that were committed; here, or when they are read.
        FileNotFoundError: The file is gone: damage, or a newer commit replaced it.
    """

    def __init__(self, folder: Path, segment: Segment, dim: int) -> None:
        self.count = segment.count
        self._folder, self._segment, self._dim = folder, segment, dim
        self._lock = RLock()
        self._memory: MemoryPart | None = None
        self._opened: _Opened | None = None
        self._single = 0
        if quantised_files.is_there(folder, segment):
            self._opened = _Opened(segments.opened(folder, segment))
        else:
            self._memory = MemoryPart(segments.load(folder, segment, dim))

    @property
    def in_memory(self) -> bool:
        """See `Part`."""
        return self._memory is not None

    @property
    def _file(self) -> QuantisedFile | None:
        """The codes. One thread reads them; the others wait for that."""
        with self._lock:  # `cached_property` has no lock of its own from Python 3.12 on
            return self._first_read

    @lazy
    def _first_read(self) -> QuantisedFile | None:
        return quantised_files.read(self._folder, self._segment, self._dim)

    def _whole(self) -> MemoryPart:
        """All rows, in memory from now on."""
        with self._lock:
            if self._memory is None:
                assert self._opened is not None  # it is one or the other
                self._memory = MemoryPart(segments.read(self._folder, self._opened.stream, self._segment, self._dim))
                self._opened = None  # closed as soon as no other thread reads from it
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
        opened = self._opened  # held here: another thread may read the whole segment meanwhile, and let go of it
        file = self._file if opened else None
        self._single += len(rows)  # of two counts at once one may be lost: the whole is read a little later
        if opened is None or file is None or self._single > _SINGLE * self.count:
            self._whole().take(rows, out)
            return
        cuts = [0, *(np.flatnonzero(np.diff(rows) != 1) + 1).tolist(), len(rows)]
        for start, stop in itertools.pairwise(cuts):  # neighbours at once
            offset = segments.offset_of(int(rows[start]), self._dim)
            segments.read_at(opened.stream, offset, out[start:stop].reshape(-1).view(np.uint8))
        for row, vector in zip(rows.tolist(), out, strict=True):  # of what could not be read too
            if quantised_files.row_checksum(vector) != file.checksums[row]:
                raise segments.damaged(self._folder, self._segment, f"the checksum of row {row} differs in")

    def total(self) -> NDArray[np.float64]:
        """See `Part`."""
        file = self._file
        return file.total if file else self._whole().total()

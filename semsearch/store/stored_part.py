"""The vectors of one segment: its codes if it has any, and rows from the file as they are asked for."""

from __future__ import annotations

import itertools
import weakref
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from semsearch.store import code_files, segments
from semsearch.vectors.parts import MemoryPart

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from semsearch.store.code_files import CodeFile
    from semsearch.store.segments import Segment
    from semsearch.vectors.codes import Codes, Rotation

#: Rows that are read one by one cost some three times as much as with all the others: after this share of them, the
#: whole segment is read.
_SINGLE = 0.25


class StoredPart:
    """A segment; implements `semsearch.vectors.parts.Part`. Its file is open as long as rows may be read from it.

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
        self._memory: MemoryPart | None = None
        self._single = 0
        if code_files.is_there(folder, segment):
            self._stream = segments.opened(folder, segment)
            weakref.finalize(self, self._stream.close)
        else:
            self._memory = MemoryPart(segments.load(folder, segment, dim))

    @property
    def in_memory(self) -> bool:
        """See `Part`."""
        return self._memory is not None

    @cached_property
    def _file(self) -> CodeFile | None:
        return code_files.read(self._folder, self._segment, self._dim)

    def _whole(self) -> MemoryPart:
        """All rows, in memory from now on."""
        if self._memory is None:
            self._stream.seek(0)
            self._memory = MemoryPart(segments.read(self._folder, self._stream, self._segment, self._dim))
            self._stream.close()
        return self._memory

    @property
    def codes(self) -> Codes | None:
        """See `Part`."""
        made = self._memory.codes if self._memory else None
        return made or (self._file.codes if self._file else None)

    def code(self, rotation: Rotation) -> None:
        """See `Part`."""
        self._whole().code(rotation)

    def rows(self) -> NDArray[np.float32]:
        """See `Part`."""
        return self._whole().rows()

    def take(self, rows: NDArray[np.int64], out: NDArray[np.float32]) -> None:
        """See `Part`."""
        self._single += len(rows)
        if self._memory is not None or self._file is None or self._single > _SINGLE * self.count:
            self._whole().take(rows, out)
            return
        cuts = [0, *(np.flatnonzero(np.diff(rows) != 1) + 1).tolist(), len(rows)]
        for start, stop in itertools.pairwise(cuts):  # neighbours at once
            self._stream.seek(segments.place_of(int(rows[start]), self._dim))
            self._stream.readinto(out[start:stop].data)
        for row, vector in zip(rows.tolist(), out, strict=True):  # of what could not be read too
            if code_files.row_checksum(vector) != self._file.checksums[row]:
                raise segments.damaged(self._folder, self._segment, f"the checksum of row {row} differs in")

    def total(self) -> NDArray[np.float64]:
        """See `Part`."""
        return self._file.total if self._file else self._whole().total()

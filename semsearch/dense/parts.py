"""The parts of a dense index: rows that follow each other and lie together, in memory or in a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from semsearch.dense.quantiser import QuantisedVectors, Rotation

#: Rows that are summed at once: their float64 copy stays in the processor's cache.
_SUMMED = 4096


class Part(Protocol):
    """Some rows that follow each other: float32 unit vectors. Any number of threads may share one."""

    @property
    def count(self) -> int:
        """Number of rows."""
        ...

    @property
    def in_memory(self) -> bool:
        """Whether all rows are in memory now."""
        ...

    @property
    def quantised(self) -> QuantisedVectors | None:
        """The quantised vectors of all rows; ``None`` if there are none yet."""
        ...

    def quantise(self, rotation: Rotation) -> None:
        """Quantise all rows; `quantised` has them from now on.

        Args:
            rotation: For vectors of the same length.
        """
        ...

    def rows(self) -> NDArray[np.float32]:
        """All rows, float32 ``(count, dim)``, C order. From now on they are in memory, always at the same address."""
        ...

    def take(self, rows: NDArray[np.int64], out: NDArray[np.float32]) -> None:
        """Copy some rows.

        Args:
            rows: int64 ``(n,)``; 0 is the first row of the part.
            out: float32 ``(n, dim)``, C order: where the vectors are written.
        """
        ...

    def total(self) -> NDArray[np.float64]:
        """Sum of all rows, float64 ``(dim,)``."""
        ...


class MemoryPart:
    """A matrix in memory; implements `Part`.

    Args:
        rows: float32 ``(count, dim)``, C order, unit rows.
    """

    in_memory = True

    def __init__(self, rows: NDArray[np.float32]) -> None:
        self._rows = rows
        self.count = len(rows)
        self.quantised: QuantisedVectors | None = None

    def quantise(self, rotation: Rotation) -> None:
        """See `Part`."""
        from semsearch.dense.quantiser import QuantisedVectors

        self.quantised = QuantisedVectors.of(rotation, self.count, lambda start, stop: self._rows[start:stop])

    def rows(self) -> NDArray[np.float32]:
        """See `Part`."""
        return self._rows

    def take(self, rows: NDArray[np.int64], out: NDArray[np.float32]) -> None:
        """See `Part`."""
        np.take(self._rows, rows, axis=0, out=out, mode="clip")  # other modes fill a buffer first and then copy it

    def total(self) -> NDArray[np.float64]:
        """See `Part`."""
        return summed(self._rows)


def summed(rows: NDArray[np.float32]) -> NDArray[np.float64]:
    """Sum of rows, float64 ``(dim,)``.

    Args:
        rows: float32 ``(n, dim)``.
    """
    total = np.zeros(rows.shape[1])
    for start in range(0, len(rows), _SUMMED):
        block = rows[start : start + _SUMMED].astype(np.float64)
        total += np.ones(len(block)) @ block
    return total

"""What an index of vectors is made of: neighbouring rows that lie together, in memory or elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from semsearch.dense.quantiser import QuantisedVectors, Rotation

#: Rows summed at once; their float64 copy stays in the cache.
_SUMMED = 4096


class Part(Protocol):
    """Some neighbouring rows: unit vectors, float32."""

    @property
    def count(self) -> int:
        """Rows."""
        ...

    @property
    def in_memory(self) -> bool:
        """Whether all rows are in memory."""
        ...

    @property
    def quantised(self) -> QuantisedVectors | None:
        """Codes of all rows, where there are any yet."""
        ...

    def quantise(self, rotation: Rotation) -> None:
        """Have codes from now on."""
        ...

    def rows(self) -> NDArray[np.float32]:
        """All rows, ``(count, dim)``, C order; in memory from now on, at the same place."""
        ...

    def take(self, rows: NDArray[np.int64], out: NDArray[np.float32]) -> None:
        """Copy some rows, numbered from the first one of the part."""
        ...

    def total(self) -> NDArray[np.float64]:
        """Sum of all rows, ``(dim,)``."""
        ...


class MemoryPart:
    """Rows of a matrix; implements `Part`.

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
        np.take(self._rows, rows, axis=0, out=out, mode="clip")  # other modes fill a buffer first, and copy it

    def total(self) -> NDArray[np.float64]:
        """See `Part`."""
        return summed(self._rows)


def summed(rows: NDArray[np.float32]) -> NDArray[np.float64]:
    """Sum of rows, float64 ``(dim,)``."""
    total = np.zeros(rows.shape[1])
    for start in range(0, len(rows), _SUMMED):
        block = rows[start : start + _SUMMED].astype(np.float64)
        total += np.ones(len(block)) @ block
    return total

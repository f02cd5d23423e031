"""Short codes of vectors, whose products are upper bounds of cosines: what a bound excludes need not be looked at.

A rotation moves most of the length of every vector x into a leading part a, and leaves a remainder of norm r. For two
vectors, by Cauchy and Schwarz, ``x.y <= a_x.a_y + r_x r_y``. With r spread over a few more coordinates the right side
is one inner product, of codes of one byte a coordinate; what rounding to bytes can be off by is measured for every row
and added. So a scan of the codes leaves few candidates, which are scored exactly, and proves that there are no others.

Codes are derived from the vectors, made in memory when they pay, and never stored.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from semsearch.vectors.exact import NORM_TOLERANCE
from semsearch.vectors.kernels import compiled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from semsearch.vectors.flat import FlatIndex

#: Rows of a panel of codes; see ``_kernels.c``.
PANEL = 32
#: Coordinates that hold the norm of the remainder.
_REST = 4
#: Rows that the rotation is learned from.
_SAMPLE = 20_000
#: Rows coded at once.
_CHUNK = 2**16
#: What float32 arithmetic of the rotation can be off by, in a product of unit vectors: 384 sums of 2**-24, and the
#: rotation's own rounding; measured below 2e-6.
ROTATION = 2e-5


class Codes:
    """Codes of some rows of an index, in panels.

    Args:
        vectors: The index.
        rows: int64: which rows, ascending; positions are places in it.
        dims: Bytes a row, a multiple of 4; fewer are used where the vectors are short.
    """

    def __init__(self, vectors: FlatIndex, rows: NDArray[np.int64], dims: int) -> None:
        self.count = len(rows)
        part = min(dims - _REST, vectors.dim)
        self.dims = dims = -(-(part + _REST) // 4) * 4
        #: Address of each position's float32 vector.
        self.addresses = vectors.addresses(rows)
        rng = np.random.default_rng(0)
        sample = vectors.take(rows[np.sort(rng.choice(len(rows), min(len(rows), _SAMPLE), replace=False))])
        _, axes = np.linalg.eigh(sample.astype(np.float64).T @ sample.astype(np.float64))
        mixing = np.linalg.qr(rng.standard_normal((part, part)))[0]  # no coordinate carries more than others
        #: float32 ``(dim, part)``: vectors to leading parts.
        self.rotation = np.ascontiguousarray(axes[:, ::-1][:, :part] @ mixing, np.float32)
        largest = max((float(max(np.abs(y).max(), r.max() / 2)) for _, y, r in self._parts(vectors, rows)), default=1.0)
        #: Code per unit.
        self.scale = 126.9 / largest
        padded = -(-len(rows) // PANEL) * PANEL
        self.codes = np.full(padded * dims, 128, np.uint8)
        self.sums = np.zeros(padded, np.int32)
        #: How far a leading part is at most from what its code says.
        self.error = 0.0
        for first, leading, rest in self._parts(vectors, rows):
            off = compiled.pack(leading, rest, self.scale, dims, first, self.codes, self.sums)
            self.error = max(self.error, float(off))

    @property
    def panels(self) -> int:
        """Number of panels."""
        return len(self.sums) // PANEL

    def _parts(
        self, vectors: FlatIndex, rows: NDArray[np.int64]
    ) -> Iterator[tuple[int, NDArray[np.float32], NDArray[np.float32]]]:
        """First position, leading parts and norms of the remainders of each chunk."""
        for first in range(0, len(rows), _CHUNK):
            leading, rest = self.split(vectors.take(rows[first : first + _CHUNK]))
            yield first, leading, rest

    def split(self, vectors: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Leading parts, float32 ``(n, part)``, and norms of the remainders, float32 ``(n,)``."""
        leading = np.ascontiguousarray(vectors @ self.rotation)
        squares = np.einsum("ij,ij->i", vectors, vectors) - np.einsum("ij,ij->i", leading, leading)
        return leading, np.sqrt(np.maximum(squares, 0) + 1e-6).astype(np.float32)

    def pair_error(self) -> float:
        """What the bound of two coded rows can be below their cosine."""
        return 2 * self.error * (1 + NORM_TOLERANCE) + self.error**2 + ROTATION

"""Short codes of vectors, whose products are upper bounds of cosines: what a bound excludes need not be looked at.

A rotation moves most of the length of every vector x into a leading part a, and leaves a remainder of norm r. For two
vectors, by Cauchy and Schwarz, ``x.y <= a_x.a_y + r_x r_y``. With r spread over a few more coordinates the right side
is one inner product, of codes of one byte a coordinate; what rounding to bytes can be off by is measured for every row
and added. So a scan of the codes leaves few candidates, which are scored exactly, and proves that there are no others.

Codes are derived from the vectors; they can be made again at any time.
"""

from __future__ import annotations

import itertools
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from semsearch.dense.exact import NORM_TOLERANCE
from semsearch.dense.scanners.native import THREADS, compiled

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

#: Rows of a block of codes; see ``_kernels.c``.
BLOCK_ROWS = 32
#: Coordinates that hold the norm of the remainder.
_NORM_COORDINATES = 4
#: Rows that a rotation is learned from.
SAMPLE = 20_000
#: Rows quantised at once, whole blocks; 12 MB of 384 dimensions.
_CHUNK = 2**13
#: What float32 arithmetic of the rotation can be off by, in a product of unit vectors: 384 sums of 2**-24, and the
#: rotation's own rounding; measured below 2e-6.
ROTATION = 2e-5
#: Range of the codes beside the largest coordinate of the sample; what still lies outside is clipped, and counted.
_RANGE = 1.1


@dataclass(frozen=True, slots=True, weakref_slot=True, eq=False)
class Rotation:
    """A change of axes, and the scale of the bytes. Any is right; one learned from the vectors leaves little out."""

    matrix: NDArray[np.float32]
    """``(dim, part)``: vectors to leading parts."""
    code_size: int
    """Bytes of a code, a multiple of 4."""
    scale: float
    """Code per unit."""
    left_out: float = 0.0
    """Share of a vector's length, squared, that is left to the remainder; median of the sample. Where it is large,
    codes exclude too little: vectors point in all directions alike, as those of no model do."""

    @classmethod
    def learned(cls, sample: NDArray[np.float32], code_size: int) -> Rotation:
        """The principal axes of a sample, mixed at random so that no coordinate carries more than others.

        Args:
            sample: float32 ``(n, dim)``, unit rows.
            code_size: Bytes of a code at most; fewer are used where the vectors are short.
        """
        part = min(code_size - _NORM_COORDINATES, sample.shape[1])
        _, axes = np.linalg.eigh(sample.astype(np.float64).T @ sample.astype(np.float64))
        mixing = np.linalg.qr(np.random.default_rng(0).standard_normal((part, part)))[0]
        matrix = np.ascontiguousarray(axes[:, ::-1][:, :part] @ mixing, np.float32)
        leading, residual_norms = cls(matrix, 0, 1.0).split(sample)
        largest = float(max(np.abs(leading).max(initial=0), residual_norms.max(initial=0) / 2)) or 1.0
        left_out = float(np.median(residual_norms**2)) if len(residual_norms) else 0.0
        return cls(matrix, -(-(part + _NORM_COORDINATES) // 4) * 4, 126.9 / (_RANGE * largest), left_out)

    def split(self, vectors: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Leading parts, float32 ``(n, part)``, and norms of the remainders, float32 ``(n,)``."""
        leading = np.ascontiguousarray(vectors @ self.matrix)
        squares = np.einsum("ij,ij->i", vectors, vectors) - np.einsum("ij,ij->i", leading, leading)
        return leading, np.sqrt(np.maximum(squares, 0) + 1e-6).astype(np.float32)


class QuantisedVectors:
    """Quantised vectors of some rows, in blocks.

    Args:
        rotation: What they were made with.
        count: Rows.
        codes: uint8 ``(blocks * BLOCK_ROWS * code_size,)``.
        error: How far a leading part is at most from what its code says, with what was clipped of the remainder.
        sums: int32 ``(blocks * BLOCK_ROWS,)`` of each row's signed codes; only pairs need them.
    """

    def __init__(
        self,
        rotation: Rotation,
        count: int,
        codes: NDArray[np.uint8],
        error: float,
        sums: NDArray[np.int32] | None = None,
    ) -> None:
        self.rotation = rotation
        self.count = count
        self.codes = codes
        self.error = error
        self.sums = np.empty(0, np.int32) if sums is None else sums

    @classmethod
    def of(
        cls, rotation: Rotation, count: int, vectors: Callable[[int, int], NDArray[np.float32]], *, sums: bool = False
    ) -> QuantisedVectors:
        """Make codes.

        Args:
            rotation: To make them with.
            count: Rows.
            vectors: Gives the vectors from one position to before another, float32.
            sums: Whether to keep the sums.
        """
        padded = -(-count // BLOCK_ROWS) * BLOCK_ROWS
        made = cls(
            rotation,
            count,
            np.full(padded * rotation.code_size, 128, np.uint8),
            0.0,
            np.zeros(padded if sums else 0, np.int32),
        )
        with ThreadPoolExecutor(THREADS) as threads:
            for first in range(0, count, _CHUNK):
                leading, norms = rotation.split(vectors(first, min(first + _CHUNK, count)))
                cuts = np.linspace(0, len(norms), THREADS + 1).astype(int).tolist()
                errors = threads.map(
                    lambda part, leading=leading, norms=norms, first=first: compiled.pack(
                        leading[slice(*part)], norms[slice(*part)], rotation.scale, rotation.code_size, first + part[0],
                        made.codes, made.sums,
                    ),
                    itertools.pairwise(cuts),
                )  # fmt: skip
                made.error = max(made.error, *errors)
        return made

    @property
    def blocks(self) -> int:
        """Number of blocks."""
        return -(-self.count // BLOCK_ROWS)

    def pair_error(self) -> float:
        """What the bound of two quantised rows can be below their cosine."""
        return 2 * self.error * (1 + NORM_TOLERANCE) + self.error**2 + ROTATION


def spread(count: int, most: int) -> NDArray[np.int64]:
    """Positions of at most so many of so many rows, evenly spaced: the same for the same numbers."""
    return np.linspace(0, count - 1, min(count, most)).astype(np.int64) if count else np.empty(0, np.int64)

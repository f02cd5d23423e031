"""Quantised vectors: one byte for each coordinate. Their products are upper bounds of cosines.

A rotation moves most of the length of every vector x into its leading coordinates a. What these leave out has the
residual norm r. For two vectors, by the inequality of Cauchy and Schwarz, ``x.y <= a_x.a_y + r_x r_y``. The residual
norm is shared out over a few more coordinates, so that the right side is one inner product of quantised vectors. The
error of rounding to bytes is measured for every row and added. So a scan of quantised vectors leaves few candidates,
which are scored exactly, and proves that there are no others.

Quantised vectors are made from the vectors, and can be made again at any time.
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

#: Rows of a block; see ``_kernels.c``.
BLOCK_ROWS = 32
#: Coordinates that hold the residual norm.
_NORM_COORDINATES = 4
#: Rows from which a rotation is learned.
SAMPLE = 20_000
#: Rows that are quantised at once, in whole blocks: 12 MB with 384 dimensions.
_CHUNK = 2**13
#: Largest error of a product of unit vectors that comes from the float32 arithmetic of the rotation: 384 sums with
#: errors of 2**-24, and the rounding of the rotation itself. Measured: below 2e-6.
ROTATION = 2e-5
#: Range of the bytes, as a multiple of the largest coordinate of the sample. What lies outside is clipped, and the
#: clipped part counts as error.
_RANGE = 1.1


@dataclass(frozen=True, slots=True, weakref_slot=True, eq=False)
class Rotation:
    """A change of axes, and the scale of the bytes.

    Results are exact with any rotation. One that was learned from the vectors leaves little to the residual norm.
    """

    matrix: NDArray[np.float32]
    """float32 ``(dim, leading)``: turns vectors into their leading coordinates."""
    code_size: int
    """Bytes of a quantised vector, a multiple of 4."""
    scale: float
    """Quantised units for one unit of the vectors."""
    left_out: float = 0.0
    """Squared residual norm of a unit vector, median of the sample. If it is large, bounds exclude too few rows: the
    vectors point in all directions alike. Those of real models do not."""

    @classmethod
    def learned(cls, sample: NDArray[np.float32], code_size: int) -> Rotation:
        """Learn a rotation: the principal axes of a sample, mixed at random so that all coordinates carry alike.

        Args:
            sample: float32 ``(n, dim)``, unit rows.
            code_size: Largest number of bytes of a quantised vector. Fewer are used if the vectors are shorter.
        """
        leading_count = min(code_size - _NORM_COORDINATES, sample.shape[1])
        _, axes = np.linalg.eigh(sample.astype(np.float64).T @ sample.astype(np.float64))
        mixing = np.linalg.qr(np.random.default_rng(0).standard_normal((leading_count, leading_count)))[0]
        matrix = np.ascontiguousarray(axes[:, ::-1][:, :leading_count] @ mixing, np.float32)
        leading, residual_norms = cls(matrix, 0, 1.0).split(sample)
        largest = float(max(np.abs(leading).max(initial=0), residual_norms.max(initial=0) / 2)) or 1.0
        left_out = float(np.median(residual_norms**2)) if len(residual_norms) else 0.0
        return cls(matrix, -(-(leading_count + _NORM_COORDINATES) // 4) * 4, 126.9 / (_RANGE * largest), left_out)

    def split(self, vectors: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Split vectors into what is quantised.

        Args:
            vectors: float32 ``(n, dim)``, unit rows.

        Returns:
            Leading coordinates, float32 ``(n, leading)``, C order; and residual norms, float32 ``(n,)``.
        """
        leading = np.ascontiguousarray(vectors @ self.matrix)
        squares = np.einsum("ij,ij->i", vectors, vectors) - np.einsum("ij,ij->i", leading, leading)
        return leading, np.sqrt(np.maximum(squares, 0) + 1e-6).astype(np.float32)


class QuantisedVectors:
    """Quantised vectors of some rows, in blocks.

    Args:
        rotation: The rotation with which they were made.
        count: Number of rows.
        codes: uint8 ``(blocks * BLOCK_ROWS * code_size,)``: the bytes, as ``_kernels.c`` describes them.
        error: Largest difference between leading coordinates and what their bytes say, plus what was clipped of the
            residual norm; in units of the vectors.
        sums: int32 ``(blocks * BLOCK_ROWS,)``: the sum of the signed bytes of each row. Only `pairs` needs them.
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
        """Quantise vectors, in as many threads as there are processors.

        Args:
            rotation: For vectors of this length.
            count: Number of rows.
            vectors: Gives the rows from ``start`` to ``stop - 1``: float32 ``(stop - start, dim)``, unit rows.
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
        """Largest error of the bound for a pair of rows: how far their cosine can be above it."""
        return 2 * self.error * (1 + NORM_TOLERANCE) + self.error**2 + ROTATION


def spread(count: int, most: int) -> NDArray[np.int64]:
    """Choose evenly spaced rows; the same ones for the same numbers.

    Args:
        count: Number of rows, 0 or more.
        most: Largest number of rows to choose.

    Returns:
        int64 ``(min(count, most),)``: numbers from 0 to ``count - 1``, ascending.
    """
    return np.linspace(0, count - 1, min(count, most)).astype(np.int64) if count else np.empty(0, np.int64)

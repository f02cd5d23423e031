"""Whole numbers in as few bytes as they need: seven bits in each, the lowest first, and a high bit where more follow.

This is LEB128 (DWARF 5, section 7.6), which most inverted indexes use: nearly all of their numbers are small.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def sizes(values: NDArray[np.int64]) -> NDArray[np.int64]:
    """Number of bytes of each value, int64 ``(n,)``.

    Args:
        values: int64 ``(n,)``, from 0 to below 2**35.
    """
    found = np.ones(len(values), np.int64)
    for bits in (7, 14, 21, 28):
        found += values >= 1 << bits
    return found


def encoded(values: NDArray[np.int64]) -> NDArray[np.uint8]:
    """Write values, one after the other.

    Args:
        values: int64 ``(n,)``, from 0 to below 2**35.

    Returns:
        uint8 ``(sum of the sizes,)``.
    """
    if not len(values) or int(values.max()) < 128:
        return values.astype(np.uint8)
    lengths = sizes(values)
    ends = np.cumsum(lengths)
    out = np.empty(int(ends[-1]), np.uint8)
    starts = ends - lengths
    for n in range(int(lengths.max())):
        longer = lengths > n
        more = (lengths[longer] > n + 1).astype(np.int64) << 7
        out[starts[longer] + n] = (values[longer] >> 7 * n) & 0x7F | more
    return out


def decoded(content: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Read all values.

    Args:
        content: uint8 ``(bytes,)``, of whole values.

    Returns:
        int64 ``(n,)``. A value of more than five bytes is damage, and comes out wrong.
    """
    last = content < 128
    if last.all():
        return content.astype(np.int64)
    ends = np.flatnonzero(last)
    starts = np.concatenate(([0], ends[:-1] + 1))
    found = np.zeros(len(ends), np.int64)
    for n in range(min(5, int((ends - starts).max(initial=-1)) + 1)):
        at = starts + n
        inside = at <= ends
        found[inside] |= (content[at[inside]].astype(np.int64) & 0x7F) << 7 * n
    return found

"""Reading of postings in C, and the same in NumPy. Both give the same numbers, to the last bit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from semsearch.lexical import postings as coding
from semsearch.model.compiled import compiled_module

if TYPE_CHECKING:
    from numpy.typing import NDArray


#: The compiled module; ``None`` if there is none.
compiled = compiled_module("semsearch.lexical._postings")


def rows_of(postings: NDArray[np.uint8], count: int) -> NDArray[np.int64]:
    """The rows that hold a term, int64 ``(count,)``, ascending.

    Args:
        postings: uint8 ``(bytes,)``: the postings of the term.
        count: Number of rows.

    Raises:
        ValueError: The postings are damaged.
    """
    if not compiled:
        return coding.decode(postings, np.array([count]), np.array([len(postings)]))[0]
    rows = np.empty(count, np.int64)
    compiled.rows(postings, count, rows)
    return rows


def add_scores(
    postings: NDArray[np.uint8],
    count: int,
    large: NDArray[np.float64],
    weights: NDArray[np.float64],
    idf: float,
    most: float,
    norms: NDArray[np.float64],
    scores: NDArray[np.float64],
) -> None:
    """Add to the score of each row that holds a term: ``idf * (f * most / (f + norm))`` for the weighted frequency f.

    Args:
        postings: uint8 ``(bytes,)``: the postings of the term.
        count: Number of rows that hold it.
        large: float64 ``(n,)``: the weighted frequencies of the rows with frequency code 0, in their order.
        weights: float64 ``(256,)``: what each frequency code counts.
        idf: Weight of the term.
        most: k1 + 1.
        norms: float64 ``(rows,)``: ``k1 * (1 - b + b * length / mean length)``.
        scores: float64 ``(rows,)``: is added to.

    Raises:
        ValueError: The postings are damaged.
    """
    if compiled:
        compiled.score(postings, count, large, weights, idf, most, norms, scores)
        return
    rows, codes = coding.decode(postings, np.array([count]), np.array([len(postings)]))
    frequencies = weights[codes]
    apart = codes == 0
    if np.count_nonzero(apart) != len(large) or (count and int(rows[-1]) >= len(scores)):
        raise ValueError("postings are damaged")
    frequencies[apart] = large
    scores[rows] += idf * (frequencies * most / (frequencies + norms[rows]))

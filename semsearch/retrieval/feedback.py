"""Pseudo-relevance feedback: the vector of a question moves towards the papers that it found first.

This is Rocchio's formula on unit vectors (Salton and Buckley, "Improving Retrieval Performance by Relevance Feedback",
1990), with the first hits in place of papers that a person chose. It was chosen by measurement: docs/quality.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Works whose vectors count. 2 to 5 do about as well.
FIRST = 3
#: Rows that are read to find so many works.
READ = 10
#: Fewest papers of an index for which it is done: of few papers, the first ones are often no answer.
FEWEST_PAPERS = 500


def moved(vector: NDArray[np.float32], first: NDArray[np.float32], weight: float) -> NDArray[np.float32]:
    """The vector of a question, moved towards papers.

    Args:
        vector: float32 ``(dim,)``, of norm 1.
        first: float32 ``(n, dim)``, unit rows, at least one: vectors of the papers.
        weight: How much the mean of the papers counts; the question counts 1.

    Returns:
        float32 ``(dim,)``, of norm 1; ``vector`` itself if the sum has no direction.
    """
    total = vector.astype(np.float64) + weight * first.astype(np.float64).mean(axis=0)
    norm = float(np.linalg.norm(total))
    return vector if norm < 1e-6 else np.asarray(total / norm, np.float32)

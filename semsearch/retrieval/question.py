"""What is asked: a text, its vector and its terms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """One question, or the papers and texts that others should be like."""

    text: str
    """As it is shown."""
    vector: NDArray[np.float32]
    """float32 ``(dim,)``, of norm 1."""
    terms: tuple[str, ...] = ()
    """Its words for BM25; none where it goes by meaning alone."""

"""A question: its text, its vector, its terms and their BM25."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from semsearch.retrieval.signals.bm25 import Bm25


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """One question, as a `Signal` needs it."""

    text: str
    """The question as it is shown to the user."""
    vector: NDArray[np.float32]
    """float32 ``(dim,)``, of norm 1."""
    terms: tuple[str, ...] = ()
    """Words for BM25; empty if only the meaning counts. In mode ``bm25`` each is there as often as in the question."""
    bm25: Bm25 | None = None
    """BM25 of the terms, computed once for all signals; ``None`` if there are no terms."""

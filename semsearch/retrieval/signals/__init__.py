"""Ranking signals, and the table of those that a question is ranked by beside the cosine.

A new signal is a class in a module of its own (`semsearch.model.index_protocols.Signal`) and an entry of `SIGNALS`; or,
without touching the package, an argument of `semsearch.open`: ``signals=[SignalSpec("newer", make)]``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from semsearch.retrieval.fusion import Weighted, bm25_weight
from semsearch.retrieval.signals.bm25 import Bm25
from semsearch.retrieval.signals.cosine import Cosine, direction

if TYPE_CHECKING:
    from collections.abc import Callable

    from semsearch.model.index_protocols import ReadableIndex
    from semsearch.retrieval.question import Question

__all__ = ["SIGNALS", "Bm25", "Cosine", "SignalSpec", "direction"]


class SignalSpec(NamedTuple):
    """A kind of signal."""

    name: str
    """Its name, for messages."""
    make: Callable[[ReadableIndex, Question], Weighted | None]
    """Makes the signal of one question, with its weight beside the cosine's 1; ``None``: it says nothing of it."""


def _bm25(index: ReadableIndex, question: Question) -> Weighted | None:
    return Weighted(Bm25(index.lexical, question.terms), bm25_weight(len(index.dense))) if question.terms else None


#: What a hybrid search ranks by beside the cosine.
SIGNALS: tuple[SignalSpec, ...] = (SignalSpec("bm25", _bm25),)

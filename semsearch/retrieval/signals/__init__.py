"""Ranking signals, and the table of the signals of a hybrid search.

To add a signal, write a class that implements `semsearch.model.index_protocols.Signal`, in a module of its own, and
add a line to `SIGNALS`. Users can add one without a change of the package:
``semsearch.open(signals=[SignalSpec("newer", make)])``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from semsearch.retrieval.fusion import Weighted, bm25_weight
from semsearch.retrieval.signals import names, verbatim
from semsearch.retrieval.signals.bm25 import Bm25
from semsearch.retrieval.signals.cosine import Cosine, direction

if TYPE_CHECKING:
    from collections.abc import Callable

    from semsearch.model.index_protocols import ReadableIndex
    from semsearch.retrieval.question import Question

__all__ = ["SIGNALS", "Bm25", "Cosine", "SignalSpec", "direction"]


class SignalSpec(NamedTuple):
    """A kind of signal: its name, and how it is made for a question."""

    name: str
    """Name for messages."""
    make: Callable[[ReadableIndex, Question], Weighted | None]
    """Makes the signal of one question, with its weight; the cosine has the weight 1. It returns ``None`` if the signal
    says nothing about this question."""


def _bm25(index: ReadableIndex, question: Question) -> Weighted | None:
    return Weighted(question.bm25, bm25_weight(len(index.dense))) if question.bm25 else None


def _names(index: ReadableIndex, question: Question) -> Weighted | None:
    found = names.names_of(question.text, index)
    return Weighted(found, names.WEIGHT * found.best) if found else None


def _verbatim(index: ReadableIndex, question: Question) -> Weighted | None:
    found = verbatim.verbatim_of(question, index)
    return Weighted(found, verbatim.WEIGHT * found.best) if found else None


#: The signals of a hybrid search, beside the cosine.
SIGNALS: tuple[SignalSpec, ...] = (
    SignalSpec("bm25", _bm25),
    SignalSpec("names", _names),
    SignalSpec("verbatim", _verbatim),
)

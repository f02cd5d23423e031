"""Signals of users, checked: what breaks the contract of a `Signal` is an error that names the signal.

Without this a row outside the filter, or a score that is no number, would change the order of hits in silence.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from semsearch.model.errors import ArgumentError, QueryError
from semsearch.model.index_protocols import KnownScores, TopRows
from semsearch.retrieval.fusion import Weighted

if TYPE_CHECKING:
    from collections.abc import Iterable

    from semsearch.model.index_protocols import Mask, ReadableIndex, Rows, Scores
    from semsearch.retrieval.question import Question
    from semsearch.retrieval.signals import SignalSpec


def checked_specs(specs: object, kind: type[SignalSpec]) -> tuple[SignalSpec, ...]:
    """The signals that a user gave, as a tuple.

    Args:
        specs: What was given.
        kind: `SignalSpec`.

    Raises:
        ArgumentError: It is not a list of `SignalSpec`, or one of them has no function ``make``.
    """
    several: Iterable[Any] = specs if isinstance(specs, list | tuple) and not isinstance(specs, kind) else [None]
    found = tuple(several)
    for one in found:
        if not isinstance(one, kind) or not callable(one.make):
            raise ArgumentError("signals is not a list of signals; give [SignalSpec(name, make), …]")
    return found


def checked(spec: SignalSpec, index: ReadableIndex, question: Question) -> Weighted | None:
    """Make the signal of a user for a question, so that each of its answers is checked.

    Args:
        spec: The kind of signal.
        index: What is searched.
        question: The question.

    Raises:
        QueryError: What was made is not a weighted signal, or its weight is negative or not a number.
    """
    made = spec.make(index, question)
    if made is None:
        return None
    if not isinstance(made, Weighted) or not hasattr(made.signal, "top") or not hasattr(made.signal, "scores"):
        raise QueryError(f"signal '{spec.name}': make returns {type(made).__name__}; return Weighted(signal, weight)")
    if not (isinstance(made.weight, int | float) and 0 <= made.weight < math.inf):
        raise QueryError(f"signal '{spec.name}': its weight is {made.weight}; give a number that is 0 or more")
    kind = _CheckedBoost if hasattr(made.signal, "known") and hasattr(made.signal, "every") else _Checked
    return Weighted(kind(spec.name, made.signal, len(index.dense)), float(made.weight))


class _Checked:
    """Implements `Signal` by another one."""

    def __init__(self, name: str, signal: Any, rows: int) -> None:
        self._name, self._signal, self._count = name, signal, rows

    def top(self, k: int, mask: Mask | None) -> TopRows:
        rows, scores, bound = self._signal.top(k, mask)
        return TopRows(*self._rows(rows, scores, mask, "top"), self._bound(bound))

    def scores(self, rows: Rows) -> Scores:
        return self._values(self._signal.scores(rows), len(rows), "scores")

    def _rows(self, rows: Any, scores: Any, mask: Mask | None, method: str) -> tuple[Rows, Scores]:
        found = np.asarray(rows)
        if found.ndim != 1 or (len(found) and found.dtype.kind not in "iu"):
            raise self._error(f"{method} gives rows that are not an array of whole numbers")
        found = found.astype(np.int64)
        outside = (found < 0) | (found >= self._count)
        if outside.any() or (mask is not None and not mask[found].all()):
            raise self._error(f"{method} gives rows that are not in the mask it was given")
        return found, self._values(scores, len(found), method)

    def _values(self, scores: Any, count: int, method: str) -> Scores:
        found = np.asarray(scores, np.float64)
        if found.shape != (count,) or not np.isfinite(found).all() or (found < 0).any():
            raise self._error(f"{method} does not give one score for each row, a number that is 0 or more")
        return found

    def _bound(self, bound: Any) -> float:
        if math.isnan(float(bound)):
            raise self._error("its bound is not a number")
        return float(bound)

    def _error(self, what: str) -> QueryError:
        return QueryError(f"signal '{self._name}': {what}; see Signal in semsearch.model.index_protocols")


class _CheckedBoost(_Checked):
    """Implements `BoostSignal` by another one."""

    def known(self, near: Rows, mask: Mask | None) -> KnownScores:
        rows, scores, bound = self._signal.known(near, mask)
        return KnownScores(*self._rows(rows, scores, mask, "known"), self._bound(bound))

    def every(self, mask: Mask | None) -> KnownScores:
        rows, scores, bound = self._signal.every(mask)
        return KnownScores(*self._rows(rows, scores, mask, "every"), self._bound(bound))

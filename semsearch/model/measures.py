"""How well a search found what people judged relevant: the measures of each mode on one collection."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True, slots=True)
class ModeMeasures:
    """One mode on one collection."""

    mode: str
    """``hybrid``, ``dense`` or ``bm25``."""
    means: Mapping[str, float]
    """By measure, over the judged queries."""
    intervals: Mapping[str, tuple[float, float]]
    """95 % of the means."""
    p_value: float | None
    """Of the difference of nDCG@10 from that of the first mode; ``None`` for that one."""
    run: Mapping[str, Sequence[str]]
    """Documents by query, best first."""


@dataclass(frozen=True, slots=True)
class Experiment:
    """Several modes on one collection."""

    collection: str
    """Its name."""
    model: str
    """Of the index."""
    papers: int
    """In the index."""
    queries: int
    """With a relevant document."""
    outcomes: tuple[ModeMeasures, ...]
    """In the order of the modes."""

    def to_dict(self) -> dict[str, Any]:
        """JSON shape, without the runs."""
        head = {"collection": self.collection, "model": self.model, "papers": self.papers, "queries": self.queries}
        outcomes = [
            {
                "mode": o.mode,
                "means": {name: round(value, 4) for name, value in o.means.items()},
                "intervals": {name: [round(x, 4) for x in pair] for name, pair in o.intervals.items()},
                "p_value": o.p_value,
            }
            for o in self.outcomes
        ]
        return {**head, "outcomes": outcomes}

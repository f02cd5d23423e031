"""Measures of search quality on one test collection, for each mode of search."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True, slots=True)
class ModeMeasures:
    """The measures of one mode on one collection."""

    mode: str
    """``hybrid``, ``dense`` or ``bm25``."""
    means: Mapping[str, float]
    """Mean over the judged queries, by measure."""
    intervals: Mapping[str, tuple[float, float]]
    """95 % confidence interval of the mean, by measure: low end and high end."""
    p_value: float | None
    """p-value of the difference in nDCG@10 from the first mode; ``None`` for the first mode itself."""
    run: Mapping[str, Sequence[str]]
    """doc_ids of the hits by query id, best first."""


@dataclass(frozen=True, slots=True)
class Experiment:
    """The measures of several modes on one collection."""

    collection: str
    """Name of the collection."""
    model: str
    """Name of the model of the index."""
    papers: int
    """Number of papers in the index."""
    queries: int
    """Number of queries that have a relevant document."""
    outcomes: tuple[ModeMeasures, ...]
    """The measures of each mode, in the order of the modes."""

    def to_dict(self) -> dict[str, Any]:
        """The documented JSON form (docs/json.md), without the runs."""
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

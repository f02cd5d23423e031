"""From a ranking to hits, step by step: rows in order -> thresholds -> collapse -> diversify -> explain."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from semsearch.model.results import Hit
from semsearch.retrieval.collapse import Collapsed, collapsed
from semsearch.retrieval.diversify import diverse
from semsearch.retrieval.explanation import Explainer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from semsearch.model.index_protocols import ReadableIndex, Rows, Scores
    from semsearch.model.options import SearchOptions
    from semsearch.model.paper import Paper
    from semsearch.model.protocols import Encoder
    from semsearch.retrieval.ranking import Ranking

#: Hits that are diversified, for each one wanted.
_POOL = 5


class First(NamedTuple):
    """Rows that come before all others, in order: those that the question names, and those that were reranked."""

    rows: Rows
    """int64."""
    named_by: Mapping[int, str]
    """For rows that the question names: by what."""


class Pipeline:
    """Makes hits of a ranking.

    Args:
        index: What is searched.
        options: How.
        encoder: Of the index; only explanations need it.
        decided: What a person said that two papers are to each other.
    """

    def __init__(
        self,
        index: ReadableIndex,
        options: SearchOptions,
        encoder: Encoder | None,
        decided: Callable[[Paper, Paper], str | None] | None,
    ) -> None:
        self._index, self._options = index, options
        self._encoder, self._decided = encoder, decided

    def hits(
        self,
        text: str,
        ranking: Ranking,
        first: First | None = None,
        seeds: Mapping[str, NDArray[np.float32]] | None = None,
    ) -> tuple[Hit, ...]:
        """The hits of one question, best first.

        Args:
            text: The question, for explanations.
            ranking: Its rows.
            first: Rows that come before all others.
            seeds: Vectors of the papers and texts that were given, by name: each hit tells its cosine to each.
        """
        options = self._options
        first = first or First(np.empty(0, np.int64), {})
        wanted = options.first_rows
        while True:  # more, until the list is long enough or there are no more
            rows, cosines = self._ordered(ranking, wanted, first.rows)
            kept = self._above_thresholds(ranking, cosines)
            chosen = self._collapsed(rows[kept])
            if len(chosen) >= options.k or wanted >= ranking.count:
                break
            wanted *= 4
        rows, cosines = rows[kept], cosines[kept]
        if options.diverse:
            chosen = self._diversified(chosen, rows, cosines)
        chosen = chosen[: options.k]
        percentiles = ranking.percentiles(cosines)
        explainer = Explainer(text, ranking, self._encoder) if options.explain else None
        hits = []
        for rank, (place, paper, also) in enumerate(chosen, 1):
            row, cosine = int(rows[place]), float(cosines[place])
            hits.append(
                Hit(
                    rank,
                    cosine,
                    paper,
                    percentile=float(percentiles[place]),
                    named_by=first.named_by.get(row, ""),
                    also=also,
                    nearest=self._nearest(row, seeds or {}),
                    explanation=explainer.explain(paper, row, cosine) if explainer else None,
                )
            )
        return tuple(hits)

    def _ordered(self, ranking: Ranking, count: int, first: Rows) -> tuple[Rows, Scores]:
        rows, cosines = ranking.top(count)
        if not len(first):
            return rows, cosines
        rest = ~np.isin(rows, first)
        return np.concatenate([first, rows[rest]]), np.concatenate([ranking.cosines_of(first), cosines[rest]])

    def _above_thresholds(self, ranking: Ranking, cosines: Scores) -> NDArray[np.bool_]:
        kept = np.ones(len(cosines), np.bool_)
        if self._options.min_score is not None:
            kept &= cosines >= self._options.min_score
        if self._options.min_percentile is not None:
            kept &= ranking.percentiles(cosines) >= self._options.min_percentile
        return kept

    def _collapsed(self, rows: Rows) -> list[Collapsed]:
        papers = self._index.documents.papers_at(rows.tolist())
        if not self._options.collapse:
            return [Collapsed(place, paper, ()) for place, paper in enumerate(papers)]
        return collapsed(papers, self._decided)

    def _diversified(self, chosen: list[Collapsed], rows: Rows, cosines: Scores) -> list[Collapsed]:
        pool = chosen[: _POOL * self._options.k]
        vectors = self._index.dense.take(rows[[one.place for one in pool]])
        # The first one by all signals is to be the first one here: each place has the cosine due to it.
        due = np.sort(cosines[[one.place for one in pool]])[::-1]
        return [pool[place] for place in diverse(due, vectors, self._options.k, self._options.diverse)]

    def _nearest(self, row: int, seeds: Mapping[str, NDArray[np.float32]]) -> dict[str, float]:
        """The hit's cosine to each seed."""
        if not seeds:
            return {}
        vector = self._index.dense.take(np.array([row], np.int64))[0].astype(np.float64)
        return {name: float(np.clip(vector @ seed.astype(np.float64), -1, 1)) for name, seed in seeds.items()}

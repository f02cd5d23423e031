"""From a ranking to hits, step by step: rows in order -> minimum scores -> collapse -> diversify -> explain."""

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

#: Hits among which diversifying chooses, for each hit that is wanted.
_POOL = 5


class First(NamedTuple):
    """Rows that come before all others: the rows that the question names, then the rows that were reranked."""

    rows: Rows
    """int64, in the order of the hits."""
    named_by: Mapping[int, str]
    """For each row that the question names what names it: ``identifier``, ``title`` or ``author``."""


class Pipeline:
    """Makes hits from a ranking.

    Args:
        index: The index that is searched.
        options: How to search.
        encoder: The encoder of the index; only explanations need it.
        decided: Function of two papers that returns the kind of relation that a person gave them, or ``None`` if nobody
            did; ``None`` if there are no decisions.
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
        """The hits of one question.

        Args:
            text: The question, for explanations; empty if there are only papers as seeds.
            ranking: The ranking of the question.
            first: Rows that come before all others; ``None`` for none.
            seeds: float32 ``(dim,)`` by name: the vectors of the seeds of `related`. Each hit gets its cosine to each
                of them.

        Returns:
            At most ``options.k`` hits, best first.
        """
        options = self._options
        first = first or First(np.empty(0, np.int64), {})
        wanted = options.first_rows
        while True:  # take more rows until the list is long enough or there are no more rows
            rows, cosines = self._ordered(ranking, wanted, first.rows)
            kept = self._above_minimum(ranking, cosines)
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
        for rank, (position, paper, also) in enumerate(chosen, 1):
            row, cosine = int(rows[position]), float(cosines[position])
            placed_by = self._placed_by(row, first)
            hits.append(
                Hit(
                    rank,
                    cosine,
                    paper,
                    percentile=float(percentiles[position]),
                    named_by=first.named_by.get(row, ""),
                    also=also,
                    nearest=self._nearest(row, seeds or {}),
                    explanation=explainer.explain(paper, row, cosine, placed_by) if explainer else None,
                )
            )
        return tuple(hits)

    def _placed_by(self, row: int, first: First) -> str:
        """What gives a row its place, see `Explanation.ordered_by`."""
        if self._options.diverse:
            return "diversity"
        if row in first.named_by:
            return "name"
        return "reranker" if row in first.rows else "sum"

    def _ordered(self, ranking: Ranking, count: int, first: Rows) -> tuple[Rows, Scores]:
        rows, cosines = ranking.top(count)
        if not len(first):
            return rows, cosines
        others = ~np.isin(rows, first)
        return np.concatenate([first, rows[others]]), np.concatenate([ranking.cosines_of(first), cosines[others]])

    def _above_minimum(self, ranking: Ranking, cosines: Scores) -> NDArray[np.bool_]:
        kept = np.ones(len(cosines), np.bool_)
        if self._options.min_score is not None:
            kept &= cosines >= self._options.min_score
        if self._options.min_percentile is not None:
            kept &= ranking.percentiles(cosines) >= self._options.min_percentile
        return kept

    def _collapsed(self, rows: Rows) -> list[Collapsed]:
        papers = self._index.documents.papers_at(rows.tolist())
        if not self._options.collapse:
            return [Collapsed(position, paper, ()) for position, paper in enumerate(papers)]
        return collapsed(papers, self._decided)

    def _diversified(self, chosen: list[Collapsed], rows: Rows, cosines: Scores) -> list[Collapsed]:
        pool = chosen[: _POOL * self._options.k]
        positions = [one.position for one in pool]
        vectors = self._index.dense.take(rows[positions])
        # Give the hits the cosines in descending order. So the best hit by all signals stays the first one.
        descending = np.sort(cosines[positions])[::-1]
        return [pool[n] for n in diverse(descending, vectors, self._options.k, self._options.diverse)]

    def _nearest(self, row: int, seeds: Mapping[str, NDArray[np.float32]]) -> dict[str, float]:
        """The cosine of a hit to each seed."""
        if not seeds:
            return {}
        vector = self._index.dense.take(np.array([row], np.int64))[0].astype(np.float64)
        return {name: float(np.clip(vector @ seed.astype(np.float64), -1, 1)) for name, seed in seeds.items()}

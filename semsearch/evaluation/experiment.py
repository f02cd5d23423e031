"""Measuring the modes of search on a test collection: runs, measures by ir-measures, intervals and tests."""

from __future__ import annotations

import importlib
import importlib.util
from typing import TYPE_CHECKING, Any, Protocol

from semsearch.evaluation.statistics import interval, paired_test
from semsearch.model.errors import MissingExtra
from semsearch.model.measures import Experiment, ModeMeasures

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from semsearch.evaluation.judgements import JudgedQueries
    from semsearch.model.results import Hits

#: Names of the measures, as ir-measures spells them.
MEASURES = ("nDCG@10", "R@100", "RR@10", "AP")
#: Hits for each query: R@100 needs 100.
DEPTH = 100
#: Queries that are searched together.
_BATCH = 64


class Searchable(Protocol):
    """The search that is measured: a `semsearch.Index`, or anything else with these methods."""

    def __len__(self) -> int:
        """Number of papers."""
        ...

    def search(self, query: list[str], k: int, *, mode: str, collapse: bool) -> Sequence[Hits]:
        """Search for each query.

        Args:
            query: The queries.
            k: Number of hits for each query.
            mode: One of `semsearch.model.options.MODES`.
            collapse: Whether several records of one work become one hit.

        Returns:
            For each query, in order, its hits, best first.
        """
        ...


def run_experiment(
    index: Searchable, collection: JudgedQueries, modes: Sequence[str], *, model: str = ""
) -> Experiment:
    """Search for every judged query in every mode, and measure the results.

    Args:
        index: The index of the documents of the collection. The doc_id of a paper is its own key; its id if it has no
            key.
        collection: Queries and judgements.
        modes: Some of `semsearch.model.options.MODES`. The first one is what the other ones are tested against.
        model: Name of the model, for the report.

    Returns:
        For each mode its measures, their confidence intervals, the p-value of its difference from the first mode in
        nDCG@10, and its run.

    Raises:
        MissingExtra: ir-measures is not installed.
        QueryError: There is no such mode.
    """
    if importlib.util.find_spec("ir_measures") is None:
        raise MissingExtra("evaluation", "eval")
    outcomes: list[ModeMeasures] = []
    first: list[float] = []
    for mode in modes:
        run = {
            query: [hit.paper.key or hit.paper.id for hit in hits]
            for query, hits in _answers(index, collection.queries, mode)
        }
        values = measured(run, collection.qrels)
        ndcg = values[MEASURES[0]]
        outcomes.append(
            ModeMeasures(
                mode,
                {name: sum(v) / len(v) for name, v in values.items()},
                {name: interval(v) for name, v in values.items()},
                paired_test(ndcg, first) if first else None,
                run,
            )
        )
        first = first or ndcg
    return Experiment(collection.name, model, len(index), len(collection.queries), tuple(outcomes))


def _answers(index: Searchable, queries: Mapping[str, str], mode: str) -> list[tuple[str, Hits]]:
    ids, answers = list(queries), list[Any]()
    for start in range(0, len(ids), _BATCH):
        part = [queries[query] for query in ids[start : start + _BATCH]]
        answers += index.search(part, DEPTH, mode=mode, collapse=False)
    return list(zip(ids, answers, strict=True))


def measured(run: Mapping[str, Sequence[str]], qrels: Mapping[str, Mapping[str, int]]) -> dict[str, list[float]]:
    """Measure one run.

    Args:
        run: For each query the doc_ids of its hits, best first. Only the order counts.
        qrels: For each query the grades by doc_id; 0 means not relevant.

    Returns:
        For each of `MEASURES` its values, in the order of the queries in ``qrels``; 0 for a query without hits.
    """
    ir_measures = importlib.import_module("ir_measures")
    scored = {q: {doc: 1.0 / rank for rank, doc in enumerate(docs, 1)} for q, docs in run.items()}
    parsed = {str(m): m for m in map(ir_measures.parse_measure, MEASURES)}
    found: dict[str, dict[str, float]] = {name: {} for name in parsed}
    for metric in ir_measures.iter_calc(list(parsed.values()), qrels, scored):
        found[str(metric.measure)][metric.query_id] = float(metric.value)
    return {name: [found[name].get(query, 0.0) for query in qrels] for name in parsed}

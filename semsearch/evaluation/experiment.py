"""Modes of search on a test collection: runs, measures by ir-measures, intervals and tests."""

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

#: Spelt as ir-measures does.
MEASURES = ("nDCG@10", "R@100", "RR@10", "AP")
#: Hits a query; R@100 needs as many.
DEPTH = 100
#: Questions asked at once.
_BATCH = 64


class Searchable(Protocol):
    """What is measured: an index, or another search with the same methods."""

    def __len__(self) -> int:
        """Number of papers."""
        ...

    def search(self, query: list[str], k: int, *, mode: str, collapse: bool) -> Sequence[Hits]:
        """The k best hits for each question, in order of the questions."""
        ...


def run_experiment(
    index: Searchable, collection: JudgedQueries, modes: Sequence[str], *, model: str = ""
) -> Experiment:
    """Ask every judged query in every mode.

    Args:
        index: Holds the collection's documents; a document's id is the paper's own key, or its id.
        collection: Queries and judgements.
        modes: Of `semsearch.model.options.MODES`.
        model: Name of the model, for the report.

    Raises:
        MissingExtra: ir-measures is absent.
        QueryError: A mode that there is not.
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
    """Values by measure, in the order of the judged queries; scores are made of the order, which is what counts."""
    ir_measures = importlib.import_module("ir_measures")
    scored = {q: {doc: 1.0 / rank for rank, doc in enumerate(docs, 1)} for q, docs in run.items()}
    parsed = {str(m): m for m in map(ir_measures.parse_measure, MEASURES)}
    found: dict[str, dict[str, float]] = {name: {} for name in parsed}
    for metric in ir_measures.iter_calc(list(parsed.values()), qrels, scored):
        found[str(metric.measure)][metric.query_id] = float(metric.value)
    return {name: [found[name].get(query, 0.0) for query in qrels] for name in parsed}

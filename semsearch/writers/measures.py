"""The measures of an experiment as a table, and its rankings as TREC run files."""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from semsearch.model.measures import Experiment


def write_measures(experiment: Experiment, out: TextIO) -> None:
    """Write a table with one line per mode: each measure with its confidence interval, and a p-value.

    The p-value is that of the difference in nDCG@10 between this mode and the first one.

    Args:
        experiment: What was measured.
        out: Text stream to write to.
    """
    shown = experiment
    out.write(f"{shown.collection}: {shown.papers:,} papers, {shown.queries:,} queries, model {shown.model}\n")
    names = list(shown.outcomes[0].means) if shown.outcomes else []
    out.write(f"{'mode':<8}" + "".join(f"{name:<24}" for name in names) + "p\n")
    for outcome in shown.outcomes:
        pairs = ((outcome.means[name], outcome.intervals[name]) for name in names)
        cells = (f"{mean:.4f} [{low:.3f}, {high:.3f}]" for mean, (low, high) in pairs)
        p = outcome.p_value
        p_value = "" if p is None else "<0.0001" if p < 0.00005 else f"{p:.4f}"
        out.write(f"{outcome.mode:<8}{''.join(f'{cell:<24}' for cell in cells)}{p_value}\n")


def write_run(run: Mapping[str, Sequence[str]], tag: str, out: TextIO) -> None:
    """Write a ranking as lines ``query Q0 document rank score tag``. The score is 1 / rank, so both give one order.

    Args:
        run: Ids of documents, the best first, by the id of the query.
        tag: Name of the run, the last word of each line.
        out: Text stream to write to.
    """
    for query, documents in run.items():
        out.writelines(f"{query} Q0 {doc} {rank} {1 / rank:.9f} {tag}\n" for rank, doc in enumerate(documents, 1))

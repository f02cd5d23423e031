"""Compares the TREC runs of two commits, query by query, with a paired randomisation test.

scripts/bench compare BEFORE AFTER [--measure RR@10]: two folders that `scripts/bench quality … --runs DIR` wrote. Each
run that is in both is compared. Judgements are those of BEFORE, and must be the same in AFTER.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from scripts.benchmarks.runs import RunFolder
from semsearch.evaluation.experiment import MEASURES, measured
from semsearch.evaluation.judgements import read_qrels
from semsearch.evaluation.statistics import paired_test

if TYPE_CHECKING:
    from collections.abc import Sequence

_HEAD = (
    "| collection | mode | queries | before | after | difference | better | worse | p |",
    "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
)


def compared(before: Path, after: Path, measure: str) -> list[str]:
    """Compare two folders of runs.

    Args:
        before: The runs of one commit.
        after: The runs of the other one.
        measure: One of `semsearch.evaluation.experiment.MEASURES`.

    Returns:
        Lines of a Markdown table; behind it a line for each run that only one of the folders has.

    Raises:
        ValueError: The two folders judge a collection differently, or have no run in common.
    """
    old, new = RunFolder(before), RunFolder(after)
    both = sorted(set(old.runs()) & set(new.runs()))
    if not both:
        raise ValueError(f"{before} and {after} have no run in common")
    rows = list(_HEAD)
    for collection, mode in both:
        qrels, others = (read_qrels(folder.path / f"{collection}.qrels") for folder in (old, new))
        if qrels != others:
            raise ValueError(f"{collection} is judged differently in {before} and in {after}; make both with one seed")
        values = [measured(folder.read(collection, mode), qrels)[measure] for folder in (old, new)]
        rows.append(f"| {collection} | {mode} | {_row(*values)}")
    only = sorted(set(old.runs()) ^ set(new.runs()))
    return [*rows, *(f"only in one folder: {collection}.{mode}" for collection, mode in only)]


def _row(before: Sequence[float], after: Sequence[float]) -> str:
    better = sum(new > old for old, new in zip(before, after, strict=True))
    worse = sum(new < old for old, new in zip(before, after, strict=True))
    means = [sum(values) / len(values) for values in (before, after)]
    told = f"{means[0]:.4f} | {means[1]:.4f} | {means[1] - means[0]:+.4f}"
    return f"{len(before)} | {told} | {better} | {worse} | {paired_test(after, before):.4f} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("before", type=Path)
    parser.add_argument("after", type=Path)
    parser.add_argument("--measure", choices=MEASURES, default=MEASURES[0])
    options = parser.parse_args()
    print("\n".join(compared(options.before, options.after, options.measure)))


if __name__ == "__main__":
    main()

"""Readers beside a writer that adds, changes, removes and compacts: is every answer that of one commit?

scripts/bench readers: threads that share one index, and processes, ask at the same time; the writer notes what each of
its commits answers to a fresh index, and an answer is right if it equals that of a commit that was the newest while the
question was asked (tests/one_commit.py). Then readers of another user look at large changes beside a program that
deletes the log (tests/beside.py); that needs root, which becomes nobody. Exits 1 if any row is not as wanted.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from tests.beside import can_become_nobody
from tests.beside import watched as watched_by_nobody
from tests.one_commit import watched
from tests.one_commit_judged import RIGHT


def _row(what: str, seen: str, *, met: bool) -> bool:
    print(f"{what:<58} {'as wanted' if met else 'NOT MET':<9}  {seen}", flush=True)
    return met


def _one_commit(folder: Path, given: argparse.Namespace) -> list[bool]:
    threads, processes, questions = given.threads, given.processes, given.questions
    seen = watched(folder, given.seconds, threads=threads, processes=processes, questions=questions)
    steps = ", ".join(f"{count:,} {step}" for step, count in seen.steps.most_common())
    print(f"{seen.seconds:.0f} s, {seen.commits:,} commits: {steps}")
    met = []
    for kind, found in seen.kinds.items():
        least, total = min(found.readers, default=0), found.counts.total()
        told = f"{found.counts[RIGHT]:,} of {total:,} right, {found.during:,} of them during a commit"
        each = f"{len(found.readers)} readers of at least {least:,} questions"
        met.append(_row(kind, f"{told}; {each}", met={*found.counts} == {RIGHT} and least >= questions))
        for verdict, count in found.counts.most_common(6):
            if verdict != RIGHT:
                print(f"    {count:,} x {verdict[:200]}")
    told = "; ".join(seen.problems) or f"{seen.copies} equal to the last bit"
    met.append(_row("commits that were copied and asked again", told, met=not seen.problems and seen.copies > 0))
    met.append(_row("verify, at the end", "; ".join(seen.verified) or "all is well", met=not seen.verified))
    return met


def _nobody(folder: Path, seconds: float) -> list[bool]:
    if not can_become_nobody():
        print("readers of another user: not looked at, this needs root")
        return []
    seen = watched_by_nobody(folder / "index", seconds)
    told = f"{seen.commits:,} states committed, {seen.answers:,} answers of {seen.states:,} of them"
    return [
        _row("another user, large changes, a log that is deleted", "; ".join([told, *seen.errors]), met=not seen.errors)
    ]


def main(given: argparse.Namespace) -> int:
    with tempfile.TemporaryDirectory(prefix="semsearch-readers-") as folder:
        met = _one_commit(Path(folder), given)
    with tempfile.TemporaryDirectory(prefix="semsearch-readers-") as folder:
        met += _nobody(Path(folder), given.seconds / 5)
    print("all as wanted" if all(met) else f"{met.count(False)} rows are not as wanted")
    return int(not all(met))


def _given() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/bench readers", description=__doc__)
    parser.add_argument("--seconds", type=float, default=300, help="how long to write and read (300)")
    parser.add_argument("--threads", type=int, default=8, help="readers that are threads and share one index (8)")
    parser.add_argument("--processes", type=int, default=8, help="readers that are processes (8)")
    parser.add_argument("--questions", type=int, default=2000, help="of each reader, at least (2000)")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main(_given()))

"""Kills and full disks at every system call of a first `semsearch index`: does the same command go on and end the same?

scripts/bench birth [killed|once|full]. Needs strace; a thousand runs.
"""

from __future__ import annotations

import shutil
import signal
import sys
import tempfile
from collections import Counter
from pathlib import Path

from tests.faults import Runs, available, listing, points

_SAMPLE = Path(__file__).parents[2] / "semsearch" / "sample" / "papers.jsonl"
_FULL = ("openat", "mkdir", "write", "pwrite64", "ftruncate", "fsync", "fdatasync", "rename")


def _met(runs: Runs, fault: str, expected: tuple[str, list[str]], killed: bool) -> str:
    """What went wrong with one fault; empty if nothing did."""
    shutil.rmtree(runs.index, ignore_errors=True)
    ended = runs.command("index", str(_SAMPLE), inject=fault)
    if killed and ended.code != -signal.SIGKILL:
        return f"was not killed but ended with {ended}"
    if not killed and (ended.code not in (0, 1) or (ended.code and ended.out.count("\n") != 1)):
        return f"ended with {ended}"
    asked = runs.command("query", "barley")
    if asked.code and "does not exist yet" not in asked.out:
        return f"query ended with {asked}"
    again = runs.command("index", str(_SAMPLE))
    if again.code or (runs.state(), listing(runs.index)) != expected:
        return f"the same command ended with {again}, {listing(runs.index)}"
    return "" if (told := runs.command("verify")).out == "all is well\n" else f"verify ended with {told}"


def main(*only: str) -> None:
    if not available():
        raise SystemExit("needs strace, and the right to trace")
    folder = Path(tempfile.mkdtemp(prefix="semsearch-birth-"))
    with Runs(folder, folder / "index") as runs:
        assert runs.command("index", str(_SAMPLE)).code == 0
        expected = runs.state(), listing(runs.index)
        shutil.rmtree(runs.index)
        counts = runs.calls("index", str(_SAMPLE))
        print(f"{counts.total()} system calls on the index: {dict(counts)}", flush=True)
        for title, fault, calls in (
            ("killed", "signal=SIGKILL:when={}", tuple(counts)),
            ("once", "error=ENOSPC:when={}", _FULL),
            ("full", "error=ENOSPC:when={}+", _FULL),
        ):
            if only and title not in only:
                continue
            failures: Counter[str] = Counter()
            tried = list(points(counts, calls))
            for call, number in tried:
                words = f"{call}:{fault.format(number)}"
                if wrong := _met(runs, words, expected, title == "killed"):
                    failures[wrong] += 1
                    print(f"  {words}: {wrong}", flush=True)
            print(f"{title}: {len(tried)} points, {failures.total()} failures", flush=True)
    shutil.rmtree(folder)


if __name__ == "__main__":
    main(*sys.argv[1:])

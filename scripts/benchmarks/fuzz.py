"""Damaged input for every reader, guided by coverage: no exception but ours, no input that takes long.

scripts/bench fuzz [READER…] [--runs N]. Seeds are the fabricated files of tests/data; each reader runs in a process of
its own under atheris (libFuzzer), on inputs of up to 64 KiB. Then time for doubled input: each of the marks below,
repeated to 32 and to 64 KiB.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import time
from typing import TYPE_CHECKING

from scripts.benchmarks.memory_file import read
from semsearch.readers import FORMATS

if TYPE_CHECKING:
    from semsearch.readers import Format

LIMIT = 2**16
#: What means something to one format or another; repeated, each looks for work that grows faster than its input.
MARKS = (
    *("TY  - JOUR\n", "TY  - JOUR\nTI  - x\nER  - \n", "PMID- 1\n", "%0 Book\n", "PT J\n", "RT Book\nT1 x\n"),
    *("@a{k, t={", "@article{k,\n title = {x}\n}\n", "@string{a = a # a}\n", "a={b}, ", "{", "}", "[", '"'),
    *("$", "$x$ ", "\\", "\\alpha", "{\\it ", "``", "~", "&amp;", "<p>", "<a b='c'", "](http://x", "[x](http://y) "),
    *("arXiv:2405.14488", "Abstract: ", "10.5555/x", "a,b\n", ";", "© 2030 ", '{"title": "x"},', "\n\n", "x "),
    *("<record>", "<1>\nTitle\n  x\n", "Record #1 of 1\nTI: x\n", "\u00e9", "\ud7ff"),
)


def doubling(kind: Format) -> tuple[float, str]:
    """The greatest ratio of times for 64 to 32 KiB of one mark, where times can be told from noise; and the mark."""
    worst, which = 0.0, ""
    for mark in MARKS:
        text = (mark * (LIMIT // len(mark.encode()) + 1)).encode()
        half, whole = (min(read(text[:size], kind) for _ in range(3)) for size in (LIMIT // 2, LIMIT))
        if whole > 0.05 and whole / half > worst:
            worst, which = whole / half, mark
    return worst, which


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("readers", nargs="*")
    parser.add_argument("--runs", type=int, default=200_000)
    options = parser.parse_args()
    print("| reader | inputs | exceptions | over 1 s | seconds | time for doubled input |")
    print("| --- | --- | --- | --- | --- | --- |")
    for kind in FORMATS:
        if options.readers and kind.name not in options.readers:
            continue
        started = time.perf_counter()
        command = [sys.executable, "-m", "scripts.benchmarks.fuzz_one", kind.name, str(options.runs)]
        done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
        ran = re.search(r"Done (\d+) (?:runs )?in", done.stderr)
        slow = re.findall(r"^SLOW (.*)$", done.stderr, re.MULTILINE)
        failed = (
            ""
            if done.returncode == 0
            else "**" + " ".join(re.findall(r"^(?!#|INFO|WARN).*", done.stderr, re.MULTILINE))[-600:] + "**"
        )
        ratio, mark = doubling(kind)
        told = f"{ratio:.2f} {mark!r}" if ratio else "all under 0.05 s"
        took = time.perf_counter() - started
        counts = f"{int(ran[1]) if ran else 0:,} | {failed or 0} | {'; '.join(slow) or 0}"
        print(f"| {kind.name} | {counts} | {took:.0f} | {told} |", flush=True)


if __name__ == "__main__":
    main()

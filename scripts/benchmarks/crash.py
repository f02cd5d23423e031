"""`kill -9` of `semsearch index` at random moments: does the next one complete, embed little again, and end the same?

scripts/bench crash FILE [KILLS]
"""

from __future__ import annotations

import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import semsearch
from semsearch.index import IndexDirectory
from semsearch.workflows.indexing import BATCH

_SEMSEARCH = [sys.executable, "-m", "semsearch", "index"]


def _state(path: Path) -> tuple[list[str], bytes]:
    with IndexDirectory(path).reader(vectors=True) as state:
        return [p.id for p in state.documents.papers()], state.dense.rows(0, len(state.dense)).tobytes()


def _build(file: str, path: Path, report: Path) -> subprocess.Popen[bytes]:
    words = [*_SEMSEARCH, file, "--index", str(path), "--report", str(report)]
    return subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _held(path: Path) -> int:
    try:
        return len(semsearch.open(path))
    except semsearch.SemsearchError:
        return 0


def main(file: str, kills: int = 50) -> None:
    rng = random.Random(0)
    folder = Path(tempfile.mkdtemp(prefix="semsearch-crash-"))
    report = folder / "report.json"
    started = time.monotonic()
    assert _build(file, folder / "whole", report).wait() == 0
    duration = time.monotonic() - started
    expected = _state(folder / "whole")
    total = len(expected[0])
    print(f"uninterrupted: {total:,} papers in {duration:.1f} s; a batch is {BATCH} records", flush=True)
    failures, worst, at = 0, 0, []
    for number in range(1, kills + 1):
        path = folder / "index"
        shutil.rmtree(path, ignore_errors=True)
        child = _build(file, path, report)
        # From the first commit's neighbourhood to the end: before it there is nothing to lose.
        time.sleep(rng.uniform(0, 1.02) * duration)
        child.send_signal(signal.SIGKILL)
        killed = child.wait() == -signal.SIGKILL
        held = _held(path)
        at.append(held)
        done = _build(file, path, report).wait() == 0
        embedded = semsearch_report(report)["embedded"] if done else -1
        # Every text that the killed build had embedded but not committed is embedded again: those of one batch.
        again = embedded - (total - held)
        whole = done and _state(path) == expected and not semsearch.open(path).verify()
        failures += not whole or again != 0
        worst = max(worst, again)
        word = "equal" if whole else "DIFFERENT"
        line = f"{number:>3}: killed={killed}, {held:>5} committed; resumed: {embedded:>5} embedded, {word}"
        print(line, flush=True)
    print(f"{kills} kills with {min(at)} to {max(at)} papers committed; {failures} failures")
    print(f"beyond what was not committed the resumed builds embedded {worst}: a kill loses the open batch, no more")
    shutil.rmtree(folder)


def semsearch_report(path: Path) -> dict[str, int]:
    import json

    content: dict[str, int] = json.loads(path.read_text("utf-8"))
    return content


if __name__ == "__main__":
    main(sys.argv[1], *(int(a) for a in sys.argv[2:3]))

"""Peak memory of a process in which threads share one index: run by `threads`, a process for each figure.

python -m scripts.benchmarks.threads_memory RUNTIME INDEX EXPECTED THREADS cold|loaded
"""

from __future__ import annotations

import contextlib
import gc
import json
import resource
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from scripts.benchmarks.threads_runtimes import opened
from tests import sharing

#: Threads begin with nothing loaded; or after one has asked every question.
COLD, LOADED = "cold", "loaded"
_STATUS = Path("/proc/self/status")


class Memory(NamedTuple):
    """Resident memory of one process, in MiB, and its answers."""

    before: float
    """When the threads began."""
    peak: float
    """The highest while they asked; of the process's whole life where the system cannot tell."""
    life: float
    """The highest of the process's whole life."""
    counts: dict[str, int]
    """What came back: `tests.sharing.Counts`."""


def _mib(field: str) -> float:
    """``VmRSS``: now; ``VmHWM``: highest. Not ``ru_maxrss``, which a child takes over from its parent."""
    if not _STATUS.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 20 if sys.platform == "darwin" else 1 << 10)
    line = next(line for line in _STATUS.read_text().splitlines() if line.startswith(field))
    return int(line.split()[1]) / 1024


def _forget_peak() -> None:
    """Let ``VmHWM`` begin at what is held now (man 5 proc)."""
    gc.collect()
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


def measured(runtime: str, index: Path, expected: Path, threads: int, start: str) -> Memory:
    """The memory of a new process in which so many threads ask every question once."""
    words = [sys.executable, "-m", "scripts.benchmarks.threads_memory", runtime, str(index), str(expected)]
    words += [str(threads), start]
    return Memory(*json.loads(subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True).stdout))


def _measure(runtime: str, path: str, expected: str, threads: str, start: str) -> Memory:
    index, answers = opened(runtime, path), json.loads(Path(expected).read_text("utf-8"))
    if start == LOADED:
        sharing.asked(index, answers)
    life = _mib("VmHWM")
    _forget_peak()
    before = _mib("VmRSS")
    counts = sharing.in_threads(index, answers, int(threads))
    peak = _mib("VmHWM")
    return Memory(before, peak, max(life, peak), counts)


if __name__ == "__main__":
    print(json.dumps(_measure(*sys.argv[1:])))

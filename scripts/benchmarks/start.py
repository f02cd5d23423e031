"""What starting costs: `--help`, a cold `query`, a cold `related`, and where the seconds of a query go.

scripts/bench start INDEX [RUNS]
"""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys
import time

_STEPS = """
import time; t = time.perf_counter()
def step(name):
    global t
    now = time.perf_counter(); print(f"    {name:<34} {now - t:6.2f} s"); t = now
import semsearch.service; step("import semsearch.service, numpy")
i = semsearch.open({index!r}); i.encoder.fingerprint; step("find the model")
i.encoder.encode_queries(["x"]); step("load the model, encode a query")
i.search("x", mode="dense"); step("open the index, search by meaning")
i.search("y"); step("the next query, by words too")
"""


def _run(words: list[str], runs: int) -> tuple[float, float]:
    walls, cpus = [], []
    for _ in range(runs):
        before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        subprocess.run(words, check=True, stdout=subprocess.DEVNULL)
        walls.append(time.perf_counter() - started)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpus.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return statistics.median(cpus), statistics.median(walls)


def main(index: str, runs: int = 5) -> None:
    semsearch = [sys.executable, "-m", "semsearch"]
    for words in (["--help"], ["status"], ["related", _first(index)], ["query", "a question"]):
        command = semsearch + words + ([] if words == ["--help"] else ["--index", index])
        cpu, wall = _run(command, runs)
        print(f"semsearch {words[0]:<10} {cpu:.2f} CPU-seconds, {wall:.2f} s wall (median of {runs})", flush=True)
    print("a cold query, step by step:", flush=True)
    subprocess.run([sys.executable, "-c", _STEPS.replace("{index!r}", repr(index))], check=True)


def _first(index: str) -> str:
    words = [sys.executable, "-m", "semsearch", "export", "--format", "ids", "--index", index]
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout.split("\n", 1)[0]


if __name__ == "__main__":
    main(sys.argv[1], *(int(a) for a in sys.argv[2:3]))

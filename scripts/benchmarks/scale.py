"""An index of very many papers on this machine: build, disk, memory, open, ask, add and delete a few, compact.

scripts/bench scale FILE… [--papers N…] [--folder DIR]: texts are mixed from the papers of the files, vectors grown from
theirs. Each size is built in a folder of its own, which is kept when ``--folder`` names one and is built once then.
"""

from __future__ import annotations

import argparse
import functools
import itertools
import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from scripts.benchmarks import speed_page
from scripts.benchmarks.speed_corpus import GrownEncoder, Matrix, grown, papers_of
from scripts.benchmarks.speed_machine import forget_peak, machine, peak
from semsearch import encoders
from semsearch.index import IndexDirectory
from semsearch.retrieval.explanation import split
from semsearch.service import Index
from semsearch.text.cleaning import embedded_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from semsearch.model.paper import Paper

_BLOCK, _STEP = 50_000, 50_000
#: Papers that are added and deleted.
_FEW = 100
_EMBEDDED = 2048


def mixed(papers: Sequence[Paper], count: int, seed: int = 0) -> Iterator[Paper]:
    """So many papers, each with half of the title of one and half of another's, and sentences of both in turns."""
    chance = random.Random(seed)
    for number in range(count):
        one, other = chance.choice(papers), chance.choice(papers)
        head, tail = one.title.split(), other.title.split()
        sentences = itertools.zip_longest(split(one.abstract)[::2], split(other.abstract)[1::2], fillvalue="")
        yield replace(
            one, id="", doi=None, arxiv_id=None, arxiv_version=None, url=None, key=f"mixed-{seed}-{number}",
            title=" ".join([*head[: len(head) // 2 + 1], *tail[len(tail) // 2 :]]),
            abstract=" ".join(itertools.chain.from_iterable(sentences)),
        )  # fmt: skip


class TimedEncoder(GrownEncoder):
    """Gives made-up vectors, and notes when each hundred thousand of them was asked for."""

    def __init__(self, model: Any, real: Matrix, seed: int = 0) -> None:
        blocks = (grown(real, _BLOCK, seed=number) for number in itertools.count(1000 * seed))
        super().__init__(model, itertools.chain.from_iterable(blocks))
        self.given, self.times, self.making = 0, [time.perf_counter()], 0.0

    def encode_documents(self, texts: Sequence[str]) -> Matrix:
        begun = time.perf_counter()
        vectors = super().encode_documents(texts)
        now = time.perf_counter()
        self.making += now - begun
        self.given += len(texts)
        if self.given >= len(self.times) * _STEP:
            self.times.append(now - self.making)
        return vectors


def build(folder: Path, papers: Sequence[Paper], real: Matrix, count: int) -> list[str]:
    """Build, and tell how fast and with what memory."""
    encoder = TimedEncoder(encoders.load(), real)
    index = Index(folder, encoder=encoder)
    index.add(mixed(papers, 1000, seed=1))  # everything is imported
    before, begun, encoder.making = peak(), time.perf_counter(), 0.0
    encoder.given, encoder.times = 0, [begun]
    index.add(mixed(papers, count - 1000))
    took = time.perf_counter() - begun - encoder.making
    steps = np.diff(encoder.times)
    size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    return [
        f"| build, papers/s (the first and the last {_STEP:,}) | {count / took:,.0f} "
        f"({_STEP / steps[0]:,.0f}, {_STEP / steps[-1]:,.0f}) |",
        f"| memory of the build above its start, MiB | {(peak() - before) / 1024:,.0f} |",
        f"| disk, GB | {size / 1e9:.1f} |",
    ]


_SPAWN = """
import json, os, sys, time
begun = time.perf_counter()
child = os.posix_spawn(sys.executable, [sys.executable, "-m", "semsearch", *sys.argv[1:]], os.environ,
                       file_actions=[(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)])
_, status, used = os.wait4(child, 0)
print(json.dumps([time.perf_counter() - begun, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, status]))
"""


def _process(words: list[str]) -> str:
    """Seconds, CPU-seconds and memory of a process: the median by wall of five.

    Started from a small process, whose memory would else count for its child's peak.
    """
    runs = []
    for _ in range(5):
        told = subprocess.run([sys.executable, "-c", _SPAWN, *words], check=True, capture_output=True, text=True)
        runs.append(json.loads(told.stdout))
    wall, cpu, memory, status = sorted(runs)[2]
    assert status == 0, words
    return f"{wall:.2f} s, {cpu:.2f} CPU-s, {memory:,.0f} MiB"


def _timed(call: Callable[[], object]) -> float:
    begun = time.perf_counter()
    call()
    return time.perf_counter() - begun


def ask(folder: Path, papers: Sequence[Paper]) -> list[str]:
    """Cold and warm questions; dense answers are held to the oracle."""
    lines = [
        f"| a cold `{words[0]}`{' dense' if '--mode' in words else ''} | {_process([*words, '--index', str(folder)])} |"
        for words in (
            ["query", "how do galaxies lose their gas?"],
            ["query", "how do galaxies lose their gas?", "--mode", "dense"],
            ["status"],
        )
    ]
    index = Index(folder)
    questions = [paper.title for paper in papers[: -len(papers) : -len(papers) // 25] if paper.title][:20]
    with IndexDirectory(folder).reader(vectors=True) as state:
        for question in questions[:3]:
            query = index.encoder.encode_queries([question])[0]
            best = np.sort(state.dense.cosines(query))[::-1][:10]
            found = [hit.score for hit in index.search(question, 10, mode="dense", collapse=False)]
            np.testing.assert_allclose(found, best, atol=2e-6)
    ways: dict[str, Callable[[str], object]] = {
        "`query`": index.search,
        "`query --mode dense`": lambda q: index.search(q, mode="dense"),
        "`query --mode bm25`": lambda q: index.search(q, mode="bm25"),
    }
    for name, one in ways.items():
        one("once before")
        took = [_timed(functools.partial(one, question)) for question in questions]
        lines.append(
            f"| {name} again in one process, ms (median, most) | "
            f"{statistics.median(took) * 1000:,.0f}, {max(took) * 1000:,.0f} |"
        )
    liked = [hit.paper.id for question in questions[:10] for hit in index.search(question, 1)]
    took = [_timed(functools.partial(index.related, one)) for one in liked]
    lines.append(f"| `related` again, ms | {statistics.median(took) * 1000:,.0f}, {max(took) * 1000:,.0f} |")
    return lines


def change(folder: Path, papers: Sequence[Paper], real: Matrix) -> list[str]:
    """A few papers more, the same ones away again, and everything put together."""
    index = Index(folder, encoder=TimedEncoder(encoders.load(), real, seed=7))
    few = list(mixed(papers, _FEW, seed=random.SystemRandom().randrange(10**9)))
    known = len(index)
    added = _timed(lambda: index.add(few))
    assert len(index) == known + _FEW
    keys = [paper.key or "" for paper in few]
    removed = _timed(lambda: index.remove(keys))
    del index  # with what it has read
    index = Index(folder, encoder=TimedEncoder(encoders.load(), real, seed=7))
    forget_peak()
    before = peak()
    compacted = _timed(index.compact)
    assert len(index) == known
    return [
        f"| add {_FEW}, s | {added:.2f} |",
        f"| delete {_FEW}, s | {removed:.2f} |",
        f"| compact, s; memory above its start, MiB | {compacted:.1f}; {(peak() - before) / 1024:,.0f} |",
    ]


def of_size(count: int, folder: Path, names: Sequence[str]) -> list[str]:
    """Every figure of an index of so many papers."""
    papers = [paper for paper in papers_of(names) if paper.abstract and paper.title]
    random.Random(0).shuffle(papers)
    texts = [embedded_text(paper.title, paper.abstract) for paper in papers[:_EMBEDDED]]
    real = np.asarray(encoders.load().encode_documents(texts))
    kept = folder / "figures.txt"
    if not kept.exists():
        kept.write_text("\n".join(build(folder / "index", papers, real, count)), "utf-8")
    index = folder / "index"
    return [*kept.read_text("utf-8").splitlines(), *ask(index, papers), *change(index, papers, real)]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("files", nargs="+")
    parser.add_argument("--papers", nargs="+", type=int, default=[100_000, 1_000_000, 3_000_000])
    parser.add_argument("--folder", type=Path)
    options = parser.parse_args()
    tables = []
    for count in options.papers:
        with tempfile.TemporaryDirectory() as temporary:
            folder = (options.folder or Path(temporary)) / str(count)
            folder.mkdir(parents=True, exist_ok=True)
            tables.append(of_size(count, folder, options.files))
        print(*tables[-1], sep="\n", flush=True)
    rows = [line.rsplit("|", 2)[0] for line in tables[0]]
    values = zip(*([line.rsplit("|", 2)[1] for line in table] for table in tables), strict=True)
    head = "| papers | " + " | ".join(f"{count:,}" for count in options.papers) + " |"
    rule = "| --- |" + " --- |" * len(options.papers)
    body = [f"{name}|{'|'.join(row)}|" for name, row in zip(rows, values, strict=True)]
    speed_page.write("scale", [head, rule, *body], machine(), " ".join(["scripts/bench scale", *sys.argv[1:]]))


if __name__ == "__main__":
    main()

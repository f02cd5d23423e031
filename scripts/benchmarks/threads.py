"""One index in many threads, with the real model on both runtimes: is every answer right, and what memory does it take?

scripts/bench threads FILE: the first papers of the file make the index. A serial run says what is right: ids, order,
scores and percentiles, equal to the last bit. Then the same index is asked by threads, by the threads of a web server,
by asyncio, in forked and in spawned processes, and beside a writer of another process, which adds, removes and compacts
without a pause; there each score is held to the cosine of its paper's text to the question. Exits 1 if any row is not
as wanted.
"""

from __future__ import annotations

import argparse
import itertools
import json
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import semsearch
from scripts.benchmarks.threads_memory import COLD, LOADED, measured
from scripts.benchmarks.threads_runtimes import DEFAULT, TORCH, WORDS, opened, shown
from semsearch.model.paper import Paper
from semsearch.readers import open_sources
from semsearch.text.cleaning import embedded_text
from tests import sharing
from tests.sharing import RIGHT, Answer, Both, Counts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_PAPERS, _WRITTEN = 600, 100
#: Papers of the index whose memory is measured without a model.
_MANY = 50_000
#: Most that eight threads may take of what one takes.
_RATIO = 1.3
#: Threads that ask while a process is forked, and those that ask beside a writer.
_BUSY, _BESIDE = 4, 5
#: Seconds after which a child that says nothing has hung.
_PATIENCE = 120.0
#: How far a score may be from the cosine that is worked out of its text: a batch of other texts rounds otherwise.
_OFF = 1e-5


class _Table:
    """Rows, printed as they come."""

    def __init__(self) -> None:
        self.missed = 0

    def row(self, what: str, seen: str, *, met: bool) -> None:
        self.missed += not met
        print(f"{what:<62} {'as wanted' if met else 'NOT MET':<9}  {seen}", flush=True)

    def counts(self, what: str, counts: Counts, wanted: int, note: str = "") -> None:
        others = {kind: count for kind, count in counts.items() if kind != RIGHT}
        seen = f"{counts[RIGHT]:,} of {wanted:,} right{f', {others}' if others else ''}{note}"
        self.row(what, seen, met=counts == {RIGHT: wanted})


def _papers(file: str) -> list[Paper]:
    found = (r for source in open_sources([file]) for r in source.records() if isinstance(r, Paper))
    return list(itertools.islice(found, _PAPERS + _WRITTEN))


def _questions(papers: Sequence[Paper], count: int) -> list[str]:
    return list(dict.fromkeys(" ".join(p.title.split()[::2]) for p in papers if p.title))[:count]


def _shared(table: _Table, runtime: str, path: Path, expected: dict[str, Answer], given: argparse.Namespace) -> None:
    """Every way to ask one index, in this process and its children."""
    name, each = shown(runtime), len(expected)
    started = time.monotonic()
    found = sharing.in_threads(opened(runtime, path), expected, given.threads)
    rate = f"; {found.total() / (time.monotonic() - started):.0f} a second, with loading the model"
    table.counts(f"{name}: {given.threads} threads x {each} questions", found, given.threads * each, rate)
    index = opened(runtime, path)
    found = sharing.over_http(index, expected, given.threads, given.requests)
    table.counts(f"{name}: web server, {given.threads} clients", found, given.requests)
    found = sharing.in_asyncio(opened(runtime, path), expected, given.threads)
    table.counts(f"{name}: asyncio.to_thread", found, given.threads * each)
    found, parent = sharing.in_process(index, expected, "spawn", _PATIENCE)
    table.counts(f"{name}: pickled to a spawned process, and the parent", found + parent, 2 * each)
    ways: dict[str, Callable[[], Both]] = {
        "os.fork": lambda: sharing.after_fork(index, expected, _PATIENCE),
        "multiprocessing, fork": lambda: sharing.in_process(index, expected, "fork", _PATIENCE),
    }
    for way, fork in ways.items():
        both = list(_forks(fork, given.forks))
        counts = sum((child + parent for child, parent in both), Counts())
        table.counts(f"{name}: {way} x {given.forks}, child and parent", counts, 2 * given.forks * each)
        with sharing.going_on(index, expected, _BUSY) as meanwhile:
            both = list(_forks(fork, given.forks))
        counts = sum((child + parent for child, parent in both), Counts())
        met_meanwhile = Counter({kind: n for kind, n in meanwhile.items() if kind != RIGHT})
        table.counts(
            f"{name}: {way} x {given.forks} while {_BUSY} threads ask", counts + met_meanwhile, 2 * given.forks * each
        )


def _forks(fork: Callable[[], Both], times: int) -> Iterator[Both]:
    """So many forks; the first child that hangs is the last."""
    for _ in range(times):
        both = fork()
        yield both
        if not both.child[RIGHT] and both.child.total() == 1:
            return


def _memory(
    table: _Table, runtime: str, path: Path, expected: dict[str, Answer], threads: int, starts: Sequence[str]
) -> None:
    answers = path.with_suffix(".json")
    answers.write_text(json.dumps(expected), "utf-8")
    for start in starts:
        one, many = (measured(runtime, path, answers, count, start) for count in (1, threads))
        right = all(m.counts == {RIGHT: n * len(expected)} for n, m in ((1, one), (threads, many)))
        peaks = f"peak {many.life:.0f} and {one.life:.0f} MiB"
        if start == LOADED:
            peaks += (
                f"; while they ask {many.peak:.0f} and {one.peak:.0f}, "
                f"{many.peak - many.before:.1f} and {one.peak - one.before:.1f} above what was loaded"
            )
        ratio = max(many.life / one.life, many.peak / one.peak)
        what = f"{shown(runtime)}: memory of {threads} threads and of one, {start}"
        table.row(
            what, f"{ratio:.2f} times: {peaks}{'' if right else '; WRONG ANSWERS'}", met=right and ratio <= _RATIO
        )


def _many(path: Path) -> list[str]:
    """Make an index of many papers that nobody wrote; returns questions."""
    chance = random.Random(0)
    words = ["".join(chance.choices("bcdfgklmnprstvz", k=2)) + chance.choice("aeiou") * 2 for _ in range(3000)]
    index = opened(WORDS, path)
    index.add(
        {"title": " ".join(chance.choices(words, k=8)), "abstract": " ".join(chance.choices(words, k=40)), "id": str(n)}
        for n in range(_MANY)
    )
    return [" ".join(chance.choices(words, k=3)) for _ in range(20)]


def _beside(table: _Table, runtime: str, path: Path, papers: Sequence[Paper], file: str, count: int) -> None:
    """Threads that ask while another process writes."""
    shared = opened(runtime, path)
    encoder, asked = shared.encoder, _questions(papers, count)
    texts = [embedded_text(paper.title, paper.abstract) for paper in papers]
    vectors = dict(zip([paper.id for paper in papers], encoder.encode_documents(texts), strict=True))
    questions = dict(zip(asked, encoder.encode_queries(asked), strict=True))

    def ask(question: str) -> str:
        try:
            hits = shared.search(question, 5)
        except Exception as error:  # whatever it is, it is counted and shown
            return f"{type(error).__name__}: {str(error)[:80]}"
        cosines = [float(vectors[hit.paper.id] @ questions[question]) for hit in hits]
        right = len(hits) == 5 and all(abs(h.score - c) < _OFF for h, c in zip(hits, cosines, strict=True))
        return RIGHT if right else sharing.WRONG

    def job(number: int) -> Counts:
        return Counter(map(ask, random.Random(number).sample(asked, len(asked))))

    words = [sys.executable, "-m", "scripts.benchmarks.threads", "--write", str(path), file]
    writer = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    found = sharing.together(_BESIDE, job)
    commits = writer.communicate("stop\n")[0].strip()
    note = f"; it did {commits}; verify: {opened(runtime, path).verify() or 'all is well'}"
    table.counts(f"{shown(runtime)}: {_BESIDE} threads beside a writer", found, _BESIDE * len(asked), note)


def _write(file: str, path: str) -> None:
    """Add, remove and compact until a line comes in; tell how often."""
    stopped = threading.Event()

    def wait() -> None:
        sys.stdin.readline()
        stopped.set()

    threading.Thread(target=wait, daemon=True).start()
    index, more, done = semsearch.open(path), itertools.cycle(_papers(file)[_PAPERS:]), Counter[str]()
    while not stopped.is_set():
        chosen = list(itertools.islice(more, 4))
        index.add(chosen[:2])
        index.add(chosen[2:])
        index.remove([paper.id for paper in chosen[1:3]])
        index.compact()
        done.update({"adds": 2, "removals": 1, "compactions": 1})
    print(", ".join(f"{count} {what}" for what, count in done.items()))


def main(given: argparse.Namespace) -> int:
    papers, table = _papers(given.file), _Table()
    with tempfile.TemporaryDirectory(prefix="semsearch-threads-") as folder:
        path, many = Path(folder) / "index", Path(folder) / "many"
        print(f"{semsearch.open(path).add(papers[:_PAPERS]).indexed:,} papers", flush=True)
        for runtime in (DEFAULT, TORCH):
            expected = sharing.expected_of(opened(runtime, path), _questions(papers, given.questions))
            _shared(table, runtime, path, expected, given)
            _memory(table, runtime, path, expected, given.threads, (COLD, LOADED))
        for runtime in (DEFAULT, TORCH):  # last: what is right changes with it
            _beside(table, runtime, path, papers, given.file, given.questions)
        questions = _many(many)
        print(f"{_MANY:,} papers", flush=True)
        expected = sharing.expected_of(opened(WORDS, many), questions)
        _memory(table, WORDS, many, expected, given.threads, (COLD, LOADED))
    print("all as wanted" if not table.missed else f"{table.missed} rows are not as wanted")
    return int(table.missed > 0)


def _given() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/bench threads", description=__doc__)
    parser.add_argument("file", help="papers, in any format")
    parser.add_argument("--threads", type=int, default=8, help="threads, and clients of the web server (8)")
    parser.add_argument("--questions", type=int, default=60, help="questions of each thread (60)")
    parser.add_argument("--requests", type=int, default=500, help="to the web server, of all clients together (500)")
    parser.add_argument("--forks", type=int, default=5, help="child processes of each way to fork (5)")
    parser.add_argument("--write", metavar="INDEX", help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    arguments = _given()
    if arguments.write:
        _write(arguments.file, arguments.write)
    else:
        sys.exit(main(arguments))

"""Readers in threads and in processes beside a writer: every answer must be that of one commit.

After each commit, and before it goes on, the writer opens the index afresh and asks every question: that is what a
reader of this very commit must be told, to the last bit. A reader notes when it asked and when it had the answer; right
is an answer of a commit that was the last one at some moment between. Clocks are those of `time.monotonic`, which
processes of one machine share. Some commits are copied, too, and the copies asked at the end, by a process of its own.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import random
import shutil
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TextIO

import semsearch
from tests.beside import ROOT, become_nobody, can_become_nobody, let_in, with_temporary_folder
from tests.fakes import WordEncoder
from tests.one_commit_judged import Commit, Given, Judge, Seen

_WORDS = ["barley", "moss", "kelp", "roof", "tide", "lichen", "drought", "harbour", "spore", "gravel", "dune", "fen"]
#: Papers that are never removed, but changed; and how many there are at least, at first, and at most.
_KEPT, _LEAST, _FIRST, _MOST = 40, 120, 200, 320
#: What the writer does, and how often of a hundred times.
_STEPS = {"added": 35, "changed": 25, "removed": 25, "compacted": 15}
#: Seconds that readers may take beyond those asked for, until they count as hung.
_PATIENCE = 900.0


def _told(hits: semsearch.Hits) -> list[object]:
    return [(hit.paper.id, hit.paper.title, hit.score, hit.percentile, str(hit.explanation)) for hit in hits]


def _name(number: int) -> str:
    return f"doi:10.5555/{number}"


def _listed(index: semsearch.Index) -> object:
    titles = [f"{paper.id} {paper.title}" for paper in index]
    return len(titles), len(set(titles)), hashlib.sha256("\n".join(titles).encode()).hexdigest()


#: Questions of every kind. A paper's title tells its version, and a percentile depends on all papers that there are.
ASKS: tuple[Callable[[semsearch.Index], object], ...] = (
    lambda index: _told(index.search("moss roof")),
    lambda index: _told(index.search("kelp tide", mode="dense")),
    lambda index: _told(index.search("dune", where="year < 2010 and not year: 2003", mode="dense")),
    lambda index: _told(index.search("fen gravel", where="year >= 2010")),
    lambda index: _told(index.search('"gravel"', 5)),
    lambda index: [_told(hits) for hits in index.search(["barley fen", "harbour"], 5)],
    lambda index: _told(index.search("lichen drought", 5, min_percentile=50.0, explain=True)),
    lambda index: _told(index.related([_name(3), _name(7)])),
    lambda index: index.get(_name(5)).title,
    _listed,
    lambda index: index.status().papers,
)


def _open(path: Path | str) -> semsearch.Index:
    return semsearch.open(path, encoder=WordEncoder())


def _answers(path: Path | str) -> list[str]:
    """What an index answers that is opened now, and asked by nobody else."""
    index = _open(path)
    return [json.dumps(ask(index)) for ask in ASKS]


# -- the writer --------------------------------------------------------------------------------------------------------


class _Writer:
    """Adds papers, changes some, removes some and compacts, and notes what each commit answers."""

    def __init__(self, path: Path) -> None:
        self.commits: list[Commit] = []
        self.steps = Counter[str]()
        self._path, self._index = path, _open(path)
        self._chance = random.Random(0)
        self._held = list(range(_FIRST))
        self._next, self._version = _FIRST, 0
        self._commit(lambda: self._index.add(map(self._paper, self._held)))

    def step(self) -> None:
        """One commit, of a kind that chance chooses."""
        kind = self._chance.choices([*_STEPS], [*_STEPS.values()])[0]
        kind = "added" if len(self._held) < _LEAST else "removed" if len(self._held) > _MOST else kind
        self._version += 1
        self._commit({"added": self._add, "changed": self._change, "removed": self._remove}.get(kind, self._compact))
        self.steps[kind] += 1

    def _commit(self, change: Callable[[], object]) -> None:
        before = time.monotonic()
        change()
        after = time.monotonic()
        self.commits.append(Commit(before, after, _answers(self._path)))

    def _add(self) -> None:
        added = range(self._next, self._next + self._chance.randint(1, 12))
        self._next = added.stop
        self._held += added
        self._index.add([self._paper(number) for number in added])

    def _change(self) -> None:
        """Papers of other words under the same names: neither may be missing at any moment, nor be there twice."""
        self._index.add([self._paper(number) for number in {3, 5, *self._chance.sample(self._held, 4)}])

    def _remove(self) -> None:
        gone = self._chance.sample([number for number in self._held if number >= _KEPT], self._chance.randint(1, 12))
        self._held = [number for number in self._held if number not in gone]
        self._index.remove(map(_name, gone))

    def _compact(self) -> None:
        self._index.compact()

    def _paper(self, number: int) -> dict[str, str]:
        words = random.Random(f"{number} {self._version}").choices(_WORDS, k=16)
        title = f"{' '.join(words[:3])} {number} of version {self._version}"
        return {
            "doi": f"10.5555/{number}",
            "title": title,
            "abstract": " ".join(words),
            "year": str(1990 + number % 40),
        }


# -- the readers -------------------------------------------------------------------------------------------------------


class _Readers:
    """Processes that read; one of several threads that share an index, the others of one thread."""

    def __init__(self, folder: Path, seconds: float, questions: int, threads: int, processes: int) -> None:
        nobody = can_become_nobody()
        kinds = [(f"{threads} threads of one process, one index", threads, False)] if threads else []
        for number in range(processes):
            other = nobody and number % 2 == 1
            kinds.append((f"processes{' of a user who may write nothing' if other else ''}", 1, other))
        self._running: dict[subprocess.Popen[str], tuple[str, Path]] = {}
        environment = with_temporary_folder(folder / "temporary")
        for number, (kind, count, other) in enumerate(kinds):
            out = folder / f"answers-{number}.jsonl"
            words = [sys.executable, "-m", "tests.one_commit", "read", str(folder / "index"), str(out)]
            words += map(str, (seconds, questions, count, number, int(other)))
            child = subprocess.Popen(
                words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=environment
            )
            self._running[child] = kind, out

    def begin(self) -> None:
        """Wait until all are ready, and let them begin at the same time."""
        for child in self._running:
            assert child.stdout
            assert child.stdout.readline() == "ready\n"
        for child in self._running:
            assert child.stdin
            child.stdin.close()

    def are_reading(self) -> bool:
        """Whether any reader has not ended."""
        return any(child.poll() is None for child in self._running)

    def end(self) -> Iterator[tuple[str, Path, str]]:
        """Each process's kind, its answers, and what is wrong with the way that it ended. Ends those that run."""
        for child, (kind, out) in self._running.items():
            hung = child.poll() is None
            if hung:
                child.kill()
            child.wait()
            assert child.stdout
            child.stdout.close()
            wrong = f"ended with {child.returncode}" if child.returncode else ""
            yield kind, out, "hangs" if hung else wrong


def watched(folder: Path, seconds: float, *, threads: int, processes: int, questions: int, copies: int = 20) -> Seen:
    """Let readers ask an index that this process changes all the while.

    Args:
        folder: An empty folder, for the index and what is noted.
        seconds: How long to read, at least.
        threads: Readers that are threads of one process and share one index.
        processes: Readers that are processes, and open the index anew for every other question; half of them are of a
            user who may write nothing, if this one is root.
        questions: That each reader asks, at least.
        copies: Commits that are copied, at most.
    """
    path = folder / "index"
    path.mkdir()
    let_in(path)
    writer, copied = _Writer(path), dict[int, Path]()
    readers = _Readers(folder, seconds, questions, threads, processes)
    try:
        readers.begin()
        started = time.monotonic()
        while readers.are_reading() and time.monotonic() - started < seconds + _PATIENCE:
            writer.step()
            if len(copied) < copies and time.monotonic() - started >= len(copied) * seconds / copies:
                copied[len(writer.commits) - 1] = _copy(path, folder / f"copy-{len(copied)}")
        took = time.monotonic() - started
    finally:
        ended = list(readers.end())
    judge = Judge(writer.commits)
    for kind, out, wrong in ended:
        judge.hear(kind, _given(out), wrong)
    judge.compare(copied, _again(list(copied.values())))
    return Seen(took, writer.steps, len(writer.commits), judge.kinds, len(copied), judge.problems, _open(path).verify())


def _given(out: Path) -> Iterator[Given]:
    if out.exists():
        with out.open(encoding="utf-8") as stream:
            for line in stream:
                with contextlib.suppress(ValueError):  # the last line of one that was killed
                    yield Given(*json.loads(line))


def _copy(path: Path, copy: Path) -> Path:
    """A copy of what lies on disk between two commits; locks of those who read are not part of it."""
    shutil.copytree(path, copy, ignore=shutil.ignore_patterns("*-shm"))
    return copy


def _again(copies: Sequence[Path]) -> list[list[str]]:
    words = [sys.executable, "-m", "tests.one_commit", "again", *map(str, copies)]
    found: list[list[str]] = json.loads(subprocess.run(words, check=True, stdout=subprocess.PIPE, cwd=ROOT).stdout)
    return found


def _read(path: str, out: str, seconds: float, questions: int, threads: int, seed: int, nobody: bool) -> None:
    if hasattr(os, "nice"):
        os.nice(10)  # many readers share the cores with one writer, which else would hardly commit
    _answers(path)  # whatever is imported at first use, in case the environment is root's alone
    with Path(out).open("w", encoding="utf-8") as stream:
        if nobody:
            become_nobody()
        kept, lock = _open(path), threading.Lock()
        print("ready", flush=True)
        sys.stdin.read()
        end = time.monotonic() + seconds

        def run(number: int) -> None:
            chance, asked = random.Random(f"{seed} {number}"), 0
            while asked < questions or time.monotonic() < end:
                index = kept if threads > 1 or chance.random() < 0.5 else _open(path)
                _ask(index, chance.randrange(len(ASKS)), number, stream, lock)
                asked += 1

        running = [threading.Thread(target=run, args=(number,)) for number in range(threads)]
        for thread in running:
            thread.start()
        for thread in running:
            thread.join()


def _ask(index: semsearch.Index, which: int, reader: int, stream: TextIO, lock: threading.Lock) -> None:
    started, answer, error = time.monotonic(), "", ""
    try:
        answer = json.dumps(ASKS[which](index))
    except Exception as raised:  # whatever it is, it is counted and shown
        error = f"{type(raised).__name__}: {raised}"
    given = Given(reader, which, started, time.monotonic(), answer, error)
    with lock:
        stream.write(json.dumps(given) + "\n")


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["read", path, out, seconds, *rest]:
            questions, threads, seed, nobody = map(int, rest)
            _read(path, out, float(seconds), questions, threads, seed, bool(nobody))
        case ["again", *paths]:
            print(json.dumps([_answers(path) for path in paths]))

"""One index in many threads, with the real model on both runtimes, alone and beside a writer: is every answer right?

scripts/bench threads FILE [THREADS] [QUESTIONS]: the first papers of the file make the index, others are written while
it is searched. Alone, the answers are compared with those of a serial run. Beside a writer of another process, which
adds, removes and compacts without a pause, each hit's score is compared with the cosine of its text to the question.
"""

from __future__ import annotations

import itertools
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from semsearch import encoders
from semsearch.encoders.models import locate
from semsearch.encoders.sentence_transformer import SentenceTransformerEncoder
from semsearch.model.paper import Paper
from semsearch.readers import open_sources
from semsearch.service import Index
from semsearch.text.cleaning import embedded_text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from semsearch.model.protocols import Encoder

_PAPERS, _WRITTEN = 600, 100
_READERS, _EACH = 5, 60
#: How far a score may be from the cosine that is worked out of its text: a batch of other texts rounds otherwise.
_OFF = 1e-5


def _papers(file: str) -> list[Paper]:
    found = (r for source in open_sources([file]) for r in source.records() if isinstance(r, Paper))
    return list(itertools.islice(found, _PAPERS + _WRITTEN))


def _torch() -> Encoder:
    return SentenceTransformerEncoder(locate(encoders.DEFAULT_MODEL))


def _together(count: int, ask: Callable[[int], list[bool]]) -> tuple[Counter[str], float]:
    """Right and wrong answers and errors of so many threads, and the seconds that they took."""
    barrier, found = threading.Barrier(count + 1), Counter[str]()

    def run(number: int) -> None:
        barrier.wait()
        for right in ask(number):
            found["right" if right else "WRONG"] += 1

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    barrier.wait()
    started = time.monotonic()
    for thread in threads:
        thread.join()
    return found, time.monotonic() - started


def _tried(ask: Callable[[], bool], errors: Counter[str]) -> bool:
    try:
        return ask()
    except Exception as error:  # whatever it is, it is counted and shown
        errors[f"{type(error).__name__}: {str(error)[:80]}"] += 1
        return False


def _alone(name: str, make: Callable[[], Encoder], path: Path, questions: Sequence[str], threads: int) -> None:
    def ask(index: Index, question: str) -> list[object]:
        return [(hit.paper.id, hit.score, hit.percentile) for hit in index.search(question)]

    serial = Index(path, encoder=make())
    serial.search("x")
    started = time.monotonic()
    expected = {question: ask(serial, question) for question in questions}
    each = (time.monotonic() - started) / len(questions)
    shared, errors = Index(path, encoder=make()), Counter[str]()

    def job(number: int) -> list[bool]:
        order = random.Random(number).sample(list(questions), len(questions))
        return [_tried(lambda q=question: ask(shared, q) == expected[q], errors) for question in order]  # type: ignore[misc]

    found, seconds = _together(threads, job)
    total = threads * len(questions)
    print(f"{name}, {threads} threads x {len(questions)} questions: {found['right']} of {total} right {dict(errors)}")
    print(f"  {total / seconds:.0f} questions a second; a serial run {1 / each:.0f}", flush=True)


def _beside(name: str, make: Callable[[], Encoder], path: Path, papers: Sequence[Paper], file: str) -> None:
    encoder, errors = make(), Counter[str]()
    texts = [embedded_text(paper.title, paper.abstract) for paper in papers]
    vectors = dict(zip([paper.id for paper in papers], encoder.encode_documents(texts), strict=True))
    questions = dict(zip(_questions(papers, _EACH), encoder.encode_queries(_questions(papers, _EACH)), strict=True))
    shared = Index(path, encoder=encoder)

    def ask(question: str) -> bool:
        hits = shared.search(question, 5)
        cosines = [float(vectors[hit.paper.id] @ questions[question]) for hit in hits]
        return len(hits) == 5 and all(abs(h.score - c) < _OFF for h, c in zip(hits, cosines, strict=True))

    def job(number: int) -> list[bool]:
        order = random.Random(number).sample(list(questions), len(questions))
        return [_tried(lambda q=question: ask(q), errors) for question in order]  # type: ignore[misc]

    words = [sys.executable, "-m", "scripts.benchmarks.threads", "--write", file, str(path)]
    writer = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    found, seconds = _together(_READERS, job)
    commits = writer.communicate("stop\n")[0].strip()
    total = _READERS * _EACH
    print(f"{name}, {_READERS} readers beside a writer ({commits}): {found['right']} of {total} right {dict(errors)}")
    print(f"  {total / seconds:.0f} questions a second; verify: {Index(path).verify() or 'all is well'}", flush=True)


def _questions(papers: Sequence[Paper], count: int) -> list[str]:
    return list(dict.fromkeys(" ".join(p.title.split()[::2]) for p in papers if p.title))[:count]


def _write(file: str, path: str) -> None:
    """Add, remove and compact until a line comes in; tell how often."""
    stopped = threading.Event()

    def wait() -> None:
        sys.stdin.readline()
        stopped.set()

    threading.Thread(target=wait, daemon=True).start()
    index, more, done = Index(path), itertools.cycle(_papers(file)[_PAPERS:]), Counter[str]()
    while not stopped.is_set():
        chosen = list(itertools.islice(more, 4))
        index.add(chosen[:2])
        index.add(chosen[2:])
        index.remove([paper.id for paper in chosen[1:3]])
        index.compact()
        done.update(add=2, remove=1, compact=1)
    print(", ".join(f"{count} {what}" for what, count in done.items()))


def main(file: str, threads: int = 8, questions: int = 60) -> None:
    papers = _papers(file)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "index"
        print(f"{Index(path).add(papers[:_PAPERS]).indexed:,} papers", flush=True)
        for name, make in {encoders.runtime(): encoders.load, "torch, float32": _torch}.items():
            _alone(name, make, path, _questions(papers, questions), threads)
            _beside(name, make, path, papers, file)


if __name__ == "__main__":
    if sys.argv[1] == "--write":
        _write(*sys.argv[2:])
    else:
        main(sys.argv[1], *(int(a) for a in sys.argv[2:]))

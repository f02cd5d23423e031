"""One index in many threads: every answer is that of a serial run; also beside a writer, of this process or another."""

from __future__ import annotations

import itertools
import pickle
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Barrier, Event, Thread

import pytest

import semsearch
from semsearch.model.policy import IndexPolicy, Policy
from semsearch.service import Index
from tests.conftest import ROOT, SAMPLE
from tests.fakes import WordEncoder

THREADS = 8
WORDS = ["barley", "moss", "kelp", "roof", "tide", "lichen", "drought", "harbour", "spore", "gravel", "dune", "fen"]
OTHERS = ["quasar", "photon", "boson", "lepton", "muon", "gluon"]
QUESTIONS = ["moss roof", "kelp", "dune fen tide", "spore gravel drought", "harbour lichen", "barley barley tide"]
FILTERS = [None, "year >= 2040", "not year: 2007", "year < 2010", "has:abstract and not year: 2003"]


@pytest.fixture(autouse=True)
def _often() -> Iterator[None]:
    """Threads take turns a thousand times as often as usual, so that they meet where it hurts."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(5e-6)
    yield
    sys.setswitchinterval(usual)


def _papers(count: int, words: list[str], seed: int = 0) -> list[dict[str, str]]:
    chance = random.Random(seed)
    return [
        {"title": " ".join(chance.choices(words, k=4)), "abstract": " ".join(chance.choices(words, k=20)), "id": f"{seed}-{n}", "year": str(2000 + n % 50)}
        for n in range(count)
    ]  # fmt: skip


@pytest.fixture
def built(index: Index, request: pytest.FixtureRequest) -> Index:
    if request.param == "codes":
        policy = Policy(index=IndexPolicy(quantised_segment_rows=200, quantised_rows=200))
        index = Index(index.path, encoder=WordEncoder(), policy=policy)
    index.add(_papers(1450, WORDS))
    index.remove(["0-7", "0-700"])
    assert len(list(index.path.glob("codes/*.codes"))) == (5 if request.param == "codes" else 0)
    return index


Ask = Callable[[Index], object]


def _asks() -> list[Ask]:
    """Questions of every kind."""
    asks: list[Ask] = []
    for question, where, mode in itertools.product(QUESTIONS[:3], FILTERS[:3], ("dense", "hybrid")):
        asks.append(lambda index, q=question, w=where, m=mode: _told(index.search(q, 7, where=w, mode=m)))  # type: ignore[misc]
    asks.append(lambda index: [_told(h) for h in index.search(QUESTIONS, 5, mode="dense")])
    asks += [lambda index, n=n: _told(index.related(f"0-{n}", 5)) for n in (1, 400, 1449)]  # type: ignore[misc]
    asks.append(lambda index: _told(index.search("moss roof", 5, min_percentile=90.0, explain=True)))
    asks.append(lambda index: index.get("0-3").title)
    asks.append(lambda index: [[paper.id for paper in group.papers] for group in index.duplicates(0.97)])
    return asks


def _told(hits: semsearch.Hits) -> list[object]:
    return [(hit.paper.id, hit.paper.title, hit.score, hit.percentile, hit.explanation) for hit in hits]


def _together(jobs: list[Callable[[], None]]) -> list[BaseException]:
    """Run jobs in a thread each, all at once; returns what they raised."""
    barrier, raised = Barrier(len(jobs)), list[BaseException]()

    def run(job: Callable[[], None]) -> None:
        barrier.wait()
        try:
            job()
        except BaseException as error:  # whatever it is, the test shows it
            raised.append(error)

    threads = [Thread(target=run, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return raised


@pytest.mark.parametrize("built", ["codes", "vectors"], indirect=True)
def test_answers_in_threads_are_those_of_a_serial_run(built: Index) -> None:
    asks = _asks()
    serial = semsearch.open(built.path, encoder=WordEncoder())
    expected = [ask(serial) for ask in asks]
    wrong: list[int] = []
    for _ in range(3):  # cold each time: what is loaded at first use is where threads meet
        shared = semsearch.open(built.path, encoder=WordEncoder())

        def job(seed: int, shared: Index = shared) -> None:
            order = random.Random(seed).sample(range(len(asks)), len(asks))
            wrong.extend(place for place in order if asks[place](shared) != expected[place])

        assert _together([lambda seed=seed: job(seed) for seed in range(THREADS)]) == []  # type: ignore[misc]
        assert wrong == []


_WRITER = """
import sys
sys.path.insert(0, {root!r})
import semsearch
from tests.fakes import WordEncoder
from tests.test_threads import write
index = semsearch.open({path!r}, encoder=WordEncoder(512))
import threading
closed = threading.Event()
threading.Thread(target=lambda: (sys.stdin.read(), closed.set()), daemon=True).start()
write(index, closed.is_set)
"""


def write(index: Index, stopped: Callable[[], bool]) -> None:
    """Add papers of other words, remove some, compact: again and again."""
    for seed in itertools.count(1):
        for part in range(4):
            index.add(_papers(3, OTHERS, seed=10 * seed + part))
        index.remove([f"{10 * seed}-0", f"{10 * seed + 1}-1"])
        if seed % 2:
            index.compact()
        if stopped():
            return


@pytest.mark.parametrize("where", ["thread", "process"])
def test_beside_a_writer(tmp_path: Path, where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    encoder = WordEncoder(512)
    index = semsearch.open(tmp_path / "index", encoder=encoder)
    index.add([*_papers(20, OTHERS, seed=9), *_papers(600, WORDS)])
    index.remove(["9-3"])
    # What the writer adds is no nearer to these questions than what they find now: their answers stay.
    asks = [(q, w) for q in QUESTIONS for w in FILTERS]

    def ask(index: Index, place: int) -> object:
        question, where = asks[place]
        return [(h.paper.id, h.score) for h in index.search(question, 5, where=where, mode="dense", collapse=False)]

    expected = [ask(index, place) for place in range(len(asks))]
    done = Event()
    child = None
    if where == "process":
        code = _WRITER.format(root=str(ROOT), path=str(index.path))
        child = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE)
        writer = Thread(target=child.wait)
    else:
        writer = Thread(target=write, args=(semsearch.open(index.path, encoder=encoder), done.is_set))
    shared, wrong, states = semsearch.open(index.path, encoder=encoder), list[object](), set[object]()

    def job(seed: int) -> None:
        places = random.Random(seed)
        asked = 0
        # At least 60 questions each; more until the writer has written, which takes longer on a busy machine.
        while asked < 60 or (len(states) < 2 and time.monotonic() < end):
            place, asked = places.randrange(len(asks)), asked + 1
            wrong.extend([asks[place]] if ask(shared, place) != expected[place] else [])
            states.add(shared.status().changed and len(shared))
            assert len(shared.related("0-1", 3)) == 3

    before = len(index)
    writer.start()
    end = time.monotonic() + 60
    while len(index) == before and time.monotonic() < end:
        time.sleep(0.01)
    raised = _together([lambda seed=seed: job(seed) for seed in range(5)])  # type: ignore[misc]
    done.set()
    if child is not None:
        assert child.stdin is not None
        child.stdin.close()
    writer.join()
    assert raised == []
    assert wrong == []
    assert len(states) > 1, "the writer wrote meanwhile"
    assert index.verify() == []
    assert child is None or child.returncode == 0


def test_a_second_writer_in_another_thread_is_refused(index: Index) -> None:
    index.add(_papers(3, WORDS))
    raised: list[str] = []
    with index._directory.writer():
        _together([lambda: raised.append(_error(lambda: index.add(_papers(1, OTHERS, seed=1)))) for _ in range(2)])
    assert raised == ["IndexBusy", "IndexBusy"]


def _error(job: Callable[[], object]) -> str:
    try:
        job()
    except semsearch.SemsearchError as error:
        return type(error).__name__
    return "none"


def test_an_index_can_be_sent_to_another_process(index: Index) -> None:
    index.add(SAMPLE)
    expected = [hit.to_dict() for hit in index.search("barley")]
    again = pickle.loads(pickle.dumps(index))
    assert [hit.to_dict() for hit in again.search("barley")] == expected

"""One index in a web server, in asyncio, and in forked and spawned processes: every answer is that of a serial run."""

from __future__ import annotations

import itertools
import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Mapping

import pytest

import semsearch
from tests import sharing
from tests.conftest import ROOT
from tests.fakes import WordEncoder
from tests.sharing import RIGHT, ROUNDED, WRONG, Answer

WORDS = ["barley", "moss", "kelp", "roof", "tide", "lichen", "drought", "harbour", "spore", "gravel", "dune", "fen"]
QUESTIONS = [f"{one} {other}" for one, other in itertools.pairwise(WORDS)]

forking = pytest.mark.skipif(not hasattr(os, "fork"), reason="processes cannot be forked here")


@pytest.fixture
def built(index: semsearch.Index) -> semsearch.Index:
    chance = random.Random(0)
    index.add(
        {
            "title": " ".join(chance.choices(WORDS, k=4)),
            "abstract": " ".join(chance.choices(WORDS, k=20)),
            "id": f"p{n}",
        }
        for n in range(400)
    )
    return index


@pytest.fixture
def expected(built: semsearch.Index) -> dict[str, Answer]:
    found = sharing.expected_of(semsearch.open(built.path, encoder=WordEncoder()), QUESTIONS)
    assert len({str(given) for given in found.values()}) == len(QUESTIONS), "else a mix-up would not show"
    return found


def _all_right(times: int) -> Mapping[str, int]:
    return {RIGHT: times * len(QUESTIONS)}


def test_threads_of_a_web_server(built: semsearch.Index, expected: dict[str, Answer]) -> None:
    assert sharing.over_http(built, expected, clients=8, requests=8 * len(QUESTIONS)) == _all_right(8)


def test_asyncio(built: semsearch.Index, expected: dict[str, Answer]) -> None:
    assert sharing.in_asyncio(built, expected, times=8) == _all_right(8)


@forking
def test_a_forked_child_and_its_parent_at_the_same_time(built: semsearch.Index, expected: dict[str, Answer]) -> None:
    assert sharing.asked(built, expected) == _all_right(1)  # the parent holds what it loaded when it forks
    assert sharing.after_fork(built, expected) == (_all_right(1), _all_right(1))
    assert sharing.in_process(built, expected, "fork") == (_all_right(1), _all_right(1))


@forking
def test_a_child_that_is_the_first_to_ask(built: semsearch.Index, expected: dict[str, Answer]) -> None:
    cold = semsearch.open(built.path, encoder=WordEncoder())
    assert sharing.after_fork(cold, expected) == (_all_right(1), _all_right(1))


def test_a_spawned_process_gets_the_index_pickled(built: semsearch.Index, expected: dict[str, Answer]) -> None:
    assert sharing.asked(built, expected) == _all_right(1)  # what is loaded is not sent along, and is no hindrance
    assert sharing.in_process(built, expected, "spawn") == (_all_right(1), _all_right(1))


class _Mixed:
    """An index that gives one question the answer of another, and fails at one."""

    def __init__(self, index: semsearch.Index) -> None:
        self._index = index

    def search(self, question: str) -> object:
        if question == QUESTIONS[2]:
            raise OSError("no such moss")
        return self._index.search(QUESTIONS[1] if question == QUESTIONS[0] else question)


def test_what_goes_wrong_is_counted(built: semsearch.Index, expected: dict[str, Answer]) -> None:
    mixed: semsearch.Index = _Mixed(built)  # type: ignore[assignment]
    expected[QUESTIONS[4]][0][1] += 1e-8
    wanted = {WRONG: 1, "OSError: no such moss": 1, ROUNDED: 1, RIGHT: len(QUESTIONS) - 3}
    assert sharing.asked(mixed, expected) == wanted
    served = sharing.over_http(mixed, expected, clients=2, requests=len(QUESTIONS))
    assert served == Counter({f"RuntimeError: {k}" if ":" in k else k: n for k, n in wanted.items()})


@forking
def test_a_child_that_hangs_is_ended_and_counted(built: semsearch.Index, expected: dict[str, Answer]) -> None:
    class Hangs:
        def __init__(self) -> None:
            self.parent = os.getpid()

        def search(self, question: str) -> object:
            while os.getpid() != self.parent:
                pass
            return built.search(question)

    hangs: semsearch.Index = Hangs()  # type: ignore[assignment]
    silent = {"no answer of the child in 0 s": 1}
    assert sharing.after_fork(hangs, expected, 0.1) == (silent, _all_right(1))
    assert sharing.in_process(hangs, expected, "fork", 0.1) == (silent, _all_right(1))


@forking
@pytest.mark.parametrize("cold", [False, True], ids=["loaded", "cold"])
def test_a_fork_while_threads_ask(built: semsearch.Index, expected: dict[str, Answer], cold: bool) -> None:
    """What a thread holds when the process is forked, nobody lets go of in the child."""
    chance = random.Random(0)
    for _ in range(12):
        shared = semsearch.open(built.path, encoder=WordEncoder())
        with sharing.going_on(shared, expected, 4, cold=cold) as meanwhile:
            time.sleep(chance.uniform(0, 0.05))  # at any moment, of loading too
            assert sharing.after_fork(shared, expected, patience=20) == (_all_right(1), _all_right(1))
        assert set(meanwhile) == {RIGHT}


_CHANGE = """
import sys, semsearch
from tests.fakes import WordEncoder
index = semsearch.open(sys.argv[1], encoder=WordEncoder())
for turn in range(3):
    index.remove([paper.id for paper in index][:150])
    index.add([{"id": f"n{turn}-{n}", "title": f"Photon {turn} {n}", "abstract": "quasar boson " * 40} for n in range(300)])
    index.compact()
"""


@forking
def test_a_child_reads_one_state_though_its_parent_read_when_it_was_forked(built: semsearch.Index) -> None:
    """The child must not take the parent's locks for its own: the parent lets go of them, and a writer goes on."""
    wanted = [paper.id for paper in built]
    of_parent = iter(built)
    next(of_parent)
    (from_child, to_parent), (from_parent, to_child) = os.pipe(), os.pipe()
    child = os.fork()
    if child == 0:
        try:
            of_child = iter(built)
            found = [next(of_child).id]
            os.write(to_parent, b"begun ")
            os.read(from_parent, 1)
            found += [paper.id for paper in of_child]
            os.write(to_parent, b"right" if found == wanted else b"WRONG")
        except BaseException as error:
            os.write(to_parent, repr(error).encode())
        finally:
            os._exit(0)
    os.close(to_parent)
    assert os.read(from_child, 6) == b"begun "
    del of_parent
    subprocess.run([sys.executable, "-c", _CHANGE, str(built.path)], check=True, cwd=ROOT)
    os.write(to_child, b"x")
    with os.fdopen(from_child, "rb") as told:
        assert told.read() == b"right"
    os.close(from_parent)
    os.close(to_child)
    os.waitpid(child, 0)

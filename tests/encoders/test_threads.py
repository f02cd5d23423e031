"""The real model in many threads, with both runtimes: every result equals that of a run in one thread."""

from __future__ import annotations

import importlib.util
import os
import random
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import semsearch
from semsearch import encoders
from semsearch.encoders.models import locate
from semsearch.encoders.sentence_transformer import SentenceTransformerEncoder
from semsearch.model.protocols import Encoder
from tests.conftest import ROOT, SAMPLE

pytestmark = pytest.mark.model
THREADS, QUESTIONS = 8, 60
_WORDS = ["barley", "moss", "kelp", "roof", "tide", "lichen", "sleep", "drought", "harbour", "spore", "gravel", "dune"]


def _torch() -> Encoder:
    return SentenceTransformerEncoder(locate("all-MiniLM-L6-v2"))


BOTH = pytest.mark.parametrize(
    "make",
    [
        pytest.param(
            encoders.load,
            marks=pytest.mark.skipif(importlib.util.find_spec("openvino") is None, reason="no OpenVINO here"),
            id="openvino",
        ),
        pytest.param(_torch, id="torch"),
    ],
)


def _together(job: Callable[[int], None]) -> list[BaseException]:
    barrier, raised = threading.Barrier(THREADS), list[BaseException]()

    def run(number: int) -> None:
        barrier.wait()
        try:
            job(number)
        except BaseException as error:  # whatever it is, the test shows it
            raised.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return raised


@BOTH
def test_questions_of_eight_threads(make: Callable[[], Encoder], tmp_path: Path) -> None:
    chance = random.Random(0)
    questions = [" ".join(chance.choices(_WORDS, k=4)) for _ in range(QUESTIONS)]
    serial = semsearch.open(tmp_path / "index", encoder=make())
    serial.add(SAMPLE)

    def ask(index: semsearch.Index, place: int) -> list[object]:
        return [(hit.paper.id, hit.score, hit.percentile) for hit in index.search(questions[place], 5)]

    expected = [ask(serial, place) for place in range(QUESTIONS)]
    shared, right = semsearch.open(tmp_path / "index", encoder=make()), list[bool]()  # its model is not loaded yet

    def job(number: int) -> None:
        for place in random.Random(number).sample(range(QUESTIONS), QUESTIONS):
            right.append(ask(shared, place) == expected[place])

    assert _together(job) == []
    assert (len(right), sum(right)) == (THREADS * QUESTIONS, THREADS * QUESTIONS)


@BOTH
def test_texts_that_are_cut_beside_texts_that_are_counted(make: Callable[[], Encoder]) -> None:
    """Threads share the tokenizer. One call switches cutting on, another one switches it off."""
    texts = [" ".join([word] * length) for word, length in zip(_WORDS, (5, 400, 30, 500, 3, 300), strict=False)]
    serial = make()
    vectors = [serial.encode_documents([text]) for text in texts]
    cut = list(serial.truncated(texts))
    assert cut == [False, True, False, True, False, True]
    shared, right = make(), list[bool]()

    def job(number: int) -> None:
        for turn in range(9):
            place = (5 * turn + number) % len(texts)
            right.append(bool(np.array_equal(shared.encode_documents([texts[place]]), vectors[place])))
            right.append(list(shared.truncated(texts)) == cut)

    assert _together(job) == []
    assert all(right)


def test_models_that_are_loaded_at_the_same_time() -> None:
    """While a model is loaded, transformers sets the type and device of new tensors for all threads."""
    expected = _torch().encode_queries(["kelp"])
    found: list[bool] = []
    assert _together(lambda _: found.append(np.array_equal(_torch().encode_queries(["kelp"]), expected))) == []
    assert found == [True] * THREADS


_FORK = """
import os, signal
import numpy as np
from tests.encoders.test_threads import _torch

encoder, texts = _torch(), ["moss on roofs " * 40, "kelp " * 100, "tides"] * 8
vectors = encoder.encode_documents(texts)
if not os.fork():
    signal.alarm(60)
    os._exit(0 if np.array_equal(encoder.encode_documents(texts), vectors) else 1)
print(os.wait()[1])
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes cannot be forked here")
def test_a_child_computes_with_torch_after_its_parent_did() -> None:
    """The threads of GNU OpenMP are not in the child, which would wait for them."""
    done = subprocess.run([sys.executable, "-c", _FORK], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "0\n", done.stderr


def test_one_index_finds_one_encoder_in_all_threads(tmp_path: Path) -> None:
    index, found = semsearch.open(tmp_path / "index"), list[object]()
    assert _together(lambda _: found.append(index.encoder)) == []
    assert len({id(encoder) for encoder in found}) == 1

"""Time of a question in one process, by mode; and of filtered questions, checked against an oracle, beside unfiltered.

scripts/bench latency FILE…: the papers of the files, with real texts and made-up vectors (what a vector holds makes no
difference to time, and embedding them would take an hour); questions are real and go through the real model. One paper
in 1000, 100, 10 and 2 has a tag to filter by. Medians and 99th percentiles of 200 questions, all cases in turns.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from scripts.benchmarks.memory import RandomEncoder
from semsearch import encoders
from semsearch.model.options import MODES
from semsearch.model.paper import Paper
from semsearch.readers import open_sources
from semsearch.service import Index

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_SHARES = {"t1000": 1000, "t100": 100, "t10": 10, "t2": 2}
_QUESTIONS = 200


class QuestionEncoder(RandomEncoder):
    """Made-up vectors for papers, the model's for questions."""

    def __init__(self) -> None:
        super().__init__()
        self._model = encoders.load()

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return self._model.encode_queries(texts)


def main(*names: str) -> None:
    chance = random.Random(0)
    papers = [r for s in open_sources(names) for r in s.records() if isinstance(r, Paper)]
    tagged = [replace(p, tags=tuple(t for t, n in _SHARES.items() if chance.randrange(n) == 0)) for p in papers]
    encoder = QuestionEncoder()
    with tempfile.TemporaryDirectory() as folder:
        index = Index(folder, encoder=encoder)
        print(f"{index.add(tagged).indexed:,} papers, {_QUESTIONS} questions: halves of titles")
        questions = [" ".join(p.title.split()[::2]) for p in chance.sample([p for p in papers if p.title], _QUESTIONS)]
        cases = (
            [(mode, None) for mode in MODES]
            + [("dense", tag) for tag in _SHARES]
            + [("hybrid", tag) for tag in _SHARES]
        )
        times: dict[tuple[str, str | None], list[float]] = {case: [] for case in cases}
        encoding = []
        for question in questions:
            started = time.perf_counter()
            vector = encoder.encode_queries([question])[0]
            encoding.append(time.perf_counter() - started)
            for mode, tag in cases:
                started = time.perf_counter()
                hits = index.search(question, 10, mode=mode, where=f"tag: {tag}" if tag else None)
                times[mode, tag].append(time.perf_counter() - started)
                if tag and mode == "dense":
                    _check(index, hits, vector, tag)
        print(f"encoding the question, part of each: {_told(encoding)}\n")
        print("| mode | filter | papers | median ms | 99 % ms | beside unfiltered |")
        print("| --- | --- | --- | --- | --- | --- |")
        for (mode, tag), taken in times.items():
            held = sum(tag in p.tags for p in tagged) if tag else len(tagged)
            ratio = np.median(np.array(taken) / np.array(times[mode, None]))
            median, late = np.quantile(taken, [0.5, 0.99]) * 1000
            print(f"| {mode} | {tag or '-'} | {held:,} | {median:.1f} | {late:.1f} | {ratio:.2f} |")


_kept: dict[str, tuple[list[str], NDArray[np.float32]]] = {}


def _check(index: Index, hits: object, vector: NDArray[np.float32], tag: str) -> None:
    """The hits are the best of those that have the tag."""
    if tag not in _kept:
        with index._directory.reader(vectors=True) as state:
            having = [(p.id, row) for row, p in enumerate(state.documents.papers()) if tag in p.tags]
            _kept[tag] = [i for i, _ in having], state.dense.take(np.array([row for _, row in having]))
    ids, rows = _kept[tag]
    best = np.sort(rows.astype(np.float64) @ vector.astype(np.float64))[::-1][:10]
    found = [h.score for h in hits]  # type: ignore[attr-defined]
    assert np.allclose(found, best[: len(found)], atol=1e-9), (tag, found, best)
    assert len(found) == min(10, len(ids))


def _told(taken: list[float]) -> str:
    median, late = np.quantile(taken, [0.5, 0.99]) * 1000
    return f"median {median:.1f} ms, 99 % {late:.1f} ms"


if __name__ == "__main__":
    main(*sys.argv[1:])

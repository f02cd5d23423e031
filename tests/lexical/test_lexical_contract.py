"""Every `LexicalIndex` against BM25 by its formula."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from semsearch.lexical import native
from semsearch.model.index_protocols import LexicalIndex
from semsearch.model.paper import Paper
from semsearch.model.policy import LexicalPolicy, Policy
from semsearch.service import Index
from tests.fakes import WordEncoder
from tests.memory_index import MemoryLexical

WORDS = [f"w{letter}{n}" for letter in "abcdef" for n in range(12)]
REMOVED = (3, 40)


def _papers() -> list[tuple[str, str]]:
    rng = np.random.default_rng(4)
    weights = 1 / np.arange(1, len(WORDS) + 1)

    def draw(k: int) -> str:
        return " ".join(rng.choice(WORDS, k, p=weights / weights.sum()))

    return [(draw(int(rng.integers(1, 7))), draw(int(rng.integers(0, 40)))) for _ in range(120)]


@contextlib.contextmanager
def _in_folder(folder: Path, policy: LexicalPolicy | None = None) -> Iterator[LexicalIndex]:
    index = Index(folder, encoder=WordEncoder(), policy=Policy(lexical=policy or LexicalPolicy()))
    index.add(Paper(title=title, abstract=abstract, key=f"k{row}") for row, (title, abstract) in enumerate(_papers()))
    index.remove([f"k{row}" for row in REMOVED])
    with index._directory.reader() as reader:
        yield reader.lexical


@contextlib.contextmanager
def _bounded(folder: Path) -> Iterator[LexicalIndex]:
    with _in_folder(folder, LexicalPolicy(score_all_below=0, kept_share=0.6)) as index:
        yield index


@contextlib.contextmanager
def _in_memory(folder: Path) -> Iterator[LexicalIndex]:
    del folder
    yield MemoryLexical([None if row in REMOVED else texts for row, texts in enumerate(_papers())])


@contextlib.contextmanager
def _without_compiler(folder: Path) -> Iterator[LexicalIndex]:
    with pytest.MonkeyPatch.context() as patch, _in_folder(folder) as index:
        patch.setattr(native, "compiled", None)
        yield index


MAKERS = {
    "in a folder": _in_folder,
    "in a folder, with bounds": _bounded,
    "in a folder, without a compiler": _without_compiler,
    "in memory, by the protocol only": _in_memory,
}
Make = Callable[[Path], contextlib.AbstractContextManager[LexicalIndex]]
makers = pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS.keys())


def _expected(terms: list[str]) -> dict[int, float]:
    """BM25 by row: k1 1.2, b .75, title words double (sqlite.org/fts5.html 5.1.1), k3 8."""
    texts = {row: (t.split(), a.split()) for row, (t, a) in enumerate(_papers()) if row not in REMOVED}
    mean = sum(len(t) + len(a) for t, a in texts.values()) / len(texts)
    scores: dict[int, float] = {}
    for term in dict.fromkeys(terms):
        repeats = 9 * terms.count(term) / (8 + terms.count(term))
        holding = [row for row, (t, a) in texts.items() if term in t or term in a]
        idf = max(math.log((len(texts) - len(holding) + 0.5) / (len(holding) + 0.5)), 1e-6)
        for row in holding:
            title, abstract = texts[row]
            frequency = 2 * title.count(term) + abstract.count(term)
            length = len(title) + len(abstract)
            scores[row] = scores.get(row, 0) + repeats * idf * frequency * 2.2 / (
                frequency + 1.2 * (0.25 + 0.75 * length / mean)
            )
    return scores


@makers
@pytest.mark.parametrize(
    "terms", [["wa0"], ["wa0", "wb3", "wf11"], ["zz9"], ["zz9", "wc4"], ["wa0", "wb3", "wa0", "wa0"]]
)
def test_scores_are_those_of_the_formula(make: Make, tmp_path: Path, terms: list[str]) -> None:
    with make(tmp_path / "index") as index:
        found = index.scores(terms)
    assert found.bound == 0
    scores = dict(zip(found.rows.tolist(), found.scores.tolist(), strict=True))
    assert len(scores) == len(found.rows), "each row once"
    assert scores == pytest.approx(_expected(terms), rel=1e-9)


@makers
@pytest.mark.parametrize("terms", [["wa0", "wb3", "wf11"], ["wa0", "wa1", "wc4"], ["wa0"]])
def test_what_is_left_out_is_below_the_bound(make: Make, tmp_path: Path, terms: list[str]) -> None:
    near = np.array([0, 1, 2, 50, 119], np.int64)
    expected = _expected(terms)
    with make(tmp_path / "index") as index:
        found = index.scores(terms, near)
    scores = dict(zip(found.rows.tolist(), found.scores.tolist(), strict=True))
    for row, score in expected.items():
        if row in near or row in scores:
            assert scores[row] == pytest.approx(score, rel=1e-9)
        else:
            assert score <= found.bound
    assert set(scores) <= set(expected)
    assert make is not _bounded or found.bound > 0, "else the bound is not tested"


@makers
def test_counts_and_what_a_paper_holds(make: Make, tmp_path: Path) -> None:
    texts = {row: f"{t} {a}".split() for row, (t, a) in enumerate(_papers()) if row not in REMOVED}
    with make(tmp_path / "index") as index:
        terms = ["wa0", "wf11", "zz9"]
        assert index.document_counts(terms) == [sum(term in words for words in texts.values()) for term in terms]
        for row in (0, 7, 119):
            assert index.holds(terms, row) == [term in texts[row] for term in terms]


@makers
@pytest.mark.parametrize("field", [None, "title", "abstract"])
def test_phrases_stand_side_by_side(make: Make, tmp_path: Path, field: str | None) -> None:
    chosen = {None: (0, 1), "title": (0,), "abstract": (1,)}[field]
    expected = {
        row
        for row, texts in enumerate(_papers())
        if row not in REMOVED and any(" wa0 wa1 " in f" {texts[n]} " for n in chosen)
    }
    with make(tmp_path / "index") as index:
        found = index.phrase(["wa0", "wa1"], field)
        assert set(found.rows.tolist()) == expected
        assert (found.scores > 0).all()
        assert not len(index.phrase(["wa0", "zz9"]).rows)
    assert expected

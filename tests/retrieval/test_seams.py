"""The seams hold: a signal joins from outside, and an index that has only what the protocols name is searched."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from numpy.typing import NDArray

import semsearch
from semsearch.duplicates import IndexedPapers, find_duplicates
from semsearch.model import filters
from semsearch.model.errors import ArgumentError, QueryError
from semsearch.model.index_protocols import KnownScores, ReadableIndex, TopRows
from semsearch.model.options import MODES, SearchOptions
from semsearch.model.paper import Paper
from semsearch.model.policy import LexicalPolicy, Policy
from semsearch.retrieval import SIGNALS, Searcher, SignalSpec
from semsearch.retrieval.fusion import Weighted
from semsearch.retrieval.question import Question
from semsearch.service import Index
from tests.conftest import SAMPLE
from tests.fakes import WordEncoder
from tests.memory_index import MemoryIndex

WORDS = [f"w{letter}{n}" for letter in "abcdef" for n in range(20)]
Rows = NDArray[np.int64]
Mask = NDArray[np.bool_]


class Newer:
    """A `Signal` of one's own: 0 for the oldest year, 1 for the newest."""

    def __init__(self, index: ReadableIndex) -> None:
        rows = np.arange(len(index.dense)) if index.live is None else np.flatnonzero(index.live)
        years = np.array([paper.year or 0 for paper in index.documents.papers_at(rows.tolist())], np.float64)
        self._scores = np.zeros(len(index.dense))
        self._scores[rows] = (years - years.min()) / max(float(np.ptp(years)), 1.0)

    def top(self, k: int, mask: Mask | None) -> TopRows:
        rows = np.arange(len(self._scores)) if mask is None else np.flatnonzero(mask)
        order = rows[np.lexsort((rows, -self._scores[rows]))]
        return TopRows(order[:k], self._scores[order[:k]], float(self._scores[order[min(k, len(order) - 1)]]))

    def scores(self, rows: Rows) -> NDArray[np.float64]:
        return self._scores[rows]


class NewerAtOnce(Newer):
    """The same as a `BoostSignal`."""

    def known(self, near: Rows, mask: Mask | None) -> KnownScores:
        return self.every(mask)

    def every(self, mask: Mask | None) -> KnownScores:
        rows = np.arange(len(self._scores)) if mask is None else np.flatnonzero(mask)
        return KnownScores(rows, self._scores[rows], 0.0)


def _spec(kind: type[Newer], weight: float) -> SignalSpec:
    def make(index: ReadableIndex, question: Question) -> Weighted:
        return Weighted(kind(index), weight)

    return SignalSpec("newer papers first", make)


def _papers(count: int = 250) -> list[Paper]:
    rng = np.random.default_rng(11)
    weights = 1 / np.arange(1, len(WORDS) + 1)

    def draw(k: int) -> str:
        return " ".join(rng.choice(WORDS, k, p=weights / weights.sum()))

    return [
        Paper(
            title=draw(6),
            abstract=draw(int(rng.integers(5, 40))),
            year=2000 + n % 30,
            key=f"k{n}",
            authors=(f"{WORDS[n % 50].title()} Quill{n % 9}",),
        )
        for n in range(count)
    ]


@pytest.fixture
def filled(index: Index) -> Index:
    index.add(_papers())
    index.remove(["k3", "k77"])
    return index


QUESTIONS = ["wa0 wb7 wf19", "wa1", "wc3 wc3 wd9 we1 zz9", "zz1", "wa0 wa1 wa2 wb3 wf11"]


@pytest.mark.parametrize("where", [None, "year >= 2011", "title: wa0 and not title = wa0"])
@pytest.mark.parametrize("weight", [0.1, 1.0])
def test_a_signal_of_ones_own_joins_without_touching_the_package(
    filled: Index, where: str | None, weight: float
) -> None:
    """Both kinds of signals, and so both ways of the driver, give the order by brute force."""
    for kind in (Newer, NewerAtOnce):
        index = Index(filled.path, encoder=WordEncoder(), signals=[_spec(kind, weight)])
        for question in QUESTIONS:
            found = [hit.paper.key for hit in index.search(question, 12, where=where, collapse=False)]
            assert found == _by_brute_force(index, question, weight, where)[:12]


def _by_brute_force(index: Index, question: str, weight: float, where: str | None) -> list[str | None]:
    from semsearch.lexical import analyzer
    from semsearch.retrieval.fusion import bm25_weight

    vector = WordEncoder().encode_queries([question])[0]
    with index._directory.reader(vectors=True) as reader:
        live = np.ones(len(reader.dense), np.bool_) if reader.live is None else reader.live
        mask = live & reader.filter_mask(filters.parse(where)) if where else live
        rows = np.flatnonzero(mask)
        cosines = np.multiply(reader.dense.take(rows), vector, dtype=np.float64).sum(axis=1)
        bm25 = np.zeros(len(live))
        words = reader.lexical.scores(analyzer.terms(question))
        bm25[words.rows] = words.scores
        newer = Newer(reader).scores(rows)
        spread = max(cosines.max() - round(float(vector.astype(np.float64) @ reader.mean), 3), 1e-3)
        keys = cosines.copy()
        boost = np.zeros(len(rows))
        for scores, one in ((bm25[rows], bm25_weight(len(live))), (newer, weight)):
            if scores.max() > 0:
                boost += one * spread / scores.max() * scores
        keys += boost
        return [paper.key for paper in reader.documents.papers_at(rows[np.lexsort((rows, -keys))].tolist())]


def test_a_signal_changes_the_order(filled: Index) -> None:
    plain = [hit.paper.id for hit in filled.search("wa0 wb7 wf19", 12, collapse=False)]
    index = Index(filled.path, encoder=WordEncoder(), signals=[_spec(Newer, 1.0)])
    assert [hit.paper.id for hit in index.search("wa0 wb7 wf19", 12, collapse=False)] != plain
    assert len(SIGNALS) == 3, "the package's own table is left alone"


@pytest.fixture
def memory(filled: Index) -> MemoryIndex:
    """The same papers in the same rows, in an index that has nothing but what the protocols name."""
    with filled._directory.reader(vectors=True) as reader:
        rows = {int(row): paper for row, paper in zip(reader.paper_rows, reader.documents.papers(), strict=True)}
        thresholds = reader.thresholds
        gone = [row for row in range(len(reader.dense)) if row not in rows]
    papers = [rows.get(row, _papers()[row]) for row in range(len(rows) + len(gone))]
    return MemoryIndex(papers, WordEncoder(), without=gone, thresholds=thresholds)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("where", [None, "year >= 2011", "title: wa0 and not title = wa0"])
def test_search_in_memory_is_search_in_the_folder(
    filled: Index, memory: MemoryIndex, mode: str, where: str | None
) -> None:
    options = SearchOptions(k=10, mode=mode, where=where, explain=True)
    questions = [*QUESTIONS, '"wa0 wb1"', "Wa7 Quill7", _papers()[5].title]
    expected = filled.search(questions, 10, mode=mode, where=where, explain=True)
    for hits, wanted in zip(Searcher(memory, options, WordEncoder()).query(questions), expected, strict=True):
        assert [(h.paper.id, h.named_by, h.also) for h in hits] == [(h.paper.id, h.named_by, h.also) for h in wanted]
        assert [h.score for h in hits] == pytest.approx([h.score for h in wanted], abs=1e-6)
        assert [h.percentile for h in hits] == pytest.approx([h.percentile for h in wanted], abs=0.5)
        assert hits.match == wanted.match
        found, told = ([h.explanation for h in some if h.explanation] for some in (hits, wanted))
        assert [replace(why, adds={}) for why in found] == [replace(why, adds={}) for why in told]
        assert [dict(why.adds) for why in found] == [pytest.approx(dict(why.adds), abs=1e-6) for why in told]


def test_related_in_memory_is_related_in_the_folder(filled: Index, memory: MemoryIndex) -> None:
    ids = [paper.id for paper in filled]
    searcher = Searcher(memory, SearchOptions(k=10), WordEncoder())
    for liked, unlike, texts in (([ids[4]], [], []), ([ids[9], "k12"], [ids[30]], ["wa0 wb1"])):
        hits = searcher.related(liked, texts=texts, unlike=unlike)
        wanted = filled.related(liked, 10, text=texts or None, unlike=unlike)
        assert [h.paper.id for h in hits] == [h.paper.id for h in wanted]
        assert [h.score for h in hits] == pytest.approx([h.score for h in wanted], abs=1e-6)


def test_duplicates_in_memory_are_duplicates_in_the_folder(index: Index) -> None:
    index.add(SAMPLE)
    index.add([{"title": f"Moss and dew on north walls, part {n}", "abstract": "dew " * n} for n in (1, 2, 3)])
    memory = MemoryIndex(list(index), WordEncoder())
    found = find_duplicates(IndexedPapers(memory), threshold=0.8)
    with index.compared(0.8) as wanted:
        assert list(found.groups()) == list(wanted.groups())
        assert found.counts == wanted.counts
        assert len(list(wanted.groups())) > 1


def test_a_bounded_lexical_index_gives_the_same(filled: Index) -> None:
    policy = Policy(lexical=LexicalPolicy(score_all_below=0))
    bounded = Index(filled.path, encoder=WordEncoder(), policy=policy, signals=[_spec(NewerAtOnce, 0.1)])
    plain = Index(filled.path, encoder=WordEncoder(), signals=[_spec(NewerAtOnce, 0.1)])
    key: Callable[[Index, str], object] = lambda i, q: [(h.paper.id, h.score) for h in i.search(q, 9, collapse=False)]  # noqa: E731
    for question in QUESTIONS:
        assert key(bounded, question) == key(plain, question)


class IgnoresTheMask(Newer):
    def top(self, k: int, mask: Mask | None) -> TopRows:
        return super().top(k, None)


class NoNumbers(Newer):
    def scores(self, rows: Rows) -> NDArray[np.float64]:
        return np.full(len(rows), np.nan)


class NoSuchRow(Newer):
    def top(self, k: int, mask: Mask | None) -> TopRows:
        return TopRows(np.array([99_999]), np.array([1.0]), 0.0)


class TooFew(NewerAtOnce):
    def every(self, mask: Mask | None) -> KnownScores:
        return KnownScores(np.arange(3), np.ones(2), 0.0)


@pytest.mark.parametrize("kind", [IgnoresTheMask, NoNumbers, NoSuchRow, TooFew])
def test_a_signal_that_breaks_its_contract_is_named(filled: Index, kind: type[Newer]) -> None:
    index = Index(filled.path, encoder=WordEncoder(), signals=[_spec(kind, 0.1)])
    with pytest.raises(QueryError, match="signal 'newer papers first': "):
        index.search("wa0 wb7", 5, where="year < 2004")


@pytest.mark.parametrize("weight", [-1, float("nan"), "1"])
def test_a_weight_below_0_or_no_number_is_refused(filled: Index, weight: Any) -> None:
    index = Index(filled.path, encoder=WordEncoder(), signals=[_spec(Newer, weight)])
    with pytest.raises(QueryError, match=r"signal 'newer papers first': its weight is .*; give a number"):
        index.search("wa0", 5)


def test_what_is_no_signal_and_no_policy_is_refused_at_once(tmp_path: Path) -> None:
    spec = _spec(Newer, 1.0)
    for wrong in (None, 5, "x", [1], spec, [SignalSpec("a", cast("Any", None))]):
        with pytest.raises(ArgumentError, match="signals"):
            semsearch.open(tmp_path / "index", signals=cast("Any", wrong))
    for wrong in (5, "x"):
        with pytest.raises(ArgumentError, match="policy"):
            semsearch.open(tmp_path / "index", policy=cast("Any", wrong))
    made = semsearch.open(
        tmp_path / "index", encoder=WordEncoder(), signals=[SignalSpec("a", lambda *_: cast("Any", 3))]
    )
    made.add({"title": "moss"})
    with pytest.raises(QueryError, match="signal 'a': make returns int"):
        made.search("moss")

"""What snapshots share: an older state stays whole while a newer one is read; vector files and quantised files in many threads."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import numpy as np
import pytest

import semsearch
from semsearch.dense.flat import FlatIndex
from semsearch.dense.parts import MemoryPart
from semsearch.dense.quantiser import QuantisedVectors, Rotation
from semsearch.dense.scanners import native
from semsearch.index import IndexReader, quantised_files, segment_files, segments
from semsearch.index.segment_part import StoredPart
from semsearch.model import filters
from semsearch.model.policy import IndexPolicy, Policy
from semsearch.service import Index
from tests import oracle
from tests.conftest import SAMPLE
from tests.fakes import WordEncoder

needs_kernels = pytest.mark.skipif(native.compiled is None, reason="the package was installed without a compiler")


@pytest.fixture
def often() -> Iterator[None]:
    usual = sys.getswitchinterval()
    sys.setswitchinterval(5e-6)
    yield
    sys.setswitchinterval(usual)


def test_an_older_state_stays_whole_while_a_newer_one_is_read(index: Index) -> None:
    index.add(SAMPLE)
    index.add({"title": "A later paper on moss", "year": 2001, "id": "later"})
    shared = semsearch.open(index.path, encoder=WordEncoder())
    vector = WordEncoder().encode_queries(["barley moss"])
    early = filters.parse("year < 2030")

    def told(state: IndexReader) -> list[object]:
        rows, scores = state.dense.search(vector, 5, mask=state.live)[0]
        masks = [state.filter_mask(early).tolist(), state.paper_rows.tolist(), state.mean.tolist()]
        return [[paper.id for paper in state.documents.papers_at(rows)], scores.tolist(), *masks]

    with shared._directory.reader(vectors=True) as state:
        alone = told(state)
    again = semsearch.open(index.path, encoder=WordEncoder())
    with again._directory.reader(vectors=True) as older:
        index.remove([next(iter(index)).id])
        with again._directory.writer() as writer:
            writer.segments.compact()  # rows have other numbers now, and the files of the older state are gone
        with again._directory.reader(vectors=True) as newer:
            fresh = told(newer)
            assert told(older) == alone
            assert told(newer) == fresh
        assert told(older) == alone
    with semsearch.open(index.path, encoder=WordEncoder())._directory.reader(vectors=True) as state:
        assert told(state) == fresh
        assert told(state) != alone


def test_another_index_in_the_same_place_is_another_state(index: Index, tmp_path: Path) -> None:
    index.add({"title": "moss", "year": 2001, "id": "a"})
    assert len(index.search("moss", where="year: 2001")) == 1
    index.path.rename(tmp_path / "before")
    other = semsearch.open(index.path, encoder=WordEncoder())
    other.add({"title": "kelp", "year": 2001, "id": "b"})
    assert [hit.paper.id for hit in index.search("moss", where="year: 2001")] == [next(iter(other)).id]
    assert index.search("kelp")[0].score == other.search("kelp")[0].score


def test_sizes_of_files_that_a_writer_deletes_meanwhile(index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    index.add(SAMPLE)
    files = quantised_files.files

    def deleted(path: Path) -> list[Path]:
        (path / "codes").mkdir(exist_ok=True)
        (path / "codes" / "x.codes").touch()
        found = list(files(path))
        (path / "codes" / "x.codes").unlink()
        return found

    whole = index.status().bytes
    monkeypatch.setattr(quantised_files, "files", deleted)
    assert index.status().bytes == whole


def test_a_missing_file_ends_the_waiting_for_a_newer_commit(index: Index) -> None:
    index.add(SAMPLE)
    segment_files.path_of(index.path, 1).unlink()
    with pytest.raises(semsearch.SemsearchError, match=r"1\.faiss is missing"):
        semsearch.open(index.path, encoder=WordEncoder()).search("moss")


@needs_kernels
@pytest.mark.usefixtures("often")
def test_rows_are_read_side_by_side_and_while_another_thread_reads_all(index: Index) -> None:
    policy = Policy(index=IndexPolicy(quantised_segment_rows=200, quantised_rows=200))
    index = Index(index.path, encoder=WordEncoder(), policy=policy)
    index.add([{"title": f"moss {n} {n % 7} kelp {n % 11} {n % 13}", "id": str(n)} for n in range(2000)])
    index.compact()
    with index._directory.reader() as state:
        (segment,) = state.segments
    vectors = segments.load(index.path, segment, 64)
    for _ in range(5):
        part = StoredPart(index.path, segment, 64)
        before = part.in_memory

        def take(seed: int, part: StoredPart = part) -> bool:
            right = True
            for chance in np.random.default_rng(seed).integers(0, 2000, (5, 15)):  # together more than a quarter
                rows = np.sort(chance)
                out = np.empty((15, 64), np.float32)
                part.take(rows, out)
                right &= np.array_equal(out, vectors[rows])
            return right and part.quantised is not None

        with ThreadPoolExecutor(8) as threads:
            assert all(threads.map(take, range(8)))
        assert (before, part.in_memory) == (False, True)
        assert np.array_equal(part.rows(), vectors)


class SlowPart(MemoryPart):
    """Its quantised vectors take their time: a thread that asks for them waits until another thread has searched."""

    def __init__(self, rows: oracle.Vectors, asked: Event, go: Event, quantised: QuantisedVectors) -> None:
        super().__init__(rows)
        self._asked, self._go, self._made = asked, go, quantised

    @property
    def quantised(self) -> QuantisedVectors:
        self._asked.set()
        self._go.wait(0.5)
        return self._made

    @quantised.setter
    def quantised(self, _: object) -> None:
        pass


@needs_kernels
def test_no_search_goes_by_half_of_what_is_known_of_quantised_vectors() -> None:
    vectors = oracle.unit(np.random.default_rng(0).normal(size=(4000, 16)))
    rotation = Rotation.learned(vectors, 16)
    asked, go = Event(), Event()
    part = SlowPart(vectors[2000:], asked, go, QuantisedVectors.of(rotation, 2000, lambda a, b: vectors[2000:][a:b]))
    index = FlatIndex(16, [vectors[:2000], part])
    expected = oracle.top_k(vectors, vectors[3000], 5)[0].tolist()
    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(index.search, vectors[3000][None], 5)
        asked.wait()
        second = threads.submit(index.search, vectors[3000][None], 5)  # while the first finds out what is quantised
        go.set()
        assert [f.result()[0][0].tolist() for f in (first, second)] == [expected, expected]

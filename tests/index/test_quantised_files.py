"""Codes on disk: the same answers as without, whatever becomes of them; and rows are believed by their checksums."""

from __future__ import annotations

import random
from io import FileIO
from pathlib import Path

import numpy as np
import pytest

from semsearch.dense.scanners import native
from semsearch.index import quantised_files, quantising, segments
from semsearch.model.errors import IndexDamaged
from semsearch.model.policy import DensePolicy, Policy
from semsearch.service import Index
from tests import oracle
from tests.fakes import WordEncoder

pytestmark = pytest.mark.skipif(native.compiled is None, reason="the package was installed without a compiler")

WORDS = ["barley", "moss", "kelp", "roof", "tide", "lichen", "drought", "harbour", "spore", "gravel", "dune", "fen"]


def _papers(count: int, seed: int = 0) -> list[dict[str, str]]:
    chance = random.Random(seed)
    return [
        {"title": " ".join(chance.choices(WORDS, k=4)), "abstract": " ".join(chance.choices(WORDS, k=20)), "id": f"{seed}-{n}", "year": str(2000 + n % 50)}
        for n in range(count)
    ]  # fmt: skip


#: Quantised vectors are scanned for more than three rows, however few that is.
SMALL = Policy(dense=DensePolicy(gathered_rows=3))


@pytest.fixture
def coded(index: Index, monkeypatch: pytest.MonkeyPatch) -> Index:
    monkeypatch.setattr(quantising, "LEAST", 200)
    monkeypatch.setattr(quantising, "LEAST_ROWS", 200)
    index = Index(index.path, encoder=WordEncoder(), policy=SMALL)
    index.add(_papers(1100))  # four windows of 256 rows, and a rest without codes
    assert len(_files(index)) == 4
    return index


def _files(index: Index) -> list[Path]:
    return sorted((index.path / "codes").glob("*.codes"))


def _asked(index: Index, mode: str = "dense", where: str | None = None) -> list[tuple[str, float]]:
    opened = Index(index.path, encoder=WordEncoder(), policy=SMALL)
    hits = [opened.search(q, 7, mode=mode, collapse=False, where=where) for q in ("moss roof", "kelp", "dune fen tide")]
    hits.append(opened.related("0-5", 7, collapse=False))
    return [(hit.paper.id, hit.score) for answer in hits for hit in answer]


def _without(index: Index, monkeypatch: pytest.MonkeyPatch, mode: str = "dense", where: str | None = None) -> object:
    with monkeypatch.context() as patched:
        patched.setattr(quantised_files, "is_there", lambda *_: False)
        return _asked(index, mode, where)


@pytest.mark.parametrize("mode", ["dense", "hybrid", "bm25"])
@pytest.mark.parametrize("where", [None, "year >= 2040", "not year: 2007"])
def test_answers_are_those_without_codes(
    coded: Index, mode: str, where: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    coded.remove(["0-1", "0-300", "0-1050"])
    assert _asked(coded, mode, where=where) == _without(coded, monkeypatch, mode, where=where)


def test_the_vectors_are_not_read_but_for_a_few_rows(coded: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("semsearch.index.segment_part._SINGLE", 10.0)
    monkeypatch.setattr(segments, "read", _only_small)
    opened = Index(coded.path, encoder=WordEncoder(), policy=SMALL)
    with opened._directory.reader(vectors=True) as state:
        vectors = state.dense
        query = opened.encoder.encode_queries(["moss roof"])[0]
        rows, scores = vectors.search(query[None], 5)[0]
        assert [part.in_memory for part in vectors._parts] == [False, False, False, False, True]
    everything = np.concatenate([_loaded(coded, n) for n in range(5)])
    expected, exact = oracle.top_k(everything, query, 5)
    assert rows.tolist() == expected.tolist()
    np.testing.assert_allclose(scores, exact, atol=1e-12)


_read = segments.read


def _loaded(index: Index, place: int) -> oracle.Vectors:
    with index._directory.reader() as state:
        segment = state.segments[place]
        with segments.opened(index.path, segment) as stream:
            return _read(index.path, stream, segment, state.dim)


def _only_small(folder: Path, stream: FileIO, segment: segments.Segment, dim: int) -> oracle.Vectors:
    assert segment.count < 200, "a whole segment was read"
    return _read(folder, stream, segment, dim)


@pytest.mark.parametrize("seed", range(20))
def test_damaged_codes_are_not_used(coded: Index, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = _without(coded, monkeypatch)
    path = _files(coded)[seed % 4]
    content = bytearray(path.read_bytes())
    place = random.Random(seed).randrange(len(content) * 8)
    content[place // 8] ^= 1 << place % 8
    path.write_bytes(content if seed % 3 else content[: place // 8])
    assert _asked(coded) == expected
    told = coded.verify()
    # What says that a file is no file of codes at all, or of another rotation, makes it one that is not there.
    assert told == [] if place // 8 < 24 else "is a cache: nothing is lost" in told[0]
    coded.compact()
    assert (coded.verify(), _asked(coded)) == ([], expected)


def test_codes_of_other_vectors_are_noticed_by_verify(coded: Index) -> None:
    first, second = _files(coded)[:2]
    first.write_bytes(second.read_bytes())
    assert "is a cache" in coded.verify()[0]


def test_a_rotation_that_is_gone_or_damaged(coded: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = _without(coded, monkeypatch)
    (rotation,) = (coded.path / "codes").glob("*.rotation")
    rotation.write_bytes(rotation.read_bytes()[:-1])
    assert _asked(coded) == expected
    coded.add(_papers(1, seed=9))
    assert len(list((coded.path / "codes").glob("*.rotation"))) == 1
    assert len(_files(coded)) == 4
    assert _asked(coded) == _without(coded, monkeypatch)
    assert coded.verify() == []


def test_a_flipped_bit_in_a_row_is_found_when_the_row_is_read(coded: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("semsearch.index.segment_part._SINGLE", 10.0)
    opened = Index(coded.path, encoder=WordEncoder(), policy=SMALL)
    best = opened.search("moss roof", 1, mode="dense")[0].paper.id
    with opened._directory.reader() as state:
        row = state.documents.find(best).row
        segment = next(s for s in state.segments if s.first_row <= row < s.first_row + s.count)
        path = segments.path_of(coded.path, segment.n)
        place = segments.place_of(row - segment.first_row, state.dim) + 5
    content = bytearray(path.read_bytes())
    content[place] ^= 1
    path.write_bytes(content)
    with pytest.raises(IndexDamaged, match="checksum of row"):
        Index(coded.path, encoder=WordEncoder(), policy=SMALL).search("moss roof", 1, mode="dense")


def test_a_segment_that_is_cut_short_while_it_is_open(coded: Index) -> None:
    opened = Index(coded.path, encoder=WordEncoder(), policy=SMALL)
    with opened._directory.reader(vectors=True) as state:
        for segment in state.segments[:4]:
            path = segments.path_of(coded.path, segment.n)
            with path.open("r+b") as stream:
                stream.truncate(60)
        with pytest.raises(IndexDamaged, match="checksum"):
            state.dense.search(opened.encoder.encode_queries(["moss"]), 3)


def test_codes_follow_the_segments(coded: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    before = {path.name for path in _files(coded)}
    coded.add(_papers(5, seed=3))
    assert {path.name for path in _files(coded)} == before
    coded.add(_papers(4000, seed=4))  # segments become one, and the rotation is learned anew from what there is now
    with coded._directory.reader() as state:
        large = {quantised_files.path_of(coded.path, s).name for s in state.segments if s.count >= 200}
    assert {path.name for path in _files(coded)} == large
    assert len(list((coded.path / "codes").iterdir())) == len(large) + 1
    expected = _without(coded, monkeypatch)
    assert _asked(coded) == expected
    coded.compact()
    assert len(_files(coded)) == 1
    assert _asked(coded) == expected


def test_a_reader_goes_on_while_its_segments_are_replaced(coded: Index) -> None:
    opened = Index(coded.path, encoder=WordEncoder(), policy=SMALL)
    with opened._directory.reader(vectors=True) as state:
        vector = opened.encoder.encode_queries(["moss"])
        coded.compact()
        rows, _ = state.dense.search(vector, 3)[0]
        held = [paper.id for paper in state.documents.papers_at(rows)]
    assert held == [hit.paper.id for hit in coded.search("moss", 3, mode="dense", collapse=False)]


def test_a_cache_that_cannot_be_written_fails_no_run(index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quantising, "LEAST", 200)
    monkeypatch.setattr(quantising, "LEAST_ROWS", 200)
    index.path.mkdir()
    (index.path / "codes").write_text("in the way")
    index.add(_papers(600))
    assert (len(index), len(index.search("moss", 5)), index.verify()) == (600, 5, [])


def test_vectors_that_codes_cannot_tell_apart_have_none(coded: Index) -> None:
    coded = Index(coded.path, encoder=WordEncoder(), policy=Policy(dense=DensePolicy(most_left_out=-1.0)))
    coded.compact()
    assert _files(coded) == []
    (rotation,) = (coded.path / "codes").iterdir()
    before = rotation.stat().st_mtime_ns
    coded.add(_papers(3, seed=8))
    assert [path.stat().st_mtime_ns for path in (coded.path / "codes").iterdir()] == [before], "learned once"
    assert coded.verify() == []

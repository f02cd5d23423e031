"""Quantised vectors on disk: answers are the same without them or with damaged ones. Rows are checked when read."""

from __future__ import annotations

import random
from dataclasses import replace
from io import FileIO
from pathlib import Path

import numpy as np
import pytest

from semsearch.dense.scanners import native
from semsearch.index import quantised_files, segment_files, segments
from semsearch.model.errors import IndexDamaged
from semsearch.model.policy import DensePolicy, IndexPolicy, Policy
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


#: Segments of 200 rows are quantised, and scanned for more than three rows; rows are never read all at once.
SEGMENTS = IndexPolicy(quantised_segment_rows=200, quantised_rows=200)
SMALL = Policy(dense=DensePolicy(gathered_rows=3), index=SEGMENTS)
SINGLE_ROWS = replace(SMALL, index=replace(SEGMENTS, single_rows_share=10.0))


@pytest.fixture
def quantised(index: Index) -> Index:
    index = Index(index.path, encoder=WordEncoder(), policy=SMALL)
    index.add(_papers(1100))  # four commit batches of 256 rows, and a smaller one that is not quantised
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
def test_answers_are_those_without_quantised_vectors(
    quantised: Index, mode: str, where: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    quantised.remove(["0-1", "0-300", "0-1050"])
    assert _asked(quantised, mode, where=where) == _without(quantised, monkeypatch, mode, where=where)


def test_the_vectors_are_not_read_but_for_a_few_rows(quantised: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segments, "read", _only_small)
    opened = Index(quantised.path, encoder=WordEncoder(), policy=SINGLE_ROWS)
    with opened._directory.reader(vectors=True) as reader:
        vectors = reader.dense
        query = opened.encoder.encode_queries(["moss roof"])[0]
        rows, scores = vectors.search(query[None], 5)[0]
        assert [part.in_memory for part in vectors._parts] == [False, False, False, False, True]
    everything = np.concatenate([_loaded(quantised, n) for n in range(5)])
    expected, exact = oracle.top_k(everything, query, 5)
    assert rows.tolist() == expected.tolist()
    np.testing.assert_allclose(scores, exact, atol=1e-12)


_read = segments.read


def _loaded(index: Index, n: int) -> oracle.Vectors:
    with index._directory.reader() as reader:
        segment = reader.segments[n]
        with segment_files.opened(index.path, segment) as stream:
            return _read(index.path, stream, segment, reader.dim)


def _only_small(folder: Path, stream: FileIO, segment: segment_files.Segment, dim: int) -> oracle.Vectors:
    assert segment.count < 200, "a whole segment was read"
    return _read(folder, stream, segment, dim)


@pytest.mark.parametrize("seed", range(20))
def test_a_damaged_file_is_not_used(quantised: Index, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = _without(quantised, monkeypatch)
    path = _files(quantised)[seed % 4]
    content = bytearray(path.read_bytes())
    offset = random.Random(seed).randrange(len(content) * 8)
    content[offset // 8] ^= 1 << offset % 8
    path.write_bytes(content if seed % 3 else content[: offset // 8])
    assert _asked(quantised) == expected
    told = quantised.verify()
    # What says that a file holds no quantised vectors at all, or of another rotation, makes it one that is not there.
    assert told == [] if offset // 8 < 24 else "is a cache: nothing is lost" in told[0]
    quantised.compact()
    assert (quantised.verify(), _asked(quantised)) == ([], expected)


def test_a_file_of_other_vectors_is_noticed_by_verify(quantised: Index) -> None:
    first, second = _files(quantised)[:2]
    first.write_bytes(second.read_bytes())
    assert "is a cache" in quantised.verify()[0]


def test_a_rotation_that_is_gone_or_damaged(quantised: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = _without(quantised, monkeypatch)
    (rotation,) = (quantised.path / "codes").glob("*.rotation")
    rotation.write_bytes(rotation.read_bytes()[:-1])
    assert _asked(quantised) == expected
    quantised.add(_papers(1, seed=9))
    assert len(list((quantised.path / "codes").glob("*.rotation"))) == 1
    assert len(_files(quantised)) == 4
    assert _asked(quantised) == _without(quantised, monkeypatch)
    assert quantised.verify() == []


def test_a_flipped_bit_in_a_row_is_found_when_the_row_is_read(quantised: Index) -> None:
    opened = Index(quantised.path, encoder=WordEncoder(), policy=SINGLE_ROWS)
    best = opened.search("moss roof", 1, mode="dense")[0].paper.id
    with opened._directory.reader() as reader:
        row = reader.documents.find(best).row
        segment = next(s for s in reader.segments if s.first_row <= row < s.first_row + s.count)
        path = segment_files.path_of(quantised.path, segment.n)
        offset = segments.offset_of(row - segment.first_row, reader.dim) + 5
    content = bytearray(path.read_bytes())
    content[offset] ^= 1
    path.write_bytes(content)
    with pytest.raises(IndexDamaged, match="checksum of row"):
        Index(quantised.path, encoder=WordEncoder(), policy=SINGLE_ROWS).search("moss roof", 1, mode="dense")


def test_a_segment_that_is_cut_short_while_it_is_open(quantised: Index) -> None:
    opened = Index(quantised.path, encoder=WordEncoder(), policy=SMALL)
    with opened._directory.reader(vectors=True) as reader:
        for segment in reader.segments[:4]:
            path = segment_files.path_of(quantised.path, segment.n)
            with path.open("r+b") as stream:
                stream.truncate(60)
        with pytest.raises(IndexDamaged, match="checksum"):
            reader.dense.search(opened.encoder.encode_queries(["moss"]), 3)


def test_the_files_follow_the_segments(quantised: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    before = {path.name for path in _files(quantised)}
    quantised.add(_papers(5, seed=3))
    assert {path.name for path in _files(quantised)} == before
    quantised.add(_papers(4000, seed=4))  # segments become one, and the rotation is learned anew from what there is now
    with quantised._directory.reader() as reader:
        large = {quantised_files.path_of(quantised.path, s).name for s in reader.segments if s.count >= 200}
    assert {path.name for path in _files(quantised)} == large
    assert len(list((quantised.path / "codes").iterdir())) == len(large) + 1
    expected = _without(quantised, monkeypatch)
    assert _asked(quantised) == expected
    quantised.compact()
    assert len(_files(quantised)) == 1
    assert _asked(quantised) == expected


def test_a_reader_goes_on_while_its_segments_are_replaced(quantised: Index) -> None:
    opened = Index(quantised.path, encoder=WordEncoder(), policy=SMALL)
    with opened._directory.reader(vectors=True) as reader:
        vector = opened.encoder.encode_queries(["moss"])
        quantised.compact()
        rows, _ = reader.dense.search(vector, 3)[0]
        held = [paper.id for paper in reader.documents.papers_at(rows)]
    assert held == [hit.paper.id for hit in quantised.search("moss", 3, mode="dense", collapse=False)]


def test_a_cache_that_cannot_be_written_fails_no_run(index: Index) -> None:
    index = Index(index.path, encoder=WordEncoder(), policy=SMALL)
    index.path.mkdir()
    (index.path / "codes").write_text("in the way")
    index.add(_papers(600))
    assert (len(index), len(index.search("moss", 5)), index.verify()) == (600, 5, [])


def test_vectors_that_quantising_cannot_tell_apart_have_no_file(quantised: Index) -> None:
    quantised = Index(
        quantised.path, encoder=WordEncoder(), policy=replace(SMALL, dense=DensePolicy(most_left_out=-1.0))
    )
    quantised.compact()
    assert _files(quantised) == []
    (rotation,) = (quantised.path / "codes").iterdir()
    before = rotation.stat().st_mtime_ns
    quantised.add(_papers(3, seed=8))
    assert [path.stat().st_mtime_ns for path in (quantised.path / "codes").iterdir()] == [before], "learned once"
    assert quantised.verify() == []

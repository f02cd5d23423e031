"""The index directory: outcomes of records, segments, removal, compaction, snapshots, other processes."""

from __future__ import annotations

import itertools
import json
import os
import sqlite3
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import semsearch
from semsearch.index import IndexDirectory, segments
from semsearch.index.segment_files import Segment
from semsearch.index.segments import to_merge
from semsearch.model.errors import EncoderMismatch, IndexBusy, IndexFormat, IndexMissing, UnknownPaper
from semsearch.model.policy import IndexPolicy
from semsearch.service import Index
from semsearch.workflows.indexing import IndexReport
from tests.conftest import ROOT, SAMPLE
from tests.fakes import WordEncoder


def write(path: Path, *records: Mapping[str, object]) -> Path:
    path.write_text("".join(json.dumps(r) + "\n" for r in records), "utf-8")
    return path


def counts(report: IndexReport) -> tuple[int, int, int, int, int]:
    terms = (report.indexed, report.updated, report.unchanged, report.duplicates, report.rejected)
    assert report.read == sum(terms)
    return report.read, report.indexed, report.unchanged, report.duplicates, report.rejected


def test_indexing_twice_embeds_nothing(index: Index, encoder: WordEncoder) -> None:
    assert counts(index.add(SAMPLE)) == (22, 22, 0, 0, 0)
    encoder.encoded.clear()
    again = index.add(SAMPLE)
    assert counts(again) == (22, 0, 22, 0, 0)
    assert encoder.encoded == []
    assert again.embedded == 0


def test_a_changed_text_is_embedded_again_and_the_old_vector_is_gone(
    index: Index, encoder: WordEncoder, tmp_path: Path
) -> None:
    a = {"doi": "10.5555/a", "title": "Kelp forests", "abstract": "old words"}
    b = {"doi": "10.5555/b", "title": "Urchin barrens", "abstract": "still here"}
    path = write(tmp_path / "x.jsonl", a, b)
    index.add(path)
    encoder.encoded.clear()
    write(path, a | {"abstract": "new words"}, b)
    report = index.add(path)
    assert (counts(report), report.updated) == ((2, 0, 1, 0, 0), 1)
    assert encoder.encoded == ["Kelp forests new words"]
    assert len(index) == 2
    assert index.get("10.5555/a").abstract == "new words"
    assert [h.paper.id for h in index.search("kelp new", 10)] == ["doi:10.5555/a", "doi:10.5555/b"]
    assert index.verify() == []


def test_changed_metadata_is_stored_but_not_embedded(index: Index, encoder: WordEncoder, tmp_path: Path) -> None:
    path = write(tmp_path / "x.jsonl", {"id": "k", "title": "Kelp", "year": 2030})
    index.add(path)
    encoder.encoded.clear()
    write(path, {"id": "k", "title": "Kelp", "year": 2031})
    report = index.add(path)
    assert (counts(report), report.updated) == ((1, 0, 0, 0, 0), 1)
    assert [dict(update.changes) for update in report.updates] == [{"year": (2030, 2031)}]
    assert encoder.encoded == []
    assert [p.year for p in index] == [2031]


def test_a_second_reading_fills_gaps_and_is_counted(index: Index, encoder: WordEncoder, tmp_path: Path) -> None:
    first = write(tmp_path / "a.jsonl", {"doi": "10.5555/a", "title": "Kelp forests of the north"})
    second = write(
        tmp_path / "b.jsonl",
        {
            "doi": "https://doi.org/10.5555/A",
            "title": "Kelp forests of the north",
            "abstract": "We dive.",
            "pmid": "77",
        },
    )
    index.add(first)
    assert counts(index.add(second)) == (1, 0, 0, 1, 0)
    paper = index.get("pmid:77")
    assert (paper.id, paper.title, paper.abstract) == ("doi:10.5555/a", "Kelp forests of the north", "We dive.")
    assert encoder.encoded[-1] == "Kelp forests of the north We dive."
    assert [Path(r.file).name for r in index.readings(paper.id)] == ["b.jsonl", "a.jsonl"]
    encoder.encoded.clear()
    assert counts(index.add(first)) == (1, 0, 0, 1, 0)
    assert counts(index.add(second)) == (1, 0, 1, 0, 0)  # the newer file is the one that counts
    assert encoder.encoded == []
    assert index.verify() == []


def test_a_file_that_has_moved_is_the_same_source(index: Index, encoder: WordEncoder, tmp_path: Path) -> None:
    record = {"doi": "10.5555/a", "title": "Kelp forests", "abstract": "old words"}
    path = write(tmp_path / "old.jsonl", record, {"title": "Without identifier"})
    index.add(path)
    encoder.encoded.clear()
    path = path.rename(tmp_path / "new.jsonl")
    assert counts(index.add(path)) == (2, 0, 2, 0, 0)
    assert encoder.encoded == []
    write(path, record | {"abstract": "new words"}, {"title": "Without identifier"})
    assert counts(index.add(path)) == (2, 0, 1, 0, 0)
    assert index.get("10.5555/a").abstract == "new words"
    assert [Path(r.file).name for r in index.readings("10.5555/a")] == ["new.jsonl"]


def test_one_identifier_on_two_works_keeps_both(index: Index, tmp_path: Path) -> None:
    path = write(
        tmp_path / "volume.jsonl",
        {"doi": "10.5555/volume", "title": "Kelp forests in winter", "abstract": "a"},
        {"doi": "10.5555/volume", "title": "Translating sign language", "abstract": "b"},
        {"doi": "10.5555/volume", "title": "Kelp forests in Winter", "abstract": "a"},
    )
    assert counts(index.add(path)) == (3, 2, 0, 1, 0)
    assert sorted(p.title for p in index) == ["Kelp forests in winter", "Translating sign language"]
    assert counts(index.add(path)) == (3, 0, 2, 1, 0)


def test_records_without_identifier_are_one_only_if_equal(index: Index, tmp_path: Path) -> None:
    same = {"title": "Editorial", "year": 2030, "venue": "Imagined Letters"}
    path = write(tmp_path / "x.jsonl", same, same, same | {"year": 2031}, same | {"id": "other key"})
    assert counts(index.add(path)) == (4, 3, 0, 1, 0)
    assert counts(index.add(path)) == (4, 0, 3, 1, 0)


def test_prune_removes_what_the_file_no_longer_holds(index: Index, tmp_path: Path) -> None:
    folder = tmp_path / "papers"
    folder.mkdir()
    a, b, c = ({"doi": f"10.5555/{x}", "title": f"Paper {x} of its own kind"} for x in "abc")
    write(folder / "one.jsonl", a, b)
    write(folder / "two.jsonl", b, c)
    elsewhere = write(tmp_path / "elsewhere.jsonl", {"doi": "10.5555/z", "title": "Far away"})
    index.add(folder)
    index.add(elsewhere)
    write(folder / "one.jsonl", a)
    assert index.add(folder).pruned == 0
    assert len(index) == 4  # without --prune nothing goes
    assert index.add(folder, prune=True).pruned == 0  # b is still in two.jsonl
    (folder / "two.jsonl").unlink()
    assert index.add(folder, prune=True).pruned == 2
    assert sorted(p.id for p in index) == ["doi:10.5555/a", "doi:10.5555/z"]
    assert index.verify() == []


def test_prune_spares_a_file_that_could_not_be_read_to_its_end(index: Index, tmp_path: Path) -> None:
    import gzip

    whole = gzip.compress(SAMPLE.read_bytes())
    path = tmp_path / "x.jsonl.gz"
    path.write_bytes(whole)
    index.add(path)
    path.write_bytes(whole[: len(whole) // 2])
    report = index.add(path, prune=True)
    assert report.pruned == 0
    assert report.incomplete == [str(path)]
    assert len(index) >= 22


def _zipped(path: Path, *records: Mapping[str, object]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("papers.jsonl", "".join(json.dumps(r) + "\n" for r in records))
    return path


def test_a_member_of_an_archive_stays_the_first_reading(index: Index, encoder: WordEncoder, tmp_path: Path) -> None:
    record = {"doi": "10.5555/a", "title": "Kelp forests", "abstract": "in the archive"}
    archive = _zipped(tmp_path / "x.zip", record)
    other = write(tmp_path / "y.jsonl", record | {"abstract": "elsewhere"})
    os.utime(other, (1, 1))  # older than the archive, so that its reading does not count
    index.add(archive)
    assert counts(index.add(other)) == (1, 0, 0, 1, 0)
    encoder.encoded.clear()
    assert counts(index.add(archive)) == (1, 0, 1, 0, 0)
    assert encoder.encoded == []
    assert index.get("10.5555/a").abstract == "in the archive"


def test_prune_spares_an_archive_that_could_not_be_read(index: Index, tmp_path: Path) -> None:
    folder = tmp_path / "pile"
    folder.mkdir()
    archive = _zipped(folder / "x.zip", {"doi": "10.5555/a", "title": "In the archive"})
    write(folder / "y.jsonl", {"doi": "10.5555/b", "title": "A neighbour"})
    index.add(folder)
    archive.write_bytes(archive.read_bytes()[:60])
    report = index.add(folder, prune=True)
    assert (report.pruned, report.unchanged, report.skipped) == (0, 1, [str(archive)])
    assert len(index) == 2
    archive.unlink()
    assert index.add(folder, prune=True).pruned == 1


def test_remove_all_or_none_in_any_dressing(index: Index) -> None:
    index.add(SAMPLE)
    with pytest.raises(UnknownPaper):
        index.remove(["10.5555/jia.2031.0417", "nobody"])
    assert len(index) == 22
    assert index.remove(["https://doi.org/10.5555/JIA.2031.0417", "arXiv:3301.00017v2"]) == [
        "doi:10.5555/jia.2031.0417",
        "arxiv:3301.00017",
    ]
    assert len(index) == 20
    assert len(index.search("barley", 100, collapse=False)) == 20
    assert index.verify() == []


def test_compact_changes_no_answer(index: Index) -> None:
    index.add(SAMPLE)
    index.remove(["10.5555/jia.2031.0417", "10.5555/fwh.2029.7"])
    index.add({"title": "One more", "abstract": "about bird song"})
    before = [h.to_dict() for h in index.search("bird song near hospitals", 30)]
    assert index.compact() == 2
    assert [h.to_dict() for h in index.search("bird song near hospitals", 30)] == before
    assert (index.status().rows, index.status().segments, index.verify()) == (21, 1, [])
    assert index.compact() == 0


def test_compacting_what_is_empty(index: Index, tmp_path: Path) -> None:
    index.add(write(tmp_path / "x.jsonl", {"title": "Alone"}))
    index.remove([next(iter(index)).id])
    assert index.compact() == 1
    assert (len(index), index.verify(), list(index.search("x"))) == (0, [], [])
    index.add({"title": "Again"})
    assert len(index.search("again")) == 1


def test_segments_are_merged_and_old_files_go(index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("semsearch.workflows.indexing.BATCH", 5)
    index.add({"title": f"paper number {n}"} for n in range(400))
    assert index.status().segments < 16
    files = list((index.path / "vectors").iterdir())
    assert len(files) == 2 * index.status().segments, "vectors and words"
    assert index.verify() == []
    assert "paper number 123" in [h.paper.title for h in index.search("paper number 123", 30) if h.score > 0.9999]


def test_merging_is_near_linear_and_leaves_few_files() -> None:
    files: list[Segment] = []
    written = 0
    for n in range(4000):
        files.append(Segment(n, 256 * n, 256, 0, "", 0, ""))
        if chosen := to_merge(files, 384, IndexPolicy()):
            total, place = sum(s.count for s in chosen), files.index(chosen[0])
            written += total
            assert total * 384 * 4 <= 2**26
            files[place : place + len(chosen)] = [Segment(n, chosen[0].first_row, total, 0, "", 0, "")]
        assert [s.first_row for s in files] == list(itertools.accumulate((s.count for s in files[:-1]), initial=0))
    assert written <= 4000 * 256 * 3
    assert len(files) <= 4000 * 256 / 40_000 + 3 * 16


def test_an_index_made_by_another_encoder_is_refused(index: Index) -> None:
    index.add(SAMPLE)
    other = semsearch.open(index.path, encoder=WordEncoder(dim=32, name="other"))
    for refused in (lambda: other.search("x"), lambda: other.add(SAMPLE), lambda: other.related(text="x")):
        with pytest.raises(EncoderMismatch, match=r"model=words .* not with model=other .*--index NEW"):
            refused()
    assert len(other.related("10.5555/jia.2031.0417")) == 10  # needs no encoder


def test_the_same_weights_under_another_name_are_the_same_encoder(index: Index) -> None:
    index.add(SAMPLE)
    renamed = WordEncoder()
    renamed._name = "words"
    assert semsearch.open(index.path, encoder=renamed).search("barley", 1)


def test_a_second_writer_is_refused_and_readers_go_on(index: Index) -> None:
    index.add(SAMPLE)
    with IndexDirectory(index.path).writer() as writer:
        writer.begin()
        writer.put(replace(index.get("10.5555/jia.2031.0417"), id="doi:10.5555/new", doi="10.5555/new"))
        assert len(index.search("barley", 3)) == 3
        script = f"import semsearch\nsemsearch.open({str(index.path)!r}).remove(['10.5555/jia.2031.0417'])"
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, check=False)
        assert "IndexBusy" in done.stderr
        assert "another process is writing" in done.stderr
    with IndexDirectory(index.path).writer():
        pass  # the lock is free again


def test_one_process_cannot_write_twice_at_once(index: Index) -> None:
    index.add(SAMPLE)
    with IndexDirectory(index.path).writer(), pytest.raises(IndexBusy):
        IndexDirectory(index.path).writer()


def test_a_reader_that_meets_a_compaction_reads_the_newer_state(index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    index.add(SAMPLE)
    index.add({"title": "A second segment"})
    done: list[bool] = []
    original = segments.load

    def compact_first(*arguments: object) -> object:
        if not done:
            done.append(True)
            semsearch.open(index.path, encoder=WordEncoder()).compact()
        return original(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(segments, "load", compact_first)
    assert len(index.search("barley", 30, collapse=False)) == 23


def test_what_is_no_index(tmp_path: Path) -> None:
    with pytest.raises(IndexMissing, match="make it with 'semsearch index FILE…'"):
        semsearch.open(tmp_path / "nothing").search("x")
    with pytest.raises(IndexMissing):
        semsearch.open(tmp_path / "nothing").remove(["x"])
    assert not (tmp_path / "nothing").exists()
    (tmp_path / "semsearch.db").write_bytes(b"this is no database, but long enough to be looked at" * 20)
    with pytest.raises(IndexFormat, match="not an SQLite file"):
        semsearch.open(tmp_path).status()
    (tmp_path / "semsearch.db").unlink()
    with sqlite3.connect(tmp_path / "semsearch.db") as foreign:
        foreign.execute("CREATE TABLE other (x)")
    foreign.close()
    for use in (
        lambda: semsearch.open(tmp_path).status(),
        lambda: semsearch.open(tmp_path, encoder=WordEncoder()).add(SAMPLE),
    ):
        with pytest.raises(IndexFormat, match="not made by semsearch"):
            use()


def test_a_later_format_is_refused(index: Index) -> None:
    index.add(SAMPLE)
    with sqlite3.connect(index.path / "semsearch.db") as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(IndexFormat, match="is of format 99"):
        index.search("x")


def test_any_faiss_can_open_the_vectors(index: Index) -> None:
    import faiss

    index.add(SAMPLE)
    (file,) = (index.path / "vectors").glob("*.faiss")
    flat = faiss.read_index(str(file))
    assert (flat.ntotal, flat.d, flat.metric_type) == (22, 64, faiss.METRIC_INNER_PRODUCT)
    np.testing.assert_allclose(np.linalg.norm(flat.reconstruct_n(0, 22), axis=1), 1, atol=1e-6)

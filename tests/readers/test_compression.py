"""Archives: the files inside are read like other files; a decompression bomb or damage is one rejected record."""

from __future__ import annotations

import gzip
import zipfile
from pathlib import Path

import pytest

from semsearch.model.errors import MalformedSource
from semsearch.model.paper import Paper, Rejected
from semsearch.readers import open_sources
from tests.conftest import DATA, SAMPLE
from tests.readers.test_readers import read


def _records(path: Path) -> list[Paper | Rejected]:
    return [record for source in open_sources([str(path)]) for record in source.records()]


def test_zip_of_several_formats(tmp_path: Path) -> None:
    path = tmp_path / "exports.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(SAMPLE, "a/papers.jsonl")
        archive.write(DATA / "dialects.ris", "b/dialects.ris")
        archive.writestr("c/papers.jsonl.gz", gzip.compress(SAMPLE.read_bytes()))
        archive.writestr("__MACOSX/a", "x")
        archive.writestr("readme.md", "no papers")
    sources = open_sources([str(path)])
    assert [(s.name.removeprefix(f"{path}/"), s.format.name if s.format else None) for s in sources] == [
        ("a/papers.jsonl", "json"),
        ("b/dialects.ris", "ris"),
        ("c/papers.jsonl.gz", "json"),
        ("readme.md", None),
    ]
    records = _records(path)
    assert len(records) == 22 + 5 + 22
    assert isinstance(records[0], Paper)
    assert records[0].source.file == f"{path}/a/papers.jsonl"


def test_members_of_a_zip_whose_paths_begin_with_dots_are_not_hidden(tmp_path: Path) -> None:
    path = tmp_path / "exports.zip"
    named = [
        "./a.ris",
        "./papers/b.ris",
        "../c.ris",
        "d.ris",
        "x/./e.ris",
        "x/../f.ris",
        ".\\g.ris",
        "__MACOSX_old.ris",
    ]
    hidden = [
        ".h.ris",
        "./.i/j.ris",
        "../.k.ris",
        ".git/l.ris",
        "__MACOSX/m.ris",
        "./__MACOSX/n.ris",
        "...",
        "x\\.o.ris",
    ]
    with zipfile.ZipFile(path, "w") as archive:
        for name in (*named, *hidden):
            archive.writestr(name, f"TY  - JOUR\nTI  - {name}\nER  - \n")
    records = _records(path)
    assert sorted(r.source.file for r in records) == sorted(f"{path}/{name}" for name in named)
    assert all(isinstance(record, Paper) for record in records)


def test_zstd(tmp_path: Path) -> None:
    zstandard = pytest.importorskip("zstandard")
    path = tmp_path / "papers.jsonl.zst"
    path.write_bytes(zstandard.compress(SAMPLE.read_bytes()) * 2)
    assert len(_records(path)) == 44
    path.write_bytes(zstandard.compress(SAMPLE.read_bytes() * 99)[:-300])
    assert "damaged or cut short" in str(_records(path)[-1])


@pytest.mark.parametrize("kind", ["gzip", "zip"])
def test_bombs_are_refused_without_filling_memory(kind: str, tmp_path: Path) -> None:
    path = tmp_path / f"bomb.jsonl.{ {'gzip': 'gz'}.get(kind, kind) }"
    zeros = b'{"title": "a"}\n' * 10 + b" " * (150 * 2**20)
    if kind == "gzip":
        path.write_bytes(gzip.compress(zeros, 9))
    else:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("bomb.jsonl", zeros)
    records = _records(path)
    assert sum(isinstance(r, Paper) for r in records) == 10
    assert isinstance(records[-1], Rejected)
    assert "expands to more than 200 times" in records[-1].reason


def test_damaged_archives(tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    path.write_bytes(b"PK\x03\x04 but no archive")
    with pytest.raises(MalformedSource, match="empty or damaged zip"):
        open_sources([str(path)])
    cut = tmp_path / "cut.xml.gz"
    cut.write_bytes(gzip.compress((DATA / "pubmed.xml").read_bytes())[:-400])
    records = _records(cut)
    assert isinstance(records[-1], Rejected)


def test_xlsx(tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    sheet = book.active
    for row in (
        ["Article Title", "Abstract Note", "Authors", "Publication Year", "DOI", "Notes"],
        ["Moss", "We look.", "Falkenrath, Ines; Marrick, Tobu", 2031, "10.5555/XL", "x"],
        [],
        [None, None, "Nobody", 2030, None, None],
    ):
        sheet.append(row)
    other = book.create_sheet("other")
    other.append(["colour", "size"])
    other.append(["red", 3])
    book.save(tmp_path / "x.xlsx")
    paper, *rejected = _records(tmp_path / "x.xlsx")
    assert isinstance(paper, Paper)
    assert (paper.title, paper.year, paper.doi, paper.source.line) == ("Moss", 2031, "10.5555/xl", 2)
    assert paper.authors == ("Falkenrath, Ines", "Marrick, Tobu")
    assert paper.extra == {"Notes": "x"}
    assert [r.source.line for r in rejected] == [4, 2]
    (tmp_path / "broken.xlsx").write_bytes((tmp_path / "x.xlsx").read_bytes()[:-200])
    with pytest.raises(MalformedSource):
        open_sources([str(tmp_path / "broken.xlsx")])


def test_a_beir_folder_has_its_papers_in_the_corpus_only(tmp_path: Path) -> None:
    (tmp_path / "corpus.jsonl").write_text('{"_id": "7", "title": "A", "text": "B"}\n')
    (tmp_path / "queries.jsonl").write_text('{"_id": "1", "text": "what?"}\n')
    (tmp_path / "qrels").mkdir()
    (tmp_path / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\n1\t7\t1\n")
    (paper,) = _records(tmp_path)
    assert isinstance(paper, Paper)
    assert (paper.key, paper.title, paper.abstract) == ("7", "A", "B")


def test_a_workbook_that_is_a_bomb_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(DATA / "papers.xlsx") as source, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            target.writestr(name, source.read(name))
        target.writestr("xl/bomb.xml", b" " * (100 * 2**20))
    papers, (rejected,) = read(path)
    assert not papers
    assert "as decompression bombs do" in rejected.reason

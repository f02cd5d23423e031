"""Every `DocumentStore`: records by row and by what names them."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from semsearch.model.errors import UnknownPaper
from semsearch.model.identifier import Identifier
from semsearch.model.index_protocols import DocumentStore
from semsearch.model.paper import Paper
from semsearch.service import Index
from tests.fakes import WordEncoder
from tests.memory_index import MemoryDocuments, with_ids

PAPERS = [
    Paper(
        title="Moss on roofs",
        doi="10.5555/a",
        authors=("Ida Quillmont", "Bo Ostrov"),
        year=2031,
        venue="Imagined Botany",
    ),
    Paper(title="Kelp in winter", arxiv_id="2405.14488", authors=("Ostrov, Bo",), year=2031, keywords=("tidal pools",)),
    Paper(title="Gone", doi="10.5555/gone", authors=("Ida Quillmont",), year=2031),
    Paper(title="Lichen, a memoir", key="own-key", year=2019, authors=("Quillmont Ida van der",)),
]
GONE = 2


@contextlib.contextmanager
def _in_folder(folder: Path) -> Iterator[DocumentStore]:
    index = Index(folder, encoder=WordEncoder())
    index.add(PAPERS)
    index.remove("10.5555/gone")
    with index._directory.reader() as reader:
        yield reader.documents


@contextlib.contextmanager
def _in_memory(folder: Path) -> Iterator[DocumentStore]:
    del folder
    yield MemoryDocuments([None if row == GONE else paper for row, paper in enumerate(with_ids(PAPERS))])


Make = Callable[[Path], contextlib.AbstractContextManager[DocumentStore]]
makers = pytest.mark.parametrize("make", [_in_folder, _in_memory], ids=["folder", "in memory, by the protocol only"])


@makers
def test_records_by_row(make: Make, tmp_path: Path) -> None:
    with make(tmp_path / "index") as documents:
        assert len(documents) == 3
        assert [paper.title for paper in documents.papers()] == ["Moss on roofs", "Kelp in winter", "Lichen, a memoir"]
        assert [paper.title for paper in documents.papers_at([3, 0, 3])] == [
            "Lichen, a memoir", "Moss on roofs", "Lichen, a memoir",
        ]  # fmt: skip
        assert documents.papers_at([]) == []


@makers
def test_what_names_a_paper(make: Make, tmp_path: Path) -> None:
    with make(tmp_path / "index") as documents:
        assert tuple(documents.find("doi:10.5555/a")) == ("doi:10.5555/a", 0)
        assert documents.find("own-key").row == 3
        assert documents.row_of_identifier(Identifier("arxiv", "2405.14488")) == 1
        assert documents.row_of_identifier(Identifier("doi", "10.5555/gone")) is None
        for unknown in ("doi:10.5555/gone", "nobody"):
            with pytest.raises(UnknownPaper):
                documents.find(unknown)


@makers
def test_authors_names_and_years(make: Make, tmp_path: Path) -> None:
    with make(tmp_path / "index") as documents:
        assert documents.rows_of_author(["ida quillmont", "quillmont ida"]).tolist() == [0, 3]
        assert documents.rows_of_author(["ostrov"]).tolist() == [0, 1]
        assert documents.rows_of_author(["ostrov ida"]).tolist() == []
        assert [documents.count_named(word) for word in ("ostrov", "botany", "tidal", "moss")] == [2, 1, 1, 0]
        assert [documents.count_of_year(year) for year in (2031, 2019, 1999)] == [2, 1, 0]
        assert sorted(documents.words_of("author")) == ["bo", "der", "ida", "ostrov", "quillmont", "van"]
        assert [sorted(documents.words_of(field)) for field in ("venue", "category", "tag", "year", "language")] == [
            ["botany", "imagined"], ["pools", "tidal"], ["pools", "tidal"], ["2019", "2031"], [],
        ]  # fmt: skip

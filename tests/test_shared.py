"""The real documents and corpora of ../shared; skipped with a reason where they are absent."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from semsearch.engine import Index
from semsearch.paper import Paper, Rejected
from semsearch.readers import open_sources


def _records(path: Path) -> list[Paper | Rejected]:
    return [record for source in open_sources([str(path)]) for record in source.records()]


def test_the_seeds_are_twenty_papers(shared: Path, index: Index) -> None:
    records = _records(shared / "seeds")
    papers = [r for r in records if isinstance(r, Paper)]
    assert len(papers) == len(records) == 20
    assert sorted(Path(p.source.file).name[:3] for p in papers) == ["000"] * 10 + ["003"] * 10
    by_arxiv = {p.arxiv_id: p for p in papers if p.arxiv_id}
    assert len(by_arxiv) == 10
    assert "MoGU" in by_arxiv["2405.14488"].abstract
    assert [p.doi for p in papers if p.doi] == ["10.18653/v1/2023.emnlp-main.918"]
    assert by_arxiv["2403.08377"].doi
    assert "DDI" in by_arxiv["2403.08377"].abstract
    assert len([p for p in papers if p.comment]) == 3
    assert all(not set("\\~") & set(p.abstract.replace("https://", "")) for p in papers)
    assert index.add(shared / "seeds").indexed == 20
    assert index.add(shared / "seeds").embedded == 0


@pytest.mark.parametrize("name", ["arxiv_cs_dev20k", "arxiv_astro", "arxiv_cr"])
def test_bulk_corpora_are_conserved(shared: Path, name: str) -> None:
    path = shared / "data" / "bulk" / f"{name}.jsonl.gz"
    with gzip.open(path) as stream:
        lines = sum(1 for line in stream if line.strip())
    records = _records(path)
    assert len(records) == lines
    assert all(isinstance(r, Paper) and r.arxiv_id and r.title and r.abstract for r in records)


@pytest.mark.parametrize("name", ["scifact", "cranfield", "med", "cisi", "scitldr_dev"])
def test_retrieval_corpora_are_conserved(shared: Path, name: str) -> None:
    path = shared / "data" / "retrieval" / name / "corpus.jsonl"
    records = _records(path)
    assert len(records) == sum(1 for line in path.read_bytes().split(b"\n") if line.strip())
    assert all(record.key for record in records if isinstance(record, Paper))

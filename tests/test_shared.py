"""The real documents and corpora of ../shared; skipped with a reason where they are absent."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

import semsearch
from semsearch.model.paper import Paper, Rejected
from semsearch.readers import open_sources
from semsearch.service import Index


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
    papers = [record for record in records if isinstance(record, Paper)]
    assert len(papers) >= 0.9 * len(records) > 0
    assert all(paper.key for paper in papers)


#: For each paper of the seeds, by file and line, a question in other words than its abstract's.
QUESTIONS = {
    ("000", 1): "making a customised chatbot safe again, without training it anew",
    ("000", 2): "how well can AI programmers carry out analytics projects on messy tables?",
    ("000", 3): "are facts about things and facts about links between things kept in different parts of a network?",
    ("000", 4): "detecting happenings on Twitter-like platforms without pooling everybody's private posts",
    ("000", 5): "one chatbot that can act as many different fictional personas",
    ("000", 6): "a test set for changing how two entities are connected in a model's memory",
    ("000", 7): "open source software for asking questions about spreadsheets",
    ("000", 8): "checking statements over several pieces of Wikipedia evidence, with the reasons spelled out",
    ("000", 9): "do chatbots understand dates and when things took place?",
    ("000", 10): "combining cells and passages in three steps to answer difficult questions",
    ("003", 1): "stop assistants from refusing harmless requests by mixing a safe and a helpful copy",
    ("003", 2): "patching an aligned model afterwards so that it is neither unsafe nor overly cautious",
    ("003", 4): "joining several models' outputs although their token sets are not the same",
    ("003", 6): "deciding whether a claim is true and saying why, with the help of generated rationale",
    ("003", 8): "can models use general truths, in place of rote learning, when they reason?",
    ("003", 9): "harmful combinations of medicines that have just come to the market",
    ("003", 10): "how do different network designs behave when looked at ability by ability?",
    ("003", 11): "teaching small students step-by-step thinking from a big teacher efficiently",
    ("003", 12): "sparse experts as a teacher whose skill passes to a dense network",
    ("003", 13): "which kinds of training text give a model which of its skills?",
}


@pytest.mark.model
def test_each_seed_is_found_by_a_question_in_other_words(shared: Path, tmp_path: Path) -> None:
    index = semsearch.open(tmp_path / "index")
    index.add(shared / "seeds")
    ranks = {}
    for (file, line), question in QUESTIONS.items():
        for hit in index.search(question, 20):
            if Path(hit.paper.source.file).name.startswith(file) and hit.paper.source.line == line:
                ranks[question] = hit.rank
    assert sorted(ranks) == sorted(QUESTIONS.values())
    assert {question: rank for question, rank in ranks.items() if rank > 3} == {}

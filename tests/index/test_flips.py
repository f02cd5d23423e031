"""Flipped bits anywhere in an index: an answer that differs is an error, or `verify` tells of the damage."""

from __future__ import annotations

import json
import random
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

import semsearch
from semsearch.model.errors import SemsearchError
from semsearch.service import Index
from tests.conftest import SAMPLE
from tests.fakes import WordEncoder

FLIPS = 60


def build(folder: Path, papers: int = 60) -> Path:
    """An index with a row of every kind in it; returns its folder."""
    index = semsearch.open(folder / "index", encoder=WordEncoder())
    words = ("barley", "moss", "kelp", "germ", "plasma", "orbit", "enzyme", "glacier", "lichen", "quartz")
    rng = random.Random(1)
    records = [
        {
            "key": f"k{n}", "doi": f"10.5555/flip.{n}" if n % 3 else "", "title": " ".join(rng.choices(words, k=5)),
            "abstract": " ".join(rng.choices(words, k=40)) if n % 5 else "", "authors": [f"{rng.choice(words).title()}, A."],
            "year": 2030 + n % 7, "venue": f"Journal of {rng.choice(words)}", "tags": ["read"] if n % 2 else [],
            "language": "en" if n % 4 else "",
        }
        for n in range(papers)
    ]  # fmt: skip
    file = folder / "papers.jsonl"
    file.write_text("".join(json.dumps(r) + "\n" for r in records) + '{"no": "paper"}\n', "utf-8")
    index.add(file)
    index.add([{"doi": "10.5555/flip.1", "title": records[1]["title"], "pages": "1-2"}])
    index.add(SAMPLE)
    index.remove(["10.5555/flip.4"])
    with closing(sqlite3.connect(index.path / "semsearch.db")) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return index.path


def answers(index: Index) -> Any:
    """What an index answers to all that it can be asked without being changed."""
    found: list[Any] = [
        [
            (hit.paper.id, hit.score, hit.percentile)
            for hit in index.search(question, 100, collapse=False, mode=mode, where=where)
        ]
        for question in ("barley kelp in moss", "glacier", "how can hospitals fight germs")
        for mode in ("hybrid", "bm25")
        for where in (None, "year>=2033 tag:read", "author:barley or venue:moss", "language:en has:abstract")
    ]
    papers = list(index)
    found += [paper.to_dict() for paper in papers]
    found += [index.readings(paper.id) for paper in papers[::7]]
    found += [index.get(f"k{number}").id for number in (5, 11)]
    found += [remark.to_dict() for remark in index.remarks()]
    found += [[hit.paper.id for hit in index.related(papers[3].id, 5)], index.status().to_dict() | {"bytes": 0}]
    return found


def flips(path: Path, count: int, seed: int = 0) -> Iterator[tuple[int, str]]:
    """Flip bits of the database one by one, and put each back; yields the place, and what came of it.

    ``harmless``: the answers are the same; ``refused``: an error; ``told``: other answers; and `verify` says so;
    ``SILENT``: an error or other answers, and `verify` says that all is well.
    """
    file = path / "semsearch.db"
    whole = file.read_bytes()
    expected = answers(semsearch.open(path, encoder=WordEncoder()))
    rng = random.Random(seed)
    for _ in range(count):
        place = rng.randrange(len(whole) * 8)
        content = bytearray(whole)
        content[place // 8] ^= 1 << place % 8
        file.write_bytes(content)
        index = semsearch.open(path, encoder=WordEncoder())
        try:
            outcome = "harmless" if answers(index) == expected else "told"
        except SemsearchError:
            outcome = "refused"
        try:
            told = index.verify() != []
        except SemsearchError:
            told = True
        yield place, outcome if told or outcome == "harmless" else "SILENT"
    file.write_bytes(whole)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("flips"))


@pytest.fixture
def path(built: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(built, tmp_path / "copy"))


def test_no_flip_changes_an_answer_in_silence(path: Path) -> None:
    outcomes = dict(flips(path, FLIPS))
    assert "SILENT" not in outcomes.values(), [place for place, word in outcomes.items() if word == "SILENT"]
    assert "refused" in outcomes.values()
    assert semsearch.open(path, encoder=WordEncoder()).verify() == []

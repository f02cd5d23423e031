"""The writer of an index, the collapsing of hits and the duplicates agree on what is one paper."""

from __future__ import annotations

import json
import re
import string
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import assume, given, settings

import semsearch
from semsearch.duplicates import ListedPapers, find_duplicates
from semsearch.identity.ids import identifiers, with_id
from semsearch.identity.verdict import DIFFERENT, KINDS, ONE_PAPER
from semsearch.model.paper import Paper
from semsearch.readers import open_sources
from semsearch.retrieval.collapse import collapsed
from semsearch.service import Index
from tests.fakes import WordEncoder
from tests.identity.records import KINDS_UNDER_ONE_IDENTIFIER, PAPERS, article


def _kind(a: Paper, b: Paper) -> str:
    """What `duplicates` says that two records are to each other, by metadata alone."""
    links = list(find_duplicates(ListedPapers([a, b])).links())
    return links[0][2].kind if links else DIFFERENT


def _reworded(text: str, number: int) -> str:
    """The text with each longer word but those of notices moved along the alphabet: alike among themselves only."""
    letters = string.ascii_lowercase
    moved = str.maketrans(letters, letters[number:] + letters[:number])
    return re.sub(r"\b(?!Erratum|Reply|Part)\w{4,}", lambda word: word[0].lower().translate(moved).capitalize(), text)


def _indexed(*papers: Paper) -> int:
    """The number of papers of a new index of these records."""
    with tempfile.TemporaryDirectory() as folder:
        index = semsearch.open(Path(folder) / "index", encoder=WordEncoder())
        index.add(papers)
        return len(index)


@pytest.mark.parametrize("what", KINDS_UNDER_ONE_IDENTIFIER)
def test_each_kind_under_one_identifier(what: str) -> None:
    kind, *fields = KINDS_UNDER_ONE_IDENTIFIER[what]
    one, other = (article(**changes) for changes in fields)
    assert _kind(one, other) == kind
    expected = 1 if kind in ("same", "version") else 2
    for pair in ((one, other), (other, one)):
        assert _indexed(*pair) == expected
        assert len(collapsed(pair)) == expected


@given(PAPERS, PAPERS)
@settings(max_examples=25)
def test_any_two_records_with_an_identifier_in_common(a: Paper, b: Paper) -> None:
    one, other = with_id(a), with_id(b)
    assume(one.title or one.abstract)
    assume(other.title or other.abstract)
    assume(set(identifiers(one)) & set(identifiers(other)))
    expected = 1 if _kind(one, other) in ONE_PAPER else 2
    assert _indexed(one, other) == _indexed(other, one) == len(collapsed([one, other])) == expected


@given(PAPERS)
@settings(max_examples=10)
def test_a_record_read_twice_is_one_paper(a: Paper) -> None:
    paper = with_id(a)
    assume(paper.title or paper.abstract)
    assert _kind(paper, paper) == "same"
    assert _indexed(paper, paper) == 1


def test_the_counts_of_a_file_of_all_kinds(index: Index, tmp_path: Path) -> None:
    """Each pair under identifiers of its own: what `index FILE` joins is what `duplicates FILE` calls same or version."""
    path = tmp_path / "all.jsonl"
    with path.open("w", encoding="utf-8") as file:
        for number, (_, *fields) in enumerate(KINDS_UNDER_ONE_IDENTIFIER.values()):
            for side, changes in enumerate(fields):
                paper = article(**changes)
                own = replace(
                    paper,
                    title=_reworded(paper.title, number),
                    authors=tuple(_reworded(name, number) for name in paper.authors),
                    doi=paper.doi and f"{paper.doi}.{number}",
                    arxiv_id=paper.arxiv_id and f"3101.0000{number}",
                    volume=paper.volume and f"{number + 20}",
                    key=f"{number}/{side}",
                )
                file.write(json.dumps(with_id(own).to_dict()) + "\n")
    (source,) = open_sources([str(path)])
    papers = [record for record in source.records() if isinstance(record, Paper)]
    assert len(papers) == 2 * len(KINDS_UNDER_ONE_IDENTIFIER)
    found = find_duplicates(ListedPapers(papers))
    kinds = [kind for kind, *_ in KINDS_UNDER_ONE_IDENTIFIER.values()]
    counted = {kind: kinds.count(kind) for kind in KINDS if kind != DIFFERENT}
    assert {kind: len(list(found.groups([kind]))) for kind in counted} == counted
    report = index.add(path)
    joined = counted["same"] + counted["version"]
    assert (report.duplicates, len(index)) == (joined, len(papers) - joined)
    assert found.counts["publications"] == len(index) + counted["version"]
    assert not list(index.duplicates(kinds=["same", "version"]))  # none is left

from __future__ import annotations

import numpy as np
import pytest

from semsearch.model.errors import QueryError
from semsearch.service import Index
from tests import oracle
from tests.conftest import SAMPLE


def test_groups_equal_the_oracle(index: Index) -> None:
    rng = np.random.default_rng(5)
    words = [f"{a}{b}" for a in "bcdfg" for b in "aeiou"]  # without digits: titles that differ in numbers are parts
    index.add({"title": " ".join(rng.choice(words, 5)), "id": str(n)} for n in range(300))
    index.remove(["7", "8"])
    with index._directory.reader(vectors=True) as state:
        assert state.live is not None
        papers = list(state.documents.papers())
        vectors = state.dense.take(np.flatnonzero(state.live))
    expected = {(papers[a].id, papers[b].id): s for (a, b), s in oracle.pairs(vectors, 0.8).items()}
    groups = index.duplicates(0.8)
    found = {(r.a, r.b): r.score for g in groups for r in g.relations}
    assert {g.kind for g in groups} == {"similar"}
    assert found.keys() == expected.keys()
    assert all(found[pair] == pytest.approx(min(1, expected[pair]), abs=1e-9) for pair in found)
    members = [p.id for g in groups for p in g.papers]
    assert len(members) == len(set(members))
    for group in groups:
        assert {p.id for p in group.papers} == {i for r in group.relations for i in (r.a, r.b)}
        assert group.score == max(r.score for r in group.relations if r.score is not None)
    with index.compared(0.8) as findings:
        assert sum(count for _, count in findings.histogram()) == len(expected)
        assert [low for low, _ in findings.histogram()] == sorted(
            {max(0.8, int(100 * min(s, 0.9999)) / 100) for s in expected.values()}, reverse=True
        )


def test_kinds_and_shape(index: Index) -> None:
    index.add(SAMPLE)
    groups = index.duplicates(0.95)
    assert [(g.kind, [p.key for p in g.papers]) for g in groups] == [
        ("same", ["marrick2034", "marrick2034b"]),
        ("version", ["brannigal2033", "brannigal2033pre"]),
    ]
    shape = groups[0].to_dict()
    assert list(shape) == ["kind", "score", "keeper", "papers", "relations", "merged"]
    assert list(shape["relations"][0]) == ["a", "b", "kind", "rule", "score", "evidence", "decided"]
    fields = {
        "title",
        "authors",
        "abstract",
        "numbers",
        "year",
        "venue",
        "volume",
        "issue",
        "pages",
        "doi",
        "pmid",
        "arxiv",
    }
    assert set(shape["relations"][0]["evidence"]) <= fields | {"acl", "registry"}, (
        "fields of a record, as people know them"
    )
    assert [g.kind for g in index.duplicates(0.95, kinds=["version"])] == ["version"]


def test_a_chain_is_one_group(index: Index) -> None:
    letters = "abcdefghijklmnop"
    index.add({"title": " ".join(letters[n + shift] * 3 for n in range(12))} for shift in range(4))
    (group,) = index.duplicates(0.93)
    assert len(group.papers) == 4
    assert len(group.relations) < 6


def test_refused_thresholds(index: Index) -> None:
    index.add(SAMPLE)
    with pytest.raises(QueryError):
        index.duplicates(1.5)

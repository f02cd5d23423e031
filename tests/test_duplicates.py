from __future__ import annotations

import numpy as np
import pytest

from semsearch.engine import Index
from semsearch.errors import QueryError
from tests import oracle
from tests.conftest import SAMPLE


def test_groups_equal_the_oracle(index: Index) -> None:
    rng = np.random.default_rng(5)
    words = [f"w{n}" for n in range(25)]
    index.add({"title": " ".join(rng.choice(words, 5)), "id": str(n)} for n in range(300))
    index.remove(["7", "8"])
    with index._store.snapshot(vectors=True) as state:
        assert state.live is not None
        papers = list(state.papers())
        vectors = state.vectors.take(np.flatnonzero(state.live))
    expected = {(papers[a].id, papers[b].id): s for (a, b), s in oracle.pairs(vectors, 0.8).items()}
    groups = index.duplicates(0.8)
    found = {(p.a, p.b): p.score for g in groups for p in g.pairs}
    assert found.keys() == expected.keys()
    assert all(found[pair] == pytest.approx(min(1, expected[pair]), abs=1e-9) for pair in found)
    assert [g.score for g in groups] == sorted((g.score for g in groups), reverse=True)
    members = [p.id for g in groups for p in g.papers]
    assert len(members) == len(set(members))
    for group in groups:
        assert {p.id for p in group.papers} == {i for pair in group.pairs for i in (pair.a, pair.b)}
        assert group.score == max(p.score for p in group.pairs)


def test_kinds_and_shape(index: Index) -> None:
    index.add(SAMPLE)
    groups = index.duplicates(0.95)
    assert [(g.kind, [p.key for p in g.papers]) for g in groups] == [
        ("same text", ["marrick2034", "marrick2034b"]),
        ("similar", ["brannigal2033", "brannigal2033pre"]),
    ]
    shape = groups[0].to_dict()
    assert list(shape) == ["kind", "score", "papers", "pairs"]
    assert list(shape["pairs"][0]) == ["a", "b", "score"]


def test_a_chain_is_one_group(index: Index) -> None:
    index.add({"title": " ".join(f"w{n + shift}" for n in range(12))} for shift in range(4))
    (group,) = index.duplicates(0.93)
    assert len(group.papers) == 4
    assert len(group.pairs) < 6


def test_refused_thresholds(index: Index) -> None:
    index.add(SAMPLE)
    with pytest.raises(QueryError):
        index.duplicates(1.5)

"""The rule as a whole: what holds for any two records, whatever the single rules say."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semsearch.identity.comparable import comparable
from semsearch.identity.rule import _is_plain, is_same_paper, judge, relation
from semsearch.identity.verdict import KINDS, ONE_PAPER, SIMILAR
from semsearch.model.paper import Paper
from tests.conftest import ROOT
from tests.identity.records import KINDS_UNDER_ONE_IDENTIFIER, PAPERS, article

COSINES = st.none() | st.floats(-1, 1)


@given(PAPERS, PAPERS, COSINES)
def test_the_order_of_the_two_does_not_matter(a: Paper, b: Paper, cosine: float | None) -> None:
    verdict = relation(a, b, cosine)
    assert relation(b, a, cosine) == verdict
    assert verdict.kind in KINDS
    assert verdict.rule
    assert is_same_paper(a, b) == is_same_paper(b, a)


@given(PAPERS, COSINES)
def test_a_record_is_the_same_as_itself(paper: Paper, cosine: float | None) -> None:
    assert relation(paper, paper, cosine).kind == "same"
    assert is_same_paper(paper, paper)


@given(PAPERS, PAPERS)
def test_the_short_way_gives_the_answer_of_the_long_one(a: Paper, b: Paper) -> None:
    assert is_same_paper(a, b) == relation(a, b).is_same_paper == (relation(a, b).kind in ONE_PAPER)
    assert judge(comparable(a), comparable(b))[0] == relation(a, b)


@given(PAPERS, PAPERS, st.floats(-1, 1))
def test_meaning_makes_papers_similar_and_nothing_more(a: Paper, b: Paper, cosine: float) -> None:
    with_meaning, without = relation(a, b, cosine), relation(a, b)
    assert with_meaning == without or (with_meaning.kind == SIMILAR and without.kind == "different" and cosine >= 0.9)


def test_the_short_way_is_taken() -> None:
    """What the property above compares is not always the long way with itself."""
    assert _is_plain(article(), article(title=article().title + ".", authors=(), type="Journal Article"))
    assert not _is_plain(article(), article(type="Published Erratum"))
    assert not _is_plain(article(), article(doi="10.5555/other"))
    assert not _is_plain(article(doi=None), article(doi=None))


@pytest.mark.parametrize("what", KINDS_UNDER_ONE_IDENTIFIER)
def test_kinds_under_one_identifier(what: str) -> None:
    kind, one, other = KINDS_UNDER_ONE_IDENTIFIER[what]
    assert relation(article(**one), article(**other)).kind == kind
    assert is_same_paper(article(**one), article(**other)) == (kind in ("same", "version"))


def test_names_of_kinds_cost_nothing() -> None:
    script = (
        "import sys; import semsearch.identity.verdict, semsearch.identity.ids, semsearch.identity.comparable\n"
        "print({'rapidfuzz', 'numpy', 'xxhash'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.strip() == "set()"

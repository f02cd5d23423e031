from __future__ import annotations

import json
import pickle
from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

import semsearch
from semsearch.identity.ids import with_id
from semsearch.model import errors
from semsearch.model.errors import QueryError
from semsearch.model.paper import Paper, Source

_text = st.text(max_size=30)
papers = st.builds(
    Paper,
    id=_text, title=_text, abstract=_text, authors=st.lists(_text, max_size=3).map(tuple), year=st.none() | st.integers(1500, 2099),
    date=_text, venue=_text, volume=_text, issue=_text, pages=_text, doi=st.none() | _text, arxiv_id=st.none() | st.just("2405.00001"),
    arxiv_version=st.none() | st.integers(1, 9), pmid=st.none() | _text, pmcid=st.none() | _text, acl_id=st.none() | _text, issn=_text,
    url=st.none() | _text, language=_text, keywords=st.lists(_text, max_size=3).map(tuple), tags=st.lists(_text, max_size=2).map(tuple),
    type=_text, comment=_text, key=st.none() | _text, extra=st.dictionaries(_text, _text, max_size=3),
    source=st.builds(Source, _text, st.integers(0, 9)),
)  # fmt: skip


def _without_empty(paper: Paper) -> dict[str, object]:
    return {f.name: getattr(paper, f.name) or None for f in fields(Paper)}


@given(papers)
def test_json_round_trip(paper: Paper) -> None:
    again = Paper.from_dict(json.loads(json.dumps(paper.to_dict())))
    assert _without_empty(again) == _without_empty(paper)


@given(papers, papers)
def test_filling_gaps_loses_nothing(paper: Paper, other: Paper) -> None:
    filled = paper.filled_from(other)
    for f in fields(Paper):
        ours, theirs = getattr(paper, f.name), getattr(other, f.name)
        if f.name == "extra":
            assert filled.extra == {**theirs, **ours}
        elif ours or f.name in ("id", "source", "key"):
            assert getattr(filled, f.name) == ours
        else:
            assert getattr(filled, f.name) == theirs or not theirs
    assert filled.filled_from(other) == filled


def test_an_unknown_field_is_refused() -> None:
    with pytest.raises(QueryError, match="a paper has no such field: colour"):
        Paper.from_dict({"title": "x", "colour": "green"})


def test_the_core_keys_are_always_there_and_null_when_unknown() -> None:
    shape = with_id(Paper(title="x")).to_dict()
    assert list(shape) == [
        "id",
        "title",
        "abstract",
        "authors",
        "year",
        "venue",
        "doi",
        "arxiv_id",
        "pmid",
        "url",
        "source",
        "key",
    ]
    assert (shape["abstract"], shape["year"], shape["authors"]) == (None, None, [])


def test_every_error_pickles_and_is_one_line() -> None:
    samples = [
        errors.UnknownFormat("f", "why"), errors.UnknownPaper("x", ("a", "b")), errors.MissingExtra("XLSX", "xlsx"),
        errors.ModelUnavailable("m", "why"), errors.IndexMissing("p"), errors.EncoderMismatch("p", "a", "b"), errors.IndexBusy("p"),
        errors.IndexDamaged("p", "why"), errors.MalformedSource("f", "why"), errors.QueryError("q"),
    ]  # fmt: skip
    for error in samples:
        again = pickle.loads(pickle.dumps(error))
        assert (type(again), str(again), vars(again)) == (type(error), str(error), vars(error))
        assert "\n" not in str(error)
        assert isinstance(error, semsearch.SemsearchError)
    assert isinstance(samples[1], LookupError)
    assert isinstance(samples[2], ImportError)


def test_the_public_names() -> None:
    assert semsearch.__all__ == sorted(semsearch.__all__)
    assert all(getattr(semsearch, name) for name in semsearch.__all__)
    with pytest.raises(AttributeError):
        _ = semsearch.nothing

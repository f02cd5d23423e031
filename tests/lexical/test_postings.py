"""Postings: what is written can be read, and merging gives what making anew gives."""

from __future__ import annotations

import itertools
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from semsearch.lexical import native, postings, varints
from semsearch.lexical.parts import Content, PostingsPart, content_of, merged
from semsearch.lexical.tokens import TOKENS

_RANDOM = random.Random(7)
#: Terms that begin alike, terms of one letter, and one that is longer than what is compared first.
_WORDS = ["roof", "roofs", "moss", "β", "naïve", "a", "x" * 40, "x" * 41, *(f"w{n}" for n in range(60))]


def _document() -> tuple[str, str]:
    few = _WORDS[: _RANDOM.choice([2, 9, len(_WORDS)])]
    title, abstract = _RANDOM.choice([0, 1, 5, 30]), _RANDOM.choice([0, 3, 50, 400])
    return " ".join(_RANDOM.choices(few, k=title)), " ".join(_RANDOM.choices(few, k=abstract))


DOCUMENTS = [_document() for _ in range(200)]


def _same(one: Content, other: Content) -> bool:
    return all(a.dtype == b.dtype and np.array_equal(a, b) for a, b in zip(one.arrays, other.arrays, strict=True))


@settings(deadline=None)
@given(st.lists(st.integers(0, 2**35 - 1) | st.integers(0, 300)))
def test_numbers_come_back(values: list[int]) -> None:
    given_values = np.array(values, np.int64)
    content = varints.encoded(given_values)
    assert len(content) == varints.sizes(given_values).sum()
    assert varints.decoded(content).tolist() == values


def test_all_occurrences_come_back() -> None:
    part = PostingsPart.of(content_of(DOCUMENTS, TOKENS))
    found = part.tokens(0, len(part))
    expected = sorted(
        (term.encode(), row, field, position)
        for row, texts in enumerate(DOCUMENTS)
        for field, text in enumerate(texts)
        for position, term in enumerate(TOKENS.terms(text))
    )
    terms = [part.term(number) for number in found.term.tolist()]
    assert list(zip(terms, *(values.tolist() for values in found[1:]), strict=True)) == expected
    assert len(part.large(part.find(b"roof"))), "else frequencies that are listed apart are not tested"


def test_terms_are_found() -> None:
    part = PostingsPart.of(content_of(DOCUMENTS, TOKENS))
    terms = [part.term(number) for number in range(len(part))]
    assert terms == sorted(terms)
    assert [part.find(term) for term in terms] == list(range(len(terms)))
    assert [part.find(term) for term in (b"", b"w", b"zz", b"x" * 8, b"x" * 39, b"\xff" * 9)] == [-1] * 6


@pytest.mark.parametrize("at_once", [10, 1000, 10**6])
@pytest.mark.parametrize("cuts", [[0, 100, 200], [0, 1, 2, 150, 200], [0, 0, 200], [0, 200]])
def test_merged_is_made_anew(cuts: list[int], at_once: int) -> None:
    parts = [
        (PostingsPart.of(content_of(DOCUMENTS[first:last], TOKENS)), np.arange(first, last))
        for first, last in itertools.pairwise(cuts)
    ]
    assert _same(merged(parts, 200, at_once), content_of(DOCUMENTS, TOKENS))


@pytest.mark.parametrize("kept", [0, 1, 90, 199])
def test_rows_can_be_left_out(kept: int) -> None:
    rows = sorted(random.Random(kept).sample(range(200), kept))
    new = np.full(200, -1, np.int64)
    new[rows] = np.arange(kept)
    whole = PostingsPart.of(content_of(DOCUMENTS, TOKENS))
    assert _same(merged([(whole, new)], kept, 500), content_of([DOCUMENTS[row] for row in rows], TOKENS))


@pytest.mark.skipif(native.compiled is None, reason="there was no compiler when semsearch was installed")
def test_c_and_numpy_give_the_same_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    part = PostingsPart.of(content_of(DOCUMENTS, TOKENS))
    norms = np.random.default_rng(3).uniform(0.3, 3, len(DOCUMENTS))

    def all_of_it() -> tuple[NDArray[np.float64], list[list[int]]]:
        scores, rows = np.zeros(len(DOCUMENTS)), []
        for number in range(len(part)):
            held, large = part.postings(number), part.large(number)
            frequencies = (2.0 * large[:, 2] + large[:, 3]).astype(np.float64)
            native.add_scores(
                held, part.count(number), frequencies, postings.weights(2.0), 0.1 + number / 7, 2.2, norms, scores
            )
            rows.append(native.rows_of(held, part.count(number)).tolist())
        return scores, rows

    in_c = all_of_it()
    monkeypatch.setattr(native, "compiled", None)
    in_numpy = all_of_it()
    assert in_c[0].tobytes() == in_numpy[0].tobytes()
    assert in_c[1] == in_numpy[1]


@pytest.mark.parametrize("compiled", [native.compiled, None], ids=["C", "NumPy"])
@pytest.mark.parametrize("seed", range(40))
def test_damaged_postings_are_an_error_or_harmless(
    compiled: object, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Checksums find damage first; this is for a file whose checksums are right, of somebody who means harm."""
    monkeypatch.setattr(native, "compiled", compiled)
    part = PostingsPart.of(content_of(DOCUMENTS, TOKENS))
    number = part.find(b"roof")
    damaged = part.postings(number).copy()
    rng = random.Random(seed)
    for _ in range(3):
        damaged[rng.randrange(len(damaged))] = rng.choice([0, 127, 128, 255])
    large = np.ones(len(part.large(number)))
    scores, norms = np.zeros(len(DOCUMENTS)), np.ones(len(DOCUMENTS))
    for count in (part.count(number), part.count(number) - 1, 0):
        try:
            native.add_scores(damaged, count, large, postings.weights(2.0), 1.0, 2.2, norms, scores)
        except ValueError:
            continue
        assert np.isfinite(scores).all()
    with pytest.raises(ValueError, match=r"count|damaged|argument"):
        native.add_scores(damaged, 10**9, large, postings.weights(2.0), 1.0, 2.2, norms, scores)

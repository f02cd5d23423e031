"""What two records are to each other, rule by rule; and that the answer does not depend on their order."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semsearch.identity.classification import classify
from semsearch.identity.comparable import comparable
from semsearch.identity.comparison import compare, title_similarity, venue_similarity
from semsearch.identity.ids import with_id
from semsearch.identity.titles import fold_title, halves, is_heading, numbers, part, split_title
from semsearch.identity.verdict import KINDS
from semsearch.model.paper import Paper

BASE: dict[str, Any] = {
    "title": "Moss growth on slate roofs of the northern valleys",
    "authors": ("Quillmont, Dario", "Brannigal, K.", "Ostrovane, Mirela"),
    "year": 2031,
    "venue": "Journal of Imagined Botany",
    "volume": "12",
    "issue": "3",
    "pages": "101-118",
}
NOTHING: dict[str, Any] = {"authors": (), "year": None, "venue": "", "volume": "", "issue": "", "pages": ""}
ABSTRACT = " ".join(f"word{n} of the abstract" for n in range(30))


def _kind(one: dict[str, Any], other: dict[str, Any], cosine: float | None = None) -> str:
    a, b = (comparable(with_id(Paper(**BASE | change))) for change in (one, other))
    verdict = classify(a, b, compare(a, b, cosine))
    assert classify(b, a, compare(b, a, cosine)) == verdict, "symmetric"
    assert verdict.rule
    return verdict.kind


@pytest.mark.parametrize(
    ("kind", "one", "other"),
    [
        ("same", {}, {}),
        ("same", {}, {"title": "MOSS GROWTH ON SLATE ROOFS OF THE NORTHERN VALLEYS.", "authors": ("D Quillmont",)}),
        ("same", {}, {"title": "Moss growht on slate roofs of the nothern valleys"}),
        ("same", {}, {"venue": "J. Imag. Bot.", "pages": "101-18"}),
        ("same", {}, {"title": BASE["title"] + ". [Review] [33 refs]", "pages": ""}),
        ("same", {}, {"title": BASE["title"] + ".[Erratum appears in J Imag Bot. 2031;12(4):9 [added]]"}),
        ("same", {"authors": ("Quillmont, D.",)}, {"authors": ("Slate Roof Study Group",)}),
        ("same", {"pages": "101-118"}, {"pages": "112-130", "issue": ""}),
        ("same", {"volume": "", "pages": "", "issue": ""}, {"volume": "", "pages": "", "issue": "", "venue": ""}),
        ("same", {"title": "Editorial"}, {"title": "Editorial"}),
        ("same", {"doi": "10.5555/a", "title": "Moss on roofs"}, {"doi": "10.5555/a", "title": "Moss on roofs: a survey"}),
        ("same", {"pmid": "12345"}, {"pmid": "12345", "title": "Moss groth, slates", "pages": "", "volume": ""}),
        ("same", {"title": "Editorial", **NOTHING}, {"title": "Editorial", **NOTHING}),
        ("same", {"acl_id": "N31-1001", "title": "Moss on roofs", **NOTHING},
         {"acl_id": "N31-1001", "title": "Moss on roofs: a survey", **NOTHING}),
        ("same", {"doi": "10.5555/a", "title": "Moss on roofs, part I"}, {"doi": "10.5555/a", "title": "Moss on roofs, part II"}),
        ("same", {"abstract": ABSTRACT, **NOTHING}, {"abstract": ABSTRACT + " (c) 2031", **NOTHING}),
        ("version", {"abstract": ABSTRACT, "doi": "10.5555/a", **NOTHING}, {"abstract": ABSTRACT, "doi": "10.5555/b", **NOTHING}),
        ("version", {"acl_id": "N31-1001", "pages": ""}, {"acl_id": "N32-1001", "pages": ""}),
        ("version", {"doi": "10.5555/a"}, {"doi": "10.5555/b", "pages": "1-9", "volume": "3", "year": 2033}),
        ("version", {"arxiv_id": "3101.00001", "venue": "", "volume": "", "issue": "", "pages": ""}, {"doi": "10.5555/b"}),
        ("version", {"arxiv_id": "3101.00001", "arxiv_version": 1}, {"arxiv_id": "3101.00001", "arxiv_version": 3}),
        ("version", {"venue": "Symposium on Roofs", "year": 2030, "volume": "", "pages": ""}, {"volume": "", "pages": ""}),
        ("version", {"doi": "10.5555/rs.1/v1"}, {"doi": "10.5555/rs.1/v2"}),
        ("version", {"pages": "1-9", "issue": "1"}, {"pages": "80-99", "issue": "4"}),
        ("notice", {}, {"title": "Erratum: " + BASE["title"], "pages": "300"}),
        ("notice", {}, {"title": BASE["title"] + ": Reply", "pages": "119", "authors": ("Tobu, A.",)}),
        ("notice", {}, {"title": "Retraction: " + BASE["title"], "pages": "9", "volume": "14"}),
        ("notice", {}, {"title": "Comment on \"" + BASE["title"] + '"', "pages": "9", "volume": "14"}),
        ("notice", {}, {"title": BASE["title"] + " (vol 12, pg 101, 2031)", "pages": "44", "issue": "4"}),
        ("part", {"title": "Moss on roofs. Part I"}, {"title": "Moss on roofs. Part II", "pages": "119-130"}),
        ("part", {"title": "Moss on roofs. I. Light", "pages": ""}, {"title": "Moss on roofs. II. Shade", "pages": ""}),
        ("part", {"title": "Moss on slate roofs"}, {"title": "Moss on slate roofs III. Light and much shade", "pages": "9"}),
        ("different", {"arxiv_id": "3101.00001", "title": "Moss growth on slate roofs in the northern valleys"},
         {"arxiv_id": "3102.00009", "title": "Spectral moss growth on slate roofs in the northern valleys"}),
        ("version", {"arxiv_id": "3101.00001"}, {"arxiv_id": "3102.00009"}),
        ("part", {"doi": "10.5555/a", "title": "Moss on roofs, part I", "pages": ""},
         {"doi": "10.5555/a", "title": "Moss on roofs, part II", "pages": ""}),
        ("part", {"title": "Moss on roofs, annual report 2030"}, {"title": "Moss on roofs, annual report 2031", "pages": "9"}),
        ("reprint", {"type": "chapter", "doi": "10.5555/a", "venue": "Old Mosses"},
         {"type": "chapter", "doi": "10.5555/b", "venue": "Readings on Roofs", "year": 2040, "pages": "7", "volume": ""}),
        ("same", {"doi": "10.5555/a"}, {"doi": "10.5555/a", "title": "Wachstum von Laubmoosen auf Schiefer"}),
        ("different", {}, {"authors": ("Marrick, Tobu",), "pages": "7", "volume": "9"}),
        ("different", {"title": "Editorial", **NOTHING}, {"title": "Editorial", **NOTHING, "year": 2032}),
        ("different", {"abstract": ABSTRACT[:150], "doi": "10.5555/a", **NOTHING},
         {"abstract": ABSTRACT[:150], "doi": "10.5555/b", **NOTHING}),
        ("different", {}, {"title": "Lichen growth on tiled walls of the southern coast"}),
        ("different", {"title": "Editorial"}, {"title": "Editorial", "pages": "1", "volume": "13", "year": 2032}),
        ("different", {"title": "Growth of moss in adult colonies on roofs", "pages": "", "authors": ("Roof Ltd",)},
         {"title": "Growth of moss in infant colonies on roofs", "pages": "", "authors": ("Roof Ltd",)}),
        ("different", {"type": "dataset", "doi": "10.5555/a"}, {"type": "dataset", "doi": "10.5555/b"}),
        ("different", {"doi": "10.5555/book"},
         {"doi": "10.5555/book", "title": "Slate quarries and their owners", "authors": ("Tobu, A.",), "pages": "200-9"}),
    ],
)  # fmt: skip
def test_kinds(kind: str, one: dict[str, Any], other: dict[str, Any]) -> None:
    assert _kind(one, other) == kind


def test_meaning_alone_never_merges() -> None:
    other = {"title": "Lichens upon tiles", "authors": ("Marrick, T.",), "pages": "7", "volume": "9"}
    assert _kind({}, other, 0.999) == "similar"
    assert _kind({}, other, 0.89) == "different"
    assert _kind({"abstract": ABSTRACT}, other | {"abstract": ABSTRACT}, 1.0) == "similar"


def test_the_same_abstract_under_another_title() -> None:
    assert (
        _kind({"abstract": ABSTRACT}, {"abstract": ABSTRACT, "title": "How roofs turn green", "pages": "7"})
        == "version"
    )


@pytest.mark.parametrize(
    ("title", "bare", "notice"),
    [
        ("Erratum to: Moss on roofs", "Moss on roofs", "correction"),
        ("Author's reply", "Author's reply", "reply"),
        ("Response of moss to light", "Response of moss to light", ""),
        ("Moss on roofs - a comment", "Moss on roofs", "comment"),
        ("Additional file 5 of Moss on roofs", "Moss on roofs", "supplement"),
        ("Moss on roofs (panel abstract)", "Moss on roofs", ""),
    ],
)
def test_notices(title: str, bare: str, notice: str) -> None:
    found, kind = split_title(title)
    assert (fold_title(found), kind) == (fold_title(bare), notice)


def test_words_of_titles() -> None:
    for title, named in (
        ("Moss on roofs, part IV", "4"), ("Moss on roofs II", "2"), ("Moss on roofs", ""), ("Moss. I. Light", "1"),
        ("Moss. XIV: Shade", "14"), ("Factor X", ""),
    ):  # fmt: skip
        assert part(title) == named
    assert numbers(("hpv16", "and", "1", "000", "cells", "ii")) == ("16", "1", "0", "2")
    assert halves("Casa y luz / House and light") == ("casa y luz", "house and light")
    assert halves("TCP/IP") == ()
    assert is_heading("letter to the editor")
    assert not is_heading("letters of a moss collector")


def test_venues() -> None:
    assert venue_similarity("curr opin imag bot", "current opinion in imagined botany") >= 0.95
    assert venue_similarity("jib", "journal of imagined botany") >= 0.95
    assert venue_similarity("vldb", "vldb journal") <= 0.6
    assert venue_similarity("cancer", "circulation") < 0.6


_TEXTS = st.text(st.sampled_from("abcde ii12 "), max_size=30)
_PAPERS = st.builds(
    Paper,
    title=_TEXTS,
    authors=st.lists(st.sampled_from(["Rask, A.", "A Rask", "Tobu", "Marrick T", "&NA;"]), max_size=3).map(tuple),
    year=st.none() | st.integers(2029, 2032),
    venue=st.sampled_from(["", "J Imag Bot", "Journal of Imagined Botany", "Roofs"]),
    volume=st.sampled_from(["", "1", "2031"]),
    pages=st.sampled_from(["", "1-9", "e12", "S4", "Suppl-9"]),
    doi=st.sampled_from([None, "10.5555/a", "10.5555/b"]),
    type=st.sampled_from(["", "chapter", "dataset", "erratum"]),
)


@given(_PAPERS, _PAPERS, st.none() | st.floats(0, 1))
def test_any_two_records_have_one_kind_in_either_order(one: Paper, other: Paper, cosine: float | None) -> None:
    a, b = comparable(one), comparable(other)
    verdict = classify(a, b, compare(a, b, cosine))
    assert verdict.kind in KINDS
    assert classify(b, a, compare(b, a, cosine)) == verdict


@given(_TEXTS, _TEXTS)
def test_titles_are_compared_in_either_order(a: str, b: str) -> None:
    assert title_similarity(a, b) == pytest.approx(title_similarity(b, a))
    assert 0 <= title_similarity(a, b) <= 1
    assert title_similarity(a, a) == 1

"""Fabricated records that are easily taken for one another."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from semsearch.identity.ids import with_id
from semsearch.model.paper import Paper

ARTICLE: dict[str, Any] = {
    "title": "Moss growth on slate roofs of the northern valleys",
    "authors": ("Quillmont, Dario", "Brannigal, K.", "Ostrovane, Mirela"),
    "year": 2031,
    "venue": "Journal of Imagined Botany",
    "volume": "12",
    "issue": "3",
    "pages": "101-118",
    "doi": "10.5555/moss",
}
#: Pairs of records under one identifier: what they are to each other, and the fields in which each differs from ARTICLE.
KINDS_UNDER_ONE_IDENTIFIER: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "typing errors": ("same", {}, {"title": "Moss growht on slate roofs of nothern valleys", "issue": ""}),
    "two arXiv versions": (
        "version",
        {"doi": None, "arxiv_id": "3101.00001", "arxiv_version": 1, "title": "Moss growth on slates"},
        {"doi": None, "arxiv_id": "3101.00001", "arxiv_version": 3},
    ),
    "preprint and article": (
        "version",
        {"doi": None, "arxiv_id": "3101.00001", "venue": "", "volume": "", "issue": "", "pages": ""},
        {"arxiv_id": "3101.00001"},
    ),
    "an erratum": ("notice", {}, {"title": "Erratum to: " + ARTICLE["title"], "pages": "300"}),
    "a reply": ("notice", {}, {"title": ARTICLE["title"] + ": Reply", "authors": ("Tobu, A.",), "pages": "119"}),
    "parts of a series": (
        "part",
        {"title": "Moss on roofs. Part I", "pages": "101-118"},
        {"title": "Moss on roofs. Part II", "pages": "119-130"},
    ),
    "a translation": ("same", {}, {"title": "Wachstum von Laubmoosen auf Schiefer"}),
    "a chapter of a book": (
        "different",
        {"title": "The slate book", "pages": ""},
        {"title": "Rain that never fell", "authors": ("Tobu, A.",), "pages": "200-209", "type": "chapter"},
    ),
    "two chapters": (
        "different",
        {"title": "Rain that never fell", "authors": ("Tobu, A.",), "pages": "200-209"},
        {"title": "How gutters are drawn", "authors": ("Marrick, T.",), "pages": "210-219"},
    ),
}

_WORDS = (
    "moss",
    "mosses",
    "growth",
    "of",
    "slate",
    "roofs",
    "valleys",
    "adult",
    "infant",
    "2030",
    "ii",
    "part",
    "reply",
)
_TITLES = st.sampled_from(
    (
        ARTICLE["title"], ARTICLE["title"] + ".", ARTICLE["title"].upper(), "Erratum: " + ARTICLE["title"], "Editorial",
        ARTICLE["title"] + ": Reply", "Moss on roofs. Part I", "Moss on roofs. Part II", "Casa y luz / House and light", "",
    )
) | st.lists(st.sampled_from(_WORDS), max_size=9).map(" ".join)  # fmt: skip
_ABSTRACT = "We measure how moss drinks dew on north walls over three winters. " * 5
#: Few values a field, so that two records often agree.
PAPERS = st.builds(
    Paper,
    title=_TITLES,
    abstract=st.sampled_from(("", _ABSTRACT, _ABSTRACT + "And in spring.", "Something else. " * 20)),
    authors=st.lists(
        st.sampled_from(("Rask, A.", "A Rask", "Rask, Anna B.", "Tobu", "Rask, Tobu", "Marrick T", "Marick T", "&NA;")),
        max_size=4,
    ).map(tuple),
    year=st.none() | st.integers(2029, 2032),
    venue=st.sampled_from(("", "J Imag Bot", "Journal of Imagined Botany", "Roofs", "arXiv")),
    volume=st.sampled_from(("", "1", "2031")),
    issue=st.sampled_from(("", "2")),
    pages=st.sampled_from(("", "1-9", "5-7", "e12", "S4", "Suppl-9")),
    doi=st.sampled_from((None, "10.5555/a", "10.5555/b", "10.5555/a/v1", "10.48550/c")),
    pmid=st.sampled_from((None, "11", "12")),
    arxiv_id=st.sampled_from((None, "3101.00001")),
    arxiv_version=st.sampled_from((None, 1, 2)),
    acl_id=st.sampled_from((None, "N31-1001")),
    type=st.sampled_from(("", "chapter", "dataset", "erratum", "Article")),
    key=st.sampled_from((None, "rask2031")),
)


def article(**changes: Any) -> Paper:
    """ARTICLE with other fields, under its id."""
    return with_id(Paper(**ARTICLE | changes))

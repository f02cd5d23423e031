"""Which words of a question name a paper."""

from __future__ import annotations

import pytest

from semsearch.lexical import analyzer
from semsearch.model.paper import Paper
from semsearch.retrieval.mentions import mentioned


def _mentioned(question: str, *authors: str, year: int | None = 2034, venue: str = "", keywords: str = "") -> str:
    paper = Paper(title="Drawers", authors=authors, year=year, venue=venue, keywords=tuple(keywords.split(";")))
    words = analyzer.terms(question)
    found = mentioned(question, words, paper)
    return " ".join(word for word in words if word in found)


@pytest.mark.parametrize(
    ("question", "authors", "expected"),
    [
        ("Quillmont 2034 drawer reward", ["Edda Quillmont"], "quillmont 2034"),
        ("quillmont drawer", ["Quillmont, Edda"], "quillmont"),
        ("drawer reward QUILLMONT", ["Ostrov, B", "Quillmont, E"], "quillmont"),
        ("Quillmont and Ostrov drawer", ["B. Ostrov", "E. Quillmont"], "quillmont ostrov"),
        ("Müller drawer", ["Ada Muller"], "müller"),
        ("Muller drawer", ["Ada Müller"], "muller"),
        ("van der Berg drawer", ["Ida van der Berg"], "van der berg"),
        ("Berg drawer", ["van der Berg, I."], "berg"),
        ("Aguirre-Lund drawer", ["Jo Aguirre-Lund"], "aguirre lund"),
        ("Lund drawer", ["Jo Aguirre-Lund"], "lund"),
        ("O'Brin drawer", ["K. O'Brin"], "brin o"),
        ("Quill drawer", ["Edda Quillmont"], ""),  # whole words only
        ("李 drawer", ["李"], ""),  # one letter is an initial, not a name
    ],
)
def test_family_names(question: str, authors: list[str], expected: str) -> None:
    assert sorted(_mentioned(question, *authors).split()) == sorted(expected.split())


@pytest.mark.parametrize(
    ("question", "author", "expected"),
    [
        ("E. Quillmont drawer", "Edda Quillmont", "e quillmont"),
        ("F. Quillmont drawer", "Edda Quillmont", "quillmont"),
        ("Quillmont E drawer", "Edda Quillmont", "quillmont e"),
        ("Quillmont EJ drawer", "Edda Jo Quillmont", "quillmont ej"),
        ("E. J. Quillmont drawer", "Edda Jo Quillmont", "e j quillmont"),
        ("J.-M. Quillmont drawer", "Jean-Marc Quillmont", "j m quillmont"),
        ("Edda Quillmont drawer", "E. Quillmont", "edda quillmont"),
        ("Edda Quillmont drawer", "Quillmont EJ", "edda quillmont"),
        ("Quillmont, Edda drawer", "Quillmont, E.", "quillmont edda"),
        ("Quillmont edges drawer", "E. Quillmont", "quillmont"),  # behind the name without a comma: a word
        ("Anna Quillmont drawer", "E. Quillmont", "quillmont"),
        ("e drawer", "Edda Quillmont", ""),
    ],
)
def test_given_names_and_initials(question: str, author: str, expected: str) -> None:
    assert sorted(_mentioned(question, author).split()) == sorted(expected.split())


def test_years() -> None:
    assert _mentioned("drawer 2034", "A. Ostrov") == "2034"
    assert _mentioned("drawer (2034b)", "A. Ostrov") == "2034b"
    assert _mentioned("drawer 2033", "A. Ostrov") == ""
    assert _mentioned("ostrov 2033 drawer", "A. Ostrov") == "ostrov 2033"  # cited a year from the preprint
    assert _mentioned("ostrov 2032 drawer", "A. Ostrov") == "ostrov"
    assert _mentioned("drawer 2034", "A. Ostrov", year=None) == ""
    assert _mentioned("20345 34 0034 drawer", "A. Ostrov") == ""


def test_venues_and_keywords() -> None:
    venue = "Journal of Imagined Botany"
    assert _mentioned("imagined botany 2034 drawer", venue=venue) == "imagined botany 2034"
    assert _mentioned("moss imaginary", venue=venue) == ""
    assert _mentioned("cs.XY drawer", keywords="cs.XY") == ""  # a subject names no paper
    assert _mentioned("Ostrov cs.XY drawer", "A. Ostrov", keywords="cs.XY") == "ostrov cs xy"


def test_nothing_is_known_of_the_paper() -> None:
    assert _mentioned("Quillmont 2034 drawer", year=None) == ""

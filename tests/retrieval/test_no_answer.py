"""Whether a question is told that nothing here matches: look-ups by author, year and venue, and what only looks so."""

from __future__ import annotations

import unicodedata

import numpy as np
import pytest

import semsearch
from semsearch.service import Index
from tests.fakes import WordEncoder

TOPICS = [f"topic{n}" for n in range(400)]
AUTHORS = ["Edda Quillmont", "Ostrov, B. K.", "Ida van der Lund", "Zoé Müller-White", "Ann May", "Long Young"]
VENUES = ["Journal of Imagined Botany", "Drawers", ""]


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Index:
    """Papers whose texts are long, so that a few words in common bring no question near."""
    rng = np.random.default_rng(1)
    made = semsearch.open(tmp_path_factory.mktemp("match") / "index", encoder=WordEncoder(dim=256))
    made.add(
        {
            "title": " ".join(rng.choice(TOPICS, 4)),
            "abstract": " ".join([f"only{n}", f"alone{n}", *rng.choice(TOPICS, 32)]),
            "authors": [AUTHORS[n % 6], f"Else Writer{chr(97 + n)}"],
            "year": 2000 + n % 20,
            "venue": VENUES[n % 3],
            "doi": f"10.5555/p.{n}",
        }
        for n in range(120)
    )
    return made


def _matches(index: Index, *questions: str, mode: str = "hybrid") -> list[bool]:
    return [hits.match for hits in index.search(list(questions), 3, mode=mode)]


# Papers 0, 6 … are of Quillmont, 1, 7 … of Ostrov, 2, 8 … of van der Lund, 3, 9 … of Müller-White.
@pytest.mark.parametrize("mode", ["hybrid", "bm25"])
@pytest.mark.parametrize(
    "question",
    [
        "Quillmont 2012 only12 alone12",
        "quillmont 2012 only12 alone12",
        "Quillmont et al. 2012 only12 alone12",
        "Quillmont et al., 2012a. only12 alone12",
        "Quillmont & Writerm (2012) only12 alone12",
        "only12 alone12 Quillmont",
        "E. Quillmont (2012) only12 alone12",
        "Edda Quillmont only12 alone12",
        "Quillmont, E. only12 alone12",
        "Quillmont 2013 only12 alone12",
        "Quillmont 2005 only12 alone12",
        "Boris Ostrov 2007 only7 alone7",
        "Ostrov BK 2007 only7 alone7",
        "van der Lund 2008 only8 alone8",
        "Lund only8 alone8 2008",
        "Muller-White 2009 only9 alone9",
        "ZOÉ MÜLLER only9 alone9",
        unicodedata.normalize("NFD", "Müller 2009 only9 alone9"),
        "Imagined Botany 2012 only12 alone12",
        "Quillmont Journal of Imagined Botany only12 alone12",
        "only12 alone12 topic1 2012 Quillmont",
    ],
)
def test_a_look_up_by_names(index: Index, question: str, mode: str) -> None:
    found = index.search(question, 10, mode=mode)
    assert any(hit.paper.title == _title(index, question) for hit in found)
    assert found.match
    assert found[0].paper in list(index)


def _title(index: Index, question: str) -> str:
    number = next(part[4:] for part in question.split() if part.startswith("only"))
    return index.get(f"10.5555/p.{number}").title


def test_an_identifier_beside_a_title_takes_nothing_away(index: Index) -> None:
    title = index.get("10.5555/p.5").title
    first = " ".join(title.split()[:3])
    assert _matches(index, first) == [True]
    for identifier in ("10.1234/else.where", "https://doi.org/10.1234/else", "(arXiv:2405.14488v2)", "PMC1234567"):
        assert _matches(index, f"{first} {identifier}") == [True], identifier
    assert _matches(index, "10.1234/else.where", "arXiv:2405.14488") == [False, False]


@pytest.mark.parametrize("mode", ["hybrid", "dense", "bm25"])
@pytest.mark.parametrize(
    "question",
    [
        "zebra pancake velocipede 2012",
        "zebra pancake Quillmont velocipede",
        "Quillmont 2012 zebra pancake",
        "Quillmont et al. 2012 zebra pancake trombone",
        "long may young white zebra pancake",
        "imagined botany journal zebra pancake velocipede",
        "Quillmont Ostrov 2012 zebra only12",  # no paper of both
        "Nobody 2012 zebra only12",
        "Quillmont 1850 zebra only12",
        "e q turnip feather 2012",
    ],
)
def test_names_alone_answer_nothing(index: Index, question: str, mode: str) -> None:
    hits = index.search(question, 10, mode=mode)
    assert not hits.match or not len(hits)


def test_another_paper_of_the_author_is_no_answer(index: Index) -> None:
    """The words must be in a paper of that author, not somewhere."""
    assert _matches(index, "Lund only8", "Quillmont only8") == [True, False]
    assert _matches(index, "Quillmont only12", "Ostrov only12") == [True, False]


def test_what_matches_does_not_depend_on_how_many_are_shown(index: Index) -> None:
    questions = ["Quillmont 2012 only12 alone12", "Quillmont 2012 zebra pancake"]
    for k in (1, 10, 60):
        assert [hits.match for hits in index.search(questions, k)] == [True, False]


def test_the_order_is_that_of_before(index: Index) -> None:
    """Whether a name is looked for changes no hit: the order is that of the scores alone."""
    for question in ("Quillmont 2012 only12 alone12", "Quillmont zebra topic1 topic2 topic3"):
        many = [hit.paper.id for hit in index.search(question, 120, collapse=False)]
        for k in (1, 5, 20):
            assert [hit.paper.id for hit in index.search(question, k, collapse=False)] == many[:k]

"""Blocking finds what shares a key, and never pairs a record with itself or twice."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

from semsearch.duplicates.candidates import candidates
from semsearch.identity.comparable import comparable, mark_recurring
from semsearch.model.paper import Paper

RNG = np.random.default_rng(7)
WORDS = [f"{a}{b}mossy{n}" for a in "bcd" for b in "aei" for n in range(20)]


def _paper(number: int) -> Paper:
    rng = np.random.default_rng(number)
    return Paper(
        title=" ".join(rng.choice(WORDS, 8)),
        authors=(f"Surname{number % 37}, A.",),
        year=2030 + number % 5,
        volume=str(number % 9 + 1),
        pages=str(100 + number),
    )


def _pairs(papers: list[Paper]) -> set[tuple[int, int]]:
    found = candidates([comparable(p) for p in papers])
    assert found.dtype == np.int64
    assert np.all(found[:, 0] < found[:, 1])
    pairs = [(int(a), int(b)) for a, b in found]
    assert pairs == sorted(set(pairs))
    return set(pairs)


def test_every_kind_of_damage_is_still_looked_at() -> None:
    papers = [_paper(n) for n in range(300)]
    changed = []
    for n in range(0, 300, 6):
        p = papers[n]
        words = p.title.split()
        changed += [
            (n, Paper(title=p.title.upper())),  # the title alone
            (n, Paper(title=" ".join(words[:5]), authors=p.authors, year=p.year)),  # without its end
            (
                n,
                Paper(title=" ".join(["xx" + words[0], *words[1:]]), authors=("Surname99",), year=2050),
            ),  # first word mistyped
            (n, Paper(title=" ".join(reversed(words)), authors=p.authors, year=p.year)),  # other order
        ]
    papers += [p for _, p in changed]
    found = _pairs(papers)
    for place, (n, p) in enumerate(changed, 300):
        assert (n, place) in found, (papers[n].title, p.title)
    assert len(found) < 0.1 * len(papers) ** 2 / 2


@pytest.mark.parametrize("name", ["doi", "pmid", "pmcid", "arxiv_id", "acl_id"])
def test_identifiers_pair_records_of_other_titles(name: str) -> None:
    named = [Paper(title=title, **{name: "10.5555/a"}) for title in ("Quite other", "Unlike it")]  # type: ignore[arg-type]
    assert (2, 3) in _pairs([_paper(1), _paper(2), *named])


def test_equal_records_are_paired_however_many_have_the_title() -> None:
    papers = [Paper(title="Editorial", pages=str(n)) for n in range(200)]
    assert (3, 200) in _pairs([*papers, papers[3]])


def test_a_block_that_is_too_large_is_compared_by_neighbours() -> None:
    papers = [Paper(title="Editorial", pages=str(n)) for n in range(200)]
    assert 200 < len(_pairs(papers)) < 200 * 10


@pytest.mark.parametrize("count", [0, 1])
def test_no_pairs(count: int) -> None:
    assert _pairs([_paper(0)] * count) == set()


def test_titles_that_recur_are_headings() -> None:
    column = [
        comparable(Paper(title="Notes from the roof", year=year)) for year in (2030, 2031, 2032) for _ in range(2)
    ]
    twice = [comparable(Paper(title="Moss upon old slates", year=year)) for year in (2030, 2031)]
    marked = mark_recurring([*column, *twice])
    assert [c.generic for c in marked] == [True] * 6 + [False] * 2
    assert all(a.title == b.title for a, b in itertools.pairwise(marked[:6]))


def test_titles_in_two_languages_and_exchanged_names_are_compared() -> None:
    place: dict[str, Any] = {"year": 1989, "venue": "Annals of Hedges", "volume": "37", "pages": "477-480"}
    names = ("Renard, J. F.", "Libert, J.")
    papers = [
        Paper(title="Les haies de la vallée", authors=names, **place),
        Paper(title="Hedges of the northern plain", authors=names, **place | {"pages": "477-80"}),
        Paper(title="The dangers of mirroring solutions for ledgers", authors=("Gray, Jim",), year=1996),
        Paper(title="The danger of mirroring solution for ledgers", authors=("Jim, G.",), year=1997),
    ]
    found = candidates([comparable(paper) for paper in papers]).tolist()
    assert [0, 1] in found
    assert [2, 3] in found

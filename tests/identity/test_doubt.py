"""Pairs on which a person decides: each case by three pairs or more, and what takes each of them out of doubt."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from semsearch.identity.rule import is_same_paper, relation
from semsearch.identity.verdict import DOUBTFUL
from semsearch.model.paper import Paper

ROOFS = Paper(
    title="Moss growth on slate roofs of the northern valleys", authors=("Quillmont, Dario", "Venn, Lora"), year=2031,
    venue="Journal of Imagined Botany",
)  # fmt: skip
HEADING = Paper(title="Treasurer's message", authors=("Quillmont, Dario",), year=2031, venue="Journal of Ledgers")
REVIEW = Paper(
    title="Ledgers of the harbour and their keepers", authors=("Orr, Eve",), venue="Harbour Review", volume="9", issue="2",
)  # fmt: skip
TITLE = Paper(title="Hedges of a drowned delta")

CASES: list[tuple[str, Paper, dict[str, Any]]] = [
    *(
        ("similar titles", ROOFS, {"title": title})
        for title in (
            "Moss growth on slate roofs in northern valleys, a tutorial session", "Preface: moss growth, slate roofs, northern valleys",
        )
    ),
    *(
        ("by other authors", REVIEW, {"authors": (name,), "title": title})
        for name, title in (
            ("Uhl, Max", REVIEW.title), ("Abel, Ada", "Ledgers of the Harbour, and Their Keepers"),
            ("Renn, Odo", REVIEW.title.upper()),
        )
    ),
    ("in two issues", replace(ROOFS, volume="12", issue="3"), {"issue": "4"}),
    ("in two issues", replace(REVIEW, year=2030), {"issue": "7"}),
    ("in two issues", replace(ROOFS, issue="1"), {"issue": "2", "volume": "12"}),
    *(("in two journals", ROOFS, {"venue": venue}) for venue in ("Roofing Letters", "Atlas of Tiles", "Slate")),
    *(
        ("the same identifier", replace(TITLE, doi="10.5555/h.1", title=title), {"title": "Orr and Uhl"})
        for title in ("Rainfall in the hills", "Gates of a harbour", "A ledger of snow")
    ),
    *(("that many papers have", HEADING, {"title": title}) for title in ("Treasurer's Message", "TREASURER’S MESSAGE")),
    ("that many papers have", replace(HEADING, title="Guest Editorial"), {"pages": "3"}),
    ("in two languages", replace(ROOFS, volume="3", pages="7"), {"title": "Mooswuchs auf Schiefer in Tälern"}),
    *(("too little else", TITLE, {"year": year, "venue": venue}) for year, venue in ((2031, ""), (None, "Hedges"), (1999, "X"))),
]  # fmt: skip


@pytest.mark.parametrize(("told", "paper", "other"), CASES)
def test_a_person_decides(told: str, paper: Paper, other: dict[str, Any]) -> None:
    copy = replace(paper, **other)
    verdict = relation(paper, copy)
    assert (verdict.kind, told in verdict.rule) == (DOUBTFUL, True), verdict
    assert verdict.chance is not None
    assert 0 < verdict.chance < 1
    assert relation(copy, paper) == verdict
    assert not is_same_paper(paper, copy), "an index keeps both"


@pytest.mark.parametrize(("told", "paper", "other"), CASES)
def test_a_shared_identifier_and_title_end_the_doubt(told: str, paper: Paper, other: dict[str, Any]) -> None:
    one, copy = (replace(x, pmid="900001", title=paper.title) for x in (paper, replace(paper, **other)))
    assert relation(one, replace(copy, issue=one.issue, authors=one.authors)).kind == "same"


@pytest.mark.parametrize(
    ("paper", "other"),
    [
        (ROOFS, {"title": "Moss growth on slate roofs of valleys", "year": 2029}),
        (ROOFS, {"title": "Lichens of the southern coast"}),
        (REVIEW, {"authors": ("Uhl, Max",), "issue": "3"}),
        (REVIEW, {"authors": ("Uhl, Max",), "venue": "Annals of Hares"}),
        (HEADING, {"year": 2030}),
        (HEADING, {"authors": ("Orr, Eve",)}),
        (TITLE, {"title": "Hedges of a drowned forest"}),
        (replace(TITLE, title="Hedges"), {"year": 2031}),
    ],
)
def test_what_clashes_is_apart(paper: Paper, other: dict[str, Any]) -> None:
    assert relation(paper, replace(paper, **other)).kind == "different"

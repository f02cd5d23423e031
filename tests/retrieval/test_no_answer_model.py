"""Look-ups with the real model, in made-up papers that have authors."""

from __future__ import annotations

import pytest

import semsearch
from semsearch.service import Index

SUBJECTS = [
    "moss on north walls",
    "kelp in cold bays",
    "rust on garden gates",
    "dew on spider silk",
    "frost in clay pots",
    "lichen on old slates",
    "ants under paving stones",
    "bees above lavender fields",
    "owls in church towers",
    "eels in mill ponds",
    "swifts over wet roofs",
    "snails along hedges",
]
METHODS = [
    "A census by lantern light|Volunteers counted every specimen at dusk and noted the wind",
    "Three winters of weighing|Samples were dried and weighed on a kitchen balance each month",
    "What children draw|Pupils sketched what they saw, and the sketches were sorted by colour",
    "Sound recordings at dawn|Microphones ran from four until seven, and two listeners agreed on each call",
    "Maps from old letters|Letters in a parish archive tell where it was seen before the railway came",
]
FAMILIES = [
    "Quillmont",
    "Ostrovane",
    "van der Lund",
    "Müller-White",
    "Harrowby",
    "Tessadri",
    "Okonjo-Vale",
    "Brindlecote",
    "Saltmarsh",
    "Finch",
]
GIVEN = ["Edda", "Boris", "Ida", "Zoé", "Anselm", "Petra", "Ngozi"]


def _papers() -> list[dict[str, object]]:
    return [
        {
            "title": f"{method.partition('|')[0]}: {subject}",
            "abstract": f"{method.partition('|')[2]}. We did this for {subject} in six villages and found little change.",
            "authors": [f"{GIVEN[n % 7]} {FAMILIES[n % 10]}", f"{GIVEN[n % 5]} {FAMILIES[(n + 3) % 10]}"],
            "year": 1990 + n % 30,
            "venue": "Annals of Imagined Parishes" if n % 2 else "Village Letters",
        }
        for n, (subject, method) in enumerate((s, m) for s in SUBJECTS for m in METHODS)
    ]


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Index:
    made = semsearch.open(tmp_path_factory.mktemp("model") / "index")
    made.add(_papers())
    return made


@pytest.mark.model
def test_look_ups(index: Index) -> None:
    refused = []
    found = 0
    for n, paper in enumerate(index):
        family, title = paper.authors[0].split(maxsplit=1)[1], paper.title.replace(":", "").split()
        words = f"{title[1]} {title[-1]}"
        for text in (
            f"{family} {paper.year} {words}",
            f"{words} {family}",
            f"{paper.authors[0][0]}. {family} et al. ({paper.year}) {words}",
            f"{family} {paper.venue} {words}",
        )[n % 4 :: 2]:
            hits = index.search(text, 10)
            if any(hit.paper.id == paper.id for hit in hits):
                found += 1
                refused += [] if hits.match else [text]
    assert found > 40
    assert refused == []


@pytest.mark.model
def test_no_look_ups(index: Index) -> None:
    questions = [
        "Quillmont 1995 gradient descent convergence",
        "stochastic inflation of the early universe 1995",
        "Finch Harrowby tax treaties arbitration",
        "white dwarf cooling in binary systems",
        "Village Letters quantum chromodynamics lattice",
        "zebra pancake velocipede submarine 1999",
    ]
    assert [hits.match for hits in index.search(questions, 10)] == [False] * 6

"""Authors and years in a question: which are recognised, what they are worth, and what they do to the order."""

from __future__ import annotations

import numpy as np
import pytest

from semsearch.retrieval.signals.names import FURTHER, NAME, YEAR, YEAR_ALONE, names_of, recognised
from semsearch.service import Index


@pytest.fixture
def library(index: Index) -> Index:
    index.add(
        {"title": title, "authors": authors, "year": year, "abstract": f"We looked at {title.lower()}."}
        for title, authors, year in (
            ("Moss on old roofs", ["Novak, Petr", "Reed, Ann"], 2031),
            ("Moss on tiles", ["Novak, Petr"], 2029),
            ("Roofs of slate", ["Quill, Bo"], 2031),
            ("Lichens on tiles", ["Reed, Ann", "Quill, Bo"], 2030),
            ("Growth of young birches", ["Young, Ida"], 2031),
            *((f"Young hares of valley {n}", ["Orr, Eve"], 2000 + n) for n in range(12)),
        )
    )
    return index


@pytest.mark.parametrize(
    ("question", "names", "years"),
    [
        ("Novak 2031 moss roofs", {"novak"}, {2031: True}),
        ("novak & reed (2031)", {"novak", "reed"}, {2031: True}),
        ("Novak et al. 2031", {"novak"}, {2031: True}),
        ("Novak, P. 2031", {"novak"}, {2031: True}),
        ("the paper by Petr Novak on moss", {"petr", "novak"}, {}),
        ("moss roofs 2031", set(), {2031: False}),
        ("young hares", set(), {}),
        ("Young 2031", {"young"}, {2031: True}),
        ("moss on roofs", set(), {}),
        ("Nobody 1999 moss", set(), {1999: False}),
        ("Novak 2031 " + "moss " * 30, set(), {}),
    ],
)
def test_what_is_recognised(library: Index, question: str, names: set[str], years: dict[int, bool]) -> None:
    with library._directory.reader(vectors=True) as reader:
        found = recognised(question, reader)
    assert (set(found.names), found.years) == (names, years)


def test_scores(library: Index) -> None:
    with library._directory.reader(vectors=True) as reader:
        signal = names_of("Novak Reed 2031", reader)
        alone = names_of("moss 2031", reader)
        none = names_of("moss on roofs", reader)
        ids = [reader.documents.papers_at([row])[0].title for row in range(len(reader.dense))]
    assert signal
    rows = np.arange(len(ids))
    scores = dict(zip(ids, signal.scores(rows), strict=True))
    whole = NAME + FURTHER + YEAR
    assert scores["Moss on old roofs"] == pytest.approx(1.0)
    assert scores["Moss on tiles"] == pytest.approx(NAME / whole)
    assert scores["Roofs of slate"] == 0.0
    assert signal.best == pytest.approx(1.0)
    mask = np.zeros(len(ids), np.bool_)
    assert len(signal.every(mask).rows) == 0
    top = signal.top(1, None)
    assert ids[int(top.rows[0])] == "Moss on old roofs"
    assert top.bound == pytest.approx(top.scores[0])
    assert alone
    assert alone.best == pytest.approx(YEAR_ALONE)
    assert none is None


@pytest.mark.parametrize(
    ("question", "first"),
    [
        ("Reed 2030 tiles", "Lichens on tiles"),
        ("Novak 2029", "Moss on tiles"),
        ("Young 2031", "Growth of young birches"),
        ("tiles by Ann Reed", "Lichens on tiles"),
    ],
)
def test_the_paper_that_is_looked_up_comes_first(library: Index, question: str, first: str) -> None:
    hits = library.search(question, 5)
    assert hits[0].paper.title == first
    assert hits.match
    assert all(-1 <= hit.score <= 1 for hit in hits)


def test_an_explanation_has_the_names(library: Index) -> None:
    hit = library.search("Novak 2031 moss", 1, explain=True)[0]
    assert hit.explanation
    assert hit.explanation.names == ("novak", "2031")
    assert hit.explanation.to_dict()["names"] == ["novak", "2031"]
    plain = library.search("moss", 1, explain=True)[0].explanation
    assert plain
    assert "names" not in plain.to_dict()


def test_not_by_meaning_alone(library: Index) -> None:
    scores = [hit.score for hit in library.search("Novak 2031 hares", 17, mode="dense", collapse=False)]
    assert scores == sorted(scores, reverse=True)

"""Questions that stand word for word in a paper: which runs count, and what they do to the order."""

from __future__ import annotations

import io

import pytest

from semsearch.model.paper import Paper
from semsearch.retrieval.signals.verbatim import FEWEST, run
from semsearch.service import Index
from semsearch.writers.table import TableWriter

SENTENCE = "In the last winter the owls of the north tower left for the coast."
PAPER = Paper(
    title="Owls in towers of the old town", abstract=f"We counted owls. {SENTENCE} Éclairs, twice-baked, are not it."
)


@pytest.mark.parametrize(
    ("question", "found"),
    [
        (SENTENCE, "in the last winter the owls of the north tower left for the coast"),
        (SENTENCE.upper().replace(" ", "\n"), "in the last winter the owls of the north tower left for the coast"),
        ("owls in towers of the old town", "owls in towers of the old town"),
        ("[PDF] Owls in Towers of the Old Town - a site", "owls in towers of the old town"),
        ("eclairs twice baked are not it", "eclairs twice baked are not it"),
        ("the last winter the owls", ""),  # five words
        ("in the last winter the owls and why they came back to us", ""),  # six words, less than half
        ("in the last winter the owls came back to us again", "in the last winter the owls"),
        ("in the last winter all owls of the north tower came", ""),  # two runs of less than half
        ("old town we counted owls in the", ""),  # a run does not go from the title on to the abstract
        ("it", ""),
    ],
)
def test_runs(question: str, found: str) -> None:
    assert " ".join(run(question, PAPER)) == found


def test_the_longest_run_counts() -> None:
    paper = Paper(title="", abstract="a b c d e f x. Then a b c d e f g h. And a b c d e f g.")
    assert run("a b c d e f g h i", paper) == tuple("abcdefgh")
    assert len(run("a b c d e f g h i", Paper(title=" ".join("abcdef"), abstract="b c d e f g h"))) == 7
    assert FEWEST == 6


@pytest.fixture
def library(index: Index) -> Index:
    """Abstracts of which the encoder reads 40 words. The sentence stands behind them in one of two."""
    near = "last winter owls north tower left coast"
    index.add(
        Paper(title=f"Owls left the north tower, part {n}", abstract=f"The {near}. " * 2, key=f"n{n}") for n in range(6)
    )
    index.add(Paper(title=f"Bread {n}", abstract=f"Oven{n} baked loaf{n} of rye{n}.", key=f"b{n}") for n in range(20))
    other = " ".join(f"station{n} was open" for n in range(40))
    index.add([Paper(title="Stations", abstract=f"{other}. {SENTENCE}", key="whole", year=2031)])
    index.add(
        [Paper(title="Huts", abstract=f"{other}. In the last winter the owls of the north tower came.", key="part")]
    )
    return index


def test_a_copied_sentence_finds_its_paper(library: Index) -> None:
    hits = library.search(SENTENCE, 5, collapse=False)
    assert hits[0].paper.key == "whole"
    assert hits.match
    assert library.search(SENTENCE, 5, mode="dense")[0].paper.key != "whole"
    assert library.search("winter owls of the coast", 5, collapse=False)[0].paper.title.startswith("Owls")
    assert library.search(SENTENCE, 5, where="year=2030").reason
    library.remove(["whole"])
    assert [hit.paper.key for hit in library.search(SENTENCE, 9, collapse=False)].count("whole") == 0


def test_an_explanation_has_the_run(library: Index) -> None:
    hits = library.search(SENTENCE, 8, collapse=False, explain=True)
    by_key = {hit.paper.key: hit.explanation for hit in hits if hit.explanation}
    shown = [by_key[key] for key in ("whole", "part", "n0")]
    runs = [one.verbatim for one in shown]
    whole = "in the last winter the owls of the north tower left for the coast"
    assert runs == [whole, "in the last winter the owls of the north tower", ""]
    shapes = [one.to_dict() for one in shown]
    assert [shape.get("verbatim") for shape in shapes] == [*runs[:2], None]
    TableWriter().hits([hits], out := io.StringIO(), several=False)
    assert out.getvalue().count("word for word: “") == 2
    assert f"word for word: “{whole}”" in out.getvalue()

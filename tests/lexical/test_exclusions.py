"""What questions leave out, in the forms in which people write it; and what only looks so."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from semsearch.lexical.exclusions import split


def _never(_: Sequence[str]) -> bool:
    return False


@pytest.mark.parametrize(
    ("question", "wanted", "excluded"),
    [
        ("moss -roofs", "moss", ("roofs",)),
        ("-roofs moss", "moss", ("roofs",)),
        ('moss -"flat roofs" slate', "moss slate", ("flat roofs",)),
        ("moss -roofs -walls", "moss", ("roofs", "walls")),
        ("moss NOT roofs", "moss", ("roofs",)),
        ("moss not about roofs", "moss", ("roofs",)),
        ("moss, but not about the roofs", "moss", ("roofs",)),
        ("moss but not roofs", "moss", ("roofs",)),
        ("moss (not about roofs) on slate", "moss ) on slate", ("roofs",)),
        ("Moss growth, not on roofs or walls, in cities", "Moss growth , in cities", ("roofs", "walls")),
        ("moss without roofs", "moss", ("roofs",)),
        ("moss excluding roofs and walls", "moss", ("roofs", "walls")),
        ("moss except for roofs", "moss", ("roofs",)),
        ("plants other than moss", "plants", ("moss",)),
        ("papers on moss that are not about roofs.", "papers on moss that are .", ("roofs",)),
    ],
)
def test_what_is_left_out(question: str, wanted: str, excluded: tuple[str, ...]) -> None:
    assert split(question, is_written=_never) == (wanted, excluded)


@pytest.mark.parametrize(
    "question",
    [
        "moss on roofs", "covid -19", "well-known moss", "moss - roofs", "-roofs", "not about roofs", "NOT roofs",
        "whether or not to prune", "why moss does not grow", "knot theory", "non-roof moss", "",
        '"not about roofs"', "a method that trains a network on old data without sampling from it",
        "moss without the least need of rain", "people talking without a camera", "moss except the oldest", "cells arise from the outer germ layer, but not from the other two layers",
    ],
)  # fmt: skip
def test_what_only_looks_so(question: str) -> None:
    assert split(question, is_written=_never) == (question, ())


def test_what_papers_write_is_a_subject() -> None:
    asked: list[list[str]] = []

    def is_written(words: Sequence[str]) -> bool:
        asked.append(list(words))
        return True

    assert split("Learning without forgetting old gates", is_written=is_written) == (
        "Learning without forgetting old gates", (),
    )  # fmt: skip
    assert asked == [["without", "forgetting"]]
    assert split("learning -gates not about moss", is_written=is_written) == ("learning", ("gates", "moss"))

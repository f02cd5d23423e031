"""What people say around the subject of a question."""

from __future__ import annotations

import pytest

from semsearch.lexical.framing import unframed


@pytest.mark.parametrize(
    ("question", "subject"),
    [
        ("I'd like papers on moss roofs", "moss roofs"),
        ("What is known about lichen on slate?", "lichen on slate?"),
        ("are there any studies of kelp forests", "kelp forests"),
        ("Can you find me recent articles on drones, please", "drones"),
        ("I am interested in bog carbon", "bog carbon"),
        ("I'm looking for moss", "moss"),
        ("I want to know about moths", "moths"),
        ("papers about peat", "peat"),
        ("Please show me papers on X-ray optics", "X-ray optics"),
    ],
)
def test_framing_is_left_out(question: str, subject: str) -> None:
    assert unframed(question) == subject


@pytest.mark.parametrize(
    "question",
    [
        "what is the role of sleep in memory",
        "Study of dynamics in roofs",
        "works of art in museums",
        "information retrieval",
        "evidence for dark matter",
        "review of barley",
        "papers on",
        "I am interested in",
        "moss roofs",
    ],
)
def test_what_may_be_the_subject_stays(question: str) -> None:
    assert unframed(question) == question

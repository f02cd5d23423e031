"""Text that was decoded with a wrong encoding is restored where that can be proven, and nowhere else."""

from __future__ import annotations

import pytest

from semsearch.model.paper import Paper, Source
from semsearch.readers.record import build
from semsearch.text.mojibake import restored

TRUE = (
    "Schrödinger", "café", "naïve Baños", "don’t “quote”", "Ångström", "Novák, Petr", "Müller", "中文摘要", "Москва", "α-helix",
    "≤ 5 µg", "25 °C – 30 °C", "École", "São Paulo", "Pérez & García", "Łódź", "İstanbul", "5 × 10⁻³", "한국어",
)  # fmt: skip
FALSE = (
    "SÃO PAULO", "AÇÃO", "« Ãge »", "25 °C", "Â", "São Paulo", "naïve", "Ã", "CORAÇÃO E PULMÃO", "Âme", "ÂGE D’OR",
    "El Niño", "×10", "“MAÇÔ", "façade", "Åse", "œuvre", "Ärzte–Ä", "plain ASCII", "IRMÃ’S", "中文", "Москва",
)  # fmt: skip


@pytest.mark.parametrize("text", TRUE)
@pytest.mark.parametrize("encoding", ["cp1252", "latin-1"])
def test_utf8_that_was_read_as_another_encoding_is_restored(text: str, encoding: str) -> None:
    try:
        wrong = text.encode().decode(encoding)
    except UnicodeDecodeError:
        pytest.skip(f"{encoding} has no character for a byte of {text}")
    assert wrong != text
    assert restored(wrong) == text


@pytest.mark.parametrize("text", FALSE)
def test_what_is_right_stays(text: str) -> None:
    assert restored(text) == text


def test_a_record_says_that_it_was_repaired() -> None:
    notes: list[str] = []
    record = {"title": "Moss in LÃ¶wen", "authors": "NovÃ¡k, Petr; Garcia, Ana", "keywords": ["moss", "Ã©cologie"]}
    paper = build(record, {}, Source("x", 7), "raw", lambda line, reason, raw: notes.append(f"{line} {reason} {raw}"))
    assert isinstance(paper, Paper)
    assert (paper.title, paper.authors, paper.keywords) == (
        "Moss in Löwen",
        ("Novák, Petr", "Garcia, Ana"),
        ("moss", "écologie"),
    )
    assert notes == ["7 characters of a wrong encoding restored: title, authors, keywords raw"]

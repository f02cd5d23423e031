"""Why a hit is where it is, in words: what each signal adds, and the nearest sentence with the question's words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semsearch.model.printable import safe

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semsearch.model.results import Explanation, Hit

#: Stand for the ends of a word while a sentence is made safe, which can shift it. They are private use characters.
_START, _END = "\ue000", "\ue001"
_PLACED = {
    "reranker": "placed by the cross-encoder, before that ",
    "diversity": "placed by --diverse, before that ",
    "name": "first since the question names it, else ",
}


def reason(hit: Hit) -> str:
    """Why a hit is where it is: ``0.534 meaning (1st) + 0.087 words (3rd: hospitals) = 0.621``.

    Args:
        hit: A hit with an explanation.
    """
    why = hit.explanation
    if why is None:
        return ""
    adds = dict(why.adds) or {"cosine": hit.score}
    text = " ".join(_part(name, value, why, first=n == 0) for n, (name, value) in enumerate(adds.items()))
    total = f" = {sum(adds.values()):.3f}" if len(adds) > 1 else ""
    if "cosine" not in adds:
        total = f"; {hit.score:.3f} meaning ({_ordinal(why.dense_rank)}) adds nothing"
    beside = f"; words in common: {', '.join(why.words)}" if why.words and "bm25" not in adds else ""
    named = f"; names it: {', '.join(why.names)}" if why.names and "names" not in adds else ""
    return safe(f"{_PLACED.get(why.ordered_by, '')}{text}{total}{beside}{named}")


def _part(name: str, value: float, why: Explanation, *, first: bool) -> str:
    sign = "" if first else "- " if value < 0 else "+ "
    number = _number(value if first else abs(value))
    words = ", ".join(why.words)
    by_words = f"{_ordinal(why.lexical_rank)}: {words}" if why.lexical_rank and words else ""
    told = {
        "cosine": f"meaning ({_ordinal(why.dense_rank)})",
        "bm25": f"words ({by_words})" if by_words else "words" if why.lexical_rank else "words (none in common)",
        "names": f"names ({', '.join(why.names)})" if why.names else "names",
        "verbatim": "word for word",
        "feedback": "likeness to the first works",
    }
    return f"{sign}{number} {told.get(name, name)}"


def _number(value: float) -> str:
    return f"{value:.3f}" if value == 0 or abs(value) >= 0.0005 else "<0.001" if value > 0 else "-0.000"


def _ordinal(number: int | None) -> str:
    if number is None:
        return ""
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number:,}{ending}"


def shown_sentence(why: Explanation) -> tuple[str, tuple[tuple[int, int], ...]]:
    """The nearest sentence, safe to show, and where the question's words are in it.

    Args:
        why: The explanation.

    Returns:
        The sentence, and ``(start, end)`` of each word in it.
    """
    clean = why.sentence.replace(_START, " ").replace(_END, " ")
    text = safe(_set(clean, why.spans, _START, _END))
    spans: list[tuple[int, int]] = []
    out, start = "", 0
    for char in text:
        if char == _START:
            start = len(out)
        elif char == _END:
            spans.append((start, len(out)))
        else:
            out += char
    return out, tuple(spans)


def marked_sentence(why: Explanation) -> str:
    """The nearest sentence, safe to show, with the question's words in ``«»``."""
    return _set(*shown_sentence(why), "«", "»")


def _set(text: str, spans: Sequence[tuple[int, int]], start: str, end: str) -> str:
    for first, behind in reversed(spans):
        text = f"{text[:first]}{start}{text[first:behind]}{end}{text[behind:]}"
    return text

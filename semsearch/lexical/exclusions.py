"""What a question leaves out: ``moss -roofs``, ``moss NOT roofs``, ``moss not about roofs``, ``moss without roofs``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from semsearch.lexical.analyzer import words

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

#: ``-roofs`` and ``-"flat roofs"``; not ``covid -19`` and not ``well-known``.
_MINUS = re.compile(r'(?:^|(?<=\s))-(?:"([^"]+)"|([^\W\d_][\w-]*))')
#: What stands behind these words, up to the end of the clause, is left out.
_BEHIND = r"\s+([^.,;:?!()]+)"
_SURE = re.compile(
    r"[\s,(]*\b(?:(?:but\s+|and\s+)?not\s+(?:about|on|concerning|regarding|related\s+to|involving)|(?-i:NOT))"
    + _BEHIND,
    re.IGNORECASE,
)
#: These can also belong to the subject: ``learning without forgetting``, ``talking without a camera``. In sentences
#: they mostly do, so they count in short questions only, with a few words behind them and no article.
_PERHAPS = re.compile(
    r"[\s,(]*\b(?P<lead>without|excluding|except(?:\s+for)?|other\s+than|but\s+not)" + _BEHIND, re.IGNORECASE
)
_SHORT, _FEW = 8, 3
_ARTICLE = re.compile(r"(?:an?|any|the|its|their)\b", re.IGNORECASE)
_LIST = re.compile(r"\s+(?:or|and|nor)\s+|\s*/\s*", re.IGNORECASE)
#: Words at the beginning of what is left out that say nothing: ``not about the roofs``.
_LEADING = frozenset(("about", "on", "any", "the", "a", "an", "those", "papers", "studies", "in", "with"))


class Split(NamedTuple):
    """A question in two parts."""

    wanted: str
    """What is asked for; the whole question if nothing else would be left."""
    excluded: tuple[str, ...]
    """What is left out: words or phrases, in order."""


def split(question: str, *, is_written: Callable[[Sequence[str]], bool]) -> Split:
    """Split a question into what is asked for and what is left out.

    Args:
        question: The question, as the user wrote it.
        is_written: Tells whether a paper has words next to each other. ``without X``, ``excluding X``, ``except X``,
            ``other than X`` and ``but not X`` belong to the subject if a paper has them so, or in a long question.
    """
    short = len(words(question)) <= _SHORT
    if '"' in question and _MINUS.search(question) is None:
        return Split(question, ())  # a phrase, word for word
    excluded: list[str] = []

    def take(found: re.Match[str]) -> str:
        named = found.groupdict().get("lead")
        told = next(part for part in reversed(found.groups()) if part)
        if named and not (short and len(words(told)) <= _FEW and not _ARTICLE.match(told)):
            return found[0]
        if named and is_written([*words(named), *words(told)[:1]]):
            return found[0]
        excluded.extend(filter(None, (_bare(part) for part in _LIST.split(told))))
        return " "

    rest = question
    for pattern in (_MINUS, _SURE, _PERHAPS):
        rest = pattern.sub(take, rest)
    rest = " ".join(rest.split()).strip(" ,;(")
    if not excluded or not words(rest):
        return Split(question, ())
    return Split(rest, tuple(dict.fromkeys(excluded)))


def _bare(text: str) -> str:
    parts = text.strip(" \"'").split()
    while parts and parts[0].lower() in _LEADING:
        del parts[0]
    return " ".join(parts)

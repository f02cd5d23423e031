"""Names of people, in whatever form a file has them."""

from __future__ import annotations

import re
from typing import Any

from semsearch.readers.flattening import pieces_of, text_of
from semsearch.text.cleaning import plain

#: Scopus adds its own number to each full name.
_AUTHOR_NUMBER = re.compile(r"\s\(\d{8,}\)(?=;|$)")


def people_of(value: Any) -> tuple[str, ...]:
    """The names of people in a text, a list or an object; cleaned, without empty ones."""
    pieces = pieces_of(value, split_people)
    if not isinstance(value, str):  # authors_parsed of arXiv: [family, given, suffix]
        pieces = [" ".join(filter(None, (v[1], v[0], *v[2:3]))) if _is_parsed_name(v) else v for v in pieces]
    return tuple(name for piece in pieces if (name := plain(text_of(piece))))


def _is_parsed_name(value: Any) -> bool:
    return isinstance(value, list) and 2 <= len(value) <= 4 and all(isinstance(part, str) for part in value)


def split_people(text: str) -> list[str]:
    """Split at ``;``, ``and`` and line ends; at commas only if they cannot be those of ``family, given``."""
    pieces = [p.strip() for p in re.split(r";|\s+and\s+|\n", _AUTHOR_NUMBER.sub("", text)) if p.strip()]
    if ";" not in text and any("," in p for p in pieces):
        parts = [p.strip() for piece in pieces for p in piece.split(",") if p.strip()]
        if all(" " in p for p in parts):
            return [p.removeprefix("and ").strip() for p in parts]
    return pieces

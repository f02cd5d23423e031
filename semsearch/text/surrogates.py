"""Lone surrogates: halves of characters, which neither UTF-8 nor SQLite can hold."""

from __future__ import annotations

import re

_SURROGATE = re.compile("[\ud800-\udfff]")


def has_surrogates(text: str) -> bool:
    """Whether a text holds lone surrogates, or pairs of them."""
    return bool(_SURROGATE.search(text))


def without_surrogates(text: str) -> str:
    """The text with U+FFFD for each lone surrogate, which UTF-8 and SQLite cannot hold; pairs become characters."""
    if has_surrogates(text):
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text

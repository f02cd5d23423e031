"""Surrogates: halves of characters. UTF-8 and SQLite cannot store them."""

from __future__ import annotations

import re

_SURROGATE = re.compile("[\ud800-\udfff]")


def has_surrogates(text: str) -> bool:
    """Whether a text contains surrogates, alone or in pairs."""
    return not text.isascii() and bool(_SURROGATE.search(text))


def without_surrogates(text: str) -> str:
    """The text without surrogates: a pair becomes its character, a lone surrogate becomes U+FFFD."""
    if has_surrogates(text):
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text

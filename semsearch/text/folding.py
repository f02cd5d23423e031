"""Text for comparisons: without case, accents and punctuation."""

from __future__ import annotations

import re
import unicodedata

_SPACE = re.compile(r"\s+")
_NOT_WORD = re.compile(r"[\W_]+")


_ACCENT, _HYPHEN = re.compile("[\u0300-\u036f]"), re.compile(r"(?<=[^\W_])[-_\u2010-\u2015]+(?=[^\W_])")


def fold(text: str) -> str:
    """For comparing wordings: compatibility-decomposed, without accents, case, punctuation and extra space."""
    if not text.isascii():  # ASCII has nothing to decompose, and is most of what there is: 20 times faster
        decomposed = unicodedata.normalize("NFKD", text)
        text = "".join(c for c in decomposed if not unicodedata.combining(c))
    return _NOT_WORD.sub(" ", text.casefold()).strip()


def fold_tag(text: str) -> str:
    """For comparing tags as a whole: without accents, case, extra space; a hyphen between words is a space.

    Finer than `fold`: ``C``, ``C++`` and ``C#`` are three tags, and vowel signs of other scripts count.
    """
    bare = _ACCENT.sub("", unicodedata.normalize("NFKD", text)).casefold()
    return _SPACE.sub(" ", _HYPHEN.sub(" ", bare)).strip()

"""Restores text that was decoded with a wrong encoding, such as ``SchrÃ¶dinger``, where that can be proven.

The rule is that of ftfy: the text is encoded with the wrong encoding and decoded as UTF-8 if it then is less odd by
ftfy's measure. Nothing else of ftfy is used: quotation marks, widths and entities stay as they are.
"""

from __future__ import annotations

import re

# The first byte of two or more in UTF-8, and a further one, both read as Windows-1252, Latin-1 or MacRoman.
_SUSPICIOUS = re.compile(
    "[\u00c2-\u00f4\u00e2\u0192\u221a\u201a\u00cf\u00d0\u00d1]"
    "[\u0080-\u00bf\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc\u2013-\u203a\u20ac\u2122\u00ac-\u00af\u00d0-\u00ff]"
)
# The end of a quotation after a word in capitals, as in Portuguese: it is what it seems.
_CAPITALS = re.compile("[A-Z\u00c0-\u00dd][\u00c2\u00c3][\u2018-\u201f\u00bb]")


def restored(text: str) -> str:
    """The text with its characters as they were before they were decoded with a wrong encoding.

    Args:
        text: Any text. Only one in which two characters are typical of the mistake is looked at closely.

    Returns:
        The text; the same if nothing is provably wrong.
    """
    if text.isascii() or not _SUSPICIOUS.search(text) or _CAPITALS.search(text):
        return text
    import ftfy  # here, since it takes 20 ms and few texts need it

    return ftfy.fix_encoding(text)

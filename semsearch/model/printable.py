"""Text that is safe to print."""

from __future__ import annotations

import json
import re
from typing import Any

_SPACE = re.compile(r"\s+")
# C0 (but tab and line feed), delete and C1 controls; lone surrogates; marks of direction (Unicode TR9 and TR36 3.2);
# other ends of a line; zero-width space, joiners of no width, deprecated controls, BOM, interlinear annotation,
# noncharacters, tags.
_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff\ufff9-\ufffb"
    "\ufffe\uffff\U000e0000-\U000e007f]"
)


def shown(text: str) -> str:
    """A text without what a terminal would obey or hide; tabs and line feeds stay."""
    return text if _printable(text) else _UNSAFE.sub("", text)


def json_text(value: Any, *, indent: int | None = None) -> str:
    r"""A value as JSON; readable, but for what a terminal would obey or hide: that is ``\uXXXX``."""
    text = json.dumps(value, ensure_ascii=False, indent=indent, allow_nan=False)
    return text if _printable(text) else _UNSAFE.sub(lambda match: json.dumps(match[0])[1:-1], text)


def _printable(text: str) -> bool:
    """Whether there is surely nothing unsafe in a text; twice as fast as to look for it."""
    return text.replace("\n", "").isprintable()


# What no terminal and no page should get: C0 and C1 controls, lone surrogates, bidi controls (Unicode TR36 3.2),
# invisible tag characters, zero-width space and BOM, interlinear annotation, noncharacters.
_UNSAFE_IN_LINE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff"
    "\ufff9-\ufffb\ufffe\uffff\U000e0000-\U000e007f]"
)


def safe(text: str) -> str:
    """The one door for text to a screen: one line, without control, bidi-override or invisible characters."""
    return _SPACE.sub(" ", _UNSAFE_IN_LINE.sub("", text)).strip()

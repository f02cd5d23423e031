"""Removes characters that must not be printed: those that control a terminal, and those that hide text."""

from __future__ import annotations

import json
import re
from typing import Any

_SPACE = re.compile(r"\s+")
# C0 controls (except tab and line feed), delete and C1 controls; lone surrogates; direction marks (Unicode TR9, and
# TR36 3.2); other line ends; zero-width space, zero-width joiners, deprecated controls, BOM, interlinear annotation,
# noncharacters, tag characters.
_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff\ufff9-\ufffb"
    "\ufffe\uffff\U000e0000-\U000e007f]"
)


def shown(text: str) -> str:
    """The text without control characters and invisible characters. Tabs and line feeds stay."""
    return text if _printable(text) else _UNSAFE.sub("", text)


def json_text(value: Any, *, indent: int | None = None) -> str:
    r"""A value as JSON. Nothing is lost: control characters and invisible characters become ``\uXXXX``.

    Args:
        value: What `json.dumps` takes; no NaN, no infinity.
        indent: Number of spaces for each level; ``None`` for one line.

    Returns:
        The JSON text; letters beyond ASCII stay as they are.
    """
    text = json.dumps(value, ensure_ascii=False, indent=indent, allow_nan=False)
    return text if _printable(text) else _UNSAFE.sub(lambda match: json.dumps(match[0])[1:-1], text)


def _printable(text: str) -> bool:
    """Whether the text surely contains nothing unsafe. This is twice as fast as a search for unsafe characters."""
    return text.replace("\n", "").isprintable()


# Characters that must not reach a terminal or a web page: C0 and C1 controls, lone surrogates, bidi controls (Unicode
# TR36 3.2), invisible tag characters, zero-width space and BOM, interlinear annotation, noncharacters.
_UNSAFE_IN_LINE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff"
    "\ufff9-\ufffb\ufffe\uffff\U000e0000-\U000e007f]"
)


def safe(text: str) -> str:
    """The text as one line that is safe to show: no control, direction or invisible characters, no double spaces."""
    if text.isascii() and text.isprintable():  # most texts; the same result in a fraction of the time
        return " ".join(text.split())
    return _SPACE.sub(" ", _UNSAFE_IN_LINE.sub("", text)).strip()

"""Texts and names from values of JSON or of a table, whatever lists and objects they are in."""

from __future__ import annotations

import ast
import contextlib
import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from semsearch.text.cleaning import plain
from semsearch.text.surrogates import without_surrogates

_LIST_LIKE = re.compile(r"\s*\[\s*(?:['\"{\[]|\]).*\]\s*$", re.DOTALL)
_QUOTED = re.compile(r"""'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)\"""")
#: Two quoted texts without a comma between them, as NumPy prints a list. Python would join them.
_NUMPY = re.compile(r"""['"]\s+['"]""")
#: Keys for the word in a tag or keyword, in APIs and exports: ``{"tag": "read", "type": 1}`` of Zotero.
_WORD_KEYS = ("tag", "term", "keyword", "label", "subject", "category", "value", "text")
#: Keys for the whole name of a person or a thing, in APIs.
_NAME_KEYS = ("name", "display_name", "full_name", "fullName", "literal", "title", "value", "text")


def is_empty(value: Any) -> bool:
    """Whether a value is missing: ``None``, NaN, or a text, list or object without content."""
    if isinstance(value, float) and math.isnan(value):  # an empty cell of a table in memory
        return True
    if isinstance(value, str):
        return not value.strip()
    return value is None or (isinstance(value, list | tuple | dict) and not value)


def text_of(value: Any) -> str:
    """A value of JSON or of a table as text. The values of a list are joined with ``; ``."""
    if isinstance(value, str):
        return without_surrogates(value)
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, Mapping):
        return _name(value)
    if isinstance(value, Sequence):
        return "; ".join(t for v in value if (t := text_of(v)))
    return str(value)


def _name(value: Mapping[str, Any]) -> str:
    """The name in an object for a person or a thing, as in APIs. Any other object becomes ``key: value, …``."""
    for name in _NAME_KEYS:
        if value.get(name):
            return text_of(value[name])
    if value.get("family") or value.get("last"):
        given, family = value.get("given") or value.get("first"), value.get("family") or value.get("last")
        return f"{text_of(family)}, {text_of(given)}" if given else text_of(family)
    return ", ".join(f"{without_surrogates(str(k))}: {t}" for k, v in value.items() if (t := text_of(v)))


def words_of(value: Any) -> tuple[str, ...]:
    """The tags or keywords in a text, a list or an object; cleaned, without empty ones."""
    if isinstance(value, str) and (values := listed(value)) is not None:
        value = values
    pieces = pieces_of(value, split_words)
    return tuple(word for piece in pieces for one in _words(piece) if (word := plain(text_of(one))))


def pieces_of(value: Any, split: Callable[[str], list[str]]) -> list[Any]:
    """The things in a value: those of a list, or those of a text that is split.

    Args:
        value: A text, a list, or an object for one thing.
        split: Splits a text.
    """
    if isinstance(value, str):
        return list(split(value))
    if not isinstance(value, Sequence):
        return [value]
    if len(value) == 1 and isinstance(value[0], str) and ";" in value[0].strip().strip(";"):
        return list(split(value[0]))  # a list of one text with all names
    return list(value)


def printed(text: str) -> Any:
    """The value that a text is, as JSON or Python prints it; ``None`` if it is none.

    Args:
        text: A text, such as ``{'name': 'Journal of Roofs'}``.
    """
    for parse in (json.loads, ast.literal_eval):
        with contextlib.suppress(ValueError, SyntaxError, MemoryError, RecursionError):
            return parse(text)
    return None


def listed(text: str) -> list[Any] | None:
    """The values of a list in a text, as Python, JSON or NumPy print it, such as ``['moss', 'roofs']``.

    Args:
        text: A text.

    Returns:
        The values; ``None`` if the text is no such list.
    """
    if not _LIST_LIKE.match(text):
        return None
    if not _NUMPY.search(text) and (found := printed(text)) is not None:
        return list(found) if isinstance(found, list | tuple) else None
    quoted = [one or other for one, other in _QUOTED.findall(text)]
    return quoted or None


def _words(value: Any) -> list[Any]:
    """The words in a tag or keyword, which is a text, an object or a list in APIs."""
    if isinstance(value, Mapping) and not any(value.get(name) for name in _NAME_KEYS):
        value = next((value[key] for key in _WORD_KEYS if value.get(key) and isinstance(value[key], str | list)), value)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [word for one in value for word in _words(one)]
    return [value]


def split_words(text: str) -> list[str]:
    """Split at ``;``, ``|`` and line ends, else at commas; arXiv categories (``cs.CL stat.ML``) at spaces."""
    if re.fullmatch(r"[a-z-]+(?:\.[A-Za-z-]{2,})?(?: [a-z-]+(?:\.[A-Za-z-]{2,})?)+", text) and "." in text:
        return text.split()
    return re.split(r"[;\n|]" if any(sign in text for sign in ";\n|") else ",", text)

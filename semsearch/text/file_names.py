"""Names of files as text: every name can be shown and stored, and led back to the file."""

from __future__ import annotations

import contextlib
import os
import re

from semsearch.text.surrogates import has_surrogates, without_surrogates

_UNDECODED = re.compile("[\udc80-\udcff]")
_SHOWN = re.compile(r"\\x([89a-f][0-9a-f]|5c)")


#: A backslash of the name itself that would be taken for the beginning of one of these.
_LIKE_SHOWN = re.compile(r"\\(?=x(?:[89a-f][0-9a-f]|5c))")


def shown_name(name: str) -> str:
    r"""A file's name as it is shown and stored: bytes that are not UTF-8 as ``\xff``; `real_name` is its inverse.

    Python gives such bytes as lone surrogates (PEP 383), which can be neither printed nor stored. Windows has none.
    """
    if os.name == "nt":
        return without_surrogates(name)
    with contextlib.suppress(UnicodeError):  # in the locale C, every letter beyond ASCII is such a byte
        name = os.fsencode(name).decode("utf-8", "surrogateescape")
    return _UNDECODED.sub(lambda m: f"\\x{ord(m[0]) - 0xDC00:02x}", _LIKE_SHOWN.sub(r"\\x5c", name))


def storable_name(name: str) -> str:
    """`shown_name` of what may be one already."""
    return shown_name(name) if has_surrogates(name) else name


def real_name(name: str) -> str:
    """The name by which the system knows a file, from what `shown_name` gave."""
    if os.name == "nt":
        return name
    name = _SHOWN.sub(lambda m: "\\" if m[1] == "5c" else chr(0xDC00 + int(m[1], 16)), name)
    with contextlib.suppress(UnicodeError):
        name = os.fsdecode(name.encode("utf-8", "surrogateescape"))
    return name

"""File names as text that can be shown and stored. The real name can be computed from that text."""

from __future__ import annotations

import contextlib
import os
import re

from semsearch.text.surrogates import has_surrogates, without_surrogates

_UNDECODED = re.compile("[\udc80-\udcff]")
_SHOWN = re.compile(r"\\x([89a-f][0-9a-f]|5c)")


#: A backslash in the name itself that looks like the beginning of such an escape.
_LIKE_SHOWN = re.compile(r"\\(?=x(?:[89a-f][0-9a-f]|5c))")


def shown_name(name: str) -> str:
    r"""The name of a file as it is shown and stored. Bytes that are not UTF-8 become ``\xff``.

    Python represents such bytes as lone surrogates (PEP 383), which can be neither printed nor stored. On Windows there
    are no such bytes. `real_name` is the inverse.
    """
    if os.name == "nt":
        return without_surrogates(name)
    with contextlib.suppress(UnicodeError):  # in the locale C, this includes every letter beyond ASCII
        name = os.fsencode(name).decode("utf-8", "surrogateescape")
    return _UNDECODED.sub(lambda m: f"\\x{ord(m[0]) - 0xDC00:02x}", _LIKE_SHOWN.sub(r"\\x5c", name))


def storable_name(name: str) -> str:
    """Like `shown_name`, but a name that can be stored already stays as it is."""
    return shown_name(name) if has_surrogates(name) else name


def real_name(name: str) -> str:
    """The name of the file in the file system, from the result of `shown_name`."""
    if os.name == "nt":
        return name
    name = _SHOWN.sub(lambda m: "\\" if m[1] == "5c" else chr(0xDC00 + int(m[1], 16)), name)
    with contextlib.suppress(UnicodeError):
        name = os.fsdecode(name.encode("utf-8", "surrogateescape"))
    return name

"""Reads the values of a JSON document one by one. The document can be of any size; damage costs only the damaged value.

A document is one value, several values one after another, or a list of values. If it is an object that is too large for
the memory, its lists of records are read as such lists (``{"total": 2000000, "items": [``).
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from semsearch.model.policy import ReadingPolicy

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

#: Longest number, in digits. Python makes no integers of thousands of digits.
_DIGITS = 100


def _integer(digits: str) -> int | str:
    """The number; its text if it is too long."""
    return int(digits) if len(digits) <= _DIGITS else digits


DECODER = json.JSONDecoder(parse_int=_integer)
#: After damage, the next value is searched for in pieces of this length, which overlap, with so many tries in each.
_SEARCHED, _OVERLAP, _TRIES = 2**22, 2**16, 64
#: Most characters that are kept of a text that cannot be read.
_RAW = 2**16
#: If an error is this near to the end of the text that was read so far, more text may help.
_MARGIN = 64
_BEGINNING = re.compile(r"[}\]]\s*,?\s*(?=\{)|,\s*(?=\{)|\n\s*(?=\{)")


class Element(NamedTuple):
    """A value in a document, or a text in it that cannot be read."""

    line: int
    """Line in which it begins, from 1."""
    value: Any
    """The value; ``None`` if it cannot be read."""
    raw: str
    """Its text."""
    error: str = ""
    """Why it cannot be read; empty if it can."""


class _Text:
    """The part of a text that is in memory, with the line number of its beginning."""

    def __init__(self, chunks: Iterable[str]) -> None:
        self._chunks = iter(chunks)
        self.text = ""
        self.line = 1

    def more(self) -> bool:
        """Read more text. The length doubles, so all tries together take at most twice the time of the last one."""
        pieces, wanted = [self.text], max(1, len(self.text))
        while wanted > 0 and (piece := next(self._chunks, "")):
            pieces.append(piece)
            wanted -= len(piece)
        self.text = "".join(pieces)
        return len(pieces) > 1

    def drop(self, end: int) -> None:
        """Drop the text before this position."""
        self.line += self.text.count("\n", 0, end)
        self.text = self.text[end:]

    def skip(self, characters: str) -> str:
        """Drop these characters from the beginning. Returns the next character, or nothing at the end of the text."""
        while True:
            rest = self.text.lstrip(characters)
            self.drop(len(self.text) - len(rest))
            if rest or not self.more():
                return rest[:1]


def elements(
    chunks: Iterable[str], containers: Iterable[str], policy: ReadingPolicy | None = None
) -> Iterator[Element]:
    """Read the values of a document.

    Args:
        chunks: The text of the document, in pieces.
        containers: Keys under which an object can have a list of records.
        policy: Limits of the length of a value. ``None`` takes the usual limits.

    Returns:
        The values in the order of the document. A text that cannot be read is an element with an ``error``.
    """
    policy = policy or ReadingPolicy()
    source, keys = _Text(chunks), frozenset[str]()
    container, list_of = container_start(containers), ""
    while start := source.skip(" \t\n\r,"):
        if start == "[" and not list_of:
            list_of = "["
            source.drop(1)
            continue
        if start == "]" and list_of:
            if list_of == "{":
                source.drop(1)
                if not _to_next_list(source, container):
                    return  # the text after the lists has no records
                continue
            list_of = ""
            source.drop(1)
            continue
        try:
            value, end = _decoded(source, container, policy)
        except _ListInside as found:
            list_of = "{"
            source.drop(found.start)
            continue
        except (ValueError, RecursionError) as error:
            line = source.line
            raw, resumed = _skip_damage(source, getattr(error, "pos", 0), keys)
            rest = "" if resumed else " from here to the end of the file"
            yield Element(line, None, raw, f"not valid JSON{rest}: {error}"[:200])
        else:
            keys = frozenset(value) if isinstance(value, dict) else keys
            yield Element(source.line, value, source.text[:end])
            source.drop(end)


def _to_next_list(source: _Text, container: re.Pattern[str]) -> bool:
    """After the end of a list of records in an object, go on to its next list. Returns whether there is one."""
    if source.skip(" \t\n\r,}") != '"':
        return False
    while len(source.text) < _OVERLAP and source.more():
        pass
    source.text = "{" + source.text  # makes an object of the rest
    if found := container.match(source.text):
        source.drop(found.end())
    return found is not None


class _ListInside(Exception):
    """The value is too large. It has a list of records, whose first record is at ``start``."""

    def __init__(self, start: int) -> None:
        super().__init__()
        self.start = start


def _decoded(source: _Text, container: re.Pattern[str], policy: ReadingPolicy) -> tuple[Any, int]:
    """The value at the beginning of the text, and where it ends."""
    while True:
        try:
            value, end = DECODER.raw_decode(source.text)
        except ValueError as error:
            unfinished = "Unterminated" in str(error) or getattr(error, "pos", 0) > len(source.text) - _MARGIN
            held = len(source.text)
            if held > policy.json_object_characters and (found := container.match(source.text)):
                raise _ListInside(found.end()) from error
            if not unfinished or held > policy.json_characters or not source.more():
                raise
        else:
            if end < len(source.text) or not source.more():  # 12 can be the beginning of 123
                return value, end


def container_start(keys: Iterable[str]) -> re.Pattern[str]:
    """A pattern for the beginning of an object, up to its list of records.

    Before the list there can be simple values and small objects. The list can be in an object inside the object.

    Args:
        keys: Keys under which such a list can be.
    """
    string, names = r'"(?:[^"\\]|\\.){0,400}"', "|".join(keys)
    simple = rf"{string}\s*:\s*(?:{string}|[\w.+-]+|\{{[^{{}}]{{0,4000}}\}})\s*,\s*"
    return re.compile(
        rf'\{{\s*(?:{simple}){{0,40}}(?:{string}\s*:\s*\{{\s*(?:{simple}){{0,40}}){{0,3}}"(?:{names})"\s*:\s*\['
    )


def _skip_damage(source: _Text, position: int, keys: frozenset[str]) -> tuple[str, bool]:
    """Go on to the next value that is similar to the values before the damage.

    Returns:
        ``(skipped text, whether there is such a value)``; a long text is cut.
    """
    raw, ended = "", False
    while not ended:
        while not ended and len(source.text) - position < _SEARCHED:
            ended = not source.more()
        raw = raw or source.text[:_RAW]
        for _, found in zip(range(_TRIES), _BEGINNING.finditer(source.text, position), strict=False):
            try:
                value, _ = DECODER.raw_decode(source.text, found.end())
            except (ValueError, RecursionError):
                continue
            if keys and len(keys & value.keys()) * 2 >= len(keys):
                raw = raw[: found.end()] if len(raw) < _RAW or found.end() < _RAW else raw
                source.drop(found.end())
                return raw, True
        source.drop(max(0, len(source.text) - _OVERLAP))
        position = 0
    source.drop(len(source.text))
    return raw, False

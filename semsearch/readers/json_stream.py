"""The values of a JSON document one by one, whatever its size: damage costs only the value that it hits.

A document is a value, values one after another, or a list of values; so is a list of records inside an object, where
the object is too large to be held (``{"total": 2000000, "items": [``).
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from semsearch.model.policy import ReadingPolicy

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

#: Longest number, in digits; Python refuses to make integers of thousands of them.
_DIGITS = 100


def _integer(digits: str) -> int | str:
    """A number, or its text where it is so long that nobody counts with it."""
    return int(digits) if len(digits) <= _DIGITS else digits


DECODER = json.JSONDecoder(parse_int=_integer)
#: Text is searched for the next value in pieces of this length, which overlap; each with so many tries.
_SEARCHED, _OVERLAP, _TRIES = 2**22, 2**16, 64
#: So much is kept of a text that cannot be read.
_RAW = 2**16
#: An error so near to the end of the text at hand may be for want of more.
_MARGIN = 64
_BEGINNING = re.compile(r"[}\]]\s*,?\s*(?=\{)|,\s*(?=\{)|\n\s*(?=\{)")


class Element(NamedTuple):
    """A value of a document, or a place where there is none that can be read."""

    line: int
    """1-based, where it begins."""
    value: Any
    """``None`` where it cannot be read."""
    raw: str
    """Its text."""
    error: str = ""
    """Why it cannot be read."""


class _Text:
    """As much of a text as is needed, with the line number of its beginning."""

    def __init__(self, chunks: Iterable[str]) -> None:
        self._chunks = iter(chunks)
        self.text = ""
        self.line = 1

    def more(self) -> bool:
        """Read on, as much as there is already, so that trying again costs no more than twice the time."""
        pieces, wanted = [self.text], max(1, len(self.text))
        while wanted > 0 and (piece := next(self._chunks, "")):
            pieces.append(piece)
            wanted -= len(piece)
        self.text = "".join(pieces)
        return len(pieces) > 1

    def drop(self, end: int) -> None:
        """Forget what is behind."""
        self.line += self.text.count("\n", 0, end)
        self.text = self.text[end:]

    def skip(self, characters: str) -> str:
        """Forget these characters; the next one, or nothing at the end."""
        while True:
            rest = self.text.lstrip(characters)
            self.drop(len(self.text) - len(rest))
            if rest or not self.more():
                return rest[:1]


def elements(
    chunks: Iterable[str], containers: Iterable[str], policy: ReadingPolicy | None = None
) -> Iterator[Element]:
    """The values of a document.

    Args:
        chunks: Its text, in pieces.
        containers: Keys under which an object holds a list of records.
        policy: How long a value may be.
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
                    return  # what stands behind the lists says nothing of their records
                continue
            list_of = ""
            source.drop(1)
            continue
        try:
            value, end = _decoded(source, container, policy)
        except _Within as found:
            list_of = "{"
            source.drop(found.place)
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
    """Go on to the next list of records in an object, behind one of them; whether there is one."""
    if source.skip(" \t\n\r,}") != '"':
        return False
    while len(source.text) < _OVERLAP and source.more():
        pass
    source.text = "{" + source.text  # so that the rest is an object again
    if found := container.match(source.text):
        source.drop(found.end())
    return found is not None


class _Within(Exception):
    """The value is too large, and holds a list of records that begins at ``place``."""

    def __init__(self, place: int) -> None:
        super().__init__()
        self.place = place


def _decoded(source: _Text, container: re.Pattern[str], policy: ReadingPolicy) -> tuple[Any, int]:
    """The value at the beginning of the text, and where it ends."""
    while True:
        try:
            value, end = DECODER.raw_decode(source.text)
        except ValueError as error:
            unfinished = "Unterminated" in str(error) or getattr(error, "pos", 0) > len(source.text) - _MARGIN
            held = len(source.text)
            if held > policy.json_object_characters and (found := container.match(source.text)):
                raise _Within(found.end()) from error
            if not unfinished or held > policy.json_characters or not source.more():
                raise
        else:
            if end < len(source.text) or not source.more():  # 12 may go on as 123
                return value, end


def container_start(keys: Iterable[str]) -> re.Pattern[str]:
    """An object up to the list that it holds: before it, simple members, small objects, or an envelope around it.

    Args:
        keys: Those under which such a list may stand.
    """
    string, names = r'"(?:[^"\\]|\\.){0,400}"', "|".join(keys)
    simple = rf"{string}\s*:\s*(?:{string}|[\w.+-]+|\{{[^{{}}]{{0,4000}}\}})\s*,\s*"
    return re.compile(
        rf'\{{\s*(?:{simple}){{0,40}}(?:{string}\s*:\s*\{{\s*(?:{simple}){{0,40}})?"(?:{names})"\s*:\s*\['
    )


def _skip_damage(source: _Text, position: int, keys: frozenset[str]) -> tuple[str, bool]:
    """Go on to where a value like those before it begins; the text up to there, cut, and whether there was one."""
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

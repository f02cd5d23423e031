"""JSON and JSON Lines: objects with any keys, or in the shape of a known source (`json_shapes`).

A file is JSON Lines when its first line is an object by itself; else it is a document: a list of objects, or an object
that holds such a list (``{"items": […]}``), read by json_stream.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from semsearch.model.paper import CORE, Paper, Rejected, Source
from semsearch.readers.given import exported
from semsearch.readers.json_shapes import normalised
from semsearch.readers.json_stream import DECODER, container_start, elements
from semsearch.readers.opening import OVERLONG
from semsearch.readers.record import UNREADABLE, field_of, paper_of, rejected, unreadable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from semsearch.model.protocols import Opened

#: Keys of an object under which APIs and exports put their list of records.
_CONTAINERS = ("items", "papers", "results", "records", "data", "documents", "docs", "entries", "references", "hits")
_CONTAINER_START = container_start(_CONTAINERS)
#: Keys that mark a paper of `semsearch export`, or a hit.
_EXPORTED = {*CORE, "source", "key"}
#: One half of a character that is written as two, without the other half.
_ESCAPED_SURROGATE = re.compile(
    r"(?<!\\)(?:\\\\)*(?:\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F])"
    r"|(?<!\\u[dD][89abAB][0-9a-fA-F]{2})\\u[dD][c-fC-F][0-9a-fA-F]{2})"
)
#: Keys under which an answer says what went wrong.
_ERRORS = ("error", "errors", "fault")
_ENVELOPES = ("message", "response", "result")


def recognise(head: str) -> bool:
    """Text that begins with an object, or a list of objects."""
    start = head.lstrip()
    return start.startswith("{") or (start.startswith("[") and start[1:].lstrip()[:1] in ("{", "]"))


def is_empty(head: str) -> bool:
    """Whether it is JSON from end to end that tells of no error: then its lists are empty, and all was understood."""
    decoder, rest = json.JSONDecoder(), head.lstrip()
    try:
        while rest:
            value, end = decoder.raw_decode(rest)
            if _tells_of_error(value):
                return False
            rest = rest[end:].lstrip()
    except (ValueError, RecursionError):
        return False
    return True


def _tells_of_error(value: Any) -> bool:
    """Whether an answer says that its records could not be given."""
    if not isinstance(value, dict):
        return False
    return any(value.get(key) for key in _ERRORS) or any(_tells_of_error(value.get(key)) for key in _ENVELOPES)


def read(opened: Opened) -> Iterator[Paper | Rejected]:
    """See `semsearch.model.protocols.FormatReader`."""
    first = next((line for line in opened.head().split("\n") if line.strip()), "").strip()
    whole = first.endswith("}") and not _container(first)
    cut = len(opened.head()) == len(first) and not _CONTAINER_START.match(first)
    is_lines = first.startswith("{") and (whole or cut)
    yield from _read_lines(opened) if is_lines else _read_document(opened)


def _container(line: str) -> bool:
    """Whether the line is an object that only holds a list of records."""
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return False
    return isinstance(value, dict) and _records(value) is not None


def _records(value: dict[str, Any]) -> list[Any] | None:
    """The records in all lists of an object, unless the object is a record itself; ``None`` where it has no list."""
    if _is_record(value):
        return None
    inside = [value[key] for key in _ENVELOPES if isinstance(value.get(key), dict)]
    found = [[inner] if _is_record(inner) else _records(inner) for inner in inside]
    lists = [value[key] for key in _CONTAINERS if isinstance(value.get(key), list)]
    found += [held for held in lists if not held or any(isinstance(v, dict) for v in held)]
    known = [held for held in found if held is not None]
    return [record for held in known for record in held] if known else None


def _is_record(value: dict[str, Any]) -> bool:
    return any(field_of(key) in ("title", "abstract") and isinstance(v, str | list) and v for key, v in value.items())


def _read_lines(opened: Opened) -> Iterator[Paper | Rejected]:
    for number, line in opened.lines():
        if not line.strip():
            continue
        source = Source(opened.name, number)
        if line.endswith(OVERLONG):
            yield rejected(source, "a line of over 16 Mi characters", line)
            continue
        try:
            value = DECODER.decode(line)
        except (ValueError, RecursionError) as error:
            yield rejected(source, f"no valid JSON: {error}"[:200], line)
            continue
        yield from _papers(value, source, line, opened)


def _read_document(opened: Opened) -> Iterator[Paper | Rejected]:
    for line, value, raw, error in elements(opened.chunks(), _CONTAINERS, opened.policy):
        source = Source(opened.name, line)
        if error:
            yield rejected(source, error, raw)
        else:
            yield from _papers(value, source, raw, opened)


def _papers(value: Any, source: Source, raw: str, opened: Opened) -> Iterator[Paper | Rejected]:
    """The papers of a value: of the list that it holds, under their numbers in it; else its own."""
    if ("\\ud" in raw or "\\uD" in raw) and _ESCAPED_SURROGATE.search(raw):
        opened.repaired(source.line, "half of a character, replaced by U+FFFD", raw)
    try:
        held = _records(value) if isinstance(value, dict) else None
        texts = [raw] if held is None else [json.dumps(record, ensure_ascii=False) for record in held]
    except RecursionError:
        yield rejected(source, "nested too deeply", raw)
        return
    if held is None:
        yield _paper(value, source, raw, opened.columns)
    for number, (record, text) in enumerate(zip(held or (), texts, strict=False), 1):
        yield _paper(record, Source(source.file, number), text, opened.columns)


def _paper(value: Any, source: Source, raw: str, columns: Mapping[str, str]) -> Paper | Rejected:
    if not isinstance(value, dict):
        return rejected(source, f"no object but {type(value).__name__}", raw)
    if isinstance(value.get("source"), dict) and value.keys() >= _EXPORTED:
        return exported({k: v for k, v in value.items() if k not in ("query", "rank", "score")}, source, raw)
    try:
        return paper_of(normalised(value), source, raw, columns)
    except RecursionError:
        return rejected(source, "nested too deeply", raw)
    except UNREADABLE as error:  # of a shape that its source does not write
        return unreadable(source, error, raw)

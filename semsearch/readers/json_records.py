"""JSON and JSON Lines: objects with any keys, or in the form of a known source (`json_shapes`).

A file is JSON Lines if its first line is a whole object. Otherwise it is a JSON document: a list of objects, or an
object with such a list (``{"items": […]}``), which `json_stream` reads.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from semsearch.model.paper import CORE, Paper, Rejected, Source
from semsearch.readers.given import exported
from semsearch.readers.json_lists import CONTAINERS, records_in
from semsearch.readers.json_shapes import normalised
from semsearch.readers.json_stream import DECODER, container_start, elements
from semsearch.readers.opening import OVERLONG
from semsearch.readers.record import UNREADABLE, paper_of, rejected, unreadable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from semsearch.model.protocols import Opened

_CONTAINER_START = container_start(CONTAINERS)
#: Keys of every paper that `semsearch export` wrote, and of every hit.
#: Keys of a hit beside those of its paper.
_OF_HITS = frozenset(("query", "rank", "score", "percentile", "named_by", "also", "nearest", "explanation"))
_EXPORTED = {*CORE, "source", "key"}
#: Half of a character that is written as two halves, without the other half.
_ESCAPED_SURROGATE = re.compile(
    r"(?<!\\)(?:\\\\)*(?:\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F])"
    r"|(?<!\\u[dD][89abAB][0-9a-fA-F]{2})\\u[dD][c-fC-F][0-9a-fA-F]{2})"
)
#: Keys under which the answer of an API reports an error.
_ERRORS = ("error", "errors", "fault")
_ENVELOPES = ("message", "response", "result")


def recognise(head: str) -> bool:
    """Whether the text begins with an object, or with a list of objects."""
    start = head.lstrip()
    return start.startswith("{") or (start.startswith("[") and start[1:].lstrip()[:1] in ("{", "]"))


def is_empty(head: str) -> bool:
    """Whether the whole text is JSON that reports no error. Then its lists are empty, and it was understood."""
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
    """Whether the answer of an API reports an error."""
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
    """Whether the line is an object with a list of records, and not a record itself."""
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return False
    return isinstance(value, dict) and records_in(value) is not None


def _read_lines(opened: Opened) -> Iterator[Paper | Rejected]:
    for number, line in opened.lines():
        if not line.strip():
            continue
        source = Source(opened.name, number)
        if line.endswith(OVERLONG):
            yield rejected(source, "a line of more than 16 million characters", line)
            continue
        try:
            value = DECODER.decode(line)
        except (ValueError, RecursionError) as error:
            yield rejected(source, f"not valid JSON: {error}"[:200], line)
            continue
        yield from _papers(value, source, line, opened)


def _read_document(opened: Opened) -> Iterator[Paper | Rejected]:
    for line, value, raw, error in elements(opened.chunks(), CONTAINERS, opened.policy):
        source = Source(opened.name, line)
        if error:
            yield rejected(source, error, raw)
        else:
            yield from _papers(value, source, raw, opened)


def _papers(value: Any, source: Source, raw: str, opened: Opened) -> Iterator[Paper | Rejected]:
    """The papers in a value: those of its list of records, with their numbers as lines; else the value itself."""
    if ("\\ud" in raw or "\\uD" in raw) and _ESCAPED_SURROGATE.search(raw):
        opened.repaired(source.line, "half of a character, replaced by U+FFFD", raw)
    try:
        held = records_in(value) if isinstance(value, dict) else None
        texts = [raw] if held is None else [json.dumps(record, ensure_ascii=False) for record in held]
    except RecursionError:
        yield rejected(source, "nested too deeply", raw)
        return
    if held is None:
        yield _paper(value, source, raw, opened)
    for number, (record, text) in enumerate(zip(held or (), texts, strict=False), 1):
        yield _paper(record, Source(source.file, number), text, opened)


def _paper(value: Any, source: Source, raw: str, opened: Opened) -> Paper | Rejected:
    if not isinstance(value, dict):
        return rejected(source, f"expected a JSON object, found {type(value).__name__}", raw)
    if isinstance(value.get("source"), dict) and value.keys() >= _EXPORTED:
        return exported({k: v for k, v in value.items() if k not in _OF_HITS}, source, raw)
    try:
        return paper_of(normalised(value), source, raw, opened.columns, opened.repaired)
    except RecursionError:
        return rejected(source, "nested too deeply", raw)
    except UNREADABLE as error:  # it has the keys of a known source, but values of other types
        return unreadable(source, error, raw)

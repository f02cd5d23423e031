"""Plain text: one paper per paragraph, or one per line if the file has long lines and no blank ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semsearch.model.paper import Paper, Rejected, Source
from semsearch.readers.opening import OVERLONG
from semsearch.readers.record import build, rejected

if TYPE_CHECKING:
    from collections.abc import Iterator

    from semsearch.model.protocols import Opened

#: Mean length of lines from which on a file without blank lines has a paper a line; hard wraps come at 60 to 100.
_LONG_LINE = 160
#: Longest paragraph taken for one paper, in characters; a file without any blank line is no list of abstracts.
_PARAGRAPH_LIMIT = 2**20


def recognise(head: str) -> bool:
    """Any text, so this format comes last; what holds NUL or other control characters is none."""
    controls = sum(c < " " and c not in "\n\t\f\r" for c in head)
    return bool(head.strip()) and controls * 1000 < len(head)


def read(opened: Opened) -> Iterator[Paper | Rejected]:
    """See `semsearch.model.protocols.FormatReader`."""
    a_line_each = _a_line_each(opened.head())
    start, lines, length = 0, list[str](), 0
    for number, line in opened.lines():
        if line.strip():
            start = start or number
            length += len(line)
            if length <= _PARAGRAPH_LIMIT or not lines:
                lines.append(line)
        if lines and (a_line_each or not line.strip()):
            yield _paper(opened.name, start, lines, length)
            start, lines, length = 0, [], 0
    if lines:
        yield _paper(opened.name, start, lines, length)


def _a_line_each(head: str) -> bool:
    lines = head.strip().split("\n")
    return all(line.strip() for line in lines) and sum(map(len, lines)) / len(lines) >= _LONG_LINE


def _paper(file: str, start: int, lines: list[str], length: int) -> Paper | Rejected:
    raw, source = "\n".join(lines), Source(file, start)
    if length > _PARAGRAPH_LIMIT or OVERLONG in raw:
        return rejected(source, "a paragraph of over 1 Mi characters", raw)
    return build({"abstract": raw}, {}, source, raw)

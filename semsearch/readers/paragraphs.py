"""Plain text: one paper per paragraph; one per line if the lines are long and there are no blank lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semsearch.model.paper import Paper, Rejected, Source
from semsearch.readers.opening import OVERLONG
from semsearch.readers.record import build, rejected

if TYPE_CHECKING:
    from collections.abc import Iterator

    from semsearch.model.protocols import Opened

#: Least mean length of lines, in characters, for one paper per line. Wrapped lines have 60 to 100 characters.
_LONG_LINE = 160
#: Longest paragraph that can be a paper, in characters. A longer one is not an abstract.
_PARAGRAPH_LIMIT = 2**20


def recognise(head: str) -> bool:
    """Whether it is text: it has hardly any control characters. This is true for any text, so the format comes last."""
    controls = sum(c < " " and c not in "\n\t\f\r" for c in head)
    return bool(head.strip()) and controls * 1000 < len(head)


def read(opened: Opened) -> Iterator[Paper | Rejected]:
    """See `semsearch.model.protocols.FormatReader`."""
    one_per_line = _one_per_line(opened.head())
    start, lines, length = 0, list[str](), 0
    for number, line in opened.lines():
        if line.strip():
            start = start or number
            length += len(line)
            if length <= _PARAGRAPH_LIMIT or not lines:
                lines.append(line)
        if lines and (one_per_line or not line.strip()):
            yield _paper(opened.name, start, lines, length)
            start, lines, length = 0, [], 0
    if lines:
        yield _paper(opened.name, start, lines, length)


def _one_per_line(head: str) -> bool:
    lines = head.strip().split("\n")
    return all(line.strip() for line in lines) and sum(map(len, lines)) / len(lines) >= _LONG_LINE


def _paper(file: str, start: int, lines: list[str], length: int) -> Paper | Rejected:
    raw, source = "\n".join(lines), Source(file, start)
    if length > _PARAGRAPH_LIMIT or OVERLONG in raw:
        return rejected(source, "a paragraph of more than 1 million characters", raw)
    return build({"abstract": raw}, {}, source, raw)

"""One paper on a page of text, field by field."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TextIO

from semsearch.model.printable import safe

if TYPE_CHECKING:
    from semsearch.model.paper import Paper, Source

_WIDTH = 100
_LABEL = 14


def write_page(paper: Paper, readings: Sequence[Source], out: TextIO, *, gap: bool = False) -> None:
    """The paper's fields that have a value, a line or a wrapped block each, then where it was read."""
    shape = paper.to_dict()
    del shape["source"]
    shape.pop("origins", None)
    origins = {name.removeprefix("extra."): place for name, place in paper.origins.items()}
    shape |= dict(shape.pop("extra", {}))
    lines = [_line(name, value, origins.get(name)) for name, value in shape.items() if value]
    lines += [_line("read in", f"{reading.file}, line {reading.line}") for reading in readings]
    out.write("\n" * gap + "\n".join(lines) + "\n")


def _line(name: str, value: Any, origin: Source | None = None) -> str:
    if isinstance(value, list):
        value = "; ".join(map(str, value))
    elif isinstance(value, Mapping):
        value = "; ".join(f"{k}: {v}" for k, v in value.items())
    if origin:  # it came from another reading than the first
        value = f"{value}  [from {origin.file}, line {origin.line}]"
    label = safe(name).replace("_", " ")
    indent = " " * _LABEL
    return textwrap.fill(
        safe(str(value)),
        _WIDTH,
        initial_indent=f"{label:<{_LABEL - 1}} ",
        subsequent_indent=indent,
        break_on_hyphens=False,
    )

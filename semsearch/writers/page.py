"""One paper as text, one field after another."""

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
    """Write the fields of a paper that have a value, each on one or more lines; then the places where it was read.

    Args:
        paper: The paper.
        readings: The file and the line of each reading of the paper.
        out: Text stream to write to.
        gap: Whether an empty line comes first.
    """
    shape = paper.to_dict()
    del shape["source"]
    shape.pop("origins", None)
    origins = {name.removeprefix("extra."): origin for name, origin in paper.origins.items()}
    shape |= dict(shape.pop("extra", {}))
    lines = [_line(name, value, origins.get(name)) for name, value in shape.items() if value]
    lines += [_line("read in", f"{reading.file}, line {reading.line}") for reading in readings]
    out.write("\n" * gap + "\n".join(lines) + "\n")


def _line(name: str, value: Any, origin: Source | None = None) -> str:
    if isinstance(value, list):
        value = "; ".join(map(str, value))
    elif isinstance(value, Mapping):
        value = "; ".join(f"{k}: {v}" for k, v in value.items())
    if origin:  # the value comes from a later reading
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

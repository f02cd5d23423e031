"""The report of an `index` run: its counts, then every rejected and every repaired record with its text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TextIO

from semsearch.model.printable import json_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from semsearch.model.paper import Remark


def write_report(counts: Mapping[str, Any], remarks: Iterable[Remark], out: TextIO) -> None:
    """One JSON object; ``records`` stands last, a record a line, written as they come."""
    head = json_text(counts, indent=2)
    out.write(head.removesuffix("\n}") + ',\n  "records": [')
    for number, remark in enumerate(remarks):
        out.write(("," if number else "") + "\n    " + json_text(remark.to_dict()))
    out.write("\n  ]\n}\n")

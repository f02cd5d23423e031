"""The report of an `index` run: its counts, then every rejected and every repaired record with its text."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from semsearch.paper import Remark


def write_report(counts: Mapping[str, Any], remarks: Iterable[Remark], out: TextIO) -> None:
    """One JSON object; ``records`` stands last, a record a line, written as they come."""
    head = json.dumps(counts, ensure_ascii=False, indent=2)
    out.write(head.removesuffix("\n}") + ',\n  "records": [')
    for number, remark in enumerate(remarks):
        out.write(("," if number else "") + "\n    " + json.dumps(remark.to_dict(), ensure_ascii=False))
    out.write("\n  ]\n}\n")

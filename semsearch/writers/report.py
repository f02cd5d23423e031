"""The report of a run of `index`: its counts, then every rejected and every repaired record with its text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TextIO

from semsearch.model.printable import json_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from semsearch.model.paper import Remark


def write_report(counts: Mapping[str, Any], diagnostics: Iterable[Remark], out: TextIO) -> None:
    """Write one JSON object. Its last key is ``records``, with one record per line, each as soon as it is there.

    Args:
        counts: Keys and numbers of the report; not empty.
        diagnostics: The rejected and repaired records.
        out: Text stream to write to.
    """
    head = json_text(counts, indent=2)
    out.write(head.removesuffix("\n}") + ',\n  "records": [')
    for number, diagnostic in enumerate(diagnostics):
        out.write(("," if number else "") + "\n    " + json_text(diagnostic.to_dict()))
    out.write("\n  ]\n}\n")

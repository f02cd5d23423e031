"""``semsearch status``: show what the index holds."""

from __future__ import annotations

from typing import Annotated

import typer

from semsearch.cli.options import DEFAULT_INDEX, IndexPath, opened
from semsearch.model.printable import json_text, safe


def run(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    index: IndexPath = DEFAULT_INDEX,
) -> None:
    """Show how many papers there are, the model, and the size.

    Also how many abstracts are longer than the model reads, the time of the last change, and what computes here.
    """
    found = opened(index).status()
    if as_json:
        print(json_text(found.to_dict(), indent=2))
        return
    limit = found.encoder.get("max_tokens", "?")
    lines = (
        ("index", found.path),
        (
            "papers",
            f"{found.papers:,}" + (f", {found.without_abstract:,} without abstract" if found.without_abstract else ""),
        ),
        ("cut", f"{found.truncated:,} longer than the model's {limit} tokens: only their beginning is searched"),
        ("rejected", f"{found.rejected:,} records" + (f", {found.repaired:,} repaired" if found.repaired else "")),
        ("model", f"{found.model or 'none yet'}, {found.encoder.get('dim', '?')} dimensions"),
        (
            "vectors",
            f"{found.rows:,} in {found.segments} files"
            + (f", {found.rows - found.papers:,} of removed papers" if found.rows > found.papers else ""),
        ),
        ("on disk", f"{found.bytes / 2**20:,.1f} MiB"),
        ("last change", found.changed or "never"),
        ("computes", "; ".join(f"{part}: {name}" for part, name in found.computes.items())),
    )
    for name, value in lines:
        print(f"{name:<12} {safe(value)}")

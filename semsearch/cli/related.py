"""``semsearch related``: the papers nearest to papers of the index, or to a draft."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from semsearch.cli.options import (
    DEFAULT_INDEX,
    Count,
    Device,
    Format,
    IndexPath,
    MinScore,
    Model,
    note,
    note_truncated,
    opened,
)
from semsearch.errors import SourceError


def run(
    ids: Annotated[
        list[str] | None, typer.Argument(metavar="ID…", help="Ids in any dressing: DOI, arXiv, PMID, address, own key.")
    ] = None,
    text: Annotated[
        str | None, typer.Option("--text", help="A file with an abstract or draft instead; - is stdin.")
    ] = None,
    k: Count = 10,
    min_score: MinScore = None,
    format: Format = "table",  # noqa: A002
    index: IndexPath = DEFAULT_INDEX,
    model: Model = None,
    device: Device = None,
) -> None:
    """Print the papers nearest to those given (to their mean, for several); these themselves never come back."""
    from semsearch.writers import writer

    if bool(ids) == (text is not None):
        raise typer.BadParameter("give ids of papers, or --text FILE: one of the two")
    draft = None if text is None else _draft(text)
    target = opened(index, model, device)
    answer = target.related(ids or (), k, text=draft, min_score=min_score)
    if draft is not None:
        note_truncated(target, [draft])
    writer(format).hits([answer], sys.stdout, several=False)
    if not answer:
        note(f"nothing related to '{answer.query[:60]}'")


def _draft(name: str) -> str:
    try:
        content = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    except OSError as error:
        raise SourceError(name, error.strerror or "cannot be read") from error
    return content.decode("utf-8", "replace")

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
    Diverse,
    Explain,
    Fold,
    Format,
    IndexPath,
    MinPercentile,
    MinScore,
    Model,
    Where,
    note,
    note_folded,
    note_truncated,
    opened,
    spare_threads,
)
from semsearch.model.errors import SourceError


def run(
    ids: Annotated[
        list[str] | None, typer.Argument(metavar="ID…", help="Ids in any dressing: DOI, arXiv, PMID, address, own key.")
    ] = None,
    like: Annotated[
        list[str] | None, typer.Option("--like", metavar="ID", help="A further paper that you like.")
    ] = None,
    unlike: Annotated[
        list[str] | None, typer.Option("--unlike", metavar="ID", help="A paper that you do not like.")
    ] = None,
    text: Annotated[
        list[str] | None, typer.Option("--text", metavar="FILE", help="A file with an abstract or draft; - is stdin.")
    ] = None,
    k: Count = 10,
    where: Where = None,
    min_score: MinScore = None,
    min_percentile: MinPercentile = None,
    fold: Fold = True,
    diverse: Diverse = 0.0,
    explain: Explain = False,
    format: Format = "table",  # noqa: A002
    index: IndexPath = DEFAULT_INDEX,
    model: Model = None,
    device: Device = None,
) -> None:
    """Print the papers nearest to those given (to their mean, for several); these themselves never come back."""
    spare_threads()
    from semsearch.writers import writer

    liked, drafts = [*(ids or ()), *(like or ())], [_draft(name) for name in text or ()]
    if not liked and not drafts:
        raise typer.BadParameter("give ids of papers, or --text FILE")
    target = opened(index, model, device)
    answer = target.related(
        liked,
        k,
        text=drafts,
        unlike=unlike or (),
        where=where,
        min_score=min_score,
        min_percentile=min_percentile,
        fold=fold,
        diverse=diverse,
        explain=explain,
    )
    if drafts:
        note_truncated(target, drafts)
    note_folded([answer], format)
    writer(format).hits([answer], sys.stdout, several=False)
    if not answer:
        note(f"nothing related to '{answer.query[:60]}'")


def _draft(name: str) -> str:
    try:
        content = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    except OSError as error:
        raise SourceError(name, error.strerror or "cannot be read") from error
    return content.decode("utf-8", "replace")

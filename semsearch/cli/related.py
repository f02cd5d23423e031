"""``semsearch related``: print the papers nearest to papers of the index, or to a draft."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from semsearch.cli.options import (
    DEFAULT_INDEX,
    Device,
    Format,
    IndexPath,
    Model,
    note_collapsed,
    note_excluded,
    note_no_hit,
    note_truncated,
    note_unexplained,
    opened,
    spare_threads,
    takes_search_options,
)
from semsearch.model.errors import SourceError
from semsearch.model.options import RelatedKeywords


@takes_search_options(questions=False)
def run(
    *,
    ids: Annotated[
        list[str] | None,
        typer.Argument(metavar="ID…", help="Ids in any notation: DOI, arXiv, PMID, web address, own key."),
    ] = None,
    like: Annotated[list[str] | None, typer.Option("--like", metavar="ID", help="Another paper that you like.")] = None,
    unlike: Annotated[
        list[str] | None, typer.Option("--unlike", metavar="ID", help="A paper that you do not like.")
    ] = None,
    text: Annotated[
        list[str] | None,
        typer.Option("--text", metavar="FILE", help="A file with an abstract or a draft; - is standard input."),
    ] = None,
    options: RelatedKeywords,
    format: Format = "table",  # noqa: A002
    index: IndexPath = DEFAULT_INDEX,
    model: Model = None,
    device: Device = None,
) -> None:
    """Print the papers nearest to papers or texts that you give.

    Of several papers and texts the mean counts. The given papers themselves are not printed.
    """
    spare_threads()
    from semsearch.writers import writer

    liked, drafts = [*(ids or ()), *(like or ())], [_draft(name) for name in text or ()]
    if not liked and not drafts:
        raise typer.BadParameter("give ids of papers, or --text FILE")
    target = opened(index, model, device)
    answer = target.related(liked, text=drafts, unlike=unlike or (), **options)
    if drafts:
        note_truncated(target, drafts)
    note_collapsed([answer], format)
    note_unexplained(options, format)
    writer(format).hits([answer], sys.stdout, several=False)
    note_excluded(answer)
    if not answer:
        note_no_hit(f"nothing related to '{answer.query[:60]}'", answer)


def _draft(name: str) -> str:
    try:
        content = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    except OSError as error:
        raise SourceError(name, error.strerror or "cannot be read") from error
    return content.decode("utf-8", "replace")

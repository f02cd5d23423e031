"""``semsearch duplicates``: groups of papers that are the same or nearly so."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from semsearch.cli.options import DEFAULT_INDEX, Format, IndexPath, count_of, note, opened
from semsearch.cli.progress import step_progress


def run(
    threshold: Annotated[
        float, typer.Option("--threshold", "-t", min=-1, max=1, help="Lowest cosine of a pair.")
    ] = 0.9,
    check: Annotated[bool, typer.Option("--check", help="Exit with 3 if there are any.")] = False,
    format: Format = "table",  # noqa: A002
    index: IndexPath = DEFAULT_INDEX,
) -> None:
    """List groups of papers that are the same or nearly so; exact, over all pairs."""
    from semsearch.writers import writer

    with step_progress("comparing all pairs") as on_tile:
        groups = opened(index).duplicates(threshold, on_tile=on_tile)
    writer(format).groups(groups, sys.stdout)
    papers = sum(len(group.papers) for group in groups)
    note(f"{count_of(len(groups), 'group')} of {count_of(papers, 'paper')} with a cosine of {threshold} or more")
    if check and groups:
        raise typer.Exit(3)

"""``semsearch show``: show everything that the index knows about a paper."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from semsearch.cli.options import DEFAULT_INDEX, Format, IndexPath, opened


def run(
    ids: Annotated[
        list[str], typer.Argument(metavar="ID…", help="Ids in any notation: DOI, arXiv, PMID, web address, own key.")
    ],
    format: Format = "table",  # noqa: A002
    index: IndexPath = DEFAULT_INDEX,
) -> None:
    """Show papers with all fields and where they were read."""
    from semsearch.writers import writer

    target = opened(index)
    papers = [target.get(reference) for reference in ids]
    if format != "table":
        writer(format).papers(papers, sys.stdout)
        return
    from semsearch.writers.page import write_page

    for n, paper in enumerate(papers):
        write_page(paper, target.readings(paper.id), sys.stdout, gap=n > 0)

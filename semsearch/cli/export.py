"""``semsearch export``: every paper of the index."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from semsearch.cli.options import DEFAULT_INDEX, Format, IndexPath, opened
from semsearch.errors import SourceError


def run(
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="File to write; standard output by default.")
    ] = None,
    format: Format = "json",  # noqa: A002
    index: IndexPath = DEFAULT_INDEX,
) -> None:
    """Write every paper of the index, in order of arrival; can be indexed again as it is."""
    from semsearch.writers import writer

    papers = iter(opened(index))
    if output is None:
        writer(format).papers(papers, sys.stdout)
        return
    try:
        with output.open("w", encoding="utf-8", newline="") as stream:
            writer(format).papers(papers, stream)
    except OSError as error:
        raise SourceError(str(output), f"cannot be written: {error.strerror}") from error

"""``semsearch export``: write the papers of the index, or some of them."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from semsearch.cli.options import DEFAULT_INDEX, IndexPath, OutputFormat, format_for, opened
from semsearch.cli.output import check_output, check_sources, output_stream


def run(
    ids: Annotated[
        list[str] | None,
        typer.Argument(metavar="ID…", help="Ids in any notation, or - to read them from stdin (default: all papers)."),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="File to write (default: standard output).")
    ] = None,
    format: OutputFormat = None,  # noqa: A002
    index: IndexPath = DEFAULT_INDEX,
) -> None:
    """Write papers of the index, in a format of your choice.

    In the order of ID, or all papers in the order in which they were added. What is written can be indexed again.
    """
    from semsearch.writers import writer

    check_output(output, read=["-"] if ids == ["-"] else [], index=index)
    target = opened(index)
    check_sources(output, target)
    papers = map(target.get, _references(ids)) if ids else iter(target)
    with output_stream(output) as stream:
        writer(format_for(format, output)).papers(papers, stream)


def _references(ids: list[str]) -> Iterable[str]:
    if ids != ["-"]:
        return ids
    lines = sys.stdin.buffer.read().decode("utf-8", "replace").splitlines()
    return [line.strip() for line in lines if line.strip()]

"""``semsearch export``: the papers of the index, or some of them."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from semsearch.cli.options import DEFAULT_INDEX, Format, IndexPath, opened
from semsearch.cli.output import check_output, check_sources, output_stream


def run(
    ids: Annotated[
        list[str] | None,
        typer.Argument(metavar="ID…", help="Ids in any dressing; - reads them from stdin, one a line. Default: all."),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="File to write; standard output by default.")
    ] = None,
    format: Format = "json",  # noqa: A002
    index: IndexPath = DEFAULT_INDEX,
) -> None:
    """Write papers of the index, all of them in order of arrival by default; can be indexed again as it is."""
    from semsearch.writers import writer

    check_output(output, read=["-"] if ids == ["-"] else [], index=index)
    target = opened(index)
    check_sources(output, target)
    papers = map(target.get, _references(ids)) if ids else iter(target)
    with output_stream(output) as stream:
        writer(format).papers(papers, stream)


def _references(ids: list[str]) -> Iterable[str]:
    if ids != ["-"]:
        return ids
    lines = sys.stdin.buffer.read().decode("utf-8", "replace").splitlines()
    return [line.strip() for line in lines if line.strip()]

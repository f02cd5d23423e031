"""``semsearch index``: read files, embed what is new, store it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from semsearch.cli.options import DEFAULT_INDEX, Device, IndexPath, Model, count_of, note, opened
from semsearch.cli.progress import indexing_progress


def run(
    files: Annotated[list[str], typer.Argument(metavar="FILE…", help="Files or folders; - is standard input.")],
    index: IndexPath = DEFAULT_INDEX,
    model: Model = None,
    source_format: Annotated[
        str | None, typer.Option("--from", help="Format of the files, such as ris or csv. Default: recognised.")
    ] = None,
    encoding: Annotated[
        str | None, typer.Option(help="Encoding of the files. Default: UTF-8, stray bytes as Windows-1252.")
    ] = None,
    column: Annotated[
        list[str] | None,
        typer.Option("--column", metavar="FIELD=HEADING", help="A heading of your table, such as title=Name."),
    ] = None,
    prune: Annotated[
        bool, typer.Option("--prune", help="Remove papers that these files and folders no longer hold.")
    ] = False,
    report: Annotated[
        Path | None, typer.Option(help="Write counts and every rejected record to this JSON file.")
    ] = None,
    device: Device = None,
) -> None:
    """Read files or folders, embed what is new or changed, store it."""
    target = opened(index, model, device)
    with indexing_progress() as progress:
        done = target.add_files(
            files, format=source_format, encoding=encoding, columns=column or (), prune=prune, progress=progress
        )
    for name in done.skipped[:10]:
        note(f"{name}: of no known format, passed over")
    if len(done.skipped) > 10:
        note(f"… and {len(done.skipped) - 10} more files of no known format")
    for name, stray in done.repaired_bytes.items():
        note(f"{name}: {count_of(stray, 'byte')} not UTF-8, read as Windows-1252; --encoding names another")
    for name in done.empty:
        note(f"{name}: no record in it")
    for name in done.incomplete:
        note(f"{name}: could not be read to its end")
    print(done.equation)
    if done.changed or done.pruned:
        print(f"{count_of(done.changed, 'changed paper')} replaced, {count_of(done.pruned, 'paper')} pruned")
    if done.rejected:
        print(f"the rejected records are kept in {index}: 'semsearch rejected --index {index}' shows them")
    if report:
        rejected = [r.to_dict() for r in target.rejected()]
        report.write_text(json.dumps({**done.to_dict(), "records": rejected}, ensure_ascii=False, indent=2), "utf-8")
    if done.incomplete:
        raise typer.Exit(1)

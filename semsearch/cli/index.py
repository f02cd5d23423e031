"""``semsearch index``: read files, embed what is new, and store it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from semsearch.cli.options import DEFAULT_INDEX, Device, IndexPath, Model, count_of, note, note_files, opened
from semsearch.cli.output import check_output, output_stream
from semsearch.cli.progress import indexing_progress
from semsearch.model.printable import safe
from semsearch.text.file_names import shown_name

#: Most updated papers that are printed.
_UPDATES_SHOWN = 10


def run(
    files: Annotated[list[str], typer.Argument(metavar="FILE…", help="Files or folders to read; - is standard input.")],
    index: IndexPath = DEFAULT_INDEX,
    model: Model = None,
    source_format: Annotated[
        str | None, typer.Option("--from", help="Format of the files, such as ris or csv (default: recognised).")
    ] = None,
    encoding: Annotated[
        str | None, typer.Option(help="Encoding of the files (default: UTF-8, with stray bytes as Windows-1252).")
    ] = None,
    column: Annotated[
        list[str] | None,
        typer.Option(
            "--column", metavar="FIELD=HEADING", help="A field and its heading in your table, such as title=Name."
        ),
    ] = None,
    prune: Annotated[
        bool, typer.Option("--prune", help="Remove papers that these files and folders no longer hold.")
    ] = False,
    report: Annotated[
        Path | None, typer.Option(help="Write counts and all rejected or repaired records to this JSON file.")
    ] = None,
    device: Device = None,
) -> None:
    """Read files or folders, embed what is new, and store it."""
    check_output(report, read=[*files, *([model] if model else [])], index=index, option="--report")
    target = opened(index, model, device)
    with indexing_progress() as progress:
        done = target.add_files(
            files, format=source_format, encoding=encoding, columns=column or (), prune=prune, progress=progress
        )
    note_files(done)
    for name, stray in done.stray_bytes.items():
        how = f"not {encoding}, replaced" if encoding else "not UTF-8, read as Windows-1252"
        note(f"{name}: {count_of(stray, 'byte')} {how}; --encoding names another")
    print(done.equation)
    for update in done.updates[:_UPDATES_SHOWN]:
        print(f"updated: {update.id}: {', '.join(update.changes)} ({safe(update.source.file)}:{update.source.line})")
    if done.updated > _UPDATES_SHOWN:
        print(f"… and {done.updated - _UPDATES_SHOWN:,} more; --report FILE writes what changed")
    if done.pruned:
        print(f"{count_of(done.pruned, 'paper')} pruned")
    if done.rejected or done.repaired:
        repaired = f", and {done.repaired:,} repaired lines or records" if done.repaired else ""
        print(f"'semsearch rejected --index {shown_name(str(index))}' shows the rejected records{repaired}")
    if report:
        from semsearch.writers.report import write_report

        read = set(done.files)
        with output_stream(report) as stream:
            write_report(done.to_dict(), (r for r in target.remarks() if r.source.file in read), stream)
    if done.unreadable:
        raise typer.Exit(1)

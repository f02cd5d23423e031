"""``semsearch eval``: measure how well each mode of search finds what people judged relevant."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from semsearch.cli.options import Device, Model, note, opened
from semsearch.cli.output import check_output, make_folder, output_stream, refuse_same
from semsearch.cli.progress import indexing_progress
from semsearch.model.options import MODES


def run(
    folder: Annotated[Path | None, typer.Argument(metavar="DIR", help="A BEIR folder.")] = None,
    queries: Annotated[
        Path | None, typer.Option(help="File of queries, as JSON Lines or 'id TAB text', instead of a folder.")
    ] = None,
    qrels: Annotated[Path | None, typer.Option(help="File of their judgements, in the format of TREC or BEIR.")] = None,
    index: Annotated[
        Path | None,
        typer.Option("--index", help="Index with the documents (default: a temporary one)."),
    ] = None,
    mode: Annotated[
        list[str] | None, typer.Option("--mode", help="Measure only this mode: hybrid, dense or bm25; may be repeated.")
    ] = None,
    runs: Annotated[Path | None, typer.Option(help="Folder to write a TREC run file for each mode to.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    model: Model = None,
    device: Device = None,
) -> None:
    """Measure search on a collection with relevance judgements.

    Prints nDCG@10, R@100, RR@10 and AP of each mode, with 95 % intervals and a paired test.
    """
    from semsearch import service
    from semsearch.writers.measures import write_measures, write_run

    if (folder is None) == (queries is None or qrels is None):
        raise typer.BadParameter("give a BEIR folder, or --queries and --qrels with --index")
    if folder is None and index is None:
        raise typer.BadParameter("--queries and --qrels need --index: the index of the judged papers")
    collection = service.judgements(folder) if folder else service.judgements(queries=queries, qrels=qrels)
    if collection.unasked:
        note(f"judged queries without a text, left out: {', '.join(collection.unasked[:10])}")
    files = {}
    if runs:
        files = {name: runs / f"{collection.name}.{name}.run" for name in mode or MODES}
        read = [queries, qrels] if folder is None else [*folder.glob("*"), *folder.glob("qrels/*")]
        for path in files.values():
            refuse_same(path, filter(None, read), option="--runs")
            check_output(path, index=index, option="--runs", in_new_folder=True)
        make_folder(runs)
    with tempfile.TemporaryDirectory(prefix="semsearch-eval-") as temporary:
        target = opened(index or Path(temporary) / "index", model, device)
        if collection.corpus:
            with indexing_progress() as progress:
                done = target.add_files([str(collection.corpus)], progress=progress)
            note(done.equation)
        found = target.evaluate(collection, mode or MODES)
    for outcome in found.outcomes if runs else ():
        with output_stream(files[outcome.mode]) as stream:
            write_run(outcome.run, outcome.mode, stream)
    if as_json:
        print(json.dumps(found.to_dict(), indent=2))
    else:
        write_measures(found, sys.stdout)

"""``semsearch query``: print the papers that answer a question best."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from semsearch.cli.options import (
    DEFAULT_INDEX,
    Device,
    Format,
    IndexPath,
    Model,
    note,
    note_collapsed,
    note_excluded,
    note_no_hit,
    note_truncated,
    note_unexplained,
    opened,
    spare_threads,
    takes_search_options,
)
from semsearch.model.options import SearchKeywords
from semsearch.text.file_names import shown_name


@takes_search_options(questions=True)
def run(
    *,
    text: Annotated[
        list[str] | None,
        typer.Argument(metavar="TEXT", help="The question; - or nothing reads questions from stdin, one per line."),
    ] = None,
    options: SearchKeywords,
    reranker: Annotated[
        str | None,
        typer.Option("--reranker", help="Name or folder of the cross-encoder (default: ms-marco-MiniLM-L6-v2)."),
    ] = None,
    format: Format = "table",  # noqa: A002
    index: IndexPath = DEFAULT_INDEX,
    model: Model = None,
    device: Device = None,
) -> None:
    """Print the papers that answer a question best.

    With their cosine similarity, and their percentile among all papers of the index.
    """
    from_stdin = not text or text == ["-"]
    questions = _questions() if from_stdin else [" ".join(text or ())]
    if len(questions) == 1:
        spare_threads()
    from semsearch.writers import writer

    target = opened(index, model, device, reranker)
    answers = target.search(questions, **options)
    note_truncated(target, questions)
    note_collapsed(answers, format)
    note_unexplained(options, format)
    writer(format).hits(answers, sys.stdout, several=from_stdin)
    if not any(answers) and not len(target):
        note(f"index {shown_name(str(index))}: no papers in it yet; 'semsearch index FILE…' adds some")
        return
    for answer in answers:
        note_excluded(answer)
        if not answer:
            note_no_hit(f"no hit for '{answer.query[:60]}'", answer)
        elif not answer.match:
            note(f"nothing here matches '{answer.query[:60]}': these are only the nearest papers")


def _questions() -> list[str]:
    if sys.stdin.isatty():
        raise typer.BadParameter("no question; give one, or pipe in questions, one per line")
    lines = sys.stdin.buffer.read().decode("utf-8", "replace").splitlines()
    questions = [line for line in lines if line.strip()]
    if not questions:
        raise typer.BadParameter("no question on standard input")
    return questions

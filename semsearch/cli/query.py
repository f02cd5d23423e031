"""``semsearch query``: the papers nearest to a question."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from semsearch.cli.options import (
    DEFAULT_INDEX,
    Count,
    Device,
    Diverse,
    Explain,
    Fold,
    Format,
    IndexPath,
    MinPercentile,
    MinScore,
    Model,
    Where,
    note,
    note_folded,
    note_truncated,
    opened,
    spare_threads,
)
from semsearch.text.file_names import shown_name


def run(
    text: Annotated[
        list[str] | None,
        typer.Argument(metavar="TEXT", help="The question; left out or -: questions from stdin, one a line."),
    ] = None,
    k: Count = 10,
    mode: Annotated[str, typer.Option("--mode", help="hybrid (cosine and BM25), dense or bm25.")] = "hybrid",
    where: Where = None,
    min_score: MinScore = None,
    min_percentile: MinPercentile = None,
    fold: Fold = True,
    diverse: Diverse = 0.0,
    explain: Explain = False,
    rerank: Annotated[
        int, typer.Option("--rerank", min=0, help="Put the first N hits in order by a cross-encoder; try 50.")
    ] = 0,
    reranker: Annotated[
        str | None,
        typer.Option("--reranker", help="The cross-encoder: a name or a folder. Default: ms-marco-MiniLM-L6-v2."),
    ] = None,
    format: Format = "table",  # noqa: A002
    index: IndexPath = DEFAULT_INDEX,
    model: Model = None,
    device: Device = None,
) -> None:
    """Print the papers that answer a question best, with their cosine similarity."""
    from_stdin = not text or text == ["-"]
    questions = _questions() if from_stdin else [" ".join(text or ())]
    if len(questions) == 1:
        spare_threads()
    from semsearch.writers import writer

    target = opened(index, model, device, reranker)
    answers = target.search(
        questions,
        k,
        mode=mode,
        where=where,
        min_score=min_score,
        min_percentile=min_percentile,
        fold=fold,
        diverse=diverse,
        explain=explain,
        rerank=rerank,
    )
    note_truncated(target, questions)
    note_folded(answers, format)
    writer(format).hits(answers, sys.stdout, several=from_stdin)
    if not any(answers) and not len(target):
        note(f"index {shown_name(str(index))}: no papers in it yet; 'semsearch index FILE…' adds some")
        return
    for answer in answers:
        if not answer:
            note(f"no hit for '{answer.query[:60]}'")
        elif not answer.match:
            note(f"nothing here matches '{answer.query[:60]}': these are only the least far away")


def _questions() -> list[str]:
    if sys.stdin.isatty():
        raise typer.BadParameter("no question; give one, or pipe in one a line")
    lines = sys.stdin.buffer.read().decode("utf-8", "replace").splitlines()
    questions = [line for line in lines if line.strip()]
    if not questions:
        raise typer.BadParameter("no question on standard input")
    return questions

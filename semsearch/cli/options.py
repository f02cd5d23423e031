"""Options that several commands share, and the notes on standard error."""

from __future__ import annotations

import functools
import inspect
import os
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from semsearch.model.errors import QueryError
from semsearch.model.options import OPTIONS, Option, SearchOptions
from semsearch.model.printable import safe

if TYPE_CHECKING:
    from semsearch.model.reports import ReadingReport
    from semsearch.model.results import Hits
    from semsearch.service import Index

#: Names of `semsearch.writers.WRITERS`. They are repeated here so that --help loads no writer; a test compares the two.
FORMATS = ("table", "json", "jsonl", "csv", "excel-csv", "ids", "bibtex", "ris", "csl-json", "md", "trec")


#: Format of a file, by its suffix.
SUFFIXES = {
    ".json": "json", ".jsonl": "jsonl", ".ndjson": "jsonl", ".csv": "csv", ".bib": "bibtex", ".bibtex": "bibtex",
    ".ris": "ris", ".md": "md", ".markdown": "md", ".ids": "ids", ".trec": "trec", ".run": "trec",
}  # fmt: skip


def format_for(given: str | None, output: Path | None) -> str:
    """The format to write: the one that was asked for, else that of the file's suffix, else JSON.

    Args:
        given: Value of ``--format``; ``None`` if it was not given.
        output: Value of ``--output``; ``None`` or ``-`` for standard output.
    """
    own = SUFFIXES.get(output.suffix.lower()) if output else None
    if given and own and given not in (own, f"excel-{own}", f"csl-{own}"):
        note(f"{safe(str(output))}: written as {given}, as --format says; its suffix is that of {own}")
    return given or own or "json"


def _format(value: str | None) -> str | None:
    if value is not None and value not in FORMATS:
        raise typer.BadParameter(f"'{value}' is not one of {', '.join(FORMATS)}")
    return value


IndexPath = Annotated[
    Path, typer.Option("--index", envvar="SEMSEARCH_INDEX", help="Index directory.", show_default=True)
]
Model = Annotated[
    str | None,
    typer.Option("--model", help="Name or folder of the model (default: the index's own, or all-MiniLM-L6-v2)."),
]
Device = Annotated[
    str | None, typer.Option("--device", help="Device of torch: cpu, cuda or mps (default: the best one).")
]
Format = Annotated[
    str,
    typer.Option("--format", "-f", help=f"Output: {', '.join(FORMATS[:-1])} or {FORMATS[-1]}.", callback=_format),
]
OutputFormat = Annotated[
    str | None,
    typer.Option(
        "--format", "-f", help="Format of the output (default: by the suffix of FILE, else json).", callback=_format
    ),
]

DEFAULT_INDEX = Path("index")
#: Most files of no known format that are named one by one.
_SKIPPED = 10
#: Note on a file that is not empty, but contains no record of its format.
_NOT_UNDERSTOOD = (
    "nothing in it was understood, so it is rejected as a whole; 'semsearch index --from' names another format"
)


def takes_search_options(*, questions: bool) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command one option for each field of `SearchOptions`, in place of its parameter ``options``.

    Args:
        questions: Whether the command is for questions; otherwise options that are for questions only are left out.

    Returns:
        A decorator for a command. It gives the command the options of `SearchOptions`, as typer reads them. The command
        itself gets them as ``options``: keywords for `Index.search` or `Index.related`, with ``k``.
    """
    taken = [option for option in OPTIONS if questions or not option.of_questions]

    def decorated(run: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(run)
        def command(**given: Any) -> None:
            values = {option.name: given.pop(option.name) for option in taken}
            if (fold := given.pop("fold")) is not None:
                values["collapse"] = fold
            try:
                SearchOptions(**values)
            except QueryError as error:  # a mode that does not exist, or no filter, is wrong usage
                raise typer.BadParameter(str(error)) from error
            run(options=values, **given)

        own = inspect.signature(run, eval_str=True)
        parameters: list[inspect.Parameter] = []
        for parameter in own.parameters.values():
            parameters += [*map(_parameter, taken), _FOLD] if parameter.name == "options" else [parameter]
        command.__signature__ = own.replace(parameters=parameters)  # type: ignore[attr-defined]
        command.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
        return command

    return decorated


def _parameter(option: Option) -> inspect.Parameter:
    """The parameter of a command from which typer makes the option."""
    names = option.cli
    if option.default is True:
        names = (f"{names[0]}/--no-{names[0].removeprefix('--')}", *names[1:])
    shown = typer.Option(*names, help=option.help, metavar=option.metavar or None, min=option.least, max=option.most)
    kind = Annotated[option.type, shown]  # type: ignore[name-defined]
    return inspect.Parameter(option.name, inspect.Parameter.KEYWORD_ONLY, default=option.default, annotation=kind)


#: The name of ``--collapse`` in version 0.1. It still works, and ``--help`` does not show it.
_FOLD = inspect.Parameter(
    "fold",
    inspect.Parameter.KEYWORD_ONLY,
    default=None,
    annotation=Annotated[bool | None, typer.Option("--fold/--no-fold", hidden=True)],
)


def _print_version(value: bool) -> None:
    if value:
        from semsearch import __version__

        print(f"semsearch {__version__}")
        raise typer.Exit


def version_option(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Which papers answer my question, which are like this one, which are duplicates?"""


def opened(path: Path, model: str | None = None, device: str | None = None, reranker: str | None = None) -> Index:
    """Open an index. This loads NumPy, so only commands call it, and ``--help`` does not.

    Args:
        path: Directory of the index.
        model: Name or folder of the model; ``None`` for that of the index.
        device: Device of torch; ``None`` for the best one.
        reranker: Name or folder of the cross-encoder; ``None`` for the default one.

    Returns:
        The index.
    """
    from semsearch.service import Index

    return Index(path, model=model, device=device, reranker=reranker)


def spare_threads() -> None:
    """Give OpenBLAS one thread, unless the user set another number. It does nothing if NumPy is loaded already.

    NumPy uses OpenBLAS. One question gives it very little work, so a second thread mostly waits. It uses the CPU while
    it waits: on two cores a quarter of the CPU time of a first query, which is not faster for it. Our own scans and the
    model have threads of their own.
    """
    if "numpy" not in sys.modules:
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def note(message: str) -> None:
    """Print one line for the user on standard error."""
    print(safe(message), file=sys.stderr)


def note_files(report: ReadingReport) -> None:
    """Print which files were not read, or not to their end, or contain nothing."""
    for name in report.skipped[:_SKIPPED]:
        note(f"{name}: of no known format, skipped")
    if (more := len(report.skipped) - _SKIPPED) > 0:
        note(f"… and {more} more files of no known format")
    for name in report.empty:
        note(f"{name}: contains no record")
    for name in report.incomplete:
        note(f"{name}: could not be read to its end")
    for name in report.not_understood:
        note(f"{name}: {_NOT_UNDERSTOOD}")


def note_truncated(index: Index, texts: list[str]) -> None:
    """Print a note for each text of which the model has read only the beginning.

    Args:
        index: The index, whose encoder read the texts.
        texts: The texts.
    """
    for text, cut in zip(texts, index.truncated(texts), strict=True):
        if cut:
            limit = index.encoder.fingerprint.get("max_tokens", "?")
            note(f"'{text[:40]} …' is longer than the model's {limit} tokens: only its beginning was used")


def note_collapsed(answers: Iterable[Hits], form: str) -> None:
    """Print how many records were collapsed under other hits, if the output format does not name them.

    Args:
        answers: The hits of each question.
        form: Name of the output format.
    """
    further = sum(len(hit.also) for answer in answers for hit in answer)
    if further and form not in ("table", "json", "jsonl"):
        note(f"{count_of(further, 'further record')} of the same works left out; --no-collapse writes them too")


def note_unexplained(options: Mapping[str, Any], form: str) -> None:
    """Print that an output format has no place for explanations, if they were asked for.

    Args:
        options: The options of the search.
        form: Name of the output format.
    """
    if options.get("explain") and form in ("ids", "trec"):
        note(f"--explain: the format {form} has no place for it; table, json, jsonl and csv show all of it")


def note_excluded(answer: Hits) -> None:
    """Print which words a question leaves out, if any.

    Args:
        answer: The hits.
    """
    if answer.excluded:
        note(f"left out: papers with {', '.join(map(repr, answer.excluded))} in the title or the abstract")


def note_no_hit(message: str, answer: Hits) -> None:
    """Print that there is no hit, and why.

    Args:
        message: That there is no hit.
        answer: The hits, of which there are none.
    """
    note(f"{message}: {answer.reason}" if answer.reason else message)


def count_of(number: int, noun: str) -> str:
    """A number with a noun: ``1 paper``, ``2 papers``.

    Args:
        number: The number.
        noun: The noun in the singular; its plural must end with ``s``.
    """
    return f"{number:,} {noun}{'' if number == 1 else 's'}"

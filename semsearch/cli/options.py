"""Options that several commands share, and the notes that go to standard error."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from semsearch.model.printable import safe

if TYPE_CHECKING:
    from collections.abc import Iterable

    from semsearch.model.results import Hits
    from semsearch.service import Index

#: Names of `semsearch.writers.WRITERS`, repeated so that --help loads no writer; a test holds the two together.
FORMATS = ("table", "json", "jsonl", "csv", "ids", "bibtex", "ris", "csl-json", "md", "trec")


def _format(value: str) -> str:
    if value not in FORMATS:
        raise typer.BadParameter(f"'{value}' is none of {', '.join(FORMATS)}")
    return value


IndexPath = Annotated[
    Path, typer.Option("--index", envvar="SEMSEARCH_INDEX", help="Index directory.", show_default=True)
]
Model = Annotated[
    str | None,
    typer.Option(
        "--model", help="Sentence-transformer: a name or a folder. Default: the index's own, else all-MiniLM-L6-v2."
    ),
]
Device = Annotated[str | None, typer.Option("--device", help="cpu, cuda or mps. Default: the best there is.")]
Count = Annotated[int, typer.Option("-k", "--count", min=1, help="Hits a query.")]
MinScore = Annotated[float | None, typer.Option("--min-score", min=-1, max=1, help="Leave out hits below this cosine.")]
MinPercentile = Annotated[
    float | None,
    typer.Option(
        "--min-percentile", min=0, max=100, help="Leave out hits with a lower percentile among all papers (0 to 100)."
    ),
]
Where = Annotated[
    str | None,
    typer.Option(
        "--where", metavar="FILTER", help="Only these, such as 'year>=2020 author:smith not tag:read'; docs/search.md."
    ),
]
Fold = Annotated[bool, typer.Option("--fold/--no-fold", help="Records of one work on one line.")]
Diverse = Annotated[float, typer.Option("--diverse", min=0, max=1, help="Put back hits like those before; try 0.5.")]
Explain = Annotated[bool, typer.Option("--explain", help="Tell which sentence and which words matched.")]
Format = Annotated[str, typer.Option("--format", "-f", help=f"One of {', '.join(FORMATS)}.", callback=_format)]

DEFAULT_INDEX = Path("index")
#: Said of a file that holds something, but no record of its format.
NOT_UNDERSTOOD = (
    "nothing in it was understood, so it is rejected as a whole; 'semsearch index --from' names another format"
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
    """Which papers answer my question, which are like this one, which are the same twice?"""


def opened(path: Path, model: str | None = None, device: str | None = None, reranker: str | None = None) -> Index:
    """The index; loads numpy, so it is called inside commands only."""
    from semsearch.service import Index

    return Index(path, model=model, device=device, reranker=reranker)


def spare_threads() -> None:
    """Give NumPy's OpenBLAS one thread, before NumPy is imported; whoever set a number keeps it.

    A question gives it so little to do that a second one mostly waits, at full speed: a quarter of the CPU time of a
    cold query on two cores, which ends no sooner for it. Our own scans and the model have threads of their own.
    """
    if "numpy" not in sys.modules:
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def note(message: str) -> None:
    """One line for a person, on standard error."""
    print(safe(message), file=sys.stderr)


def note_truncated(index: Index, texts: list[str]) -> None:
    """Say so where the model has read only the beginning of a text."""
    for text, cut in zip(texts, index.truncated(texts), strict=True):
        if cut:
            limit = index.encoder.fingerprint.get("max_tokens", "?")
            note(f"'{text[:40]} …' is longer than the model's {limit} tokens: only its beginning was used")


def note_folded(answers: Iterable[Hits], form: str) -> None:
    """Say so where records of a work went under another hit and the format does not name them."""
    further = sum(len(hit.also) for answer in answers for hit in answer)
    if further and form not in ("table", "json", "jsonl"):
        note(f"{count_of(further, 'further record')} of the same works left out; --no-fold writes them too")


def count_of(number: int, noun: str) -> str:
    """``1 paper``, ``2 papers``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"

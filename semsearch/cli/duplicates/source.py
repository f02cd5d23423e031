"""What duplicates are looked for in: the index, or files without one; and where decisions are kept."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from semsearch.cli.options import IndexPath, count_of, note, note_files, opened
from semsearch.cli.output import check_output, check_sources, refuse_same
from semsearch.cli.progress import step_progress
from semsearch.model.results import GROUP_KINDS

if TYPE_CHECKING:
    from semsearch import Findings, Ledger

Files = Annotated[
    list[str] | None, typer.Argument(metavar="FILE…", help="Files or folders to look in (default: the index).")
]
Threshold = Annotated[
    float, typer.Option("--threshold", "-t", min=-1, max=1, help="Cosine from which papers count as similar.")
]
Keep = Annotated[
    str,
    typer.Option("--keep", help="Rules for the record to keep: abstract, doi, published, complete, newest, oldest."),
]
Against = Annotated[
    list[str] | None,
    typer.Option("--against", metavar="OLD", help="Files or an index with papers that are known already."),
]
DecisionsPath = Annotated[
    Path | None,
    typer.Option("--decisions", metavar="FILE", help="File of decisions (default: that of the index)."),
]
Meaning = Annotated[
    bool, typer.Option("--meaning", help="Embed the papers of files, to compare their meaning as well.")
]
ALL_KINDS = ",".join(GROUP_KINDS)
DEFAULT_KEEP = "abstract,doi,complete,newest"


def _kinds(value: str) -> str:
    for kind in value.split(","):
        if kind not in GROUP_KINDS:
            raise typer.BadParameter(f"'{kind}' is none of {', '.join(GROUP_KINDS)}")
    return value


Kinds = Annotated[
    str,
    typer.Option(
        "--kind", help=f"Show only these kinds, separated by commas: {', '.join(GROUP_KINDS)}.", callback=_kinds
    ),
]


@dataclass(frozen=True, slots=True)
class Source:
    """Options of every command that looks for duplicates."""

    files: list[str]
    index: IndexPath
    against: list[str]
    decisions: Path | None
    threshold: float = 0.9
    keep: str = DEFAULT_KEEP
    meaning: bool = False

    def ledger(self) -> Ledger | None:
        """Where decisions are; ``None`` for files without ``--decisions``."""
        from semsearch import service

        if self.decisions:
            refuse_same(self.decisions, [*self.files, *self.against], option="--decisions")
            return service.ledger(self.decisions)
        return None if self.files else opened(self.index).ledger

    def needed_ledger(self) -> Ledger:
        """Where decisions are, for a command that makes or reads some."""
        ledger = self.ledger()
        if ledger is None:
            raise typer.BadParameter("give --decisions FILE, where decisions about files are kept")
        return ledger

    def check_output(self, output: Path | None) -> None:
        """Refuse to write results onto what is read; see `semsearch.cli.output`."""
        from semsearch import service

        read: list[str | Path] = [*self.files, *self.against]
        if self.decisions:
            read.append(self.decisions)
        check_output(output, read=read, index=self.index)
        if output and not self.files and service.is_index(self.index):
            check_sources(output, opened(self.index))

    @contextlib.contextmanager
    def compared(self) -> Iterator[Findings]:
        """What was found; notes on standard error what could not be read."""
        from semsearch import service

        ledger = self.ledger()
        with contextlib.ExitStack() as held:
            with step_progress("comparing") as on_step:  # the bar is gone when results are written
                if self.files:
                    found = service.find_duplicates(
                        self.files, against=self.against, threshold=self.threshold, keep=self.keep,
                        meaning=self.meaning, ledger=ledger, on_step=on_step,
                    )  # fmt: skip
                else:
                    comparing = opened(self.index).compared(
                        self.threshold, keep=self.keep, against=self.against, ledger=ledger, on_step=on_step
                    )
                    found = held.enter_context(comparing)
            note_files(found.reading)
            if rejected := found.reading.rejected:
                told = count_of(rejected, "record")
                note(f"{told} rejected: no papers; 'semsearch index' and 'semsearch rejected' show them")
            yield found

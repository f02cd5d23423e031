"""Where to look for duplicates (in the index or in files), and where decisions are kept."""

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
    typer.Option(
        "--decisions",
        metavar="FILE",
        help="File of decisions (default: decisions.jsonl beside the file, or in the index).",
    ),
]
Meaning = Annotated[
    bool, typer.Option("--meaning", help="Embed the papers of files, to compare their meaning as well.")
]
ALL_KINDS = ",".join(GROUP_KINDS)
#: Name of a file of decisions that is found by itself, beside a file or in an index.
DECISIONS = "decisions.jsonl"
DEFAULT_KEEP = "abstract,doi,complete,newest"


def _kinds(value: str) -> str:
    for kind in value.split(","):
        if kind not in GROUP_KINDS:
            raise typer.BadParameter(f"'{kind}' is not one of {', '.join(GROUP_KINDS)}")
    return value


Kinds = Annotated[
    str,
    typer.Option(
        "--kind", help=f"Show only these kinds, separated by commas: {', '.join(GROUP_KINDS)}.", callback=_kinds
    ),
]


@dataclass(frozen=True, slots=True)
class Source:
    """The options of a command that looks for duplicates."""

    files: list[str]
    """Files and folders to look in; empty for the index."""
    index: IndexPath
    """Directory of the index."""
    against: list[str]
    """Files and indexes with papers that are known already."""
    decisions: Path | None
    """File of decisions; ``None`` for that of the index."""
    threshold: float = 0.9
    """Least cosine of papers of kind ``similar``."""
    keep: str = DEFAULT_KEEP
    """Rules that choose the keeper of a group, with commas between them."""
    meaning: bool = False
    """Whether the papers of files are embedded, to compare their meaning as well."""

    def ledger(self) -> Ledger | None:
        """The ledger of decisions.

        Returns:
            That of ``--decisions``; else for files the one beside the first of them, ``None`` if there is none; else
            that of the index.
        """
        from semsearch import service

        if self.decisions:
            refuse_same(self.decisions, [*self.files, *self.against], option="--decisions")
        if path := self._decisions_file():
            return service.ledger(path)
        return None if self.files else opened(self.index).ledger

    def _decisions_file(self) -> Path | None:
        """The file of ``--decisions``; else the one beside the first file; without files and index, the one here."""
        from semsearch import service

        if self.decisions:
            return self.decisions
        if not self.files:  # decisions about files, in a folder without an index
            here = Path(DECISIONS)
            return here if here.is_file() and not service.is_index(self.index) else None
        first = Path(self.files[0])
        found = first.parent / DECISIONS
        return found if first.is_file() and first != found and found.is_file() else None

    def needed_ledger(self) -> Ledger:
        """The ledger of decisions, for a command that cannot do without.

        Raises:
            BadParameter: The command is for files, and ``--decisions`` is missing.
        """
        ledger = self.ledger()
        if ledger is None:
            raise typer.BadParameter(
                f"give --decisions FILE, where decisions about files are kept; a {DECISIONS} beside the first file is "
                "used without it"
            )
        return ledger

    def check_output(self, output: Path | None) -> None:
        """Refuse to write results over a file that the command reads; see `semsearch.cli.output`."""
        from semsearch import service

        read: list[str | Path] = [*self.files, *self.against]
        if path := self._decisions_file():
            read.append(path)
        check_output(output, read=read, index=self.index)
        if output and not self.files and service.is_index(self.index):
            check_sources(output, opened(self.index))

    @contextlib.contextmanager
    def compared(self) -> Iterator[Findings]:
        """Look for duplicates, and print notes about files that could not be read.

        Yields:
            What was found.
        """
        from semsearch import service

        ledger = self.ledger()
        path = self._decisions_file()
        if path and path != self.decisions:
            note(f"decisions of {path} are used")
        with contextlib.ExitStack() as held:
            with step_progress("comparing") as on_step:  # the bar ends before results are written
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
                note(
                    f"{count_of(rejected, 'record')} rejected; to see why, run 'semsearch index' and then "
                    "'semsearch rejected'"
                )
            yield found

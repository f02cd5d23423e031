"""What duplicates are looked for in: the index, or files without one; and where decisions are kept."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from semsearch.cli.options import NOT_UNDERSTOOD, IndexPath, count_of, note, opened
from semsearch.cli.output import check_output, check_sources, refuse_in_index, refuse_same
from semsearch.cli.progress import step_progress

if TYPE_CHECKING:
    from semsearch.duplicates import Findings, Ledger
    from semsearch.model.paper import Paper

#: `semsearch.duplicates.KINDS`, repeated so that --help loads nothing; a test holds the two together.
KINDS = ("same", "version", "notice", "part", "reprint", "similar")

Files = Annotated[
    list[str] | None, typer.Argument(metavar="FILE…", help="Files or folders to look in; the index by default.")
]
Threshold = Annotated[
    float, typer.Option("--threshold", "-t", min=-1, max=1, help="Cosine from which papers are at least similar.")
]
Keep = Annotated[
    str,
    typer.Option(
        "--keep", help="Which record stands for all: first of abstract, doi, published, complete, newest, oldest."
    ),
]
Against = Annotated[
    list[str] | None, typer.Option("--against", metavar="OLD", help="Files, or an index, of what is known already.")
]
DecisionsPath = Annotated[
    Path | None,
    typer.Option("--decisions", metavar="FILE", help="Where decisions are kept; the index's own by default."),
]
Meaning = Annotated[bool, typer.Option("--meaning", help="Of files: embed them, to compare by meaning as well.")]
ALL_KINDS = ",".join(KINDS)
DEFAULT_KEEP = "abstract,doi,complete,newest"


def _kinds(value: str) -> str:
    for kind in value.split(","):
        if kind not in KINDS:
            raise typer.BadParameter(f"'{kind}' is none of {', '.join(KINDS)}")
    return value


Kinds = Annotated[str, typer.Option("--kind", help=f"Kinds to show, by commas: {', '.join(KINDS)}.", callback=_kinds)]


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
    failed: list[str] = field(default_factory=list)
    """Files that could not be read, or not to their end; known when `compared` was entered."""

    def ledger(self, *, needed: bool = False) -> Ledger | None:
        """Where decisions are; ``None`` for files without ``--decisions``."""
        from semsearch.duplicates import FILE, Ledger

        if self.decisions:
            refuse_same(self.decisions, [*self.files, *self.against], option="--decisions")
            if self.decisions.name != FILE:  # that of an index is its ledger
                refuse_in_index(self.decisions, option="--decisions")
            return Ledger(self.decisions)
        if not self.files:
            return Ledger(self.index / FILE)
        if needed:
            raise typer.BadParameter("give --decisions FILE, where decisions about files are kept")
        return None

    def check_output(self, output: Path | None) -> None:
        """Refuse to write results onto what is read; see `semsearch.cli.output`."""
        read: list[str | Path] = [*self.files, *self.against]
        if self.decisions:
            read.append(self.decisions)
        check_output(output, read=read, index=self.index)
        if output and not self.files and (self.index / "semsearch.db").is_file():
            check_sources(output, opened(self.index))

    @contextlib.contextmanager
    def compared(self) -> Iterator[Findings]:
        """What was found; notes on standard error what could not be read."""
        with contextlib.ExitStack() as held:
            with step_progress("comparing") as on_step:  # the bar is gone when results are written
                known = _known(self.against, self.failed)
                if self.files:
                    findings = self._of_files(known, on_step)
                else:
                    findings = held.enter_context(
                        opened(self.index).compared(
                            self.threshold, keep=self.keep, against=known, ledger=self.ledger(), on_step=on_step
                        )
                    )
            yield findings

    def _of_files(self, known: list[Paper], on_step: Callable[[int, int], None] | None) -> Findings:
        from semsearch import encoders
        from semsearch.duplicates import ListedPapers, find_duplicates, near_by, parse_rules

        papers = _read(self.files, self.failed)
        near = near_by(papers, encoders.load()) if self.meaning else None
        ledger = self.ledger()
        return find_duplicates(
            ListedPapers([*papers, *known], near),
            threshold=self.threshold,
            decisions=ledger.in_force() if ledger else (),
            keep=parse_rules(self.keep),
            old=len(known),
            on_step=on_step,
        )


def _read(names: list[str], failed: list[str]) -> list[Paper]:
    from semsearch.model.paper import Paper
    from semsearch.readers import open_sources

    papers: list[Paper] = []
    rejected = 0
    for source in open_sources(names):
        for record in source.records():
            if isinstance(record, Paper):
                papers.append(record)
            else:
                rejected += 1
        if source.format is None:
            note(f"{source.name}: of no known format, passed over")
        elif not source.complete:
            why = "could not be read to its end" if source.understood else NOT_UNDERSTOOD
            note(f"{source.name}: {why}")
            failed.append(source.name)
        elif not source.count:
            note(f"{source.name}: no record in it")
    if rejected:
        note(
            f"{count_of(rejected, 'record')} rejected: no papers; 'semsearch index' and 'semsearch rejected' show them"
        )
    return papers


def _known(names: list[str], failed: list[str]) -> list[Paper]:
    found: list[Paper] = []
    for name in names:
        if (Path(name) / "semsearch.db").is_file():
            found += list(opened(Path(name)))
        else:
            found += _read([name], failed)
    return found

"""Tables for people. All text goes through `safe`, then into rich as plain text without markup."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, TextIO

from semsearch.wording import safe

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rich.console import Console

    from semsearch.paper import DuplicateGroup, Hits, Paper

#: Columns of a table that goes to a file or a pipe.
_WIDTH = 120


class TableWriter:
    """Rank, score, title or first words, year, id."""

    def hits(self, answers: Iterable[Hits], out: TextIO, *, several: bool) -> None:
        """See `Writer`."""
        console = _console(out)
        for number, answer in enumerate(answers):
            if several:
                _heading(console, safe(answer.query), gap=number > 0)
            if answer:
                ranked = [(f"{hit.rank:>3}  {hit.score:.3f}", hit.paper) for hit in answer]
                _print(console, f"{'rank':>3} {'score':>5}", ranked)

    def papers(self, papers: Iterable[Paper], out: TextIO) -> None:
        """See `Writer`."""
        _print(_console(out), "", [("", paper) for paper in papers])

    def groups(self, groups: Sequence[DuplicateGroup], out: TextIO) -> None:
        """See `Writer`."""
        console = _console(out)
        for number, group in enumerate(groups, 1):
            _heading(console, f"{number}. {group.kind}, {group.score:.3f}", gap=number > 1)
            _print(console, "", [("", paper) for paper in group.papers])


def _console(out: TextIO) -> Console:
    from rich.console import Console

    terminal = out.isatty()
    width = shutil.get_terminal_size((_WIDTH, 24)).columns if terminal else _WIDTH
    return Console(file=out, width=width, force_terminal=terminal, markup=False, highlight=False)


def _heading(console: Console, text: str, *, gap: bool) -> None:
    from rich.text import Text

    if gap:
        console.print()
    console.print(Text(text, style="bold"), no_wrap=True, overflow="ellipsis")


def _print(console: Console, before: str, rows: Sequence[tuple[str, Paper]]) -> None:
    """A line a paper: what stands before it, title, year, id. Titles are cut to the screen, ids never."""
    from rich.cells import cell_len
    from rich.text import Text

    places = [safe(paper.id) for _, paper in rows]
    lead = max(len(before), *(len(text) for text, _ in rows), 0) if rows else 0
    room = max(20, console.width - lead - max(map(cell_len, places), default=0) - 2 * bool(lead) - 8)
    gap = "  " if lead else ""
    if before:
        console.print(Text(f"{before:<{lead}}{gap}{'paper':<{room}}  year  id", style="dim"), soft_wrap=True)
    for (text, paper), place in zip(rows, places, strict=True):
        title = Text(safe(paper.heading))
        title.truncate(room, overflow="ellipsis", pad=True)
        line = Text.assemble(f"{text:<{lead}}{gap}", title, f"  {paper.year or '':>4}  ", (place, "cyan"))
        console.print(line, soft_wrap=True)

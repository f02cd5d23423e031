"""Tables for people. All text goes through `safe`, then to the library rich as plain text without markup."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, TextIO

from semsearch.model.printable import safe
from semsearch.text.percentages import percent
from semsearch.writers.reasons import marked_sentence, reason, shown_sentence

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rich.console import Console
    from rich.text import Text

    from semsearch.model.paper import Paper
    from semsearch.model.results import DuplicateGroup, Explanation, Hit, Hits

#: Width in characters of a table that goes to a file or a pipe.
_WIDTH = 120


class TableWriter:
    """Rank, score, percentile, title or first words of the abstract, year, id."""

    def hits(self, answers: Iterable[Hits], out: TextIO, *, several: bool) -> None:
        """See `FormatWriter`."""
        console = _console(out)
        for number, answer in enumerate(answers):
            if several:
                _heading(console, safe(answer.query), gap=number > 0)
            if answer:
                lines = [(f"{hit.rank:>3}  {hit.score:.3f}  {_percentile(hit)}", hit.paper) for hit in answer]
                _print(
                    console, f"{'rank':>3} {'score':>5}  {'percentile':>10}", lines, [_beside(hit) for hit in answer]
                )
                if answer.feedback and answer[0].explanation:
                    _line(console, f"order: also by likeness to {', '.join(answer.feedback)} (not with --no-feedback)")

    def papers(self, papers: Iterable[Paper], out: TextIO) -> None:
        """See `FormatWriter`."""
        _print(_console(out), "", [("", paper) for paper in papers])

    def groups(self, groups: Sequence[DuplicateGroup], out: TextIO) -> None:
        """See `FormatWriter`."""
        console = _console(out)
        for number, group in enumerate(groups, 1):
            score = "" if group.score is None else f", {group.score:.3f}"
            _heading(console, f"{number}. {group.kind}{score}", gap=number > 1)
            lines = [
                ("keep" if position == 0 and group.kind == "same" else "", paper)
                for position, paper in enumerate(group.papers)
            ]
            because = _because(group)
            _print(console, "", lines, [*[[]] * (len(lines) - 1), because])


def _because(group: DuplicateGroup) -> list[str]:
    """The rules that decided in a group, each once, with the fields that agree and the fields that clash."""
    reasons: dict[str, str] = {}
    for relation in group.relations:
        agree = [
            name for name, value in relation.evidence.items() if value is True or (value is not False and value >= 0.9)
        ]
        clash = [
            name for name, value in relation.evidence.items() if value is False or (value is not True and value < 0.5)
        ]
        told = f"; agree: {', '.join(agree)}" if agree else ""
        reasons.setdefault(relation.rule, told + (f"; clash: {', '.join(clash)}" if clash else ""))
    return [safe(f"because: {rule}{told}") for rule, told in reasons.items()]


def _percentile(hit: Hit) -> str:
    """The percentile column of a hit."""
    return f"{'' if hit.percentile is None else percent(hit.percentile):>10}"


def _beside(hit: Hit) -> list[str | Explanation]:
    """Lines below a hit: how the question names it, its collapsed records, the cosine to each seed, the explanation."""
    lines = list[str]()
    lines += [f"named by its {hit.named_by}"] if hit.named_by else []
    lines += [f"also {', '.join(hit.also)}"] if hit.also else []
    lines += [", ".join(f"{score:.3f} to {name}" for name, score in hit.nearest.items())] if hit.nearest else []
    found: list[str | Explanation] = [safe(line) for line in lines]
    if (why := hit.explanation) is None:
        return found
    found += [safe(f"word for word: “{why.verbatim}”")] if why.verbatim else []
    return [*found, reason(hit), why]


def _sentence(why: Explanation, *, styled: bool) -> Text | None:
    """The nearest sentence with its cosine; the words of the question in bold, or in ``«»`` without styles."""
    from rich.text import Text

    if why.sentence_score is None:
        return None
    before = f"{why.sentence_score:.3f} “"
    if not styled:
        return Text(f"{before}{marked_sentence(why)}”", style="dim")
    sentence, spans = shown_sentence(why)
    text = Text(f"{before}{sentence}”", style="dim")
    for start, end in spans:
        text.stylize("bold not dim", len(before) + start, len(before) + end)
    return text


def _console(out: TextIO) -> Console:
    from rich.console import Console

    terminal = out.isatty()
    width = shutil.get_terminal_size((_WIDTH, 24)).columns if terminal else _WIDTH
    # Colours must not go through semsearch.text.screen. That is safe, since all text here went through `safe`.
    styled = getattr(out, "styled", out)
    return Console(file=styled, width=width, force_terminal=terminal, markup=False, highlight=False)


def _line(console: Console, text: str) -> None:
    from rich.text import Text

    console.print(Text(safe(text)), soft_wrap=True)


def _heading(console: Console, text: str, *, gap: bool) -> None:
    from rich.text import Text

    if gap:
        console.print()
    console.print(Text(text, style="bold"), no_wrap=True, overflow="ellipsis")


def _print(
    console: Console, before: str, rows: Sequence[tuple[str, Paper]], beside: Sequence[Sequence[str | Explanation]] = ()
) -> None:
    """Write one line per paper: the text before it, title, year, id. Then come the further lines of the paper.

    A title is cut to the width of the screen; an id is never cut.
    """
    from rich.cells import cell_len
    from rich.padding import Padding
    from rich.text import Text

    ids = [safe(paper.id) for _, paper in rows]
    lead = max(len(before), *(len(text) for text, _ in rows), 0) if rows else 0
    width = max(20, console.width - lead - max(map(cell_len, ids), default=0) - 2 * bool(lead) - 8)
    gap = "  " if lead else ""
    if before:
        console.print(Text(f"{before:<{lead}}{gap}{'paper':<{width}}  year  id", style="dim"), soft_wrap=True)
    for (text, paper), shown_id, further in zip(rows, ids, beside or [()] * len(rows), strict=True):
        title = Text(safe(paper.heading))
        title.truncate(width, overflow="ellipsis", pad=True)
        line = Text.assemble(f"{text:<{lead}}{gap}", title, f"  {paper.year or '':>4}  ", (shown_id, "cyan"))
        console.print(line, soft_wrap=True)
        for more in further:
            styled = console.color_system is not None
            indented = Text(more, style="dim") if isinstance(more, str) else _sentence(more, styled=styled)
            if indented:
                console.print(Padding(indented, (0, 0, 0, lead + 2), expand=False))

"""The flow diagram of a systematic review, as SVG: what a search found, and what was removed before screening.

The boxes and their words are those of the PRISMA 2020 statement, for reviews that search databases: Page MJ, McKenzie
JE, Bossuyt PM, et al. The PRISMA 2020 statement: an updated guideline for reporting systematic reviews. BMJ 2021;
372:n71, doi 10.1136/bmj.n71, figure 1.
"""

from __future__ import annotations

import itertools
import unicodedata
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, NamedTuple

from semsearch.model.printable import safe

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

#: Databases that have their own line. If there are more, the last line has the sum of all others.
_DATABASES = 12
#: Characters of the name of a database that are shown.
_NAME = 40

# All lengths are in pixels of the diagram; a viewer may scale it.
_FONT = 13
_LINE = 18
_INDENT = 14
_PADDING = 12
_MARGIN = 16
_BAR = 28  # width of the bar with the name of a phase, height of the heading
_GAP = 36  # between boxes; an arrow needs it
_NARROWEST = 230
_BEYOND = 10  # a bar is so much longer than its boxes, on both ends, that its name fits beside one small box

_TITLE = "Identification of studies via databases"
_INK = "#1a1a1a"


@dataclass(frozen=True, slots=True)
class FlowCounts:
    """The numbers of the diagram. All are numbers of records.

    Attributes:
        databases: The number of records of each database, in the order of the diagram. Only records that could be read.
        rejected: Records that could not be read. They are not in `databases`.
        duplicates_within: Duplicates of a record of the same database.
        duplicates_between: Duplicates of a record of another database.
        known: Records of publications that were known already, for example from an earlier search.

    Raises:
        ValueError: A number is negative, or more records were removed than there are.
    """

    databases: Mapping[str, int]
    rejected: int
    duplicates_within: int
    duplicates_between: int
    known: int = 0

    def __post_init__(self) -> None:
        removed = (self.rejected, self.duplicates_within, self.duplicates_between, self.known)
        if min(*removed, *self.databases.values()) < 0:
            raise ValueError("a number of records is negative; count from 0")
        if self.screened < 0:
            raise ValueError(f"{self.removed:,} of {self.identified:,} records were removed; remove each record once")

    @property
    def identified(self) -> int:
        """Records that the search found: those of the databases, and those that could not be read."""
        return sum(self.databases.values()) + self.rejected

    @property
    def duplicates(self) -> int:
        """Duplicates, within one database and between databases."""
        return self.duplicates_within + self.duplicates_between

    @property
    def removed(self) -> int:
        """Records that were removed before screening: ``identified - screened``."""
        return self.duplicates + self.rejected + self.known

    @property
    def screened(self) -> int:
        """Records that are left for screening."""
        return self.identified - self.removed


class _Line(NamedTuple):
    text: str
    level: int = 0

    @property
    def width(self) -> float:
        return _INDENT * self.level + _width(self.text)


class _Row(NamedTuple):
    """Boxes side by side: on the left what is kept, on the right what is removed (or nothing)."""

    phase: str
    left: Sequence[_Line]
    right: Sequence[_Line] = ()

    @property
    def height(self) -> int:
        return max(_height(self.left), _height(self.right))


def flow_diagram(counts: FlowCounts) -> str:
    """The flow diagram as SVG, which browsers show, and which word processors and drawing programs take.

    The numbers add up: identified = duplicates + rejected + known + screened. The boxes after "Records screened" have
    the places ``(n = )``, to be filled in by hand.

    Args:
        counts: What the search found.

    Returns:
        An XML document without fonts, links or scripts. It has a title and a description for screen readers.
    """
    rows = _rows(counts)
    left, right = _column(row.left for row in rows), _column(row.right for row in rows)
    x = _MARGIN + _BAR + _GAP // 3
    width = x + left + _GAP + right + _MARGIN
    drawn = [_box("heading", x, _MARGIN, width - _MARGIN - x, _BAR, _centred(_TITLE, (width - _MARGIN + x) / 2))]
    tops = [_MARGIN + _BAR + _GAP * 2 // 3]
    for row in rows:
        drawn += _row(row, x, tops[-1], left, right)
        tops.append(tops[-1] + row.height + _GAP)
    drawn += _down_arrows(rows, tops, x + left // 2)
    drawn += _phases(rows, tops)
    return _document(width, tops[-1] - _GAP + _BEYOND + _MARGIN, counts, drawn)


def _rows(counts: FlowCounts) -> list[_Row]:
    return [
        _Row("Identification", _identified(counts), _removed(counts)),
        _Row("Screening", [_Line(_n("Records screened", counts.screened))], [_Line(_n("Records excluded"))]),
        _Row("Screening", [_Line(_n("Reports sought for retrieval"))], [_Line(_n("Reports not retrieved"))]),
        _Row(
            "Screening",
            [_Line(_n("Reports assessed for eligibility"))],
            [_Line("Reports excluded:"), *(_Line(_n(f"Reason {number}"), 1) for number in (1, 2, 3))],
        ),
        _Row("Included", [_Line(_n("Studies included in review")), _Line(_n("Reports of included studies"))]),
    ]


def _identified(counts: FlowCounts) -> list[_Line]:
    lines = [_Line("Records identified from:"), _Line(_n("Databases", counts.identified))]
    lines += [_Line(_n(name, number), 1) for name, number in _largest(counts.databases)]
    if counts.rejected:  # without this line, the lines would not add up to the number above them
        lines.append(_Line(_n("records that could not be read", counts.rejected), 1))
    return lines


def _removed(counts: FlowCounts) -> list[_Line]:
    lines = [
        _Line(_n("Records removed before screening", counts.removed) + ":"),
        _Line(_n("Duplicate records removed", counts.duplicates)),
        _Line(_n("within one database", counts.duplicates_within), 1),
        _Line(_n("between databases", counts.duplicates_between), 1),
        _Line(_n("Records that could not be read", counts.rejected)),
    ]
    if counts.known:
        lines.append(_Line(_n("Records of publications known already", counts.known)))
    return lines


def _largest(databases: Mapping[str, int]) -> list[tuple[str, int]]:
    """The names as they are shown, and the numbers. The order stays, but others are together at the end."""
    shown = set(databases)
    if len(databases) > _DATABASES:
        shown = set(sorted(databases, key=lambda name: -databases[name])[: _DATABASES - 1])
    lines = [(_name(name), number) for name, number in databases.items() if name in shown]
    others = [number for name, number in databases.items() if name not in shown]
    return [*lines, (f"other ({len(others)} databases)", sum(others))] if others else lines


def _name(name: str) -> str:
    name = safe(name) or "(no name)"
    return name if len(name) <= _NAME else name[: _NAME - 1].rstrip() + "…"


def _n(what: str, number: int | None = None) -> str:
    return f"{what} (n = {'' if number is None else f'{number:,}'})"


def _width(text: str) -> float:
    """An upper estimate. The viewer chooses the font, so the widths are those of DejaVu Sans, which is a wide one."""
    return _FONT * sum(map(_em, text))


def _em(character: str) -> float:
    if character in "MWmw%@" or unicodedata.east_asian_width(character) in "WF":
        return 1.05
    if not character.isascii():  # also ligatures and emoji, and letters of which fonts do not agree
        return 0.95
    if character in "fijlrt ().,:;'|!-":
        return 0.42
    return 0.8 if character.isupper() or character in "+<=>^~#&_" else 0.65


def _column(boxes: Iterable[Sequence[_Line]]) -> int:
    return max(_NARROWEST, *(round(line.width) + 2 * _PADDING for lines in boxes for line in lines))


def _height(lines: Sequence[_Line]) -> int:
    return len(lines) * _LINE + 2 * _PADDING


def _row(row: _Row, x: int, top: int, left: int, right: int) -> list[str]:
    middle = top + row.height // 2
    drawn = [_lines(row.left, x, middle, left)]
    if row.right:
        drawn += [_lines(row.right, x + left + _GAP, middle, right), _arrow(x + left, middle, _GAP, 0)]
    return drawn


def _lines(lines: Sequence[_Line], x: int, middle: int, width: int) -> str:
    height = _height(lines)
    top = middle - height // 2
    base = top + _PADDING + _FONT  # text stands on its base line
    texts = (
        f'<text x="{x + _PADDING + _INDENT * line.level}" y="{base + _LINE * number}">{escape(line.text)}</text>'
        for number, line in enumerate(lines)
    )
    return _box("box", x, top, width, height, *texts)


def _box(kind: str, x: int, y: int, width: int, height: int, *texts: str) -> str:
    """A box and its texts as one group, so that drawing programs move them together."""
    fill = "#ffffff" if kind == "box" else "#dde6f0"
    rectangle = f'<rect x="{x}" y="{y}" width="{width}" height="{height}" fill="{fill}" stroke="{_INK}"/>'
    return "\n  ".join((f'<g class="{kind}">', rectangle, *texts)) + "\n</g>"


def _centred(text: str, x: float, y: float = _MARGIN + _BAR / 2, *, turned: bool = False) -> str:
    turn = f' transform="rotate(-90 {x:g} {y:g})"' if turned else ""
    # dominant-baseline is not known to all word processors; a third of the font is what it would do.
    at = f'x="{x:g}" y="{y + _FONT / 3:.1f}"'
    return f'<text {at} text-anchor="middle" font-weight="bold"{turn}>{escape(text)}</text>'


def _arrow(x: int, y: int, right: int, down: int) -> str:
    """An arrow from a point to the right or down. Its head is drawn, as not all programs know markers."""
    end_x, end_y = x + right, y + down
    head = f"M{end_x} {end_y} l-8 -4 v8 z" if right else f"M{end_x} {end_y} l-4 -8 h8 z"
    return f'<path class="arrow" d="M{x} {y} L{end_x} {end_y} {head}" fill="{_INK}" stroke="{_INK}"/>'


def _down_arrows(rows: Sequence[_Row], tops: Sequence[int], x: int) -> list[str]:
    spans = [_span(row, top) for row, top in zip(rows, tops, strict=False)]
    return [_arrow(x, end, 0, start - end) for (_, end), (start, _) in itertools.pairwise(spans)]


def _span(row: _Row, top: int) -> tuple[int, int]:
    """Where the left box begins and ends; its row may be higher."""
    start = top + row.height // 2 - _height(row.left) // 2
    return start, start + _height(row.left)


def _phases(rows: Sequence[_Row], tops: Sequence[int]) -> list[str]:
    drawn = []
    for phase in dict.fromkeys(row.phase for row in rows):
        numbers = [number for number, row in enumerate(rows) if row.phase == phase]
        start, end = tops[numbers[0]] - _BEYOND, tops[numbers[-1] + 1] - _GAP + _BEYOND
        name = _centred(phase, _MARGIN + _BAR / 2, (start + end) / 2, turned=True)
        drawn.append(_box("phase", _MARGIN, start, _BAR, end - start, name))
    return drawn


def _description(counts: FlowCounts) -> str:
    """All numbers, as a screen reader reads nothing else of an image."""
    found = ", ".join(f"{name} {number:,}" for name, number in _largest(counts.databases))
    removed = [
        f"{counts.duplicates:,} duplicates ({counts.duplicates_within:,} within one database,"
        f" {counts.duplicates_between:,} between databases)",
        f"{counts.rejected:,} that could not be read",
        *([f"{counts.known:,} of publications known already"] if counts.known else []),
    ]
    return (
        f"Records identified: {counts.identified:,}{f' ({found})' if found else ''}. Records removed before screening:"
        f" {', '.join(removed)}. Records screened: {counts.screened:,}. The boxes that follow are empty: records"
        " excluded; reports sought, not retrieved, assessed and excluded; studies and reports included."
    )


def _document(width: int, height: int, counts: FlowCounts, drawn: Sequence[str]) -> str:
    lines = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
        ' role="img" aria-labelledby="prisma-title prisma-desc">',
        f'<title id="prisma-title">PRISMA 2020 flow diagram: {escape(_TITLE[0].lower() + _TITLE[1:])}</title>',
        f'<desc id="prisma-desc">{escape(_description(counts))}</desc>',
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',  # a dark page would hide the arrows
        f'<g font-family="Arial, Helvetica, sans-serif" font-size="{_FONT}" fill="{_INK}">',
        *drawn,
        "</g>",
        "</svg>",
    )
    return "\n".join(lines) + "\n"

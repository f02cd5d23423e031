"""Repairs rows with more cells than headings: one cell holds a delimiter and is not in quotation marks."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from semsearch.readers.headings import field_of
from semsearch.text.identifiers import parse_pmid

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

_YEAR = re.compile(r"(?:1[5-9]|20)\d\d(?:\.0)?")
_NUMBER = re.compile(r"[A-Za-z]{0,3}\s?\d{1,5}(?:\.0)?(?:\s?[(-].*)?")
_DOI = re.compile(r"(?:\S*[/:\s])?10\.\d{4,9}/[^\s,;|\t]+", re.IGNORECASE)
_ADDRESS = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
#: What the cells of some columns look like. A wrong cell there shows that the row is shifted.
_FITS: dict[str, Callable[[str], object]] = {
    "year": _YEAR.fullmatch,
    "doi": _DOI.fullmatch,
    "pmid": parse_pmid,
    "volume": _NUMBER.fullmatch,
    "url": _ADDRESS.match,
}


def joined(
    cells: Sequence[str], headings: Sequence[str], delimiter: str, columns: Mapping[str, str]
) -> list[str] | None:
    """The cells of a row that is longer than its heading, with the parts of the cell that was cut put together.

    A cell can have been cut at any place. A place is possible if year, DOI, PMID, volume and address then stand under
    their headings. The row is repaired if all possible places give the same title and the same abstract.

    Args:
        cells: Cells of the row.
        headings: Headings of the table; fewer than cells.
        delimiter: The delimiter of the table.
        columns: Fields of `Paper` by folded heading, as the user named them.

    Returns:
        The cells, one for each heading, or further ones at the end if the heading row was too short; ``None`` if the
        row cannot be repaired.
    """
    fields = [field_of(heading, columns) for heading in headings]
    possible = [way for way in _ways(cells, len(headings), delimiter) if _is_in_place(way, fields)]
    # A comma in a text has a space after it; one between cells has none.
    spaced = [way for way in possible if _has_spaces(way, cells, delimiter)]
    for ways in (spaced, possible):
        texts = {tuple(way[n] for n, field in enumerate(fields) if field in ("title", "abstract")) for way in ways}
        if len(texts) == 1 and any(text.strip() for text in next(iter(texts))):
            return ways[0]
    return None


def _ways(cells: Sequence[str], width: int, delimiter: str) -> Iterator[list[str]]:
    """The row for each place at which one cell can have been cut; last the row whose heading row is too short."""
    surplus = len(cells) - width
    for place in range(width):
        together = delimiter.join(cells[place : place + surplus + 1])
        yield [*cells[:place], together, *cells[place + surplus + 1 :]]
    yield list(cells)


def _is_in_place(way: Sequence[str], fields: Sequence[str | None]) -> bool:
    """Whether the cells of a way look as their columns demand, and at least one cell shows it."""
    checks = [(cell.strip(), _FITS[field]) for cell, field in zip(way, fields, strict=False) if field in _FITS]
    shown = [bool(fits(cell)) for cell, fits in checks if cell]
    return bool(shown) and all(shown)


def _has_spaces(way: Sequence[str], cells: Sequence[str], delimiter: str) -> bool:
    """Whether the parts of the cell that was cut begin with a space, as in a text."""
    surplus = len(cells) - len(way)
    place = next((n for n, cell in enumerate(way) if cell != cells[n]), len(way) - 1)
    parts = cells[place + 1 : place + surplus + 1]
    return surplus > 0 and delimiter in ",;" and all(part.startswith(" ") for part in parts)

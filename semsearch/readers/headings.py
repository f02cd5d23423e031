"""Headings: which field of `Paper` a heading of a table or a key of JSON means."""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING

from semsearch.model.errors import QueryError
from semsearch.readers.heading_names import HEADINGS, NEUTRAL, NEUTRAL_PARTS, OF_PAPERS, OTHER_THINGS, STRICT, TELLING
from semsearch.text.folding import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


@functools.lru_cache(maxsize=4096)
def fold_heading(heading: str) -> str:
    """The heading in a form that can be compared: ``abstractnote`` for ``Abstract Note`` and for ``abstract_note``."""
    return fold(heading).replace(" ", "")


_FIELD_OF = {fold_heading(heading): name for name, headings in HEADINGS.items() for heading in headings}
_RANK = {fold_heading(heading): rank for headings in HEADINGS.values() for rank, heading in enumerate(headings)}
#: Rank of a heading that is known by its words only: after all those of `HEADINGS`.
_BY_WORDS = 1000
#: Names of databases. Review tools give one in a column ``source``, which elsewhere names the journal.
DATABASES = frozenset({
    "scopus", "pubmed", "medline", "embase", "wos", "webofscience", "cochrane", "central", "psycinfo", "cinahl",
    "proquest", "ebsco", "ebscohost", "eric", "lens", "dimensions", "openalex", "crossref", "googlescholar",
    "scholar", "arxiv", "ieee", "ieeexplore", "acm", "semanticscholar", "ovid", "lilacs", "cnki",
})  # fmt: skip
#: Where two words of a heading meet: ``PaperTitle``.
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
#: What stands between the two languages of a heading.
_PART = re.compile(r"[-/()|:\uff08\uff09]")
_NEUTRAL_PART = re.compile("|".join(map(fold_heading, sorted(NEUTRAL_PARTS, key=len, reverse=True))))
#: Most words of a heading that is known by its words. A longer one is a sentence.
_MOST_WORDS = 6
#: Fields of `Paper` that have several values.
MANY = ("authors", "keywords", "tags")


def field_of(heading: str, columns: Mapping[str, str] | None = None) -> str | None:
    """The field of `Paper` that a heading means; ``None`` if it means none.

    It is in `HEADINGS`, or it is known by its words: one is in `TELLING`, and all others tell the same field or are in
    `NEUTRAL`. So ``Paper Title (English)`` is a title, and ``Title abbreviation`` is not. In scripts without spaces, it
    is known by what is left without `NEUTRAL_PARTS`: ``タイトル（英語）`` is a title, and ``作者单位`` no author.

    Args:
        heading: The heading, as in the file.
        columns: Fields of `Paper` by folded heading. They count before all others.
    """
    if columns and (named := columns.get(fold_heading(heading))):
        return named
    return _known(heading)


@functools.lru_cache(maxsize=4096)
def _known(heading: str) -> str | None:
    return (
        _FIELD_OF.get(fold_heading(heading))
        or _in_two_languages(heading)
        or _without_spaces(heading)
        or _by_words(heading)
    )


def _in_two_languages(heading: str) -> str | None:
    """The field of a heading such as ``Summary-摘要``: that of the part in another script."""
    parts = [] if heading.isascii() else _PART.split(heading)
    return next(
        (field for part in parts[1:] if not part.isascii() and (field := _FIELD_OF.get(fold_heading(part)))), None
    )


def _without_spaces(heading: str) -> str | None:
    """The field of a heading such as ``抄録（英語）``, in a script that has no spaces between words."""
    return None if heading.isascii() else _FIELD_OF.get(_NEUTRAL_PART.sub("", fold_heading(heading)))


def _by_words(heading: str) -> str | None:
    words = fold(_CAMEL.sub(" ", heading)).split()
    if not 1 < len(words) <= _MOST_WORDS:
        return None
    for field, telling in TELLING.items():
        others = [word for word in words if word not in telling]
        if field == "venue" and OF_PAPERS.isdisjoint(others):  # "Title of the journal"
            others = [word for word in others if word not in TELLING["title"]]
        strange = (word not in NEUTRAL or (field in STRICT and word in OTHER_THINGS) for word in others)
        if len(others) < len(words) and not any(strange):
            return field
    return None


def unsearchable(headings: Iterable[str], columns: Mapping[str, str] | None = None) -> str:
    """The reason why no row of a table can be a paper: it has no column for titles or abstracts.

    Args:
        headings: Headings of the table.
        columns: See `field_of`.

    Returns:
        The reason in one line; empty if there is such a column.
    """
    named = list(headings)
    if any(field_of(heading, columns) in ("title", "abstract") for heading in named):
        return ""
    seen = ", ".join(named)[:200]
    return f"no column for a title or an abstract; name one with --column title=HEADING; the columns are: {seen}"


def repeats(cells: Sequence[str], headings: Sequence[str]) -> bool:
    """Whether a row is the heading row again, whatever its case, its spaces and its empty cells at the end.

    Args:
        cells: Cells of the row.
        headings: Headings of the table.
    """
    if not cells or not headings or cells[0].strip().casefold() != headings[0].strip().casefold():
        return False  # nearly every row
    return _folded(cells) == _folded(headings)


def _folded(cells: Sequence[str]) -> str:
    return "\t".join(map(fold_heading, cells)).rstrip("\t")


def rank(heading: str, columns: Mapping[str, str] | None) -> int:
    """The rank of a heading among those of one field, the least counts.

    Args:
        heading: The heading, as in the file.
        columns: See `field_of`.

    Returns:
        -1 if the user named the heading, else its place in `HEADINGS`.
    """
    folded = fold_heading(heading)
    return -1 if folded in (columns or {}) else _RANK.get(folded, _BY_WORDS)


def column_options(options: Sequence[str]) -> dict[str, str]:
    """Read the values of ``--column``.

    Args:
        options: Texts ``field=Heading``.

    Returns:
        Fields of `Paper` by folded heading.

    Raises:
        QueryError: A text does not have this form, or there is no such field.
    """
    columns = {}
    for option in options:
        name, _, heading = option.partition("=")
        if name.strip() not in HEADINGS or not heading.strip():
            raise QueryError(f"--column {option}: write FIELD=HEADING; FIELD is one of {', '.join(HEADINGS)}")
        columns[fold_heading(heading)] = name.strip()
    return columns

"""Records that may be one publication, for a person who decides: side by side, with their differences marked."""

from __future__ import annotations

import difflib
import textwrap
from typing import TYPE_CHECKING, TextIO

from rich.cells import cell_len

from semsearch.model.databases import database_of
from semsearch.model.printable import safe
from semsearch.text.folding import fold
from semsearch.text.percentages import percent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semsearch.model.paper import Paper
    from semsearch.model.results import Relation

#: Columns of a screen, and the fewest that a pair is shown in.
WIDTH, _NARROW = 125, 60
#: Columns of the names of fields, and between two columns.
_LABEL, _GAP = 11, 2
_FIELDS = (
    *("title", "authors", "year", "venue", "volume", "issue", "pages", "doi", "arxiv_id", "pmid", "type"),
    *("database", "file", "id", "abstract"),
)
#: Fields in which no words are marked, as the whole value is another one.
_PLAIN = ("database", "file", "id", "doi", "pmid", "arxiv_id")
#: Lines of a value that are shown, and of an abstract.
_LINES, _ABSTRACT = 4, 6
#: Fields of a record among several, one line each.
_ROWS = (("title",), ("authors",), ("year", "venue", "volume", "issue", "pages"), ("doi", "pmid", "arxiv_id"))


def write_pair(a: Paper, b: Paper, relation: Relation, out: TextIO, width: int = WIDTH) -> None:
    """Write the fields of two papers in two columns, then their relation, its rule and its evidence.

    A field with equal values begins with ``=``. Words that only one of the papers has are in ``«»``.

    Args:
        a: The paper for the left column.
        b: The paper for the right column.
        relation: What the papers are to each other.
        out: Text stream to write to.
        width: Columns of the screen; 60 at least are used.
    """
    width = max(width, _NARROW)
    for name in _FIELDS:
        left, right = _value(a, name), _value(b, name)
        if not left and not right:
            continue
        alike = fold(left) == fold(right)
        if not alike and left and right and name not in _PLAIN:
            left, right = _marked(left, right)
        lines = _ABSTRACT if name == "abstract" else _LINES
        _write(("=" if alike else " ") + name.removesuffix("_id"), left, right, out, width, lines)
    _why(relation, out, width)


def write_cluster(papers: Sequence[Paper], relations: Sequence[Relation], out: TextIO, width: int = WIDTH) -> None:
    """Write several papers one below the other, then why they may be one publication.

    Words that a paper has and the first one has not are in ``«»``.

    Args:
        papers: Two or more.
        relations: What they are to each other.
        out: Text stream to write to.
        width: Columns of the screen; 60 at least are used.
    """
    width = max(width, _NARROW)
    for number, paper in enumerate(papers, 1):
        for place, names in enumerate((*_ROWS, ("database", "file"))):
            told = " · ".join(filter(None, (_against(papers[0], paper, name) for name in names)))
            if told:
                head = f"{number:>3}  " if place == 0 else "     "
                out.writelines(line + "\n" for line in _wrapped(told, width, head, "     ", _LINES))
    reasons = list(dict.fromkeys(relation.rule for relation in relations))
    for rule in reasons:
        _why(next(x for x in relations if x.rule == rule), out, width)


def _against(first: Paper, paper: Paper, name: str) -> str:
    value = _value(paper, name)
    if paper is first or not value or name in _PLAIN:
        return value
    return _marked(_value(first, name), value)[1] if _value(first, name) else value


def _why(relation: Relation, out: TextIO, width: int) -> None:
    part = None if relation.chance is None else percent(100 * relation.chance, 0)
    chance = "" if part is None else f" (about {part} of such pairs are one publication)"
    score = "" if relation.score is None else f", cosine {relation.score:.3f}"
    told = [
        f"{name} {'agrees' if v is True else 'clashes' if v is False else f'{v:.2f}'}"
        for name, v in relation.evidence.items()
    ]
    why = f"{relation.kind}: {safe(relation.rule)}{chance}{score}"
    for line in (*_wrapped(why, width, "-> ", "   "), *_wrapped(", ".join(told), width, "   ", "   ")):
        out.write(line + "\n")


def _value(paper: Paper, name: str) -> str:
    if name == "database":
        database = database_of(paper)
        return "" if database == paper.source.file else safe(database)
    value = paper.source.file if name == "file" else getattr(paper, name)
    return safe("; ".join(value) if isinstance(value, tuple) else "" if value is None else str(value))


def _marked(left: str, right: str) -> tuple[str, str]:
    a, b = left.split(), right.split()
    matcher = difflib.SequenceMatcher(None, [fold(w) for w in a], [fold(w) for w in b], autojunk=False)
    for tag, a1, a2, b1, b2 in reversed(matcher.get_opcodes()):
        if tag != "equal":
            a[a1:a2] = [f"«{' '.join(a[a1:a2])}»"] if a1 < a2 else []
            b[b1:b2] = [f"«{' '.join(b[b1:b2])}»"] if b1 < b2 else []
    return " ".join(a), " ".join(b)


def _wrapped(text: str, width: int, first: str = "", rest: str = "", lines: int = 99) -> list[str]:
    return textwrap.wrap(
        text, _characters(text, width), initial_indent=first, subsequent_indent=rest, break_on_hyphens=False,
        max_lines=lines, placeholder=" …",
    )  # fmt: skip


def _write(label: str, left: str, right: str, out: TextIO, width: int, lines: int) -> None:
    column = (width - _LABEL - _GAP) // 2
    columns = [_wrapped(text, column, lines=lines) for text in (left, right)]
    for line in range(max(map(len, columns))):
        one, other = (texts[line] if line < len(texts) else "" for texts in columns)
        gap = " " * (column - cell_len(one) + _GAP)
        out.write(f"{label if line == 0 else '':<{_LABEL}}{one}{gap}{other}".rstrip() + "\n")


def _characters(text: str, column: int) -> int:
    """How many characters of a text fit into a column for sure: half as many if some are two columns wide."""
    return column if cell_len(text) <= len(text) else max(1, column // 2)

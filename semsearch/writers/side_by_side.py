"""Two papers side by side, with their differences marked and the reason for their relation."""

from __future__ import annotations

import difflib
import textwrap
from typing import TYPE_CHECKING, TextIO

from semsearch.model.printable import safe
from semsearch.text.folding import fold

if TYPE_CHECKING:
    from semsearch.model.paper import Paper
    from semsearch.model.results import Relation

_COLUMN = 56
_FIELDS = (
    *("title", "authors", "year", "venue", "volume", "issue", "pages", "doi", "arxiv_id", "pmid", "type", "id"),
    "abstract",
)
#: Characters of a value that are shown.
_ABSTRACT = 420


def write_pair(a: Paper, b: Paper, relation: Relation, out: TextIO) -> None:
    """Write the fields of two papers in two columns, then their relation, its rule and its evidence.

    A field with equal values begins with ``=``. Words that only one of the papers has are in ``«»``.

    Args:
        a: The paper for the left column.
        b: The paper for the right column.
        relation: What the papers are to each other.
        out: Text stream to write to.
    """
    for name in _FIELDS:
        left, right = _value(a, name), _value(b, name)
        if not left and not right:
            continue
        alike = fold(left) == fold(right)
        if not alike and left and right:
            left, right = _marked(left, right)
        _write(("=" if alike else " ") + name.replace("_", " "), left, right, out)
    told = [
        f"{name} {'agrees' if v is True else 'clashes' if v is False else f'{v:.2f}'}"
        for name, v in relation.evidence.items()
    ]
    score = "" if relation.score is None else f", cosine {relation.score:.3f}"
    out.write(f"-> {relation.kind}: {safe(relation.rule)}{score}\n   {', '.join(told)}\n")


def _value(paper: Paper, name: str) -> str:
    value = getattr(paper, name)
    text = "; ".join(value) if isinstance(value, tuple) else "" if value is None else str(value)
    return safe(text)[:_ABSTRACT]


def _marked(left: str, right: str) -> tuple[str, str]:
    a, b = left.split(), right.split()
    matcher = difflib.SequenceMatcher(None, [fold(w) for w in a], [fold(w) for w in b], autojunk=False)
    for tag, a1, a2, b1, b2 in reversed(matcher.get_opcodes()):
        if tag != "equal":
            a[a1:a2] = [f"«{' '.join(a[a1:a2])}»"] if a1 < a2 else []
            b[b1:b2] = [f"«{' '.join(b[b1:b2])}»"] if b1 < b2 else []
    return " ".join(a), " ".join(b)


def _write(label: str, left: str, right: str, out: TextIO) -> None:
    columns = [textwrap.wrap(text, _COLUMN, break_on_hyphens=False) or [""] for text in (left, right)]
    for line in range(max(map(len, columns))):
        one, other = (column[line] if line < len(column) else "" for column in columns)
        out.write(f"{label if line == 0 else '':<10} {one:<{_COLUMN}}  {other}".rstrip() + "\n")

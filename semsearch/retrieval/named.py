"""Papers that a question names: by an identifier, by a whole title, or by the name of an author."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from semsearch.lexical.analyzer import STOPWORDS
from semsearch.text import identifiers
from semsearch.text.folding import fold

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semsearch.model.index_protocols import ReadableIndex, Rows

#: Most words of a question that is taken for the name of an author.
_NAME_WORDS = 4
#: Most papers whose titles are compared with the question, the best by BM25 first.
_TITLES = 500


class Named(NamedTuple):
    """Papers that a question names."""

    rows: Rows
    """Their rows: int64, ascending."""
    by: str
    """What names them: ``identifier``, ``title`` or ``author``."""


def named(question: str, index: ReadableIndex) -> Named | None:
    """Find the papers that a question names.

    A question counts as the name of an author only if no title and no abstract contains it as a phrase. So
    ``white dwarf`` is not an author.

    Args:
        question: The question, as the user wrote it.
        index: The index that is searched.

    Returns:
        The papers, and what names them; ``None`` if the question names no paper.
    """
    documents = index.documents
    rows = [row for found in identifiers.parse(question) if (row := documents.row_of_identifier(found)) is not None]
    if rows:
        return Named(np.array(rows[:1], np.int64), "identifier")
    parts = fold(question).split()
    if len(parts) > 1 and len(same := _titled(parts, index)):
        return Named(same, "title")
    if parts and len(parts) <= _NAME_WORDS and not set(parts) <= STOPWORDS:
        of_author = documents.rows_of_author(_orders(parts))
        if len(of_author) and not len(index.lexical.phrase(parts).rows):
            return Named(of_author, "author")
    return None


def _titled(parts: Sequence[str], index: ReadableIndex) -> Rows:
    """Rows of the papers whose folded title is these words; int64, ascending."""
    rows, scores, _ = index.lexical.phrase(parts, "title")
    rows = rows[np.lexsort((rows, -scores))][:_TITLES]
    wanted, papers = " ".join(parts), index.documents.papers_at(rows.tolist())
    return np.sort(rows[[fold(paper.title) == wanted for paper in papers]]) if len(rows) else rows


def _orders(parts: list[str]) -> list[str]:
    """The name in three orders: as written, the last word first, and the first word last."""
    return [" ".join(order) for order in (parts, [parts[-1], *parts[:-1]], [*parts[1:], parts[0]])]

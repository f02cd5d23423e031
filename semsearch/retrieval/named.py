"""Papers that a question names: by an identifier, by their whole title, by an author's name."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from semsearch.lexical.analyzer import STOPWORDS
from semsearch.text import identifiers
from semsearch.text.folding import fold

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from semsearch.index import Snapshot

#: A question of so many words can be the name of an author.
_NAME_WORDS = 4


class Exact(NamedTuple):
    """Papers that a question names."""

    rows: NDArray[np.int64]
    """In order."""
    by: str
    """``identifier``, ``title`` or ``author``."""


def exact(question: str, snapshot: Snapshot) -> Exact | None:
    """The papers that a question names: by an identifier, by their whole title, by an author's name.

    A name counts only where its words stand side by side in no title or abstract: ``white dwarf`` is no author.
    """
    rows = [row for found in identifiers.parse(question) if (row := snapshot.row_of_identifier(found)) is not None]
    if rows:
        return Exact(snapshot.as_rows(rows[:1]), "identifier")
    parts = fold(question).split()
    phrase = " ".join(parts)
    if len(parts) > 1 and len(same := snapshot.titled(phrase)):
        return Exact(same, "title")
    if parts and len(parts) <= _NAME_WORDS and not set(parts) <= STOPWORDS:
        of_author = _by_author(parts, snapshot)
        if len(of_author) and not snapshot.match_count(f'"{phrase}"'):
            return Exact(of_author, "author")
    return None


def _by_author(parts: list[str], snapshot: Snapshot) -> NDArray[np.int64]:
    """Papers of an author whose name holds the words, as written or with the family name first."""
    orders = [parts, [parts[-1], *parts[:-1]], [*parts[1:], parts[0]]]
    return snapshot.named(" OR ".join(dict.fromkeys(f'author : "{" ".join(order)}"' for order in orders)))

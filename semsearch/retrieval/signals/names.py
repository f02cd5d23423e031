"""The signal of names: authors and years that a question gives, as in ``Novak 2031 moss roofs``.

They are recognised by the collection's own authors and years. A word that is an author's name and also a common word of
titles and abstracts (``young``, ``brown``) counts only if it is mostly a name here, or if a year follows it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from semsearch.lexical.analyzer import STOPWORDS
from semsearch.model.filters import FieldTest
from semsearch.retrieval.mentions import year_of
from semsearch.retrieval.signals.known import Fixed
from semsearch.text.folding import fold

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from semsearch.model.index_protocols import ReadableIndex, Rows

#: What a name, a further name, and a year that follows a name or stands alone are worth. More than 1 in all is scaled.
NAME, FURTHER, YEAR, YEAR_ALONE = 0.7, 0.5, 0.3, 0.1
#: Weight of the greatest score; the cosine has the weight 1.
WEIGHT = 1.5
#: Most words of a question in which names are looked for. Longer ones are texts.
_LONGEST = 24
#: Share of the papers with a word in which it must be the name of an author, unless a year follows it.
_MOSTLY = 0.5
#: Words that stand between names and a year in a citation.
_BETWEEN = frozenset(("et", "al", "and", "und", "y"))


class Named(NamedTuple):
    """What a question names."""

    names: dict[str, float]
    """Words that are names of authors, folded, with how surely they are, 0 to 1."""
    rows: dict[str, Rows]
    """For each of these words the rows of the papers by such an author, int64, ascending."""
    years: dict[int, bool]
    """Years, each with whether a name stands before it."""


def recognised(question: str, index: ReadableIndex) -> Named:
    """The authors and years of the collection that a question names.

    Args:
        question: The question.
        index: The index that is searched.
    """
    tokens = fold(question).split()
    if len(tokens) > _LONGEST:
        return Named({}, {}, {})
    years = {at: year for at, word in enumerate(tokens) if (year := year_of(word)) is not None}
    words = [w for at, w in enumerate(tokens) if at not in years and len(w) > 1 and w not in STOPWORDS | _BETWEEN]
    held = {word: rows for word in dict.fromkeys(words) if len(rows := index.documents.rows_of_author([word]))}
    written = index.lexical.document_counts(list(held))
    shares = {word: len(rows) / (len(rows) + count) for (word, rows), count in zip(held.items(), written, strict=True)}
    names = {word: share**2 for word, share in shares.items() if share >= _MOSTLY}
    cited: dict[int, bool] = {}
    for at, year in years.items():
        before = _before(tokens, at, shares)
        names |= dict.fromkeys(before, 1.0)
        cited[year] = bool(before) or cited.get(year, False)
    return Named(names, {name: held[name] for name in names}, cited)


def _before(tokens: Sequence[str], at: int, names: dict[str, float]) -> list[str]:
    """The names that stand before a year, as in ``novak and reed 2031`` and ``novak, p. 2031``."""
    found = []
    for word in reversed(tokens[:at]):
        if word in names:
            found.append(word)
        elif word not in _BETWEEN and len(word) > 1:
            break
    return found


def names_of(question: str, index: ReadableIndex) -> Fixed | None:
    """The signal of a question; ``None`` if it names no author and no year of the collection.

    Args:
        question: The question.
        index: The index that is searched.
    """
    names, rows_of, years = recognised(question, index)
    if not (names or years):
        return None
    by_name: NDArray[np.float64] = np.zeros(len(index.dense))
    for name, sure in sorted(names.items(), key=lambda pair: -pair[1]):
        rows = rows_of[name]
        by_name[rows] += np.where(by_name[rows] > 0, FURTHER, NAME) * sure
    total = by_name.copy()
    for year, cited in years.items():
        of_year = np.flatnonzero(index.filter_mask(FieldTest("year", ":", str(year))))
        total[of_year] += np.where(by_name[of_year] > 0, YEAR, 0.0) if cited else YEAR_ALONE
    found = np.flatnonzero(total)
    return Fixed(found, total[found] / max(1.0, total.max())) if len(found) else None

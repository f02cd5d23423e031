"""Words of papers, found and scored by SQLite's FTS5 (https://sqlite.org/fts5.html).

Half of a collection holds one or another of a question's frequent words, which tell little apart. Where some rows are
given that must be scored, only the papers that hold a rarer word are scored beside them; no other paper can have more
than the frequent words together are worth. That is the idea of MaxScore (Turtle and Flood, "Query Evaluation:
Strategies and Optimizations", 1995).
"""

from __future__ import annotations

import functools
import json
import math
from typing import TYPE_CHECKING

import numpy as np

from semsearch.model.index_protocols import LexicalScores

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from semsearch.index.connections import Connections
    from semsearch.model.policy import LexicalPolicy

#: What a word in the title counts beside one in the abstract (docs/quality.md).
TITLE_WEIGHT = 2.0
#: BM25's k1, as FTS5 has it: a word is worth less than ``idf (k1 + 1)``, however often it comes.
_K1 = 1.2
_MATCH = np.dtype([("seq", np.int64), ("score", np.float64)])


class Fts5Index:
    """Implements `LexicalIndex` on the tables of an index. BM25 with k1 1.2 and b .75; the title weighs double.

    Args:
        connections: To one state of the database.
        row_of: Gives int64 by paper number: the row, -1 where there is none.
        papers: Number of papers.
        policy: How BM25 is worked out.
    """

    def __init__(
        self, connections: Connections, row_of: Callable[[], NDArray[np.int64]], papers: int, policy: LexicalPolicy
    ) -> None:
        self._connections = connections
        self._row_of = row_of
        self._papers, self._policy = papers, policy
        self._count = functools.lru_cache(policy.counts_kept)(self._counted)

    def document_counts(self, terms: Sequence[str]) -> list[int]:
        """See `LexicalIndex`."""
        return [self._count(term) for term in terms]

    def _counted(self, term: str) -> int:
        return int(self._connections.rows("SELECT count(*) FROM words WHERE words MATCH ?", _quoted(term))[0][0])

    def scores(self, terms: Sequence[str], near: NDArray[np.int64] | None = None) -> LexicalScores:
        """See `LexicalIndex`."""
        if near is None or self._papers < self._policy.score_all_below:
            return self._scored(_any_of(terms), 0.0)
        rare, bound = self._rare(terms)
        return self._scored(_any_of(terms), bound, _any_of(rare), near) if bound else self._scored(_any_of(terms), 0.0)

    def phrase(self, words: Sequence[str], field: str | None = None) -> LexicalScores:
        """See `LexicalIndex`."""
        expression = _quoted(" ".join(words))
        return self._scored(f"{field} : {expression}" if field else expression, 0.0)

    def holds(self, terms: Sequence[str], row: int) -> list[bool]:
        """See `LexicalIndex`."""
        sql = "SELECT 1 FROM words WHERE words MATCH ? AND rowid = (SELECT seq FROM papers WHERE row = ?)"
        return [bool(self._connections.rows(sql, _quoted(term), row)) for term in terms]

    def _scored(
        self, expression: str, bound: float, only: str = "", also: NDArray[np.int64] | None = None
    ) -> LexicalScores:
        """Score the papers that match an expression; of these only some, at a tenth of the cost of a paper.

        Args:
            expression: Of FTS5.
            bound: Of all other papers.
            only: Papers must match this one too,
            also: or be of these rows.
        """
        sql = f"SELECT rowid, -bm25(words, {TITLE_WEIGHT}, 1.0) FROM words WHERE words MATCH ?"
        values = [expression]
        if only:  # the plus sign keeps SQLite from asking FTS5 anew for each row
            sql += (
                " AND +rowid IN (SELECT rowid FROM words WHERE words MATCH ? UNION ALL "
                "SELECT seq FROM papers WHERE row IN (SELECT value FROM json_each(?)))"
            )
            values += [only, json.dumps([] if also is None else also.tolist())]
        with self._connections.borrow() as connection:
            found = np.fromiter(connection.execute(sql, values), _MATCH)
        rows = self._row_of()[found["seq"]]
        papers = rows >= 0
        if papers.all():
            return LexicalScores(rows, found["score"], bound)
        return LexicalScores(rows[papers], found["score"][papers], bound)

    def _rare(self, terms: Sequence[str]) -> tuple[list[str], float]:
        """The terms that are rare enough to be asked for, and the most that the others can be worth together."""
        # FTS5's idf, sqlite.org/fts5.html section 5.1.1, with its floor.
        idf = [max(math.log((self._papers - n + 0.5) / (n + 0.5)), 1e-6) for n in self.document_counts(terms)]
        limit, bound, frequent = self._policy.frequent_share * sum(idf), 0.0, set()
        for place in sorted(range(len(idf)), key=idf.__getitem__)[:-1]:
            if bound + idf[place] * (_K1 + 1) > limit:
                break
            bound += idf[place] * (_K1 + 1)
            frequent.add(place)
        return [term for place, term in enumerate(terms) if place not in frequent], bound


def _quoted(words: str) -> str:
    """Words for FTS5, in quotation marks, so that nothing in a question is taken for an operator."""
    return f'"{words}"'


def _any_of(terms: Sequence[str]) -> str:
    return " OR ".join(map(_quoted, terms))

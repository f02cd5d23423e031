"""The lexical index in SQLite's FTS5 (https://sqlite.org/fts5.html): finds papers by words, and scores them.

Half of a collection may hold one of the frequent words of a question, but these words are worth little. If rows are
given that must be scored, only these rows and the papers with a rarer word are scored. No other paper can score more
than all frequent words together are worth. This is the idea of MaxScore (Turtle and Flood, "Query Evaluation:
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

#: Weight of a word in the title; in the abstract it is 1 (docs/quality.md).
TITLE_WEIGHT = 2.0
#: k1 of BM25, as in FTS5: a word is worth less than ``idf (k1 + 1)``, however often it is in a paper.
_K1 = 1.2
_MATCH = np.dtype([("seq", np.int64), ("score", np.float64)])


class Fts5Index:
    """BM25 with k1 = 1.2 and b = 0.75, where the title counts twice; implements `LexicalIndex`.

    Any number of threads may share one.

    Args:
        connections: To one commit.
        row_of: Gives the row of each paper: int64 by ``seq``, -1 if there is no such paper.
        papers: Number of papers.
        policy: From which sizes on which method is used. No exact score depends on it.
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
        """Score papers that match an expression of FTS5. To leave out a paper costs a tenth of scoring it.

        Args:
            expression: The expression.
            bound: The most that a paper that is left out can score.
            only: If given, only papers that match this expression too are scored, …
            also: … and those of these rows.
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
        """The terms that are rare enough to be searched, and the most that the others can be worth together."""
        # FTS5's idf, sqlite.org/fts5.html section 5.1.1, with its floor.
        idf = [max(math.log((self._papers - n + 0.5) / (n + 0.5)), 1e-6) for n in self.document_counts(terms)]
        limit, bound, frequent = self._policy.frequent_share * sum(idf), 0.0, set()
        for i in sorted(range(len(idf)), key=idf.__getitem__)[:-1]:
            if bound + idf[i] * (_K1 + 1) > limit:
                break
            bound += idf[i] * (_K1 + 1)
            frequent.add(i)
        return [term for i, term in enumerate(terms) if i not in frequent], bound


def _quoted(words: str) -> str:
    """Words for FTS5 in quotation marks, so that nothing in a question is read as an operator."""
    return f'"{words}"'


def _any_of(terms: Sequence[str]) -> str:
    return " OR ".join(map(_quoted, terms))

"""An inverted index: finds papers by words, and scores them by BM25.

The formula is that of FTS5's ``bm25()`` (sqlite.org/fts5.html, 5.1.1), and so are the numbers: k1 = 1.2, b = 0.75, and
a word in the title counts like two in the abstract. Every paper that holds a term is scored: for a million papers
this takes about 20 ms. To hand over so many scores would take longer, so most of the low ones can be left out.
"""

from __future__ import annotations

import functools
import math
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from semsearch.lexical import native
from semsearch.lexical.postings import FIELDS, weights
from semsearch.lexical.tokens import TOKENS
from semsearch.model.index_protocols import LexicalScores
from semsearch.model.lazy import lazy

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from semsearch.lexical.parts import PostingsPart
    from semsearch.model.index_protocols import Mask, Rows, Scores
    from semsearch.model.policy import LexicalPolicy

#: Weight of a word in the title; in the abstract it is 1 (docs/quality.md).
TITLE_WEIGHT = 2.0
#: k1 and b of BM25, as in FTS5.
_K1, _B = 1.2, 0.75
#: k3 of Okapi BM25: how much a term counts that a question repeats (Robertson and others, "Okapi at TREC-3", 1994).
#: FTS5 has nothing like it. docs/quality.md tells what it brings.
_K3 = 8.0
#: Least idf of a term, as in FTS5. So a word that most papers hold adds a little, and takes nothing away.
_LEAST_IDF = 1e-6
_WEIGHTS = weights(TITLE_WEIGHT)
#: Questions whose scores are kept: a search asks more than once for those of its question.
_ANSWERS = 2


class _Holding(NamedTuple):
    """Rows that hold a phrase, and how often their title and abstract do."""

    rows: Rows
    frequencies: NDArray[np.int64]


class InvertedIndex:
    """BM25 of the words of titles and abstracts; implements `LexicalIndex`. Any number of threads may share one.

    Args:
        parts: The parts with the number of the first row of each, in the order of their rows.
        live: Mask of the rows that are papers, bool ``(rows,)``; ``None`` if all are.
        policy: Sizes that change how fast an answer is found. No score depends on it.
        damaged: Makes the error for a part that is damaged, by its place among the parts.
    """

    def __init__(
        self,
        parts: Sequence[tuple[int, PostingsPart]],
        live: Mask | None,
        policy: LexicalPolicy,
        damaged: Callable[[int], Exception],
    ) -> None:
        self._parts = parts
        self._live, self._damaged = live, damaged
        self._rows = parts[-1][0] + len(parts[-1][1].lengths) if parts else 0
        self._policy = policy
        self._count = functools.lru_cache(policy.counts_kept)(self._counted)
        self._numbers = functools.lru_cache(policy.counts_kept)(self._looked_up)
        self._every = functools.lru_cache(_ANSWERS)(self._scored)

    # -- the protocol --------------------------------------------------------------------------------------------------

    def document_counts(self, terms: Sequence[str]) -> list[int]:
        """See `LexicalIndex`."""
        return [self._count(term) for term in terms]

    def scores(self, terms: Sequence[str], near: Rows | None = None) -> LexicalScores:
        """See `LexicalIndex`."""
        every = self._every(tuple(terms))
        if near is None or self._papers < self._policy.score_all_below:
            return _found(every)
        kept = every > self._policy.kept_share * every.max(initial=0.0)
        kept[near] = every[near] > 0
        rows = np.flatnonzero(kept)
        return LexicalScores(rows, every[rows], float(every.max(initial=0.0, where=~kept)))

    def phrase(self, words: Sequence[str], field: str | None = None) -> LexicalScores:
        """See `LexicalIndex`."""
        terms, scores = TOKENS.terms(" ".join(words)), np.zeros(self._rows)
        if field is None and len(terms) == 1:
            self._add(scores, terms, self._idf(self._count(terms[0])))
            return _found(self._of_papers(scores))
        held = [self._holding(place, terms, field) for place in range(len(self._parts))]
        count = sum(self._papers_among(one.rows) for one in held)
        for place, one in enumerate(held):
            self._add_held(scores, place, one, self._idf(count))
        return _found(self._of_papers(scores))

    def holds(self, terms: Sequence[str], row: int) -> list[bool]:
        """See `LexicalIndex`."""
        place = int(np.searchsorted([first for first, _ in self._parts], row, "right")) - 1
        return [bool((self._holding(place, TOKENS.terms(term)).rows == row).any()) for term in terms]

    def _scored(self, terms: tuple[str, ...]) -> Scores:
        """The score of each row, float64 ``(rows,)``."""
        scores = np.zeros(self._rows)
        for term, repeats in Counter(terms).items():
            weight = (_K3 + 1.0) * repeats / (_K3 + repeats)
            self._add(scores, TOKENS.terms(term), weight * self._idf(self._count(term)))
        return self._of_papers(scores)

    # -- counts --------------------------------------------------------------------------------------------------------

    @lazy
    def _papers(self) -> int:
        return self._rows if self._live is None else int(np.count_nonzero(self._live))

    @lazy
    def _norms(self) -> list[Scores]:
        """For each part what the length of each row adds to the denominator, float64 ``(rows of the part,)``."""
        lengths = [part.lengths.sum(axis=1, dtype=np.int64) for _, part in self._parts]
        every = np.concatenate([np.empty(0, np.int64), *lengths])
        total = int(every.sum() if self._live is None else every[self._live].sum())
        mean = total / self._papers if total else 1.0
        return [_K1 * (1.0 - _B + _B * held.astype(np.float64) / mean) for held in lengths]

    def _idf(self, count: int) -> float:
        return max(math.log((self._papers - count + 0.5) / (count + 0.5)), _LEAST_IDF)

    def _counted(self, term: str) -> int:
        terms, total = TOKENS.terms(term), 0
        for place, (first, part) in enumerate(self._parts):
            if len(terms) != 1:
                total += self._papers_among(self._holding(place, terms).rows)
            elif (number := self._numbers(terms[0])[place]) >= 0:
                if self._has_removed[place]:
                    total += self._papers_among(first + self._rows_of(place, number))
                else:
                    total += part.count(number)
        return total

    def _looked_up(self, term: str) -> list[int]:
        """The number of a term in each part; -1 where no row holds it."""
        written = term.encode()
        return [part.find(written) for _, part in self._parts]

    @lazy
    def _has_removed(self) -> list[bool]:
        """For each part whether it has rows of removed papers."""
        live = self._live
        return [live is not None and not live[first : first + len(part.lengths)].all() for first, part in self._parts]

    def _papers_among(self, rows: Rows) -> int:
        """Number of rows that are papers."""
        return len(rows) if self._live is None else int(np.count_nonzero(self._live[rows]))

    # -- postings ------------------------------------------------------------------------------------------------------

    def _rows_of(self, place: int, number: int) -> Rows:
        part = self._parts[place][1]
        try:
            rows = native.rows_of(part.postings(number), part.count(number))
        except ValueError as error:
            raise self._damaged(place) from error
        if len(rows) and int(rows[-1]) >= len(part.lengths):
            raise self._damaged(place)
        return rows

    def _add(self, scores: Scores, terms: Sequence[str], idf: float) -> None:
        """Add the scores of a term; one that the tokenizer cuts into several is a phrase."""
        if len(terms) != 1:
            for place in range(len(self._parts)):
                self._add_held(scores, place, self._holding(place, terms), idf)
            return
        for place, number in enumerate(self._numbers(terms[0])):
            if number < 0:
                continue
            first, part = self._parts[place]
            listed = part.large(number)
            large = (TITLE_WEIGHT * listed[:, 2] + listed[:, 3]).astype(np.float64)
            of_part = scores[first : first + len(part.lengths)]
            try:
                postings, most = part.postings(number), _K1 + 1.0
                native.add_scores(postings, part.count(number), large, _WEIGHTS, idf, most, self._norms[place], of_part)
            except ValueError as error:
                raise self._damaged(place) from error

    def _add_held(self, scores: Scores, place: int, held: _Holding, idf: float) -> None:
        rows = held.rows - self._parts[place][0]
        frequencies = TITLE_WEIGHT * held.frequencies[:, 0] + held.frequencies[:, 1]
        scores[held.rows] += idf * (frequencies * (_K1 + 1.0) / (frequencies + self._norms[place][rows]))

    def _holding(self, place: int, terms: Sequence[str], field: str | None = None) -> _Holding:
        """The rows of a part that hold terms next to each other, in this order."""
        first, part = self._parts[place]
        numbers = [self._numbers(term)[place] for term in terms]
        nothing = _Holding(np.empty(0, np.int64), np.empty((0, len(FIELDS)), np.int64))
        if not numbers or min(numbers) < 0:
            return nothing
        if len(numbers) == 1 and field is None:
            return _Holding(first + (rows := self._rows_of(place, numbers[0])), np.zeros((len(rows), 2), np.int64))
        begins: NDArray[np.int64] | None = None
        try:
            for n, number in enumerate(numbers):
                tokens = part.tokens(number, number + 1)
                at = (tokens.row * len(FIELDS) + tokens.field << 32) + tokens.position - n
                at = at[tokens.position >= n]
                begins = at if begins is None else np.intersect1d(begins, at, assume_unique=True)
        except ValueError as error:
            raise self._damaged(place) from error
        assert begins is not None
        text = begins >> 32
        if field is not None:
            text = text[text % len(FIELDS) == FIELDS.index(field)]
        rows, of = np.unique(text // len(FIELDS), return_inverse=True)
        frequencies = np.zeros((len(rows), len(FIELDS)), np.int64)
        np.add.at(frequencies, (of, text % len(FIELDS)), 1)
        return _Holding(first + rows, frequencies)

    def _of_papers(self, scores: Scores) -> Scores:
        """The same scores, read-only, with 0 for the rows of removed papers."""
        if self._live is not None:
            scores[~self._live] = 0.0
        scores.flags.writeable = False
        return scores


def _found(scores: Scores) -> LexicalScores:
    rows = np.flatnonzero(scores > 0)
    return LexicalScores(rows, scores[rows], 0.0)

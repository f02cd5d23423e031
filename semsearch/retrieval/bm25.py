"""BM25 of the papers that a question's words can bring forward; of the others, how much it can be at most.

Half of a collection holds one or another of a question's frequent words, which tell little apart. So the papers are
scored that hold a rarer one, in full, and no paper else can have more than the frequent words together are worth: the
idea of MaxScore (Turtle and Flood, "Query Evaluation: Strategies and Optimizations", 1995). Whoever uses the scores
compares them with that bound, and asks for all where it does not do.
"""

from __future__ import annotations

import math
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from semsearch.lexical.analyzer import any_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from semsearch.index import Snapshot

#: Where there are fewer papers, all are scored.
_PAPERS = 20_000
#: BM25's k1, as FTS5 has it: a word is worth less than ``idf (k1 + 1)``, however often it comes.
_K1 = 1.2
#: What the frequent words may be worth together at most, of the sum of all idf. With more, fewer papers are scored and
#: the bound does less often: of 150 questions of SciFact it did for 122 with .3, for 65 with .5, for 28 with .7.
_SHARE = 0.3


class Scored(NamedTuple):
    """Papers and their BM25 by some words."""

    rows: NDArray[np.int64]
    """In no order; -1 is no paper."""
    scores: NDArray[np.float64]
    """More than 0."""
    bound: float
    """What that of any other paper is at most; 0 where all are here."""


class Words:
    """The words of a question in a collection.

    Args:
        snapshot: The collection.
        words: Different ones, at least one.
    """

    def __init__(self, snapshot: Snapshot, words: list[str]) -> None:
        self._snapshot = snapshot
        self._words = words
        self._papers = len(snapshot)
        self._known: Scored | None = None

    @cached_property
    def counts(self) -> list[int]:
        """How many papers hold each word."""
        return [self._snapshot.match_count(any_of([word])) for word in self._words]

    def all(self) -> Scored:
        """Every paper that holds one of the words."""
        if self._known is None or self._known.bound:
            self._known = Scored(*self._snapshot.matching(any_of(self._words)), 0.0)
        return self._known

    def some(self, near: NDArray[np.int64]) -> Scored:
        """Papers that hold one of the rarer words, and those of some rows that hold any; all in a small collection.

        Args:
            near: Rows to be scored in any case.
        """
        rare, bound = self._rare() if self._papers >= _PAPERS else ([], 0.0)
        if not bound:
            return self.all()
        self._known = Scored(*self._snapshot.matching(any_of(self._words), any_of(rare), near), bound)
        return self._known

    def best(self) -> int | None:
        """The row of the paper with the most BM25, the lowest of several; ``None`` where no word matches."""
        found = self._known or self.some(np.empty(0, np.int64))
        if found.bound > found.scores.max(initial=0.0):
            found = self.all()
        return int(found.rows[np.lexsort((found.rows, -found.scores))[0]]) if len(found.rows) else None

    def weight(self, count: int) -> float:
        """Of a word that so many papers hold: ``log((N + 1) / (count + 1/2))``."""
        return math.log((self._papers + 1) / (count + 0.5))

    def holds(self, word: str, row: int) -> bool:
        """Whether a paper holds a word."""
        return bool(self._snapshot.match_count(any_of([word]), row))

    def weight_held_by(self, row: int) -> float:
        """The share of the words' weight that a paper holds."""
        weights = [self.weight(count) for count in self.counts]
        held = [self.holds(word, row) for word in self._words]
        total = sum(weights)
        return sum(weight * one for weight, one in zip(weights, held, strict=True)) / total if total > 0 else 0.0

    def _rare(self) -> tuple[list[str], float]:
        """The words that are rare enough to be asked for, and the most that the others can be worth together."""
        # FTS5's idf, sqlite.org/fts5.html section 5.1.1, with its floor.
        idf = [max(math.log((self._papers - n + 0.5) / (n + 0.5)), 1e-6) for n in self.counts]
        limit, bound, frequent = _SHARE * sum(idf), 0.0, set()
        for place in sorted(range(len(idf)), key=idf.__getitem__)[:-1]:
            if bound + idf[place] * (_K1 + 1) > limit:
                break
            bound += idf[place] * (_K1 + 1)
            frequent.add(place)
        return [word for place, word in enumerate(self._words) if place not in frequent], bound

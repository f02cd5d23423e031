"""The seams of a search: what an index has to give, and what a ranking signal is.

`ReadableIndex` is one state of a collection of papers; it holds a `DocumentStore`, a `LexicalIndex` and a `DenseIndex`.
Search, related papers and duplicates need nothing else, so another engine (a database server, memory) implements
these four. `Signal` is what a ranking is made of. `Scanner` is how a `DenseIndex` finds its candidates.

A *row* is the 0-based place of a paper's vector. Rows of removed papers exist until the index is compacted, so rows
and papers are not the same number. A *mask* is a bool array by row.

Contract suites (``tests/dense``, ``tests/lexical``, ``tests/index``) hold every implementation to these docstrings.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from semsearch.model.filters import Filter
    from semsearch.model.identifier import Identifier
    from semsearch.model.paper import Paper
    from semsearch.model.thresholds import Thresholds

    Vector: TypeAlias = NDArray[np.float32]
    Vectors: TypeAlias = NDArray[np.float32]
    Rows: TypeAlias = NDArray[np.int64]
    Scores: TypeAlias = NDArray[np.float64]
    Mask: TypeAlias = NDArray[np.bool_]
    #: Pairs of rows, int64 ``(pairs, 2)`` with the lower row first, and their cosines, float64 ``(pairs,)``.
    Pairs: TypeAlias = tuple[Rows, Scores]


class PairLog(Protocol):
    """Where a long search for pairs keeps what it has found, to go on from there after it was stopped."""

    def known(self) -> tuple[int, list[Pairs]]:
        """A position, and every pair whose first row is one of the rows considered before that position."""
        ...

    def note(self, position: int, pairs: Rows, scores: Scores) -> None:
        """Keep pairs; with those kept before, they are all pairs whose first row lies before the position.

        Args:
            position: Number of rows considered, from the first one on.
            pairs: int64 ``(pairs, 2)``.
            scores: float64 ``(pairs,)``, their cosines.
        """
        ...


class DenseIndex(Protocol):
    """Unit vectors and exact top-k over them. Results equal a float64 brute-force scan, to the last rank."""

    @property
    def dim(self) -> int:
        """Length of a vector."""
        ...

    def __len__(self) -> int:
        """Number of rows."""
        ...

    def search(
        self, queries: Vectors, k: int, *, mask: Mask | None = None, boost: Scores | None = None
    ) -> list[tuple[Rows, Scores]]:
        """Find the k best rows for each query, by cosine similarity and an additive boost.

        Args:
            queries: float32 ``(q, dim)``, unit rows.
            k: At least 1; larger than the index is allowed.
            mask: bool ``(len(self),)``: rows that may be returned; applied before top-k. ``None`` for all.
            boost: float64 ``(len(self),)``, 0 or more and not much more than 1: added to the score of each row.

        Returns:
            For each query ``(rows, scores)``: int64 and float64 ``(min(k, rows searched),)``, descending score, ties by
            lower row. A score is the float64 sum of the exact float32 products, plus the boost.

        Raises:
            QueryError: ``k < 1``, a wrong shape, or a vector that is NaN, infinite or not of norm 1.
        """
        ...

    def cosines(self, query: Vector, rows: Rows | None = None) -> NDArray[np.float32]:
        """Cosine similarity of a query to each of some rows, off by the rounding of float32 sums.

        Args:
            query: float32 ``(dim,)``, of norm 1.
            rows: int64, in any order; ``None`` for all rows.

        Returns:
            float32 ``(len(rows),)``; no further from the exact value than `semsearch.dense.exact.error_bound`.

        Raises:
            QueryError: A wrong shape, or a vector that is not of norm 1.
        """
        ...

    def take(self, rows: Rows) -> Vectors:
        """Vectors of these rows (int64), float32 ``(len(rows), dim)``, in the order given."""
        ...

    def sample(self, mask: Mask | None, most: int) -> Vectors:
        """Vectors of at most ``most`` rows, spread evenly over those of the mask; the same for the same rows."""
        ...

    def mean(self, mask: Mask | None = None) -> Scores:
        """Mean of the rows of the mask, float64 ``(dim,)``; zeros where there are none."""
        ...

    def pairs(
        self,
        threshold: float,
        *,
        mask: Mask | None = None,
        on_step: Callable[[int, int], None] | None = None,
        log: PairLog | None = None,
    ) -> Pairs:
        """Every pair of rows whose cosine similarity is at least ``threshold``.

        Args:
            threshold: In [-1, 1].
            mask: bool ``(len(self),)``: rows to consider; ``None`` for all.
            on_step: Called with (steps done, steps in all).
            log: Of the same search, to go on from; an index that is quick may do without.

        Returns:
            int64 ``(pairs, 2)``, lower row first, and float64 ``(pairs,)`` cosines; descending, ties by rows.

        Raises:
            QueryError: The threshold is out of range, or millions of pairs reach it.
        """
        ...


class LexicalScores(NamedTuple):
    """BM25 scores of some papers for some terms."""

    rows: Rows
    """int64 ``(n,)``, in no order, each once."""
    scores: Scores
    """float64 ``(n,)``, more than 0."""
    bound: float
    """The most that any paper not among ``rows`` can have; 0 where every paper that holds a term is among them."""


class LexicalIndex(Protocol):
    """Papers by the words of their titles and abstracts.

    Terms are words as `semsearch.lexical.analyzer` gives them; stemming and folding are the index's own.
    """

    def document_counts(self, terms: Sequence[str]) -> list[int]:
        """For each term the number of papers that hold it."""
        ...

    def scores(self, terms: Sequence[str], near: Rows | None = None) -> LexicalScores:
        """BM25 of the papers that hold one or more of the terms.

        Args:
            terms: At least one.
            near: Rows that must be scored where they hold a term; with these, an index may leave out papers that
                only frequent terms would bring, and give a bound for them. ``None``: every paper is scored.
        """
        ...

    def phrase(self, words: Sequence[str], field: str | None = None) -> LexicalScores:
        """Papers in which the words stand side by side.

        Args:
            words: At least one.
            field: ``title`` or ``abstract``; either by default.
        """
        ...

    def holds(self, terms: Sequence[str], row: int) -> list[bool]:
        """For each term whether the paper of a row holds it."""
        ...


class Found(NamedTuple):
    """A paper's place in an index."""

    id: str
    """Its id."""
    row: int
    """Row of its vector."""


class DocumentStore(Protocol):
    """The papers' records, by row and by what names them."""

    def __len__(self) -> int:
        """Number of papers."""
        ...

    def papers(self) -> Iterator[Paper]:
        """Every paper, in order of its row."""
        ...

    def papers_at(self, rows: Iterable[int]) -> list[Paper]:
        """The papers of these rows, in this order."""
        ...

    def find(self, reference: str) -> Found:
        """The paper that an id, a DOI, an arXiv id, a PMID, or its own key names.

        Raises:
            UnknownPaper: None, or more than one, is meant.
        """
        ...

    def row_of_identifier(self, identifier: Identifier) -> int | None:
        """The row of the paper that an identifier belongs to; ``None`` for none."""
        ...

    def rows_of_author(self, names: Sequence[str]) -> Rows:
        """Rows of papers of an author whose name holds one of some sequences of folded words; int64, ascending."""
        ...

    def count_named(self, word: str) -> int:
        """Number of papers with a folded word in their authors, venue or keywords."""
        ...

    def count_of_year(self, year: int) -> int:
        """Number of papers of a year."""
        ...


class ReadableIndex(Protocol):
    """One state of a collection of papers. It never changes, and any number of threads may share it."""

    @property
    def documents(self) -> DocumentStore:
        """The records."""
        ...

    @property
    def lexical(self) -> LexicalIndex:
        """The words."""
        ...

    @property
    def dense(self) -> DenseIndex:
        """The vectors, those of removed papers too (see `live`)."""
        ...

    @property
    def live(self) -> Mask | None:
        """Mask of the rows that are papers; ``None`` when all are. The same object each time."""
        ...

    @property
    def mean(self) -> Scores:
        """Mean of the papers' vectors, float64 ``(dim,)``."""
        ...

    @property
    def thresholds(self) -> Thresholds | None:
        """What cosines mean in this collection; ``None`` where it is too small to tell."""
        ...

    def filter_mask(self, condition: Filter) -> Mask:
        """Mask of the rows that a filter holds for; rows of removed papers may be among them (see `live`).

        Raises:
            QueryError: The filter cannot be asked.
        """
        ...

    def pair_log(self, threshold: float) -> PairLog | None:
        """Where a long search for pairs at or above a threshold keeps what it has found; ``None`` for nowhere."""
        ...


class Scanner(Protocol):
    """Finds the candidates of an exact top-k among the rows that it was made for."""

    def candidates(
        self, queries: Vectors, k: int, mask: Mask | None = None, boost: Scores | None = None
    ) -> Sequence[Rows | None]:
        """For each query the rows whose float32 score is within rounding of the k-th best, and maybe some more.

        Args:
            queries: float32 ``(q, dim)``, unit rows.
            k: At least 1.
            mask: bool by row of the index: rows that may be returned; ``None`` for all.
            boost: float64 by row of the index: added to each score; ``None`` for nothing.

        Returns:
            Rows, int64, each once; ``None`` for a query that this scanner gives up on, and another should answer.
        """
        ...


class TopRows(NamedTuple):
    """The first rows of a signal."""

    rows: Rows
    """int64 ``(n,)``, descending score, ties by lower row."""
    scores: Scores
    """float64 ``(n,)``."""
    bound: float
    """The most that any row of the mask that is not among these can have; minus infinity where there is none."""


class KnownScores(NamedTuple):
    """Scores of some rows, and a bound for all others."""

    rows: Rows
    """int64 ``(n,)``, each once, in any order."""
    scores: Scores
    """float64 ``(n,)``, 0 or more."""
    bound: float
    """The most that any other row can have, 0 or more."""


class Signal(Protocol):
    """How well each paper answers a question, by one way of looking at it. More is better."""

    def top(self, k: int, mask: Mask | None) -> TopRows:
        """The k best rows.

        Args:
            k: At least 1.
            mask: bool by row: rows that may be returned; ``None`` for all.
        """
        ...

    def scores(self, rows: Rows) -> Scores:
        """Exact scores of some rows: float64 ``(len(rows),)``, 0 or more for every signal but the cosine."""
        ...


class BoostSignal(Signal, Protocol):
    """A signal that can tell all rows' scores at once; the dense index then adds them to cosines in its own scan."""

    def known(self, near: Rows, mask: Mask | None) -> KnownScores:
        """Scores of the rows that matter, and a bound for all others.

        Args:
            near: int64: rows that must be among those scored, unless their score is 0.
            mask: bool by row: the rows that are searched; ``None`` for all.
        """
        ...

    def every(self, mask: Mask | None) -> KnownScores:
        """Scores of all rows of the mask that have more than 0; the bound is 0."""
        ...

"""Protocols of the search: what an index, a ranking signal and a scanner have to provide.

`ReadableIndex` is one commit of an index. It has a `DocumentStore`, a `LexicalIndex` and a `DenseIndex`. The commands
need nothing else for questions, related papers and duplicates. So another engine (a database server, memory) implements
these four. A ranking is made of signals (`Signal`). A `DenseIndex` finds its candidates with a `Scanner`.
Contract suites (``tests/dense``, ``tests/lexical``, ``tests/index``) check every implementation against this page.

A *row* is the number of a vector, from 0. Rows of removed papers stay until the index is compacted.

Args:
    rows: int64 ``(n,)``: some rows, in any order.
    mask: Filter mask, bool ``(rows of the index,)``: only these rows count; ``None`` for all rows.
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
    """A log of a long search for pairs. It keeps what was found, so that a search that was stopped can go on."""

    def known(self) -> tuple[int, list[Pairs]]:
        """``(n, pairs)``: all `Pairs` (int64, float64) whose first row is one of the first ``n`` rows of the search."""
        ...

    def note(self, position: int, pairs: Rows, scores: Scores) -> None:
        """Add pairs. With those added before they are all pairs whose first row is one of the first ``position`` rows.

        Args:
            position: Number of rows that are done; the search takes its rows in ascending order.
            pairs: int64 ``(pairs, 2)``, lower row first.
            scores: float64 ``(pairs,)``: the cosines of the pairs.
        """
        ...


class DenseIndex(Protocol):
    """Unit vectors, and the exact top-k of them. The results equal those of a brute-force scan in float64."""

    @property
    def dim(self) -> int:
        """Number of dimensions of a vector."""
        ...

    def __len__(self) -> int:
        """Number of rows, those of removed papers included."""
        ...

    def search(
        self, queries: Vectors, k: int, *, mask: Mask | None = None, boost: Scores | None = None
    ) -> list[tuple[Rows, Scores]]:
        """Find the k best rows for each query, by cosine plus boost.

        Args:
            queries: float32 ``(q, dim)``, unit rows.
            k: Number of rows to find, at least 1; it may be larger than the index.
            mask: Filter mask, bool ``(len(self),)``: only these rows are searched. ``None`` for all rows.
            boost: float64 ``(len(self),)``, from 0 to not much more than 1: added to the score of each row. ``None``
                for no boost.

        Returns:
            For each query ``(rows, scores)``: int64 and float64, both ``(min(k, rows searched),)``, in descending order
            of score; of equal scores the lower row is first. A score is the float64 sum of the exact products of the
            float32 values, plus the boost.

        Raises:
            QueryError: ``k < 1``, a wrong shape, or a vector that is NaN, infinite or not of norm 1.
        """
        ...

    def cosines(self, query: Vector, rows: Rows | None = None) -> NDArray[np.float32]:
        """Cosines of a query to some rows, in float32, so with rounding errors.

        Args:
            query: float32 ``(dim,)``, of norm 1.
            rows: int64 ``(n,)``, in any order; ``None`` for all rows.

        Returns:
            float32 ``(len(rows),)``; no further from the exact value than `semsearch.dense.exact.error_bound`.

        Raises:
            QueryError: A wrong shape, or a vector that is not of norm 1.
        """
        ...

    def take(self, rows: Rows) -> Vectors:
        """Vectors of rows (int64): float32 ``(len(rows), dim)``, in the order of the rows."""
        ...

    def sample(self, mask: Mask | None, most: int) -> Vectors:
        """Vectors of some rows, evenly spaced. The same rows give the same sample.

        Args:
            mask: bool ``(len(self),)``: rows to choose from; ``None`` for all.
            most: Largest number of vectors.

        Returns:
            float32 ``(n, dim)``, with n at most ``most``.
        """
        ...

    def mean(self, mask: Mask | None = None) -> Scores:
        """Mean of the vectors of a mask (``None`` for all), float64 ``(dim,)``; zeros if there are none."""
        ...

    def pairs(
        self,
        threshold: float,
        *,
        mask: Mask | None = None,
        on_step: Callable[[int, int], None] | None = None,
        log: PairLog | None = None,
    ) -> Pairs:
        """Find every pair of rows whose cosine is at least a threshold.

        Args:
            threshold: Least cosine of a pair, in [-1, 1].
            mask: bool ``(len(self),)``: rows that are searched; ``None`` for all.
            on_step: Called with (steps done, all steps).
            log: Log of the same search, from which it goes on. An index whose search is fast may ignore it.

        Returns:
            Pairs, int64 ``(pairs, 2)``, lower row first; and their cosines, float64 ``(pairs,)``. The cosines descend;
            pairs with equal cosines are in order of their rows.

        Raises:
            QueryError: The threshold is out of range, or millions of pairs reach it.
        """
        ...


class LexicalScores(NamedTuple):
    """BM25 scores of papers for some terms."""

    rows: Rows
    """int64 ``(n,)``, each row once, in any order."""
    scores: Scores
    """float64 ``(n,)``, more than 0."""
    bound: float
    """The largest score that any other row can have; 0 if every paper that holds a term is in ``rows``."""


class LexicalIndex(Protocol):
    """Papers by the words of their titles and abstracts.

    Terms are words as `semsearch.lexical.analyzer` gives them. The index itself folds and stems them.
    """

    def document_counts(self, terms: Sequence[str]) -> list[int]:
        """For each term the number of papers that hold it."""
        ...

    def scores(self, terms: Sequence[str], near: Rows | None = None) -> LexicalScores:
        """Compute BM25 for papers that hold at least one of the terms.

        Args:
            terms: The terms, at least one. A term that is there n times counts ``9 n / (8 + n)`` times (k3 = 8).
            near: int64 ``(n,)``: rows that must be scored if they hold a term. Then the index may leave out other
                papers, and give a bound for them. With ``None`` every paper is scored.

        Returns:
            The scores, and an upper bound for all other papers.
        """
        ...

    def phrase(self, words: Sequence[str], field: str | None = None) -> LexicalScores:
        """Find papers that contain the words next to each other, in this order.

        Args:
            words: The words of the phrase, at least one.
            field: ``title`` or ``abstract``; ``None`` for both.

        Returns:
            All papers that contain the phrase, with the BM25 score of the phrase; the bound is 0.
        """
        ...

    def holds(self, terms: Sequence[str], row: int) -> list[bool]:
        """For each term whether the paper of a row holds it.

        Args:
            terms: The terms.
            row: The row.
        """
        ...


class Found(NamedTuple):
    """A paper that was found in an index: its id and its row."""

    id: str
    """The id of the paper."""
    row: int
    """The row of its vector."""


class DocumentStore(Protocol):
    """The records of the papers, by row, by id and by other names."""

    def __len__(self) -> int:
        """Number of papers."""
        ...

    def papers(self) -> Iterator[Paper]:
        """All papers, in order of their rows."""
        ...

    def papers_at(self, rows: Iterable[int]) -> list[Paper]:
        """The papers of rows, in the order of the rows."""
        ...

    def find(self, reference: str) -> Found:
        """Find the paper with an id.

        Args:
            reference: An id, a DOI, an arXiv id or a PMID in any notation, or the paper's own key.

        Raises:
            UnknownPaper: The reference fits no paper, or more than one.
        """
        ...

    def row_of_identifier(self, identifier: Identifier) -> int | None:
        """The row of the paper that has an identifier; ``None`` if there is no such paper."""
        ...

    def rows_of_author(self, names: Sequence[str]) -> Rows:
        """Rows of the papers of an author, int64 ``(n,)``, ascending.

        Args:
            names: Folded words of names. Authors count who have the words of one of these, next to each other.
        """
        ...

    def count_named(self, word: str) -> int:
        """Number of papers that have a folded word in their authors, venue or keywords."""
        ...

    def count_of_year(self, year: int) -> int:
        """Number of papers that were published in a year."""
        ...

    def words_of(self, field: str) -> Sequence[str]:
        """The folded words of ``author``, ``venue``, ``category`` or ``tag``; all years, languages, types, keys."""
        ...


class ReadableIndex(Protocol):
    """One commit of an index. It never changes, and any number of threads may share it."""

    @property
    def documents(self) -> DocumentStore:
        """The records of the papers."""
        ...

    @property
    def lexical(self) -> LexicalIndex:
        """The words of the papers."""
        ...

    @property
    def dense(self) -> DenseIndex:
        """The vectors, also those of removed papers (see `live`)."""
        ...

    @property
    def live(self) -> Mask | None:
        """Mask of the rows that are papers, bool ``(len(dense),)``; ``None`` if all are. The same object each time."""
        ...

    @property
    def mean(self) -> Scores:
        """Mean of the papers' vectors, float64 ``(dim,)``."""
        ...

    @property
    def thresholds(self) -> Thresholds | None:
        """Thresholds of the collection; ``None`` if it is too small to measure them."""
        ...

    def filter_mask(self, condition: Filter) -> Mask:
        """Find the rows for which a filter holds.

        Args:
            condition: The filter.

        Returns:
            bool ``(len(dense),)``. Rows of removed papers may be true, too (see `live`).

        Raises:
            QueryError: The index cannot apply the filter.
        """
        ...

    def pair_log(self, threshold: float) -> PairLog | None:
        """The log for a search for pairs with at least a threshold; ``None`` if the index keeps no log."""
        ...


class Scanner(Protocol):
    """Finds the candidates of an exact top-k, in the rows that it was made for."""

    def candidates(
        self, queries: Vectors, k: int, mask: Mask | None = None, boost: Scores | None = None
    ) -> Sequence[Rows | None]:
        """Find the rows that may be in the top-k of each query.

        Args:
            queries: float32 ``(q, dim)``, unit rows.
            k: At least 1.
            mask: bool ``(rows of the index,)``: rows that may be returned; ``None`` for all.
            boost: float64 ``(rows of the index,)``: added to each score; ``None`` for no boost.

        Returns:
            For each query int64 ``(n,)``, each row once: all rows whose float32 score differs from the k-th best at
            most by rounding, and perhaps more. ``None`` for a query that another scanner has to answer.
        """
        ...


class TopRows(NamedTuple):
    """The best rows by one signal."""

    rows: Rows
    """int64 ``(n,)``, in descending order of score; of equal scores the lower row is first."""
    scores: Scores
    """float64 ``(n,)``: the scores of the rows."""
    bound: float
    """The largest score that any other row of the mask can have; minus infinity if there is no other row."""


class KnownScores(NamedTuple):
    """Scores of some rows, and an upper bound for all other rows."""

    rows: Rows
    """int64 ``(n,)``, each row once, in any order."""
    scores: Scores
    """float64 ``(n,)``, 0 or more."""
    bound: float
    """The largest score that any other row can have, 0 or more."""


class Signal(Protocol):
    """One way to score how well each paper answers a question. A greater score is better."""

    def top(self, k: int, mask: Mask | None) -> TopRows:
        """Find the k best rows.

        Args:
            k: Number of rows to find, at least 1.
            mask: Filter mask, bool ``(rows of the index,)``: rows that may be returned; ``None`` for all.

        Returns:
            The rows, and an upper bound for all other rows of the mask.
        """
        ...

    def scores(self, rows: Rows) -> Scores:
        """Exact scores of rows: float64 ``(len(rows),)``. Only those of the cosine may be below 0."""
        ...


class BoostSignal(Signal, Protocol):
    """A signal that can give the scores of all rows at once. The dense index adds them to the cosines in its scan."""

    def known(self, near: Rows, mask: Mask | None) -> KnownScores:
        """Score the rows that matter, and give an upper bound for all other rows.

        Args:
            near: int64 ``(n,)``: rows that must be scored, unless their score is 0.
            mask: Filter mask, bool ``(rows of the index,)``: the rows that are searched; ``None`` for all.

        Returns:
            The scores, and the bound.
        """
        ...

    def every(self, mask: Mask | None) -> KnownScores:
        """Scores of all rows of the mask that have a score above 0; the bound is 0."""
        ...

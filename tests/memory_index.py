"""An index in memory that has nothing but what the protocols name; every answer by brute force."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from semsearch.identity import ids
from semsearch.model.errors import QueryError, UnknownPaper
from semsearch.model.filters import All, FieldTest, Filter, Not
from semsearch.model.filters import Any as AnyOf
from semsearch.model.identifier import Identifier
from semsearch.model.index_protocols import Found, LexicalScores, PairLog
from semsearch.model.paper import Paper
from semsearch.model.protocols import Encoder
from semsearch.model.thresholds import Thresholds
from semsearch.text.cleaning import embedded_text
from semsearch.text.folding import fold

Rows = NDArray[np.int64]
Scores = NDArray[np.float64]
Mask = NDArray[np.bool_]
Vectors = NDArray[np.float32]


class MemoryDense:
    """Implements `DenseIndex` on one matrix."""

    def __init__(self, vectors: Vectors) -> None:
        self._vectors = np.ascontiguousarray(vectors, np.float32)
        self.dim = vectors.shape[1]

    def __len__(self) -> int:
        return len(self._vectors)

    def search(
        self, queries: Vectors, k: int, *, mask: Mask | None = None, boost: Scores | None = None
    ) -> list[tuple[Rows, Scores]]:
        if k < 1 or queries.ndim != 2 or queries.shape[1] != self.dim:
            raise QueryError("ask for 1 or more, with vectors of the index's length")
        if not np.all(np.abs(np.linalg.norm(queries.astype(np.float64), axis=1) - 1) <= 1e-3):
            raise QueryError("a query vector is not finite or not of norm 1")
        rows = np.arange(len(self)) if mask is None else np.flatnonzero(mask)
        answers = []
        for query in queries:
            scores = self._exact(rows, query) + (0 if boost is None else boost[rows])
            first = np.lexsort((rows, -scores))[:k]
            answers.append((rows[first], scores[first]))
        return answers

    def _exact(self, rows: Rows, query: Vectors) -> Scores:
        found: Scores = np.multiply(self._vectors[rows], query, dtype=np.float64).sum(axis=1)
        return found

    def cosines(self, query: Vectors, rows: Rows | None = None) -> Vectors:
        if query.shape != (self.dim,):
            raise QueryError("a vector of another length")
        return self._exact(np.arange(len(self)) if rows is None else rows, query).astype(np.float32)

    def take(self, rows: Rows) -> Vectors:
        return self._vectors[rows]

    def sample(self, mask: Mask | None, most: int) -> Vectors:
        rows = np.arange(len(self)) if mask is None else np.flatnonzero(mask)
        return self._vectors[rows[:: max(1, -(-len(rows) // most))]]

    def mean(self, mask: Mask | None = None) -> Scores:
        rows = np.arange(len(self)) if mask is None else np.flatnonzero(mask)
        return self._vectors[rows].astype(np.float64).mean(axis=0) if len(rows) else np.zeros(self.dim)

    def pairs(
        self,
        threshold: float,
        *,
        mask: Mask | None = None,
        on_step: Callable[[int, int], None] | None = None,
        log: PairLog | None = None,
    ) -> tuple[Rows, Scores]:
        if not -1 <= threshold <= 1:
            raise QueryError("give a cosine between -1 and 1")
        rows = np.arange(len(self)) if mask is None else np.flatnonzero(mask)
        left, right = np.triu_indices(len(rows), 1)
        a, b = rows[left], rows[right]
        scores = np.multiply(self._vectors[a], self._vectors[b], dtype=np.float64).sum(axis=1)
        kept = scores >= threshold
        a, b, scores = a[kept], b[kept], scores[kept]
        order = np.lexsort((b, a, -scores))
        return np.stack([a[order], b[order]], axis=1), scores[order]


class MemoryLexical:
    """Implements `LexicalIndex` with BM25 by its formula (k1 1.2, b .75; title words double), without stemming."""

    def __init__(self, texts: Sequence[tuple[str, str] | None]) -> None:
        """Titles and abstracts by row; ``None`` for a row without a paper."""
        self._fields = [None if t is None else [fold(part).split() for part in t] for t in texts]
        self._papers = sum(fields is not None for fields in self._fields)
        lengths = [sum(map(len, fields)) for fields in self._fields if fields]
        self._mean = sum(lengths) / len(lengths) if lengths else 1.0

    def document_counts(self, terms: Sequence[str]) -> list[int]:
        return [len(self.phrase(fold(term).split()).rows) for term in terms]

    def scores(self, terms: Sequence[str], near: Rows | None = None) -> LexicalScores:
        totals: Counter[int] = Counter()
        for term, repeats in Counter(terms).items():
            found = self.phrase(fold(term).split())
            weight = 9 * repeats / (8 + repeats)
            totals.update({row: weight * score for row, score in zip(*map(list, found[:2]), strict=True)})
        return LexicalScores(np.array(list(totals), np.int64), np.array(list(totals.values()), np.float64), 0.0)

    def phrase(self, words: Sequence[str], field: str | None = None) -> LexicalScores:
        fields = {"title": (0,), "abstract": (1,), None: (0, 1)}[field]
        wanted = [fold(word) for word in words]
        counts = {}
        for row, texts in enumerate(self._fields):
            if texts is not None:
                frequency = sum((2 if n == 0 else 1) * _occurrences(texts[n], wanted) for n in fields)
                if frequency:
                    counts[row] = frequency
        idf = max(math.log((self._papers - len(counts) + 0.5) / (len(counts) + 0.5)), 1e-6)
        scores = []
        for row, frequency in counts.items():
            length = sum(map(len, self._fields[row] or ()))
            scores.append(idf * frequency * 2.2 / (frequency + 1.2 * (0.25 + 0.75 * length / self._mean)))
        return LexicalScores(np.array(list(counts), np.int64), np.array(scores, np.float64), 0.0)

    def holds(self, terms: Sequence[str], row: int) -> list[bool]:
        texts = self._fields[row] or []
        return [any(_occurrences(text, fold(term).split()) for text in texts) for term in terms]


def _occurrences(text: Sequence[str], words: Sequence[str]) -> int:
    size = len(words)
    return sum(list(text[n : n + size]) == list(words) for n in range(len(text) - size + 1)) if size else 0


class MemoryDocuments:
    """Implements `DocumentStore` on a list; ``None`` for a row without a paper."""

    def __init__(self, by_row: Sequence[Paper | None]) -> None:
        self.by_row = by_row

    def __len__(self) -> int:
        return sum(paper is not None for paper in self.by_row)

    def papers(self) -> Iterator[Paper]:
        return (paper for paper in self.by_row if paper is not None)

    def papers_at(self, rows: Iterable[int]) -> list[Paper]:
        found = [self.by_row[row] for row in rows]
        return [paper for paper in found if paper is not None]

    def find(self, reference: str) -> Found:
        found = [
            Found(paper.id, row)
            for row, paper in enumerate(self.by_row)
            if paper and reference in (paper.id, paper.key, *(i.value for i in ids.identifiers(paper)))
        ]
        if len(found) != 1:
            raise UnknownPaper(reference, tuple(one.id for one in found))
        return found[0]

    def row_of_identifier(self, identifier: Identifier) -> int | None:
        rows = (row for row, paper in enumerate(self.by_row) if paper and identifier in ids.identifiers(paper))
        return next(rows, None)

    def rows_of_author(self, names: Sequence[str]) -> Rows:
        def wrote(paper: Paper) -> bool:
            return any(_occurrences(fold(author).split(), name.split()) for author in paper.authors for name in names)

        return np.array([row for row, paper in enumerate(self.by_row) if paper and wrote(paper)], np.int64)

    def count_named(self, word: str) -> int:
        parts = word.split()
        return sum(
            any(_occurrences(fold(text).split(), parts) for text in (*paper.authors, paper.venue, *paper.keywords))
            for paper in self.papers()
        )

    def count_of_year(self, year: int) -> int:
        return sum(paper.year == year for paper in self.papers())

    def words_of(self, field: str) -> list[str]:
        """See `DocumentStore`."""

        def values(paper: Paper) -> Sequence[str]:
            one: dict[str, str] = {
                "year": str(paper.year or ""),
                "language": paper.language,
                "venue": paper.venue,
                "type": paper.type,
                "key": paper.key or "",
            }
            many = {"author": paper.authors, "category": paper.keywords, "tag": (*paper.tags, *paper.keywords)}
            return many.get(field, (one.get(field, ""),))

        return sorted({word for paper in self.papers() for value in values(paper) for word in fold(value).split()})


class MemoryIndex:
    """Implements `ReadableIndex`. Filters by year and title only, which is enough to see that filters are asked for."""

    def __init__(
        self,
        papers: Iterable[Paper],
        encoder: Encoder,
        *,
        without: Iterable[int] = (),
        thresholds: Thresholds | None = None,
    ) -> None:
        every = list(papers)
        gone = set(without)
        by_row = [None if row in gone else paper for row, paper in enumerate(every)]
        self.documents = MemoryDocuments(by_row)
        self.lexical = MemoryLexical([None if paper is None else (paper.title, paper.abstract) for paper in by_row])
        self.dense = MemoryDense(encoder.encode_documents([embedded_text(p.title, p.abstract) for p in every]))
        self.live = np.array([paper is not None for paper in by_row]) if gone else None
        self.mean = self.dense.mean(self.live)
        self.thresholds = thresholds

    def filter_mask(self, condition: Filter) -> Mask:
        return np.array([paper is not None and _holds(condition, paper) for paper in self.documents.by_row], np.bool_)

    def pair_log(self, threshold: float) -> PairLog | None:
        return None


def _holds(condition: Filter, paper: Paper) -> bool:
    if isinstance(condition, FieldTest):
        if condition.field == "title":
            if condition.operator == "=":
                return fold(paper.title) == fold(condition.value)
            return _occurrences(fold(paper.title).split(), fold(condition.value).split()) > 0
        assert condition.field == "year"
        year, wanted = paper.year or 0, int(condition.value)
        return {
            ":": year == wanted, "!=": year != wanted, "<": year < wanted, "<=": year <= wanted, ">": year > wanted,
            ">=": year >= wanted,
        }[condition.operator]  # fmt: skip
    if isinstance(condition, Not):
        return not _holds(condition.part, paper)
    if isinstance(condition, All):
        return all(_holds(part, paper) for part in condition.parts)
    assert isinstance(condition, AnyOf)
    return any(_holds(part, paper) for part in condition.parts)


def with_ids(papers: Iterable[Paper]) -> list[Paper]:
    """Papers under their ids, as an index keeps them."""
    return [replace(ids.with_id(paper)) for paper in papers]

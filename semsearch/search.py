"""Nearest papers: to a question, to papers of the index, to a text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from semsearch.errors import QueryError
from semsearch.paper import Hit, Hits
from semsearch.wording import safe

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from semsearch.protocols import Encoder
    from semsearch.store import Snapshot
    from semsearch.vectors.flat import Answer


class Searcher:
    """Asks one state of an index.

    Args:
        snapshot: With its vectors loaded.
        k: Hits a query, at least 1.
        min_score: Hits below this cosine are left out.

    Raises:
        QueryError: ``k`` or ``min_score`` out of range.
    """

    def __init__(self, snapshot: Snapshot, *, k: int = 10, min_score: float | None = None) -> None:
        if k < 1:
            raise QueryError(f"k is {k}; ask for 1 or more")
        if min_score is not None and not -1 <= min_score <= 1:
            raise QueryError(f"min-score {min_score}; give a cosine between -1 and 1")
        self._snapshot = snapshot
        self._k = k
        self._min_score = min_score

    def query(self, questions: Sequence[str], encoder: Encoder) -> list[Hits]:
        """The papers nearest to each question, in order of the questions.

        Raises:
            QueryError: A question without any visible character.
        """
        texts = [safe(question) for question in questions]
        for question, text in zip(questions, texts, strict=True):
            if not text:
                raise QueryError(f"the query {question[:20]!r} is empty; ask in words")
        if not len(self._snapshot):
            return [Hits(text, ()) for text in texts]
        return self._hits(texts, encoder.encode_queries(texts), None)

    def related(self, references: Sequence[str]) -> Hits:
        """The papers nearest to those referred to (to their mean, for several), without these themselves.

        Raises:
            UnknownPaper: A reference that no paper, or more than one, answers to.
        """
        if not references:
            raise QueryError("no paper given; name one or more ids, or give a text")
        seeds = [self._snapshot.find(reference) for reference in references]
        rows = np.array(sorted({seed.row for seed in seeds}), np.int64)
        among = np.ones(len(self._snapshot.vectors), np.bool_)
        among[rows] = False
        seeds_vectors = self._snapshot.vectors.take(rows)
        if len(rows) == 1:
            return self._hits([seeds[0].id], seeds_vectors, among)[0]
        mean = seeds_vectors.astype(np.float64).mean(axis=0)
        norm = float(np.linalg.norm(mean))
        if norm < 1e-6:
            raise QueryError(
                "these papers point in opposite directions and have no common mean; ask for each by itself"
            )
        unit = (mean / norm).astype(np.float32)[None]
        return self._hits([" ".join(seed.id for seed in seeds)], unit, among)[0]

    def related_to_text(self, text: str, encoder: Encoder) -> Hits:
        """The papers nearest to a text, encoded as papers are.

        Raises:
            QueryError: The text is empty.
        """
        embedded = safe(text)
        if not embedded:
            raise QueryError("the text is empty; paste an abstract or a draft")
        if not len(self._snapshot):
            return Hits(embedded, ())
        return self._hits([embedded], encoder.encode_documents([embedded]), None)[0]

    def _hits(self, texts: Sequence[str], vectors: NDArray[np.float32], among: NDArray[np.bool_] | None) -> list[Hits]:
        live = self._snapshot.live
        if live is not None:
            among = live if among is None else among & live
        answers = self._snapshot.vectors.search(vectors, self._k, among=among)
        return [self._answer(text, answer) for text, answer in zip(texts, answers, strict=True)]

    def _answer(self, text: str, answer: Answer) -> Hits:
        rows, scores = answer
        if self._min_score is not None:
            rows, scores = rows[scores >= self._min_score], scores[scores >= self._min_score]
        papers = self._snapshot.papers_at(rows)
        clipped = np.clip(scores, -1.0, 1.0)  # float32 rows of norm 1 + 1e-8 can meet at a little over 1
        return Hits(text, tuple(Hit(n, float(s), p) for n, (s, p) in enumerate(zip(clipped, papers, strict=True), 1)))

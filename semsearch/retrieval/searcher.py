"""Nearest papers: to a question, to papers of the index, to a text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from semsearch.lexical import analyzer
from semsearch.model.errors import QueryError
from semsearch.model.printable import safe
from semsearch.model.results import Hit, Hits
from semsearch.retrieval.bm25 import Words
from semsearch.retrieval.collapse import Folded, folded
from semsearch.retrieval.diversify import diverse
from semsearch.retrieval.explanation import Explainer
from semsearch.retrieval.named import exact as exactly_named
from semsearch.retrieval.no_answer import matches
from semsearch.retrieval.ranking import Nearest, Ranking
from semsearch.text.cleaning import embedded_text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from semsearch.index import Snapshot
    from semsearch.model.filters import Filter
    from semsearch.model.paper import Paper
    from semsearch.model.protocols import Encoder, Reranker

    Mask = NDArray[np.bool_] | None

#: Ways to order the hits of a question.
MODES = ("hybrid", "dense", "bm25")
#: What a paper that is not liked takes away, beside 1 for one that is liked (Rocchio's gamma, in the usual range).
UNLIKED = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How to search; the same for questions and for related papers.

    Raises:
        QueryError: Something is out of range.
    """

    k: int = 10
    """Hits, at least 1."""
    mode: str = "hybrid"
    """``hybrid`` (cosine and BM25), ``dense`` (cosine), ``bm25``; of questions. Related papers go by cosine."""
    min_score: float | None = None
    """Hits below this cosine are left out."""
    min_percentile: float | None = None
    """Hits with a lower percentile (0 to 100) are left out. It is that among all papers, whatever ``where`` says."""
    where: Filter | None = None
    """Only papers that this holds for; applied before the k nearest are taken."""
    fold: bool = True
    """Whether further records of one work go under its first one."""
    diverse: float = 0.0
    """0 to 1: how much a hit is put back for being like one before it."""
    explain: bool = False
    """Whether each hit tells which sentence and which words matched."""
    rerank: int = 0
    """How many of the first hits of a question a `Reranker` puts in order."""

    def __post_init__(self) -> None:
        if self.k < 1:
            raise QueryError(f"k is {self.k}; ask for 1 or more")
        if self.rerank < 0:
            raise QueryError(f"rerank is {self.rerank}; give the number of hits to put in order, or 0")
        if self.mode not in MODES:
            raise QueryError(f"no mode '{self.mode}'; there are {', '.join(MODES)}")
        for name, value, least, most in (
            ("min-score", self.min_score, -1, 1),
            ("min-percentile", self.min_percentile, 0, 100),
            ("diverse", self.diverse, 0, 1),
        ):
            if value is not None and not least <= value <= most:
                raise QueryError(f"{name} {value}; give a number between {least} and {most}")


class Searcher:
    """Asks one state of an index.

    Args:
        snapshot: With its vectors loaded.
        options: How.
        encoder: Of the index; only texts need it.
        reranker: Only ``options.rerank`` needs it.
        decided: What a person said that two papers are to each other.
    """

    def __init__(
        self,
        snapshot: Snapshot,
        options: Options,
        encoder: Encoder | None = None,
        reranker: Reranker | None = None,
        decided: Callable[[Paper, Paper], str | None] | None = None,
    ) -> None:
        self._snapshot = snapshot
        self._options = options
        self._encoder = encoder
        self._reranker = reranker
        self._decided = decided

    def query(self, questions: Sequence[str]) -> list[Hits]:
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
        vectors = self._texts_to_vectors(texts, question=True)
        together: Sequence[Nearest | None] = [None] * len(texts)
        if self._options.mode == "dense" and len(texts) > 1:  # all share the reading of the vectors
            together = self._snapshot.vectors.search(vectors, self._wanted, among=self._among())
        return [self._question(*one) for one in zip(texts, vectors, together, strict=True)]

    @property
    def _wanted(self) -> int:
        """Rows to begin with: folding and what is left out make a list shorter."""
        options = self._options
        return options.k + (options.k + 10 if options.fold or options.diverse else 0)

    def _question(self, text: str, vector: NDArray[np.float32], nearest: Nearest | None) -> Hits:
        mode, among = self._options.mode, self._among()
        if mode != "dense":
            among = self._holding(text, among)
        asked = analyzer.words(text) if mode != "dense" else []
        words = Words(self._snapshot, asked) if asked else None
        ranking = Ranking(
            self._snapshot, vector, among, words, dense=mode != "bm25", wanted=self._wanted, nearest=nearest,
            papers=self._snapshot.live, counted=self._counted,
        )  # fmt: skip
        named = exactly_named(text, self._snapshot) if mode == "hybrid" else None
        exact = named.rows[ranking.holds(named.rows)] if named else np.empty(0, np.int64)
        exact = exact[np.lexsort((exact, -ranking.cosines_of(exact)))]
        match = bool(len(exact)) or matches(ranking, text, self._snapshot)
        reranked = self._reranked(text, ranking)
        first = np.concatenate([exact, reranked[~np.isin(reranked, exact)]])
        named_by = dict.fromkeys(exact.tolist(), named.by) if named else {}
        return self._hits(text, ranking, first=first, named_by=named_by, match=match)

    def _reranked(self, text: str, ranking: Ranking) -> NDArray[np.int64]:
        """The first rows, as many as are to be reranked, in the reranker's order; ties as they were."""
        rows, _ = ranking.top(self._options.rerank)
        if not len(rows):
            return rows
        if self._reranker is None:
            raise QueryError("rerank needs a reranker")
        texts = [embedded_text(paper.title, paper.abstract) for paper in self._snapshot.papers_at(rows)]
        return rows[np.argsort(-self._reranker.score(text, texts), kind="stable")]

    def _holding(self, text: str, among: Mask) -> Mask:
        """The rows that hold the question's phrases in quotation marks.

        A phrase that no paper holds is taken for a manner of speaking, unless it is the whole question.
        """
        for phrase in analyzer.phrases(text):
            rows = self._snapshot.matching(phrase)[0]
            if len(rows) or analyzer.is_phrase(text):
                holding = np.zeros(len(self._snapshot.vectors), np.bool_)
                holding[rows[rows >= 0]] = True
                among = holding if among is None else among & holding
        return among

    def related(self, references: Sequence[str], *, texts: Sequence[str] = (), unlike: Sequence[str] = ()) -> Hits:
        """The papers nearest to all of those liked, away from those not liked; none of these is returned.

        Args:
            references: Ids of papers that are liked.
            texts: Texts that are liked, encoded as papers are.
            unlike: Ids of papers that are not liked.

        Raises:
            UnknownPaper: A reference that no paper, or more than one, answers to.
            QueryError: Nothing is liked; a text is empty; the mean of the seeds is nothing.
        """
        if not references and not texts:
            raise QueryError("no paper given; name one or more ids, or give a text")
        shown = [safe(text) for text in texts]
        if not all(shown):
            raise QueryError("the text is empty; paste an abstract or a draft")
        if not len(self._snapshot) and not references:
            return Hits(" ".join(shown), ())
        liked = {seed.row: seed.id for seed in map(self._snapshot.find, references)}
        unliked = {seed.row: seed.id for seed in map(self._snapshot.find, unlike)}
        if both := set(liked) & set(unliked):
            raise QueryError(f"'{liked[both.pop()]}' is both liked and not liked; decide for one")
        seeds = self._snapshot.vectors.take(np.array(list(liked), np.int64))
        if shown:
            seeds = np.concatenate([seeds, self._texts_to_vectors(shown, question=False)])
        away = self._snapshot.vectors.take(np.array(list(unliked), np.int64))
        others, where = self._snapshot.live, self._options.where
        others = np.ones(len(self._snapshot.vectors), np.bool_) if others is None else others.copy()
        others[[*liked, *unliked]] = False  # neither returned nor counted
        among = others if where is None else others & self._snapshot.where(where)
        ranking = Ranking(self._snapshot, _direction(seeds, away), among, None, papers=others, counted=self._counted)
        names = [*liked.values(), *(f"text {number}" for number in range(1, len(shown) + 1))]
        label = " ".join([*liked.values(), *shown, *(f"-{name}" for name in unliked.values())])
        return self._hits(label, ranking, seeds=dict(zip(names, seeds, strict=True)) if len(names) > 1 else {})

    def _texts_to_vectors(self, texts: Sequence[str], *, question: bool) -> NDArray[np.float32]:
        if self._encoder is None:
            raise QueryError("a text needs an encoder")
        return self._encoder.encode_queries(texts) if question else self._encoder.encode_documents(texts)

    @property
    def _counted(self) -> bool:
        """Whether percentiles decide, and are to be exact."""
        return self._options.min_percentile is not None

    def _among(self) -> Mask:
        """Rows that are papers and that the filter holds for; ``None`` for all."""
        live, where = self._snapshot.live, self._options.where
        if where is None:
            return live
        mask = self._snapshot.where(where)
        return mask if live is None else mask & live

    def _hits(
        self,
        text: str,
        ranking: Ranking,
        *,
        first: NDArray[np.int64] | None = None,
        named_by: dict[int, str] | None = None,
        match: bool = True,
        seeds: dict[str, NDArray[np.float32]] | None = None,
    ) -> Hits:
        options = self._options
        wanted = self._wanted
        while True:  # more, until the list is long enough or there are no more
            rows, cosines = self._ordered(ranking, wanted, first)
            kept = self._kept(ranking, cosines)
            chosen = self._folded(rows[kept])
            if len(chosen) >= options.k or wanted >= ranking.count:
                break
            wanted *= 4
        rows, cosines = rows[kept], cosines[kept]
        if options.diverse:
            pool = chosen[: 5 * options.k]
            vectors = self._snapshot.vectors.take(rows[[f.place for f in pool]])
            # The first one by cosine and words is to be the first one here: each place has the cosine due to it.
            due = np.sort(cosines[[f.place for f in pool]])[::-1]
            order = diverse(due, vectors, options.k, options.diverse)
            chosen = [pool[place] for place in order]
        chosen = chosen[: options.k]
        standing = ranking.percentiles(cosines)
        explainer = Explainer(text, ranking, self._encoder) if options.explain else None
        hits = []
        for rank, (place, paper, also) in enumerate(chosen, 1):
            row = int(rows[place])
            hits.append(
                Hit(
                    rank,
                    float(cosines[place]),
                    paper,
                    percentile=float(standing[place]),
                    named_by=(named_by or {}).get(row, ""),
                    also=also,
                    nearest=self._nearest(row, seeds or {}),
                    explanation=explainer.explain(paper, row, float(cosines[place])) if explainer else None,
                )
            )
        return Hits(text, tuple(hits), match=match)

    def _ordered(
        self, ranking: Ranking, count: int, first: NDArray[np.int64] | None
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        rows, cosines = ranking.top(count)
        if first is None or not len(first):
            return rows, cosines
        rest = ~np.isin(rows, first)
        return np.concatenate([first, rows[rest]]), np.concatenate([ranking.cosines_of(first), cosines[rest]])

    def _kept(self, ranking: Ranking, cosines: NDArray[np.float64]) -> NDArray[np.bool_]:
        kept = np.ones(len(cosines), np.bool_)
        if self._options.min_score is not None:
            kept &= cosines >= self._options.min_score
        if self._options.min_percentile is not None:
            kept &= ranking.percentiles(cosines) >= self._options.min_percentile
        return kept

    def _folded(self, rows: NDArray[np.int64]) -> list[Folded]:
        papers = self._snapshot.papers_at(rows)
        if not self._options.fold:
            return [Folded(place, paper, ()) for place, paper in enumerate(papers)]
        return folded(papers, self._snapshot.vectors.take(rows), self._decided)

    def _nearest(self, row: int, seeds: dict[str, NDArray[np.float32]]) -> dict[str, float]:
        """The hit's cosine to each seed."""
        vector = self._snapshot.vectors.take(np.array([row], np.int64))[0].astype(np.float64)
        return {name: float(np.clip(vector @ seed.astype(np.float64), -1, 1)) for name, seed in seeds.items()}


def _direction(liked: NDArray[np.float32], unliked: NDArray[np.float32]) -> NDArray[np.float32]:
    """Where the liked ones point together, away from the others: Rocchio's formula on unit vectors, of norm 1.

    Salton and Buckley, "Improving Retrieval Performance by Relevance Feedback", 1990.
    """
    if len(liked) == 1 and not len(unliked):
        only: NDArray[np.float32] = liked[0]
        return only
    mean = liked.astype(np.float64).mean(axis=0)
    if len(unliked):
        mean -= UNLIKED * unliked.astype(np.float64).mean(axis=0)
    norm = float(np.linalg.norm(mean))
    if norm < 1e-6:
        raise QueryError("these papers point in opposite directions and have no common mean; ask for each by itself")
    unit: NDArray[np.float64] = mean / norm
    return unit.astype(np.float32)

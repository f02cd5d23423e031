"""The search: papers that answer a question, and papers that are like given papers and texts.

The steps for a question: text -> what it leaves out -> vector and terms -> filter mask (filter, exclusions, phrases) ->
signals -> ranking -> named and reranked papers first -> hits (`Pipeline`) -> no-answer verdict.
"""

from __future__ import annotations

import functools
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from semsearch.lexical import analyzer, exclusions
from semsearch.lexical.framing import unframed
from semsearch.model.errors import QueryError
from semsearch.model.lazy import lazy
from semsearch.model.policy import RetrievalPolicy
from semsearch.model.printable import safe
from semsearch.model.results import Hits
from semsearch.retrieval import feedback, no_answer
from semsearch.retrieval.collapse import collapsed
from semsearch.retrieval.named import named
from semsearch.retrieval.no_paper import no_paper_reason
from semsearch.retrieval.pipeline import First, Pipeline
from semsearch.retrieval.question import Question
from semsearch.retrieval.ranking import LexicalTop, Order, Ranking, count_of
from semsearch.retrieval.signals import SIGNALS, Bm25, Cosine, direction
from semsearch.retrieval.signals.checked import checked
from semsearch.retrieval.top_k import FusedTop
from semsearch.text.cleaning import embedded_text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from semsearch.model.index_protocols import Mask, ReadableIndex, Rows, Scores
    from semsearch.model.options import SearchOptions
    from semsearch.model.paper import Paper
    from semsearch.model.protocols import Encoder, Reranker
    from semsearch.retrieval.fusion import Weighted
    from semsearch.retrieval.signals import SignalSpec


class Searcher:
    """Searches one commit of an index.

    Args:
        index: The index, as one commit left it.
        options: How to search.
        encoder: The encoder of the index; needed for texts and for explanations.
        reranker: Puts the first hits in order; needed if ``options.rerank`` is not 0.
        decided: Function of two papers that returns the kind of relation that a person gave them, or ``None`` if nobody
            did; ``None`` if there are no decisions.
        signals: Signals of a hybrid search beside the cosine.
        policy: Sizes that change how fast a ranking is found; the usual ones if ``None``.
        feedback: Weight of the first hits in pseudo-relevance feedback; 0 for none.
    """

    def __init__(
        self,
        index: ReadableIndex,
        options: SearchOptions,
        encoder: Encoder | None = None,
        reranker: Reranker | None = None,
        decided: Callable[[Paper, Paper], str | None] | None = None,
        signals: Sequence[SignalSpec] = SIGNALS,
        policy: RetrievalPolicy | None = None,
        feedback: float = 0.0,
    ) -> None:
        self._index = index
        self._options = options
        self._encoder = encoder
        self._reranker = reranker
        self._signals = signals
        self._policy = policy or RetrievalPolicy()
        self._decided, self._feedback = decided, feedback
        self._pipeline = Pipeline(index, options, encoder, decided)

    def query(self, questions: Sequence[str]) -> list[Hits]:
        """Answer questions.

        Args:
            questions: The questions, each in words.

        Returns:
            The hits of each question, in the order of the questions.

        Raises:
            QueryError: A question has no visible character, there is no encoder, or ``options.rerank`` is set and there
                is no reranker.
        """
        texts = [safe(question) for question in questions]
        for question, text in zip(questions, texts, strict=True):
            if not text:
                raise QueryError(f"the query {question[:20]!r} is empty; ask in words")
        if not len(self._index.documents):
            return [Hits(text, ()) for text in texts]
        asked = [exclusions.split(self._unframed(text), is_written=self._is_written) for text in texts]
        vectors = self._texts_to_vectors([one.wanted for one in asked], question=True)
        mask = self._without(self._filtered(self._index.live), self._excluded)
        together: Sequence[tuple[Rows, Scores] | None] = [None] * len(texts)
        one_mask = not any(one.excluded for one in asked)
        if self._options.mode == "dense" and len(texts) > 1 and one_mask:  # one pass over the vectors for all questions
            together = self._index.dense.search(vectors, self._options.first_rows, mask=mask)
        return [
            self._of_split(text, one, self._cosine(vector, nearest), mask)
            for text, one, vector, nearest in zip(texts, asked, vectors, together, strict=True)
        ]

    def _of_split(self, text: str, asked: exclusions.Split, cosine: Cosine, mask: Mask | None) -> Hits:
        """The answer to a question without what it leaves out."""
        found = self._explained(self._answer(asked.wanted, cosine, self._without(mask, asked.excluded)))
        excluded = (*self._excluded, *asked.excluded)
        told = f"every paper has {' or '.join(map(repr, excluded))} in its title or abstract"
        # With BM25 alone, a question without a hit may have words that no paper has.
        none = excluded and not found and not found.reason and self._options.mode != "bm25"
        return replace(found, query=text, excluded=excluded, reason=told if none else found.reason)

    def _unframed(self, text: str) -> str:
        """The question without its framing, unless a paper has it so: then it is a title or a sentence."""
        kept = unframed(text)
        return text if kept != text and self._is_written(analyzer.words(text)) else kept

    def _is_written(self, words: Sequence[str]) -> bool:
        """Whether a paper has these words next to each other."""
        return bool(len(self._index.lexical.phrase(words).rows))

    @lazy
    def _excluded(self) -> tuple[str, ...]:
        """What the options leave out, for every question."""
        return tuple(filter(None, (part.strip() for part in (self._options.exclude or "").split(","))))

    def _without(self, mask: Mask | None, excluded: Sequence[str]) -> Mask | None:
        """The mask without the papers that have one of these words or phrases; ``None`` for all rows.

        Where no paper has the phrase, those that have all of its words are left out.
        """
        for phrase in excluded:
            words = analyzer.words(phrase)
            if not words:
                continue
            kept = np.ones(len(self._index.dense), np.bool_) if mask is None else mask.copy()
            rows = self._index.lexical.phrase(words).rows
            kept[rows if len(rows) else self._holding_all(words)] = False
            mask = kept
        return mask

    def _holding_all(self, words: Sequence[str]) -> Rows:
        terms = [word for word in words if word.lower() not in analyzer.STOPWORDS] or list(words)
        found = [self._index.lexical.phrase([term]).rows for term in terms]
        return functools.reduce(np.intersect1d, found)

    def _explained(self, hits: Hits) -> Hits:
        """The hits. If there are none because no paper passes the filter, they say so."""
        return hits if hits or self._options.filter is None else replace(hits, reason=self._no_paper)

    @lazy
    def _no_paper(self) -> str:
        return no_paper_reason(self._options.filter, self._index) if self._options.filter else ""

    def _cosine(self, vector: NDArray[np.float32], nearest: tuple[Rows, Scores] | None = None) -> Cosine:
        return Cosine(self._index.dense, vector, nearest, fewest=self._policy.fewest_nearest)

    def _answer(self, text: str, cosine: Cosine, mask: Mask | None) -> Hits:
        if self._options.mode != "dense":
            mask = self._holding_phrases(text, mask)
        ranking = self._ranking(text, cosine, mask)
        first = self._named(text, ranking)
        match = bool(len(first.rows)) or no_answer.answers(ranking, text, self._index)
        likened: tuple[str, ...] = ()
        if not len(first.rows):
            ranking, likened = self._fed_back(ranking, mask)
        reranked = self._reranked(text, ranking)
        rows = np.concatenate([first.rows, reranked[~np.isin(reranked, first.rows)]])
        hits = self._pipeline.hits(text, ranking, First(rows, first.named_by))
        return Hits(text, hits, match=match, feedback=likened)

    def _fed_back(self, ranking: Ranking, mask: Mask | None) -> tuple[Ranking, tuple[str, ...]]:
        """The ranking by a vector that is moved towards the first works, with their ids; or as it is, without ids.

        Only the order changes: cosines, percentiles and the verdict are those of the question.
        """
        order = ranking.order
        few = len(self._index.documents) < feedback.FEWEST_PAPERS
        if few or not (self._feedback and self._options.feedback and isinstance(order, FusedTop) and order.others):
            return ranking, ()
        rows, _ = ranking.top(feedback.READ)
        works = collapsed(self._index.documents.papers_at(rows.tolist()), self._decided)[: feedback.FIRST]
        if not works:
            return ranking, ()
        near = self._index.dense.take(rows[[work.position for work in works]])
        toward = self._cosine(feedback.moved(ranking.cosine.vector, near, self._feedback))
        return ranking.by(self._fused(toward, order.others, mask, order.names)), tuple(work.paper.id for work in works)

    def _ranking(self, text: str, cosine: Cosine, mask: Mask | None) -> Ranking:
        """The ranking of a question by the mode of the options."""
        mode = self._options.mode
        terms = analyzer.terms(text) if mode == "hybrid" else []
        if mode == "bm25":  # beside the cosine, repeats bring nothing (docs/quality.md)
            terms = analyzer.terms_with_repeats(text)
        bm25 = Bm25(self._index.lexical, terms) if terms else None
        question = Question(text, cosine.vector, tuple(terms), bm25)
        if mode == "bm25":
            return self._by_words(question, cosine, mask)
        specs = self._signals if mode == "hybrid" else ()
        made = {spec: one for spec in specs if (one := self._made(spec, question)) is not None}
        others, names = list(made.values()), [spec.name for spec in made]
        used = any(signal is bm25 for signal, _ in others)
        return self._ranked(cosine, self._fused(cosine, others, mask, names), mask, bm25 if used else None)

    def _made(self, spec: SignalSpec, question: Question) -> Weighted | None:
        """The signal of the question. Signals of users are checked; those of the package are tested."""
        return spec.make(self._index, question) if spec in SIGNALS else checked(spec, self._index, question)

    def _fused(
        self, cosine: Cosine, others: Sequence[Weighted], mask: Mask | None, names: Sequence[str] = ()
    ) -> FusedTop:
        return FusedTop(
            cosine,
            others,
            mask,
            count_of(mask, len(self._index.dense)),
            mean=lambda: float(cosine.vector.astype(np.float64) @ self._index.mean),
            wanted=self._options.first_rows,
            policy=self._policy,
            names=names,
        )

    def _by_words(self, question: Question, cosine: Cosine, mask: Mask | None) -> Ranking:
        """The ranking of the rows that hold at least one of the terms, by BM25."""
        matching = np.zeros(len(self._index.dense), np.bool_)
        bm25 = question.bm25
        if bm25 is None:
            return self._ranked(cosine, FusedTop(cosine, (), matching, 0, mean=float), matching, None)
        matching[bm25.every(mask).rows] = True
        return self._ranked(cosine, LexicalTop(bm25, mask), matching, bm25)

    def _ranked(self, cosine: Cosine, order: Order, mask: Mask | None, bm25: Bm25 | None) -> Ranking:
        return Ranking(
            self._index.dense,
            cosine,
            order,
            mask,
            papers=self._index.live,
            bm25=bm25,
            wanted=self._options.first_rows,
            counted=self._options.min_percentile is not None,
            policy=self._policy,
        )

    def _named(self, text: str, ranking: Ranking) -> First:
        """The rows that the question names, the nearest first."""
        found = named(text, self._index) if self._options.mode == "hybrid" else None
        if found is None:
            return First(np.empty(0, np.int64), {})
        rows = found.rows[ranking.holds(found.rows)]
        rows = rows[np.lexsort((rows, -ranking.cosines_of(rows)))]
        return First(rows, dict.fromkeys(rows.tolist(), found.by))

    def _reranked(self, text: str, ranking: Ranking) -> Rows:
        """The first ``options.rerank`` rows, in the order of the reranker; rows with equal scores keep their order."""
        rows, _ = ranking.top(self._options.rerank)
        if not len(rows):
            return rows
        if self._reranker is None:
            raise QueryError("rerank needs a reranker")
        papers = self._index.documents.papers_at(rows.tolist())
        texts = [embedded_text(paper.title, paper.abstract) for paper in papers]
        return rows[np.argsort(-self._reranker.score(text, texts), kind="stable")]

    def _filtered(self, mask: Mask | None) -> Mask | None:
        """The mask of the rows for which the filter holds, within a mask; ``None`` for all rows."""
        if self._options.filter is None:
            return mask
        found = self._index.filter_mask(self._options.filter)
        return found if mask is None else found & mask

    def _holding_phrases(self, text: str, mask: Mask | None) -> Mask | None:
        """The mask of the rows, within a mask, that contain the phrases in quotation marks.

        A phrase that no paper contains is ignored, unless it is the whole question: its quotation marks may be a manner
        of speaking.
        """
        for phrase in analyzer.phrases(text):
            rows = self._index.lexical.phrase(phrase).rows
            if len(rows) or analyzer.is_phrase(text):
                holding = np.zeros(len(self._index.dense), np.bool_)
                holding[rows] = True
                mask = holding if mask is None else mask & holding
        return mask

    def related(self, references: Sequence[str], *, texts: Sequence[str] = (), unlike: Sequence[str] = ()) -> Hits:
        """Find the papers that are most like given papers and texts, and unlike others.

        Args:
            references: Ids of papers that the user likes.
            texts: Texts that the user likes; they are encoded as papers.
            unlike: Ids of papers that the user does not like.

        Returns:
            The hits. The papers that were given are not among them.

        Raises:
            UnknownPaper: A reference fits no paper, or more than one.
            QueryError: There is neither a reference nor a text, a text is empty, a paper is both liked and not liked,
                or the seeds have no common direction.
        """
        if not references and not texts:
            raise QueryError("no paper given; give one or more ids, or a text")
        shown = [safe(text) for text in texts]
        if not all(shown):
            raise QueryError("the text is empty; paste an abstract or a draft")
        documents, dense = self._index.documents, self._index.dense
        if not len(documents) and not references:
            return Hits(" ".join(shown), ())
        liked = {seed.row: seed.id for seed in map(documents.find, references)}
        unliked = {seed.row: seed.id for seed in map(documents.find, unlike)}
        if both := set(liked) & set(unliked):
            raise QueryError(f"'{liked[both.pop()]}' is given as liked and as not liked; choose one")
        seeds = dense.take(np.array(list(liked), np.int64))
        if shown:
            seeds = np.concatenate([seeds, self._texts_to_vectors(shown, question=False)])
        away = dense.take(np.array(list(unliked), np.int64))
        ranking = self._ranking_without([*liked, *unliked], self._cosine(direction(seeds, away)))
        names = [*liked.values(), *(f"text {n}" for n in range(1, len(shown) + 1))]
        label = " ".join([*liked.values(), *shown, *(f"-{name}" for name in unliked.values())])
        named_seeds = dict(zip(names, seeds, strict=True)) if len(names) > 1 else {}
        hits = self._pipeline.hits(" ".join(shown), ranking, seeds=named_seeds)
        return self._explained(Hits(label, hits, excluded=self._excluded))

    def _ranking_without(self, excluded: Sequence[int], cosine: Cosine) -> Ranking:
        """The ranking by cosine. The excluded rows are neither returned nor counted."""
        live = self._index.live
        others = np.ones(len(self._index.dense), np.bool_) if live is None else live.copy()
        others[excluded] = False
        mask = self._without(self._filtered(others), self._excluded)
        return Ranking(
            self._index.dense,
            cosine,
            self._fused(cosine, (), mask),
            mask,
            papers=others,
            counted=self._options.min_percentile is not None,
            policy=self._policy,
        )

    def _texts_to_vectors(self, texts: Sequence[str], *, question: bool) -> NDArray[np.float32]:
        if self._encoder is None:
            raise QueryError("a text needs an encoder")
        return self._encoder.encode_queries(texts) if question else self._encoder.encode_documents(texts)

"""Whether anything in a collection answers a question; by how near its best paper comes, and by its words."""

from __future__ import annotations

import math
import re
import unicodedata
from typing import TYPE_CHECKING

from semsearch.lexical import analyzer
from semsearch.retrieval.mentions import mentioned, year_of
from semsearch.retrieval.signals import Bm25
from semsearch.text import identifiers
from semsearch.text.folding import fold

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semsearch.model.index_protocols import DocumentStore, ReadableIndex
    from semsearch.retrieval.ranking import Ranking

#: Share of the way from nonsense to a typical neighbour that the best hit must go. When it was chosen, 2 % of the
#: judged questions of five collections went less far, and 98.7 % of questions of other fields (docs/matching.md).
NEAR_ENOUGH = 0.437
#: With half of the share of the question's weight of words that the best paper by BM25 holds: 1.5 % and 98.6 %.
WITH_WORDS, WORD_SHARE = 0.6, 0.5
#: A few words that one paper holds all of are a match.
FEW_WORDS, ALL_WORDS = 3, 0.99
#: One of the first hits that has an author, the venue or the year of a question needs so much of the weight of all its
#: words, names and year included.
FIRST_HITS, NAMED_WORDS = 10, 0.8
#: Brackets and stops around an identifier.
_AROUND = "()[]{}<>.,;:\"'"
#: Longer texts name their subject without the help of names.
_LONGEST = 64
_ET_AL = re.compile(r"\bet\.? al\b\.?", re.IGNORECASE)


def answers(ranking: Ranking, question: str, index: ReadableIndex) -> bool:
    """Whether the best of the ranking answers the question; true where the collection is too small to tell.

    Args:
        ranking: Of the question.
        question: As it was asked.
        index: What is searched.
    """
    thresholds = index.thresholds
    if thresholds is None or not ranking.count:
        return True
    score = thresholds.normalised(ranking.best_cosine)
    if score >= NEAR_ENOUGH:
        return True
    text = _without_citing(question)
    terms = analyzer.terms(text)
    if not terms:
        return False
    bm25 = ranking.bm25
    if bm25 is None or bm25.terms != tuple(terms):
        bm25 = Bm25(index.lexical, terms)
    weights = TermWeights(index, terms)
    share = held_weight(bm25, weights)
    if score + WORD_SHARE * share >= WITH_WORDS or (len(terms) <= FEW_WORDS and share >= ALL_WORDS):
        return True
    return _names_a_hit(ranking, text, weights, index)


class TermWeights:
    """How much each term of a question tells in a collection: ``log((N + 1) / (n + 1/2))`` of n papers in N.

    Args:
        index: What is searched.
        terms: Of the question.
    """

    def __init__(self, index: ReadableIndex, terms: Sequence[str]) -> None:
        self._lexical, self._papers = index.lexical, len(index.documents)
        self.terms = terms
        self.counts = index.lexical.document_counts(terms)

    def weight(self, count: int) -> float:
        """Of a term that so many papers hold."""
        return math.log((self._papers + 1) / (count + 0.5))

    def share_held_by(self, row: int) -> float:
        """The share of the terms' weight that the paper of a row holds, 0 to 1."""
        weights = [self.weight(count) for count in self.counts]
        held = self._lexical.holds(self.terms, row)
        total = sum(weights)
        return sum(weight * one for weight, one in zip(weights, held, strict=True)) / total if total > 0 else 0.0


def held_weight(bm25: Bm25, weights: TermWeights) -> float:
    """The share of the terms' weight that the best paper by BM25 holds."""
    best = bm25.best()
    return 0.0 if best is None else weights.share_held_by(best)


def _names_a_hit(ranking: Ranking, text: str, weights: TermWeights, index: ReadableIndex) -> bool:
    """Whether one of the first hits has an author, the venue or the year of the question, and most of its words.

    Names are no words of a title or an abstract, and hardly move a cosine: ``Quillmont 2034 drawers``.
    """
    terms = weights.terms
    rows = ranking.top(FIRST_HITS)[0]
    named = [mentioned(text, terms, paper) for paper in index.documents.papers_at(rows.tolist())]
    if not any(named):
        return False
    weight_of = {
        term: weights.weight(max(count, _named(term, index.documents)))
        for term, count in zip(terms, weights.counts, strict=True)
    }
    enough = NAMED_WORDS * sum(weight_of.values())
    # Beside a name the year may be wrong, or that of another version, as long as there are papers of that year.
    years = {t for t in terms if (year := year_of(t)) is not None and index.documents.count_of_year(year)}
    for row, names in zip(rows.tolist(), named, strict=True):
        if names:
            holds = index.lexical.holds(terms, row)
            held = (weight_of[t] for t, has in zip(terms, holds, strict=True) if t in names or t in years or has)
            if sum(held) >= enough:
                return True
    return False


def _named(word: str, documents: DocumentStore) -> int:
    """How many papers have a word in their authors, venue or keywords, or as their year."""
    folded, year = fold(word), year_of(word)
    named = documents.count_named(folded) if folded else 0
    return max(named, documents.count_of_year(year) if year is not None else 0)


def _without_citing(question: str) -> str:
    """A question without identifiers and "et al.", which are in no text; accents in one piece with their letters."""
    question = unicodedata.normalize("NFC", question)
    parts = question.split(maxsplit=_LONGEST)
    if len(parts) > _LONGEST:
        return question
    kept = [part for part in parts if not _is_identifier(part.strip(_AROUND))]
    return _ET_AL.sub(" ", question if len(kept) == len(parts) else " ".join(kept))


def _is_identifier(text: str) -> bool:
    """Whether a text is an identifier and no number."""
    return not text.isdigit() and next(identifiers.parse(text), None) is not None

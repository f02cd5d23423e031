"""No-answer detection: does a collection answer a question, by the best cosine, shared words, and names in it?"""

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

#: Normalised score from which the best hit is an answer. When it was chosen, 2 % of the judged questions of five
#: collections stayed below it, and 98.7 % of the questions from other fields (docs/matching.md).
NEAR_ENOUGH = 0.437
#: The best hit is an answer, too, if its normalised score and the share of words together reach a threshold. The share
#: of words is the part of the term weights of the question that the best paper by BM25 holds; here it counts half. With
#: this rule 1.5 % and 98.6 % stay below.
WITH_WORDS, WORD_SHARE = 0.6, 0.5
#: A question of a few words has an answer if one paper holds all of them.
FEW_WORDS, ALL_WORDS = 3, 0.99
#: A question that names an author, the venue or the year of one of the first hits has an answer if this hit holds so
#: much of the weight of all words. Names and years count as words here.
FIRST_HITS, NAMED_WORDS = 10, 0.8
#: Brackets, quotation marks and full stops that can stand around an identifier.
_AROUND = "()[]{}<>.,;:\"'"
#: Most words of a question in which identifiers are looked for. Longer texts say enough about their subject.
_LONGEST = 64
_ET_AL = re.compile(r"\bet\.? al\b\.?", re.IGNORECASE)


def answers(ranking: Ranking, question: str, index: ReadableIndex) -> bool:
    """Whether something in the index answers the question.

    Args:
        ranking: The ranking of the question.
        question: The question, as the user wrote it.
        index: The index that is searched.

    Returns:
        Whether there is an answer; true also if the collection is too small to tell.
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
    """How rare the terms of a question are: the weight of a term is ``log((N + 1) / (n + 1/2))``.

    Here n of the N papers hold the term.

    Args:
        index: The index that is searched.
        terms: The terms of the question.

    Attributes:
        terms: The terms.
        counts: For each term the number of papers that hold it.
    """

    def __init__(self, index: ReadableIndex, terms: Sequence[str]) -> None:
        self._lexical, self._papers = index.lexical, len(index.documents)
        self.terms = terms
        self.counts = index.lexical.document_counts(terms)

    def weight(self, count: int) -> float:
        """Weight of a term that ``count`` papers hold."""
        return math.log((self._papers + 1) / (count + 0.5))

    def share_held_by(self, row: int) -> float:
        """The part of the weight of all terms that the paper of a row holds, 0 to 1."""
        weights = [self.weight(count) for count in self.counts]
        held = self._lexical.holds(self.terms, row)
        total = sum(weights)
        return sum(weight * one for weight, one in zip(weights, held, strict=True)) / total if total > 0 else 0.0


def held_weight(bm25: Bm25, weights: TermWeights) -> float:
    """The part of the weight of all terms that the best paper by BM25 holds.

    Args:
        bm25: BM25 of the terms.
        weights: Weights of the same terms.

    Returns:
        0 to 1; 0 if no paper holds a term.
    """
    best = bm25.best()
    return 0.0 if best is None else weights.share_held_by(best)


def _names_a_hit(ranking: Ranking, text: str, weights: TermWeights, index: ReadableIndex) -> bool:
    """Whether a question names an author, the venue or the year of one of the first hits, and that hit has its words.

    This is for questions such as ``Quillmont 2034 drawers``. Names are not in titles and abstracts, and hardly change a
    cosine.
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
    # Next to a name, a year counts even if it is wrong or that of another version, if there are papers of that year.
    years = {t for t in terms if (year := year_of(t)) is not None and index.documents.count_of_year(year)}
    for row, names in zip(rows.tolist(), named, strict=True):
        if names:
            holds = index.lexical.holds(terms, row)
            held = (weight_of[t] for t, has in zip(terms, holds, strict=True) if t in names or t in years or has)
            if sum(held) >= enough:
                return True
    return False


def _named(word: str, documents: DocumentStore) -> int:
    """Number of papers that have a word in their authors, venue or keywords, or as their year."""
    folded, year = fold(word), year_of(word)
    named = documents.count_named(folded) if folded else 0
    return max(named, documents.count_of_year(year) if year is not None else 0)


def _without_citing(question: str) -> str:
    """The question in Unicode form NFC, without identifiers and "et al.": these are not in the texts of papers."""
    question = unicodedata.normalize("NFC", question)
    parts = question.split(maxsplit=_LONGEST)
    if len(parts) > _LONGEST:
        return question
    kept = [part for part in parts if not _is_identifier(part.strip(_AROUND))]
    return _ET_AL.sub(" ", question if len(kept) == len(parts) else " ".join(kept))


def _is_identifier(text: str) -> bool:
    """Whether a text is an identifier and not only a number."""
    return not text.isdigit() and next(identifiers.parse(text), None) is not None

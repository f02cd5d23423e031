"""Whether anything in a collection answers a question; the rule and its marks are those of `vectors.calibration`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semsearch.search import lexical
from semsearch.search.bm25 import Words
from semsearch.vectors.calibration import ALL_WORDS, FEW_WORDS, NEAR_ENOUGH, WITH_WORDS, WORD_SHARE

if TYPE_CHECKING:
    from semsearch.search.ranking import Ranking
    from semsearch.store import Snapshot


def matches(ranking: Ranking, question: str, snapshot: Snapshot) -> bool:
    """Whether the best of the ranking answers the question; true where the collection is too small to tell."""
    marks = snapshot.calibration
    if marks is None or not ranking.count:
        return True
    nearness = marks.nearness(ranking.best_cosine)
    if nearness >= NEAR_ENOUGH:
        return True
    words = lexical.words(question)
    share = held_weight(ranking.words or Words(snapshot, words)) if words else 0.0
    return nearness + WORD_SHARE * share >= WITH_WORDS or (len(words) <= FEW_WORDS and share >= ALL_WORDS)


def held_weight(words: Words) -> float:
    """The share of the words' weight that the best paper by BM25 holds."""
    best = words.best()
    return 0.0 if best is None else words.weight_held_by(best)

"""Whether anything in a collection answers a question; the rule and its marks are those of `vectors.calibration`."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from semsearch.search import lexical
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
    share = held_weight(words, snapshot)
    return nearness + WORD_SHARE * share >= WITH_WORDS or (len(words) <= FEW_WORDS and share >= ALL_WORDS)


def held_weight(words: list[str], snapshot: Snapshot) -> float:
    """The share of the words' weight, ``log((N + 1) / (df + 1/2))``, that the best paper by BM25 holds."""
    if not words:
        return 0.0
    rows, scores = snapshot.matching(lexical.any_of(words))
    if not len(rows):
        return 0.0
    best = int(rows[np.lexsort((rows, -scores))[0]])
    weight = held = 0.0
    for word in (lexical.any_of([one]) for one in words):
        rarity = math.log((len(snapshot) + 1) / (snapshot.match_count(word) + 0.5))
        weight += rarity
        held += rarity * snapshot.match_count(word, best)
    return held / weight if weight > 0 else 0.0

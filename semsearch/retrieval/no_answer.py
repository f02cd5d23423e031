"""Whether anything in a collection answers a question; the thresholds are those of `vectors.calibration`."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from semsearch.dense.calibration import (
    ALL_WORDS,
    FEW_WORDS,
    FIRST_HITS,
    NAMED_WORDS,
    NEAR_ENOUGH,
    WITH_WORDS,
    WORD_SHARE,
)
from semsearch.lexical import analyzer
from semsearch.retrieval.bm25 import Words
from semsearch.retrieval.mentions import mentioned, year_of
from semsearch.text import identifiers
from semsearch.text.folding import fold

if TYPE_CHECKING:
    from semsearch.index import Snapshot
    from semsearch.retrieval.ranking import Ranking

#: Brackets and stops around an identifier.
_AROUND = "()[]{}<>.,;:\"'"
#: Longer texts name their subject without the help of names.
_LONGEST = 64
_ET_AL = re.compile(r"\bet\.? al\b\.?", re.IGNORECASE)


def matches(ranking: Ranking, question: str, snapshot: Snapshot) -> bool:
    """Whether the best of the ranking answers the question; true where the collection is too small to tell."""
    marks = snapshot.calibration
    if marks is None or not ranking.count:
        return True
    nearness = marks.nearness(ranking.best_cosine)
    if nearness >= NEAR_ENOUGH:
        return True
    text = _without_citing(question)
    words = analyzer.words(text)
    if not words:
        return False
    asked = ranking.words if ranking.words and text == question else Words(snapshot, words)
    share = held_weight(asked)
    if nearness + WORD_SHARE * share >= WITH_WORDS or (len(words) <= FEW_WORDS and share >= ALL_WORDS):
        return True
    return _names_a_hit(ranking, text, words, asked, snapshot)


def held_weight(words: Words) -> float:
    """The share of the words' weight that the best paper by BM25 holds."""
    best = words.best()
    return 0.0 if best is None else words.weight_held_by(best)


def _names_a_hit(ranking: Ranking, text: str, words: list[str], asked: Words, snapshot: Snapshot) -> bool:
    """Whether one of the first hits has an author, the venue or the year of the question, and most of its words.

    Names are no words of a title or an abstract, and hardly move a cosine: ``Quillmont 2034 drawers``.
    """
    rows = ranking.top(FIRST_HITS)[0]
    named = [mentioned(text, words, paper) for paper in snapshot.papers_at(rows)]
    if not any(named):
        return False
    weights = {
        word: asked.weight(max(count, _named(word, snapshot))) for word, count in zip(words, asked.counts, strict=True)
    }
    enough = NAMED_WORDS * sum(weights.values())
    # Beside a name the year may be wrong, or that of another version, as long as there are papers of that year.
    years = {word for word in words if (year := year_of(word)) is not None and snapshot.count_of_year(year)}
    for row, names in zip(rows.tolist(), named, strict=True):
        if names:
            held = sum(weights[word] for word in words if word in names or word in years or asked.holds(word, row))
            if held >= enough:
                return True
    return False


def _named(word: str, snapshot: Snapshot) -> int:
    """How many papers have a word in their authors, venue or keywords, or as their year."""
    folded, year = fold(word), year_of(word)
    named = snapshot.count_named(f'{{author venue category}} : "{folded}"') if folded else 0
    return max(named, snapshot.count_of_year(year) if year is not None else 0)


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

"""Why a hit is one: its nearest sentence, the words that it shares, its places by meaning and by words."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import numpy as np

from semsearch.lexical.analyzer import STOPWORDS
from semsearch.model.forking import no_fork
from semsearch.model.results import Explanation

if TYPE_CHECKING:
    from semsearch.model.paper import Paper
    from semsearch.model.protocols import Encoder
    from semsearch.retrieval.ranking import Ranking

#: After a full stop, a question or exclamation mark, and space, before a capital, a digit or a bracket; not after
#: abbreviations that are common in abstracts, nor after an initial.
_SENTENCE = re.compile(
    r"(?<!\be\.g)(?<!\bi\.e)(?<!\bvs)(?<!\bcf)(?<!\bal)(?<!\bFig)(?<!\b[A-Z])"
    r"[.!?]['\")\]]?\s+(?=[A-Z0-9(\[“])"
)
_WORD = re.compile(r"\w+")
#: Sentences of one paper that are looked at.
_SENTENCES = 40


class Explainer:
    """Explains hits of one question.

    Args:
        text: The question.
        ranking: Of its rows.
        encoder: Of the index; without one (seeds that are papers) no sentence is told.
    """

    def __init__(self, text: str, ranking: Ranking, encoder: Encoder | None) -> None:
        self._ranking = ranking
        self._encoder = encoder
        words = dict.fromkeys(word.lower() for word in _WORD.findall(text))
        self._words = [word for word in words if word not in STOPWORDS]

    def explain(self, paper: Paper, row: int, cosine: float) -> Explanation:
        """Of one hit."""
        sentence, near = self._sentence(paper)
        return Explanation(
            sentence=sentence,
            sentence_score=near,
            words=tuple(self._shared(paper)),
            dense_rank=self._ranking.dense_rank(cosine),
            lexical_rank=self._ranking.lexical_rank(row),
        )

    def _sentence(self, paper: Paper) -> tuple[str, float | None]:
        sentences = split(paper.abstract)[:_SENTENCES] or ([paper.title] if paper.title else [])
        if self._encoder is None or not sentences:
            return "", None
        cosines = self._encoder.encode_documents(sentences).astype(np.float64) @ self._ranking.cosine.vector.astype(
            np.float64
        )
        best = int(np.argmax(cosines))
        return sentences[best], float(np.clip(cosines[best], -1, 1))

    def _shared(self, paper: Paper) -> list[str]:
        """The question's words that the paper has in one form or another, as BM25 sees them."""
        with no_fork(), closing(sqlite3.connect(":memory:")) as one:
            one.execute("CREATE VIRTUAL TABLE words USING fts5 (text, tokenize='porter unicode61 remove_diacritics 2')")
            one.execute("INSERT INTO words VALUES (?)", (f"{paper.title} {paper.abstract}",))
            asked = "SELECT count(*) FROM words WHERE words MATCH ?"
            return [word for word in self._words if one.execute(asked, (f'"{word}"',)).fetchone()[0]]


def split(text: str) -> list[str]:
    """The sentences of a text."""
    sentences, start = [], 0
    for end in _SENTENCE.finditer(text):
        sentences.append(text[start : end.end()].strip())
        start = end.end()
    return [s for s in (*sentences, text[start:].strip()) if s]

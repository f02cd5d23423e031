"""Why a paper is a hit: its nearest sentence, the words in common, its ranks by cosine and by BM25."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import numpy as np

from semsearch.lexical.analyzer import STOPWORDS
from semsearch.model.forking import no_fork
from semsearch.model.results import Explanation
from semsearch.retrieval.mentions import mentioned

if TYPE_CHECKING:
    from semsearch.model.paper import Paper
    from semsearch.model.protocols import Encoder
    from semsearch.retrieval.ranking import Ranking

#: The end of a sentence: a full stop, question mark or exclamation mark, then space, then a capital, a digit or a
#: bracket. Full stops after common abbreviations and after initials do not count.
_SENTENCE = re.compile(
    r"(?<!\be\.g)(?<!\bi\.e)(?<!\bvs)(?<!\bcf)(?<!\bal)(?<!\bFig)(?<!\b[A-Z])"
    r"[.!?]['\")\]]?\s+(?=[A-Z0-9(\[“])"
)
_WORD = re.compile(r"\w+")
#: Most sentences of one paper that are compared with the question.
_SENTENCES = 40


class Explainer:
    """Explains the hits of one question.

    Args:
        text: The question.
        ranking: The ranking of the question.
        encoder: The encoder of the index. With ``None``, explanations have no sentence.
    """

    def __init__(self, text: str, ranking: Ranking, encoder: Encoder | None) -> None:
        self._text, self._ranking = text, ranking
        self._encoder = encoder
        words = dict.fromkeys(word.lower() for word in _WORD.findall(text))
        self._words = [word for word in words if word not in STOPWORDS]

    def explain(self, paper: Paper, row: int, cosine: float) -> Explanation:
        """Explain one hit.

        Args:
            paper: The paper of the hit.
            row: Row of its vector.
            cosine: Its cosine to the question.

        Returns:
            The nearest sentence, the words in common, the ranks, and the words that name the paper.
        """
        sentence, score = self._sentence(paper)
        named = mentioned(self._text, self._words, paper)
        return Explanation(
            sentence=sentence,
            sentence_score=score,
            words=tuple(self._shared(paper)),
            dense_rank=self._ranking.dense_rank(cosine),
            lexical_rank=self._ranking.lexical_rank(row),
            names=tuple(word for word in self._words if word in named),
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
        """The words of the question that the paper contains, after stemming as for BM25."""
        with no_fork(), closing(sqlite3.connect(":memory:")) as table:
            table.execute(
                "CREATE VIRTUAL TABLE words USING fts5 (text, tokenize='porter unicode61 remove_diacritics 2')"
            )
            table.execute("INSERT INTO words VALUES (?)", (f"{paper.title} {paper.abstract}",))
            matches = "SELECT count(*) FROM words WHERE words MATCH ?"
            return [word for word in self._words if table.execute(matches, (f'"{word}"',)).fetchone()[0]]


def split(text: str) -> list[str]:
    """The sentences of a text, in order, without the space around them."""
    sentences, start = [], 0
    for end in _SENTENCE.finditer(text):
        sentences.append(text[start : end.end()].strip())
        start = end.end()
    return [s for s in (*sentences, text[start:].strip()) if s]

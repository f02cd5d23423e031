"""Why a paper is a hit: its nearest sentence, the words in common, its ranks by cosine and by BM25."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import numpy as np

from semsearch.lexical.analyzer import STOPWORDS
from semsearch.lexical.tokens import TOKENIZER
from semsearch.model.forking import no_fork
from semsearch.model.results import Explanation
from semsearch.retrieval.mentions import mentioned
from semsearch.retrieval.signals import verbatim

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
#: Mark the ends of a word in a sentence; in the sentence itself they become spaces, as does NUL, which ends a text.
_START, _END = "\x02", "\x03"
_NO_MARKS = str.maketrans(dict.fromkeys("\x00\x02\x03", " "))
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

    def explain(self, paper: Paper, row: int, cosine: float, ordered_by: str = "sum") -> Explanation:
        """Explain one hit.

        Args:
            paper: The paper of the hit.
            row: Row of its vector.
            cosine: Its cosine to the question.
            ordered_by: What gave the hit its place, see `Explanation.ordered_by`.

        Returns:
            The nearest sentence, the words in common, the ranks, what each signal adds, and the words that name the
            paper.
        """
        sentence, score = self._sentence(paper)
        words, spans = self._shared(paper, sentence)
        named = mentioned(self._text, self._words, paper)
        return Explanation(
            sentence=sentence,
            sentence_score=score,
            words=words,
            dense_rank=self._ranking.dense_rank(cosine),
            lexical_rank=self._ranking.lexical_rank(row),
            names=tuple(word for word in self._words if word in named),
            spans=spans,
            adds=self._ranking.adds(row),
            ordered_by=ordered_by,
            verbatim=" ".join(verbatim.run(self._text, paper)),
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

    def _shared(self, paper: Paper, sentence: str) -> tuple[tuple[str, ...], tuple[tuple[int, int], ...]]:
        """The words of the question that the paper contains, stemmed as for BM25, and where the sentence has them."""
        if not self._words:
            return (), ()
        with no_fork(), closing(sqlite3.connect(":memory:")) as table:
            table.execute(f"CREATE VIRTUAL TABLE words USING fts5 (text, tokenize='{TOKENIZER}')")
            plain = sentence.translate(_NO_MARKS)
            table.executemany("INSERT INTO words VALUES (?)", [(f"{paper.title} {paper.abstract}",), (plain,)])
            matches = "SELECT count(*) FROM words WHERE words MATCH ? AND rowid = 1"
            words = [word for word in self._words if table.execute(matches, (f'"{word}"',)).fetchone()[0]]
            marks = "SELECT highlight(words, 0, ?, ?) FROM words WHERE words MATCH ? AND rowid = 2"
            any_word = " OR ".join(f'"{word}"' for word in words)
            found = table.execute(marks, (_START, _END, any_word)).fetchone() if words else None
        return tuple(words), _spans(found[0]) if found else ()


def _spans(marked: str) -> tuple[tuple[int, int], ...]:
    """The places of marked words in the text without the marks: ``(start, end)``, in order."""
    spans, start, marks = [], 0, 0
    for at, char in enumerate(marked):
        if char == _START:
            start = at - marks
        elif char == _END:
            spans.append((start, at - marks))
        marks += char in (_START, _END)
    return tuple(spans)


def split(text: str) -> list[str]:
    """The sentences of a text, in order, without the space around them."""
    sentences, start = [], 0
    for end in _SENTENCE.finditer(text):
        sentences.append(text[start : end.end()].strip())
        start = end.end()
    return [s for s in (*sentences, text[start:].strip()) if s]

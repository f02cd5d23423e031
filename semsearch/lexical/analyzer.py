"""From a question to terms for BM25, and to the phrases in quotation marks that a paper must hold."""

from __future__ import annotations

import re

_WORD = re.compile(r"\w+")
_QUOTED = re.compile(r'"([^"]{2,300})"|“([^”]{2,300})”')
#: English words that say nothing of a subject; without them BM25 is better on four of five collections and three times
#: as fast (docs/quality.md).
STOPWORDS = frozenset(
    (
        *("a", "an", "and", "are", "as", "at", "be", "but", "by", "for", "if", "in", "into", "is", "it", "no", "not"),
        *("of", "on", "or", "such", "that", "the", "their", "then", "there", "these", "they", "this", "to", "was"),
        *("will", "with", "what", "which", "how", "do", "does", "did", "can", "who", "whom", "whose", "when", "where"),
        *("why", "has", "have", "had", "been", "its", "from"),
    )
)
#: Different words of a question that are asked for; longer ones are texts, and cosines serve them better.
_WORDS = 64
#: Words beside a phrase in quotation marks.
_BESIDE = 4


def terms(question: str) -> list[str]:
    """The different words of a question that say something of a subject; all where none does; `_WORDS` at most."""
    every = list(dict.fromkeys(word.lower() for word in _WORD.findall(question)))
    return ([word for word in every if word not in STOPWORDS] or every)[:_WORDS]


def phrases(question: str) -> list[list[str]]:
    """The words of each phrase in quotation marks that a paper must hold.

    In a question with more than a few words beside them, quotation marks are a manner of speaking.
    """
    if len(_WORD.findall(_QUOTED.sub(" ", question))) > _BESIDE:
        return []
    found = (match[1] or match[2] for match in _QUOTED.finditer(question))
    return [inside for phrase in found if (inside := _WORD.findall(phrase))]


def is_phrase(question: str) -> bool:
    """Whether a question is one phrase in quotation marks and nothing else."""
    return bool(_QUOTED.fullmatch(question.strip()))

"""The terms of a question for BM25, and its phrases in quotation marks, which a paper must contain."""

from __future__ import annotations

import re

_WORD = re.compile(r"\w+")
_QUOTED = re.compile(r'"([^"]{2,300})"|“([^”]{2,300})”')
#: English words that say nothing about a subject. Without them BM25 is better on four of five collections, and three
#: times as fast (docs/quality.md).
STOPWORDS = frozenset(
    (
        *("a", "an", "and", "are", "as", "at", "be", "but", "by", "for", "if", "in", "into", "is", "it", "no", "not"),
        *("of", "on", "or", "such", "that", "the", "their", "then", "there", "these", "they", "this", "to", "was"),
        *("will", "with", "what", "which", "how", "do", "does", "did", "can", "who", "whom", "whose", "when", "where"),
        *("why", "has", "have", "had", "been", "its", "from"),
    )
)
#: Most terms of a question. A longer question is a text, for which cosines work better.
_WORDS = 64
#: Most words beside the phrases in quotation marks.
_BESIDE = 4


def terms(question: str) -> list[str]:
    """The terms of a question: its words without stop words, each once, in order, in lower case.

    Args:
        question: The question.

    Returns:
        At most 64 terms. A question that has only stop words keeps them.
    """
    every = list(dict.fromkeys(word.lower() for word in _WORD.findall(question)))
    return ([word for word in every if word not in STOPWORDS] or every)[:_WORDS]


def terms_with_repeats(question: str) -> list[str]:
    """The terms of a question, each as often as the question has it. In a long question this tells its subject.

    Args:
        question: The question.
    """
    kept = set(terms(question))
    return [word for word in map(str.lower, _WORD.findall(question)) if word in kept]


def words(text: str) -> list[str]:
    """The words of a text, in order, as they are written.

    Args:
        text: Any text.
    """
    return _WORD.findall(text)


def phrases(question: str) -> list[list[str]]:
    """The phrases in quotation marks that a paper must contain.

    Args:
        question: The question.

    Returns:
        The words of each phrase, in order. There are no phrases if the question has more than four words outside them:
        then quotation marks are only a manner of speaking.
    """
    if len(_WORD.findall(_QUOTED.sub(" ", question))) > _BESIDE:
        return []
    found = (match[1] or match[2] for match in _QUOTED.finditer(question))
    return [inside for phrase in found if (inside := _WORD.findall(phrase))]


def is_phrase(question: str) -> bool:
    """Whether the whole question is one phrase in quotation marks."""
    return bool(_QUOTED.fullmatch(question.strip()))

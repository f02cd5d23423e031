"""The signal of word for word: papers that have a long run of words of the question in their title or abstract.

A sentence that is copied from a paper must find that paper, also if the sentence stands behind the words that the model
reads. Only the first papers by BM25 are looked at: they have the most and the rarest words of the question, and a paper
that has half of the question word for word is among them.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from semsearch.retrieval.signals.known import Fixed
from semsearch.text.folding import fold

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semsearch.model.index_protocols import ReadableIndex
    from semsearch.model.paper import Paper
    from semsearch.retrieval.question import Question

#: Weight of a paper that has the whole question; the cosine has the weight 1.
WEIGHT = 3.0
#: Fewest words of a run, and the share of the words of the question that it must be. Both keep out what many papers
#: say, such as "in this paper we present a new".
FEWEST, SHARE = 6, 0.5
#: Papers that are looked at, the first ones by BM25.
LOOKED_AT = 10
#: Most words of a question that are looked for.
_LONGEST = 400


def run(question: str, paper: Paper) -> tuple[str, ...]:
    """The longest run of words of a question that a paper has word for word in its title or in its abstract.

    Args:
        question: The question.
        paper: The paper.

    Returns:
        The words, folded, in order; the first run of equal ones. Empty if no run has six words and half of the words of
        the question.
    """
    return _run(fold(question).split()[:_LONGEST], paper)


def _run(words: Sequence[str], paper: Paper) -> tuple[str, ...]:
    least = max(FEWEST, math.ceil(len(words) * SHARE))
    found: tuple[str, ...] = ()
    for text in (paper.title, paper.abstract) if len(words) >= least else ():
        found = max(found, _longest_in(words, f" {fold(text)} ", least), key=len)
    return found


def _longest_in(words: Sequence[str], text: str, least: int) -> tuple[str, ...]:
    """The longest run of ``words`` in ``text`` of at least ``least`` words; empty if there is none."""
    best: tuple[str, ...] = ()
    for start in range(len(words) - least + 1):
        end = start + max(least, len(best) + 1)  # only a longer run counts
        while end <= len(words) and f" {' '.join(words[start:end])} " in text:
            best, end = tuple(words[start:end]), end + 1
    return best


def verbatim_of(question: Question, index: ReadableIndex) -> Fixed | None:
    """The signal of a question; ``None`` if no paper has a long run of its words.

    The score of a paper is the square of the share of the words of the question that are in its run. So half of a
    question counts a quarter.

    Args:
        question: The question.
        index: The index that is searched.
    """
    words = fold(question.text).split()[:_LONGEST]
    if question.bm25 is None or len(words) < FEWEST:
        return None
    rows = question.bm25.top(LOOKED_AT, None).rows
    papers = index.documents.papers_at(rows.tolist())
    scores = np.array([(len(_run(words, paper)) / len(words)) ** 2 for paper in papers])
    has = scores > 0
    return Fixed(rows[has], scores[has]) if has.any() else None

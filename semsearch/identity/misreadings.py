"""Digits that text recognition (OCR) read for letters: ``Rec0i1`` for ``Recoil``."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from semsearch.identity.titles import is_mixed, numbers

if TYPE_CHECKING:
    from semsearch.identity.comparable import Comparable

#: What is taken for what, in folded text. ``i`` and ``l`` are both taken for ``1``.
_LOOKS_LIKE = str.maketrans("015i", "olsl")


def as_in(paper: Comparable, other: Comparable) -> Comparable:
    """A paper, with the misread words of its title as the other's title has them.

    A word counts as misread only if the other title has it without digits: ``claudin1`` and ``claudin5`` stay apart.

    Args:
        paper: The paper.
        other: The paper that it is compared with.
    """
    plain = {word.translate(_LOOKS_LIKE): word for word in other.words if word.isalpha()}
    words = tuple(plain.get(word.translate(_LOOKS_LIKE), word) if is_mixed(word) else word for word in paper.words)
    if words == paper.words:
        return paper
    return replace(paper, title=" ".join(words), words=words, numbers=numbers(words))

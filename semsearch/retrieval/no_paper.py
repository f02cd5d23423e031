"""Why no paper passes a filter: the test that none passes, and the nearest value that papers have."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from semsearch.model.filters import All, Any, FieldTest, Not
from semsearch.text.folding import fold

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semsearch.model.filters import Filter
    from semsearch.model.index_protocols import ReadableIndex

#: Least similarity, 0 to 100, of a word to the one that may be meant: in four letters, two may be exchanged.
_LEAST_SIMILAR = 70
#: Most values of a field that are listed where none is like the one that was asked for.
_LISTED = 8


def no_paper_reason(condition: Filter, index: ReadableIndex) -> str:
    """Say why no paper passes a filter. This costs some searches of the index, so it is asked only if there is no hit.

    Args:
        condition: The filter.
        index: The index.

    Returns:
        One line; empty if a paper passes the filter.
    """
    return _Reasons(index).of(condition)


class _Reasons:
    def __init__(self, index: ReadableIndex) -> None:
        self._index = index

    def of(self, condition: Filter) -> str:
        if self._count(condition):
            return ""
        if isinstance(condition, FieldTest):
            return f"no paper fits {condition}{self._hint(condition)}"
        if isinstance(condition, Not):
            return f"every paper fits {condition.part}"
        reasons = (reason for part in condition.parts if (reason := self.of(part)))
        if isinstance(condition, Any):
            return "; ".join(reasons)
        return next(reasons, "") or self._together(condition)

    def _together(self, condition: All) -> str:
        """Each part is passed by some papers, so name the first two that no paper passes together."""
        for pair in itertools.combinations(condition.parts, 2):
            if not self._count(All(pair)):
                return f"no paper fits both {pair[0]} and {pair[1]}"
        return f"no paper fits all of {', '.join(map(str, condition.parts))}"

    def _count(self, condition: Filter) -> int:
        """Number of papers that pass a filter."""
        mask, live = self._index.filter_mask(condition), self._index.live
        return int(mask.sum() if live is None else (mask & live).sum())

    def _hint(self, test: FieldTest) -> str:
        if test.operator not in (":", "~") or test.field in ("source", "date"):
            return ""
        if test.field == "tag" and test.operator == ":" and fold(test.value):
            contained = FieldTest("tag", "~", test.value)
            if count := self._count(contained):
                return f" as a whole (try {contained}: {_papers(count)})"
        words = self._index.documents.words_of(test.field)
        near = _nearest_year(int(test.value), words) if test.field == "year" else _nearest(fold(test.value), words)
        for operator in dict.fromkeys((test.operator, "~")) if test.field == "tag" else (":",):
            if near and (count := self._count(meant := FieldTest(test.field, operator, near))):
                name = near if operator == test.operator else str(meant)
                return f" (nearest: {name}, {_papers(count)})"
        return f" (there are: {', '.join(words)})" if words and len(words) <= _LISTED else ""


def _papers(count: int) -> str:
    return f"{count:,} paper{'' if count == 1 else 's'}"


def _nearest_year(year: int, years: Sequence[str]) -> str:
    return min(years, key=lambda other: abs(int(other) - year), default="")


def _nearest(value: str, known: Sequence[str]) -> str:
    """The value with each unknown word replaced by the nearest known word; empty if there is none for one of them."""
    from rapidfuzz import fuzz, process  # imported here, since only a search without a hit needs it

    held, words = set(known), list[str]()
    for word in value.split():
        found = (
            None if word in held else process.extractOne(word, known, scorer=fuzz.ratio, score_cutoff=_LEAST_SIMILAR)
        )
        if word not in held and found is None:
            return ""
        words.append(word if found is None else str(found[0]))
    return " ".join(words)

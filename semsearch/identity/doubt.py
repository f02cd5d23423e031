"""Pairs on which a person should decide: the fields fit one publication and two, and the rule can only guess.

Each case comes with counts of judged collections: how many such pairs were one publication. They are measured on EJIS,
haematology, cytology, DBLP-ACM and fuzzycat (docs/duplicates.md).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from semsearch.identity.verdict import DIFFERENT, DOUBTFUL, PART, SAME, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable

    from semsearch.identity.comparable import Comparable
    from semsearch.identity.comparison import Comparison

#: Words of a title from which a record that has nothing else can be looked for.
_WORDS = 4
#: Words of a title from which equal volume and pages are those of one paper in a book and in the series of the book.
_LONG = 8


class _Pair(NamedTuple):
    """Two papers that were compared."""

    a: Comparable
    b: Comparable
    c: Comparison

    @property
    def named(self) -> bool:
        """Whether an identifier or the pages agree."""
        return bool(self.c.doi or self.c.pmid or self.c.arxiv or self.c.pages)

    @property
    def heading(self) -> bool:
        """Whether one has a title that many papers have."""
        return self.a.generic or self.b.generic

    @property
    def fits(self) -> bool:
        """Whether no field and no issue clashes, and both or none are a notice."""
        of_one_kind = self.a.notice == self.b.notice and self.a.dataset == self.b.dataset
        return of_one_kind and self.c.issue is not False and not self.c.clashes

    @property
    def alike(self) -> bool:
        """Whether the pair `fits`, and the titles have the same numbers."""
        return self.c.numbers and self.fits

    @property
    def of_one_year(self) -> bool:
        """Whether the year and nearly all authors are the same."""
        return self.c.years == 0 and (self.c.authors_of_longer or 0) >= 0.8


class _Case(NamedTuple):
    """A kind of doubtful pair."""

    kind: str
    """Kind that the rule gave."""
    told: str
    """Why it is doubtful, in words."""
    same: int
    """How many such pairs of the judged collections were one publication."""
    pairs: int
    """How many there were."""
    holds: Callable[[_Pair], bool]

    @property
    def chance(self) -> float:
        """The share of such pairs that are one publication, by Laplace's rule of succession, as counts are small."""
        return (self.same + 1) / (self.pairs + 2)


def doubted(a: Comparable, b: Comparable, c: Comparison, verdict: Verdict) -> Verdict:
    """The verdict; ``doubtful`` instead if the pair is of a kind that only a person can tell.

    Args:
        a: A paper.
        b: Another. The order of the two does not matter.
        c: Their comparison.
        verdict: What the rule said.
    """
    pair = _Pair(a, b, c)
    for case in _CASES:
        if verdict.kind == case.kind and case.holds(pair):
            return Verdict(DOUBTFUL, case.told, case.chance)
    return verdict


def _other_issue(p: _Pair) -> bool:
    return p.c.issue is False and not p.named and not p.c.clashes and p.c.authors is not None


def _other_venue(p: _Pair) -> bool:
    series = p.c.pages and p.c.volume and p.a.last_page == p.b.last_page and len(p.a.words) >= _LONG
    return not (p.c.doi or p.c.pmid or p.c.arxiv or series) and p.c.clashes == ["venue"]


def _number_more(p: _Pair) -> bool:
    fewer, more = sorted((set(p.a.numbers), set(p.b.numbers)), key=len)
    return fewer < more and p.a.part == p.b.part and p.c.title >= 0.9 and p.of_one_year and not p.c.clashes


def _identifier_alone(p: _Pair) -> bool:
    shared = bool(p.c.doi or p.c.pmid or p.c.acl) and not (p.a.part and p.b.part)
    return shared and not p.c.other_authors and p.c.pages is not False and p.fits


def _by_others(p: _Pair) -> bool:
    """A book review is by its writer in one database, and by the writer of the book in another."""
    placed = p.c.volume and p.c.issue and p.c.pages is not False and (p.c.venue or 0) >= 0.8
    return bool(p.c.other_authors and placed and p.c.title >= 0.95 and p.alike and not p.c.substituted)


def _like_title(p: _Pair) -> bool:
    return p.c.title >= 0.7 and p.of_one_year and p.alike and not (p.heading or p.c.substituted)


def _heading(p: _Pair) -> bool:
    alike = p.c.title >= 0.95 and p.c.authors_of_longer == 1 and p.c.years == 0 and (p.c.venue or 0) >= 0.8 and p.alike
    return p.heading and alike


def _title_alone(p: _Pair) -> bool:
    long = min(len(p.a.words), len(p.b.words)) >= _WORDS
    one_journal = p.c.venue is None or p.c.venue >= 0.6
    return long and one_journal and p.a.title == p.b.title and p.c.authors is None and p.alike and not p.heading


def _two_languages(p: _Pair) -> bool:
    """As titles in two languages, with less of a place in print than `classification` asks for."""
    placed = p.c.pages and p.c.volume and p.a.first_page == p.b.first_page and (p.c.venue or 0) >= 0.8
    shared = {*p.a.words} & {*p.b.words}
    return bool(
        placed
        and p.of_one_year
        and p.fits
        and p.c.first_author
        and 4 * len(shared) <= min(len(p.a.words), len(p.b.words))
    )


_CASES = (
    _Case(SAME, "the same title and authors, in two issues", 0, 4, _other_issue),
    _Case(SAME, "the same title, authors and year in two journals", 0, 2, _other_venue),
    _Case(PART, "the same authors and year; one title has a number that the other lacks", 3, 3, _number_more),
    _Case(DIFFERENT, "the same identifier with two titles; nothing else says which is right", 3, 3, _identifier_alone),
    _Case(DIFFERENT, "the same title in the same place by other authors, as with book reviews", 14, 20, _by_others),
    _Case(DIFFERENT, "similar titles, and the same authors and year; nothing clashes", 7, 10, _like_title),
    _Case(DIFFERENT, "a title that many papers have, by the same authors in the same year", 14, 31, _heading),
    _Case(DIFFERENT, "the same authors from the same page on; titles in two languages", 0, 0, _two_languages),
    _Case(DIFFERENT, "the same title, and too little else to compare", 0, 0, _title_alone),
)

"""The rules that say what two papers are to each other, in order: the first one that decides gives kind and reason."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from semsearch.identity.comparison import Comparison, doi_versions
from semsearch.identity.doubt import doubted
from semsearch.identity.pages import page_range
from semsearch.identity.verdict import DIFFERENT, NOTICE, PART, REPRINT, SAME, SIMILAR, VERSION, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable

    from semsearch.identity.comparable import Comparable

#: Words in a title from which two papers of one year are unlikely to have it both.
_LONG = 8
#: Authors from which a list of authors with the year tells a paper with a mere heading apart from others.
_FEW = 3
#: Part of the words that titles in two languages share at most: names, and words that both languages have.
_COGNATES = 0.25
#: Number of a Cochrane review, in place of pages.
_REVIEW = re.compile(r"cd\d{4,6}$")
#: Similarity of two journals below which they are two, if the authors do not say otherwise.
_OTHER_VENUE = 0.4
#: Pages of the longest article; a longer range is that of a whole supplement.
_ARTICLE = 60
#: Letters in an abstract from which two papers are unlikely to have it both.
_LONG_ABSTRACT = 200


def classify(a: Comparable, b: Comparable, c: Comparison, *, similar: float = 0.9) -> Verdict:
    """The relation of two papers. The order of the two does not matter.

    Args:
        a: A paper.
        b: Another.
        c: Their comparison.
        similar: Cosine from which two different papers are ``similar``.
    """
    found = (verdict for rule in _RULES if (verdict := rule(a, b, c)))
    verdict = next(found, Verdict(DIFFERENT, "nothing says that they are the same paper"))
    verdict = doubted(a, b, c, verdict)
    if verdict.kind != DIFFERENT:
        return verdict
    if c.cosine is not None and c.cosine >= similar:
        return Verdict(SIMILAR, f"near in meaning only; {verdict.rule}")
    return verdict


def _equal_records(a: Comparable, b: Comparable, _: Comparison) -> Verdict | None:
    """One record that was read twice. Even ``Editorial``, which says nothing about itself, is the same as itself."""
    if a.content == b.content and a.identifiers == b.identifiers and a.not_in_content == b.not_in_content:
        return Verdict(SAME, "the same record: all fields that tell records apart are equal")
    return None


def _doi_versions(a: Comparable, b: Comparable, c: Comparison) -> Verdict | None:
    if doi_versions(a, b) and c.title >= 0.9:
        return Verdict(VERSION, "DOIs that differ only in the version or in a mark of supporting information")
    return None


def _notice(a: Comparable, b: Comparable, c: Comparison) -> Verdict | None:
    if a.notice == b.notice:
        return None
    which = " and a ".join(sorted(filter(None, (a.notice, b.notice))))
    if c.pages and c.volume and a.first_page == b.first_page and c.title >= 0.9 and not (c.authors or 1) < 0.5:
        return None  # the same place in print: one database has left the label out
    if c.title >= 0.85 or c.title_contained:
        return Verdict(NOTICE, f"one is a {which} and has the title of the other")
    return Verdict(DIFFERENT, f"one is a {which} and the other is not")


def _registry(a: Comparable, b: Comparable, c: Comparison) -> Verdict | None:
    """A sponsor gives many trials one title. A shared identifier says more: one article can report two trials."""
    if c.registry is False and not (c.pmid or c.doi):
        return Verdict(DIFFERENT, f"trials with two numbers: {_two(min(a.registry), min(b.registry))}")
    return None


def _dataset(a: Comparable, b: Comparable, c: Comparison) -> Verdict | None:
    if a.dataset != b.dataset:
        return Verdict(DIFFERENT, "one is a dataset and the other is not")
    if a.dataset and c.doi is False:
        return Verdict(DIFFERENT, "two datasets with two DOIs")
    return None


def _identifier(a: Comparable, b: Comparable, c: Comparison) -> Verdict | None:
    """The same identifier, and a second witness: the title, the authors, or the place in print.

    An identifier alone is not enough. Meeting abstracts have the DOI of their proceedings and chapters that of their
    book; DOIs are mistyped and cut off.
    """
    which = "PMID" if c.pmid else "DOI" if c.doi else "ACL id" if c.acl else ""
    if not which:
        return None
    if a.part and b.part and a.part != b.part and not c.pages:
        return Verdict(PART, f"parts of a series under the same {which}: {_two(a.part, b.part)}")
    bare = not (a.words and b.words)
    unlike = c.pages is False or c.issue is False or c.other_authors or (c.title < 0.85 and not c.pages)
    heading = (a.generic or b.generic) and unlike and not (c.volume and c.issue and _all_authors(c))
    near = c.title >= 0.6 or c.title_contained or bare
    like = c.title >= 0.85 or c.title_contained
    two = (c.contrasted and not c.pages) or (c.pages is False and (not like or _are_abstracts(a, b)))
    witness = bare or like or not c.other_authors or c.pages
    if near and witness and (c.numbers or c.pages is not False) and (bare or not heading) and not two:
        return Verdict(SAME, f"the same {which}")
    if (c.authors or 0) >= 0.5 and c.pages:
        if _all_authors(c) and c.volume and (c.years or 0) <= 1 and not heading:
            return Verdict(SAME, f"the same {which}, authors and place in print; the titles are in two languages")
        return Verdict(REPRINT, f"the same {which}, authors and pages with another title: a translation")
    in_issue = bool(c.volume and c.issue) or which == "PMID"  # a PMID is that of one record
    if _all_authors(c) and in_issue and c.pages is None and (c.years or 0) <= 1 and not heading and not c.contrasted:
        return Verdict(SAME, f"the same {which}, authors and issue, with another title")
    return Verdict(DIFFERENT, f"the same {which}, but another title: one of many papers under it")


def _arxiv(a: Comparable, b: Comparable, c: Comparison) -> Verdict | None:
    if not c.arxiv:
        return None
    if a.arxiv_version != b.arxiv_version and a.arxiv_version and b.arxiv_version:
        return Verdict(VERSION, "versions of one arXiv paper")
    if a.preprint != b.preprint:
        return Verdict(VERSION, "a preprint and the published paper, with one arXiv number")
    return Verdict(SAME, "the same arXiv number")


def _numbers(a: Comparable, b: Comparable, c: Comparison) -> Verdict | None:
    parts = (a.part or "1") != (b.part or "1")
    if a.part and b.part and parts and c.title >= 0.75 and not c.other_authors and not c.pages:
        return Verdict(PART, f"parts of a series: {_two(a.part, b.part)}")
    if parts and c.title_contained and not c.other_authors:
        return Verdict(PART, f"parts of a series: {_two(a.part or '1', b.part or '1')}")
    if c.numbers or c.title < 0.75:
        return None
    if c.pages and c.volume is not False and not c.other_authors and not (a.part and b.part and parts):
        return None  # the same place in print: a number was mistyped or left out
    if parts and not c.other_authors:
        return Verdict(PART, f"parts of a series: {_two(a.part or '1', b.part or '1')}")
    if not (a.numbers and b.numbers) and c.authors == 1 and c.years == 0 and not c.clashes:
        return None  # one side leaves a number out
    told = f"titles that differ in numbers: {_two(*(' '.join(x.numbers) or 'none' for x in (a, b)))}"
    return Verdict(PART if c.title >= 0.9 and not c.other_authors else DIFFERENT, told)


def _update(a: Comparable, b: Comparable, c: Comparison) -> Verdict | None:
    """A Cochrane review keeps its number, CD001234, in all its updates and for its protocol."""
    if not (a.first_page == b.first_page and _REVIEW.match(a.first_page)) or c.other_authors:
        return None
    if c.years or c.issue is False or a.form != b.form:
        return Verdict(VERSION, "a review and its update or protocol, with one number")
    return None


def _print(a: Comparable, b: Comparable, c: Comparison) -> Verdict | None:
    """The same pages of the same volume or venue."""
    if not c.pages or c.volume is False or (c.years or 0) > 1 or c.arxiv is False:
        return None
    if c.doi is False:
        return _two_dois(a, b, c)
    least = 0.8 if c.other_authors else _OTHER_VENUE
    if a.generic or b.generic or (c.venue is not None and c.venue < least):
        return None  # a title that says nothing, or the same numbers in two journals
    placed = bool(c.volume) or (c.venue or 0) >= 0.8
    if not placed:
        return None
    if c.title >= 0.95 and c.volume:
        return Verdict(SAME, "the same title in the same place in print")
    if (c.title >= 0.7 or c.title_contained) and not c.other_authors:
        return Verdict(SAME, "the same place in print, with similar titles and authors")
    return None


def _two_dois(a: Comparable, b: Comparable, c: Comparison) -> Verdict | None:
    """Two DOIs for one place in print: a publisher that moved, a mistyped DOI."""
    placed = c.volume and c.issue is not False and not c.years and (c.venue or 0) >= 0.8
    if placed and c.title >= 0.95 and _all_authors(c) and c.numbers and not (a.generic or b.generic or a.notice):
        return Verdict(SAME, "the same title and authors in the same place in print, with two DOIs")
    return None


def _translated(a: Comparable, b: Comparable, c: Comparison) -> Verdict | None:
    """Titles in two languages: no two articles by the same authors fill the same range of pages."""
    span = page_range(a.first_page, a.last_page)
    if not (c.pages and c.volume and a.last_page == b.last_page and span and 0 < span[1] - span[0] < _ARTICLE):
        return None
    agree = _all_authors(c) and c.first_author and (c.venue or 0) >= 0.8 and (c.years or 0) <= 1
    shared = len({*a.words} & {*b.words}) / max(1, min(len(a.words), len(b.words)))
    if shared > _COGNATES:
        return None  # one language
    if agree and c.issue is not False and c.doi is not False and c.pmid is not False and len(a.names) > 1:
        return Verdict(SAME, "the same authors on the same pages of one volume; the titles are in two languages")
    return None


def _generic(a: Comparable, b: Comparable, c: Comparison) -> Verdict | None:
    if not (a.generic or b.generic):
        return None
    placed = c.pages and c.volume is not False and not c.years and (c.venue is None or c.venue >= 0.8)
    if c.doi is False or c.issue is False or c.pmid is False:
        return Verdict(DIFFERENT, "a title that many papers have, with another identifier or in another issue")
    if placed and not c.other_authors:
        return Verdict(SAME, "a title that many papers have, in the same place in print")
    alike = c.authors_of_longer == 1 and len(a.names) > 1
    placed = (c.venue or 0) >= 0.8 or len(a.names) > _FEW
    if c.title >= 0.92 and alike and c.years == 0 and placed and not [x for x in c.clashes if x != "venue"]:
        return Verdict(SAME, "a title that many papers have, by the same several authors in the same year")
    return Verdict(DIFFERENT, "a title that many papers have")


def _text(a: Comparable, b: Comparable, c: Comparison) -> Verdict | None:
    """The same title and abstract, where one record has no authors."""
    if c.title < 0.92 or c.substituted or c.authors is not None or not _same_abstract(a, b, c):
        return None
    if a.preprint != b.preprint:
        return Verdict(VERSION, "a preprint and the published paper, with the same title and abstract")
    if clashes := c.clashes:
        return Verdict(VERSION, f"the same title and abstract; {_and(clashes)} differ")
    return Verdict(SAME, "the same title and abstract; nothing clashes")


def _title(a: Comparable, b: Comparable, c: Comparison) -> Verdict | None:
    """The same title and authors. Where and when it appeared says whether it is the same record or a version."""
    if c.title < 0.92 or c.substituted:
        return None
    if c.other_authors:
        return Verdict(DIFFERENT, "the same title by other authors")
    if c.arxiv is False and c.title < 0.98:
        return Verdict(DIFFERENT, "similar titles by the same authors, with two arXiv numbers")
    if c.authors is None and not _supported(a, b, c):
        return Verdict(DIFFERENT, "the same title, and nothing else that agrees")
    if form := _other_form(a, b):
        return Verdict(VERSION, form)
    clashes = c.clashes
    if not clashes:
        return Verdict(SAME, "the same title and authors; nothing clashes")
    if clashes == ["venue"] and not c.years:
        return Verdict(SAME, "the same title, authors and year; only the venue differs")
    if (
        clashes == ["pages"]
        and c.volume
        and c.issue is not False
        and c.years == 0
        and _all_authors(c)
        and c.title >= 0.97
        and a.lettered == b.lettered
        and not _are_abstracts(a, b)
    ):
        return Verdict(SAME, "the same title and authors in the same volume; only the pages differ")
    if a.chapter and b.chapter and (c.years or 0) > 1:
        return Verdict(REPRINT, f"one chapter in two books; {_and(clashes)} differ")
    long = c.title == 1 and len(a.words) >= _LONG and c.years == 0
    if c.authors is None:
        if clashes == ["DOI"] and long:
            return Verdict(VERSION, "the same long title and year with two DOIs")
        return Verdict(DIFFERENT, f"the same title; {_and(clashes)} differ")
    if c.first_author or (c.authors_of_longer or 0) > 0.5 or (long and c.authors >= 0.8):
        return Verdict(VERSION, f"the same title and authors; {_and(clashes)} differ")
    return Verdict(DIFFERENT, f"the same title, one author in common; {_and(clashes)} differ")


def _are_abstracts(a: Comparable, b: Comparable) -> bool:
    """Whether both are abstracts of a meeting: one lettered page, such as ``A12``; a range is an article."""
    return a.lettered and b.lettered and not (a.last_page and b.last_page)


def _other_form(a: Comparable, b: Comparable) -> str:
    """In words, how the two forms of one work differ; empty if they do not."""
    if a.preprint != b.preprint:
        return "a preprint and the published paper"
    if a.form != b.form:
        return f"a {_and(sorted(filter(None, (a.form, b.form))))} and a paper with the title and authors of it"
    if a.edition and b.edition and a.edition != b.edition:
        return f"editions of one book: {_two(a.edition, b.edition)}"
    return ""


def _authors(a: Comparable, b: Comparable, c: Comparison) -> Verdict | None:
    """All authors and the year are the same, and the titles similar: a subtitle, a word more, a word changed."""
    if c.authors_of_longer is None or c.authors is None or (c.years or 0) > 1 or a.form != b.form:
        return None
    if c.years is None and not (_all_authors(c) and len(a.names) > 1 and (c.venue or 0) >= 0.8):
        return None  # no year, no journal: too little
    clashes = [clash for clash in c.clashes if clash != "venue"]
    if c.title_contained and c.authors == 1 and (c.authors_of_longer == 1 or c.first_author):
        if clashes or c.years or (c.venue is not None and c.venue < 0.6):
            return Verdict(
                VERSION, f"one title begins the other, by the same authors; {_and(clashes or ['year or venue'])} differ"
            )
        return Verdict(SAME, "one title begins the other, by the same authors, in the same year")
    count = min(len(a.names), len(b.names))
    if not _all_authors(c) or c.years or clashes or (c.venue is not None and c.venue < 0.6):
        return None
    if c.title >= 0.85 and not c.substituted and (count >= 2 or c.title >= 0.88):
        return Verdict(SAME, "similar titles, all authors and the year the same; nothing clashes")
    if c.title >= 0.88 and count >= 3 and not c.contrasted:
        return Verdict(
            SAME, "titles that differ in a word, several authors all the same, and the same year; nothing clashes"
        )
    return None


def _all_authors(c: Comparison) -> bool:
    return (c.authors_of_longer or 0) >= 0.8


def _abstract(a: Comparable, b: Comparable, c: Comparison) -> Verdict | None:
    if not _same_abstract(a, b, c) or c.other_authors:
        return None
    if c.title >= 0.7 and a.preprint == b.preprint and not c.clashes:
        return Verdict(SAME, "the same abstract and authors, with similar titles")
    return Verdict(VERSION, "the same abstract with another title")


def _same_abstract(a: Comparable, b: Comparable, c: Comparison) -> bool:
    """Whether both have a long abstract, and the two are the same but for details."""
    return (c.abstract or 0) >= 0.9 and min(len(a.abstract), len(b.abstract)) >= _LONG_ABSTRACT


def _supported(a: Comparable, b: Comparable, c: Comparison) -> bool:
    """Whether something else than the title agrees, where one record has no authors."""
    if c.venue is not None and c.venue < _OTHER_VENUE:
        return False
    if c.pages or (c.volume and c.issue is not False and c.pages is None):
        return True
    if c.pages is False or (c.years or 0) > 1:
        return False
    if c.years is None:
        return False
    return (c.venue or 0) >= 0.8 or (c.years == 0 and min(len(a.words), len(b.words)) >= _LONG)


def _two(one: str, other: str) -> str:
    """The two, in an order that does not depend on which was first."""
    return " and ".join(sorted((one, other)))


def _and(words: list[str]) -> str:
    return " and ".join(words)


_RULES: tuple[Callable[[Comparable, Comparable, Comparison], Verdict | None], ...] = (
    _equal_records, _registry, _doi_versions, _notice, _update, _identifier, _arxiv, _dataset, _numbers, _print,
    _translated, _generic, _text, _title, _authors, _abstract,
)  # fmt: skip

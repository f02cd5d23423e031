"""The rules that say what two papers are to each other, in order: the first one that decides gives kind and reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semsearch.identity.comparison import Comparison, doi_versions
from semsearch.identity.verdict import DIFFERENT, NOTICE, PART, REPRINT, SAME, SIMILAR, VERSION, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable

    from semsearch.identity.comparable import Comparable

#: Words in a title from which two papers of one year are unlikely to have it both.
_LONG = 8
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
    for rule in _RULES:
        if verdict := rule(a, b, c):
            if verdict.kind == DIFFERENT:
                break
            return verdict
    else:
        verdict = Verdict(DIFFERENT, "nothing says that they are the same paper")
    if c.cosine is not None and c.cosine >= similar:
        return Verdict(SIMILAR, f"near in meaning only; {verdict.rule}")
    return verdict


def _equal_records(a: Comparable, b: Comparable, _: Comparison) -> Verdict | None:
    """One record that was read twice. Even ``Editorial``, which says nothing about itself, is the same as itself."""
    if a.content == b.content and a.identifiers == b.identifiers:
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


def _dataset(a: Comparable, b: Comparable, c: Comparison) -> Verdict | None:
    if a.dataset != b.dataset:
        return Verdict(DIFFERENT, "one is a dataset and the other is not")
    if a.dataset and c.doi is False:
        return Verdict(DIFFERENT, "two datasets with two DOIs")
    return None


def _identifier(a: Comparable, b: Comparable, c: Comparison) -> Verdict | None:
    """The same identifier, unless everything else disagrees: the DOI of a book, a supplement, or a typing error."""
    which = "PMID" if c.pmid else "DOI" if c.doi else "ACL id" if c.acl else ""
    if not which:
        return None
    if a.part and b.part and a.part != b.part and not c.pages:
        return Verdict(PART, f"parts of a series under the same {which}: {_two(a.part, b.part)}")
    near = c.title >= 0.6 or c.title_contained or not (a.words and b.words)
    if near and (c.numbers or c.pages is not False):
        return Verdict(SAME, f"the same {which}")
    if (c.authors or 0) >= 0.5 and c.pages:
        return Verdict(REPRINT, f"the same {which}, authors and pages with another title: a translation")
    if (c.authors or 0) >= 0.5 and c.pages is None and (c.years or 0) <= 1:
        return Verdict(SAME, f"the same {which} and authors, with another title")
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
    parts = a.part != b.part
    if parts and c.title_contained and not _other_authors(c):
        return Verdict(PART, f"parts of a series: {_two(a.part or '1', b.part or '1')}")
    if c.numbers or c.title < 0.75:
        return None
    if c.pages and c.volume is not False and not _other_authors(c) and not (a.part and b.part and parts):
        return None  # the same place in print: a number was mistyped or left out
    if parts and not _other_authors(c):
        return Verdict(PART, f"parts of a series: {_two(a.part or '1', b.part or '1')}")
    if not (a.numbers and b.numbers) and c.authors == 1 and c.years == 0 and not _clashes(c):
        return None  # one side leaves a number out
    told = f"titles that differ in numbers: {_two(*(' '.join(x.numbers) or 'none' for x in (a, b)))}"
    return Verdict(PART if c.title >= 0.9 and not _other_authors(c) else DIFFERENT, told)


def _print(a: Comparable, b: Comparable, c: Comparison) -> Verdict | None:
    """The same pages of the same volume or venue."""
    if not c.pages or c.volume is False or (c.years or 0) > 1 or c.doi is False or c.arxiv is False:
        return None
    placed = bool(c.volume) or (c.venue or 0) >= 0.8
    if not placed:
        return None
    if c.title >= 0.95 and c.volume and not (a.generic or b.generic):
        return Verdict(SAME, "the same title in the same place in print")
    if (c.title >= 0.7 or c.title_contained) and not _other_authors(c):
        return Verdict(SAME, "the same place in print, with similar titles and authors")
    return None


def _generic(a: Comparable, b: Comparable, c: Comparison) -> Verdict | None:
    if not (a.generic or b.generic):
        return None
    if c.pages and c.volume is not False and not c.years and not _other_authors(c):
        return Verdict(SAME, "a title that many papers have, in the same place in print")
    alike = c.authors_of_longer == 1 and len(a.names) > 1
    if c.title >= 0.92 and alike and c.years == 0 and (c.venue or 0) >= 0.8 and not _clashes(c):
        return Verdict(SAME, "a title that many papers have, by the same several authors in the same year and journal")
    return Verdict(DIFFERENT, "a title that many papers have")


def _text(a: Comparable, b: Comparable, c: Comparison) -> Verdict | None:
    """The same title and abstract, where one record has no authors."""
    if c.title < 0.92 or c.substituted or c.authors is not None or not _same_abstract(a, b, c):
        return None
    if a.preprint != b.preprint:
        return Verdict(VERSION, "a preprint and the published paper, with the same title and abstract")
    if clashes := _clashes(c):
        return Verdict(VERSION, f"the same title and abstract; {_and(clashes)} differ")
    return Verdict(SAME, "the same title and abstract; nothing clashes")


def _title(a: Comparable, b: Comparable, c: Comparison) -> Verdict | None:
    """The same title and authors. Where and when it appeared says whether it is the same record or a version."""
    if c.title < 0.92 or c.substituted:
        return None
    if _other_authors(c):
        return Verdict(DIFFERENT, "the same title by other authors")
    if c.arxiv is False and c.title < 0.98:
        return Verdict(DIFFERENT, "similar titles by the same authors, with two arXiv numbers")
    if c.authors is None and not _supported(a, b, c):
        return Verdict(DIFFERENT, "the same title, and nothing else that agrees")
    if a.preprint != b.preprint:
        return Verdict(VERSION, "a preprint and the published paper")
    clashes = _clashes(c)
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


def _authors(a: Comparable, b: Comparable, c: Comparison) -> Verdict | None:
    """All authors and the year are the same, and the titles similar: a subtitle, a word more, a word changed."""
    if c.authors_of_longer is None or c.authors is None or c.years is None or c.years > 1:
        return None
    clashes = [clash for clash in _clashes(c) if clash != "venue"]
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
    if c.title >= 0.88 and count >= 3:
        return Verdict(
            SAME, "titles that differ in a word, several authors all the same, and the same year; nothing clashes"
        )
    return None


def _all_authors(c: Comparison) -> bool:
    return (c.authors_of_longer or 0) >= 0.8


def _abstract(a: Comparable, b: Comparable, c: Comparison) -> Verdict | None:
    if not _same_abstract(a, b, c) or _other_authors(c):
        return None
    if c.title >= 0.7 and a.preprint == b.preprint and not _clashes(c):
        return Verdict(SAME, "the same abstract and authors, with similar titles")
    return Verdict(VERSION, "the same abstract with another title")


def _same_abstract(a: Comparable, b: Comparable, c: Comparison) -> bool:
    """Whether both have a long abstract, and the two are the same but for details."""
    return (c.abstract or 0) >= 0.9 and min(len(a.abstract), len(b.abstract)) >= _LONG_ABSTRACT


def _other_authors(c: Comparison) -> bool:
    return c.authors is not None and c.authors < 0.5


def _supported(a: Comparable, b: Comparable, c: Comparison) -> bool:
    """Whether something else than the title agrees, where one record has no authors."""
    if c.pages or (c.volume and c.issue is not False and c.pages is None):
        return True
    if c.pages is False or (c.years or 0) > 1:
        return False
    if c.years is None:
        return False
    return (c.venue or 0) >= 0.8 or (c.years == 0 and min(len(a.words), len(b.words)) >= _LONG)


def _clashes(c: Comparison) -> list[str]:
    """The fields that disagree, in words."""
    found = []
    if c.doi is False:
        found.append("DOI")
    if c.arxiv is False:
        found.append("arXiv number")
    if c.pmid is False:
        found.append("PMID")
    if c.acl is False:
        found.append("ACL id")
    if c.volume is False and not c.pages:
        found.append("volume")
    if c.pages is False:
        found.append("pages")
    if c.venue is not None and c.venue < 0.6 and not c.pages:
        found.append("venue")
    if c.years and not c.pages and (c.years > 1 or (c.venue is not None and c.venue < 0.8)):
        found.append("year")
    return found


def _two(one: str, other: str) -> str:
    """The two, in an order that does not depend on which was first."""
    return " and ".join(sorted((one, other)))


def _and(words: list[str]) -> str:
    return " and ".join(words)


_RULES: tuple[Callable[[Comparable, Comparable, Comparison], Verdict | None], ...] = (
    _equal_records, _doi_versions, _notice, _identifier, _arxiv, _dataset, _numbers, _print, _generic, _text, _title,
    _authors, _abstract,
)  # fmt: skip

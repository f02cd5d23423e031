"""Two papers compared field by field: how similar each field is, and whether it agrees."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from rapidfuzz import fuzz

from semsearch.identity.contrasts import contrasted
from semsearch.identity.misreadings import as_in
from semsearch.identity.pages import page_range

if TYPE_CHECKING:
    from semsearch.identity.comparable import Comparable

_STOP = frozenset(("the", "of", "and", "for", "in", "on", "a", "an", "to", "de", "et", "la", "le", "der", "die", "und"))
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_JOURNAL_WORDS = frozenset(
    ("journal", "j", "trans", "transactions", "record", "magazine", "mag", "letters", "lett", "bulletin", "bull")
)
_PROCEEDINGS = frozenset(("proceedings", "proc", "procs", "annual", "conference", "conf"))
#: Words that may be exchanged without a change of meaning.
_FUNCTION = frozenset(
    (
        "with",
        "using",
        "from",
        "into",
        "through",
        "among",
        "between",
        "versus",
        "based",
        "after",
        "during",
        "under",
        "over",
    )
)
#: DOI registrants that give other publishers' papers a DOI of their own: JSTOR, CENTRAL. Such a DOI beside that of the
#: publisher is no contradiction.
_MIRRORS = ("10.2307/", "10.1002/central/")
#: ``.pub2`` of a Cochrane review, ``/v2`` of Research Square, ``.v2`` of figshare, ``.s001`` of supporting information,
#: ``u`` of undated BSI standards.
_VERSION = re.compile(r"[./]v\d+$|(?<=\d)u$|(?<=cd\d{6})\.pub\d+$")
#: Similarity of journals of two fields; letters from which a word names a field.
_OTHER_FIELD, _WORD = 0.3, 4
#: Similarity of two journals below which equal pages are not the same place.
_OTHER_JOURNAL = 0.4
#: Spaces in a title from which it may be cut off within a word.
_CUT = 6
#: Similarity below which two subtitles are not spellings of one.
_SUBTITLE = 60
_COMPONENT = re.compile(r"\.s\d{3}$")


class Comparison(NamedTuple):
    """Similarities in [0, 1], and agreements (``True`` or ``False``); ``None`` where one record lacks the field."""

    doi: bool | None
    pmid: bool | None
    arxiv: bool | None
    acl: bool | None
    registry: bool | None
    """Whether they have a number in a registry of trials in common."""
    title: float
    """Similarity of the whole titles."""
    title_contained: bool
    """Whether one title is the beginning of the other, up to the end of a word; a long one may be cut off in a word."""
    substituted: bool
    """Whether each title has a word that is not in the other, in any form; or words in contrast."""
    contrasted: bool
    """Whether a word of one stands in contrast to a word of the other: ``men`` and ``women``; or one main title has two
    subtitles without a word in common."""
    authors: float | None
    """Part of the shorter list of authors that is in the longer one."""
    authors_of_longer: float | None
    """Part of the longer list of authors that is in the shorter one."""
    first_author: bool | None
    venue: float | None
    years: int | None
    """Years apart."""
    volume: bool | None
    issue: bool | None
    pages: bool | None
    abstract: float | None
    numbers: bool
    """Whether the numbers in the titles agree; true if there are none."""
    cosine: float | None
    """Of the vectors, if they are known."""

    @property
    def other_authors(self) -> bool:
        """Whether both name their authors, and fewer than half of the shorter list are in the longer one."""
        return self.authors is not None and self.authors < 0.5

    @property
    def clashes(self) -> list[str]:
        """The fields that disagree, in words."""
        found = []
        if self.doi is False:
            found.append("DOI")
        if self.arxiv is False:
            found.append("arXiv number")
        if self.pmid is False:
            found.append("PMID")
        if self.registry is False:
            found.append("registry number")
        if self.acl is False:
            found.append("ACL id")
        if self.volume is False and not self.pages:
            found.append("volume")
        if self.pages is False:
            found.append("pages")
        if self.venue is not None and self.venue < (_OTHER_JOURNAL if self.pages else 0.6):
            found.append("venue")
        if self.years and not self.pages and (self.years > 1 or (self.venue is not None and self.venue < 0.8)):
            found.append("year")
        return found


def compare(a: Comparable, b: Comparable, cosine: float | None = None) -> Comparison:
    """Compare two papers. The order of the two does not matter.

    Args:
        a: A paper.
        b: Another paper.
        cosine: Cosine of their vectors, -1 to 1; ``None`` if unknown.
    """
    if a.mixed or b.mixed:
        a, b = as_in(a, b), as_in(b, a)
    contrast = a.words != b.words and (contrasted(a.words, b.words) or _two_subtitles(a, b))
    shared, sizes = _shared_authors(a, b), (len(a.names), len(b.names))
    return Comparison(
        doi=_dois(a, b),
        pmid=_equal(a.pmid, b.pmid) if not (a.pmcid and a.pmcid == b.pmcid) else True,
        arxiv=_equal(a.arxiv_id, b.arxiv_id),
        acl=_equal(a.acl_id, b.acl_id),
        registry=not a.registry.isdisjoint(b.registry) if a.registry and b.registry else None,
        title=max(title_similarity(one, other) for one in (a.title, *a.halves) for other in (b.title, *b.halves)),
        title_contained=_contained(a.title, b.title),
        substituted=contrast or _substituted(a.words, b.words),
        contrasted=contrast,
        authors=shared / min(sizes) if all(sizes) else None,
        authors_of_longer=shared / max(sizes) if all(sizes) else None,
        first_author=_same_name(a.names[0], b.names[0], a.surnames[0], b.surnames[0]) if a.names and b.names else None,
        venue=venue_similarity(a.venue, b.venue) if a.venue and b.venue else None,
        years=abs(a.year - b.year) if a.year and b.year else None,
        volume=_volumes(a, b),
        issue=_equal(a.issue, b.issue),
        pages=_page_agreement(a, b),
        abstract=fuzz.ratio(a.abstract, b.abstract) / 100 if a.abstract and b.abstract else None,
        numbers=numbers_agree(a.numbers, b.numbers),
        cosine=cosine,
    )


def _equal(a: str | None, b: str | None) -> bool | None:
    return a == b if a and b else None


def _dois(a: Comparable, b: Comparable) -> bool | None:
    one, other = a.doi, b.doi
    if not one or not other:
        return None
    if one == other or a.doi_key == b.doi_key:
        return True
    if _is_cut_off(*sorted((one, other), key=len)):
        return None
    if one.startswith(_MIRRORS) != other.startswith(_MIRRORS):
        return None
    return False


def _is_cut_off(short: str, long: str) -> bool:
    """Whether a DOI is the beginning of another, up to a separator: ``10.1057/palgrave``, cut off by a parser."""
    return long.startswith(short) and not long[len(short)].isalnum()


def doi_versions(a: Comparable, b: Comparable) -> bool:
    """Whether two DOIs differ only in a version, or only in a mark of supporting information.

    Args:
        a: A paper. If it has no DOI, the result is false.
        b: Another paper; the same holds for it.
    """
    one, other = a.doi or "", b.doi or ""
    if not one or not other or one == other:
        return False
    if _VERSION.sub("", one) == _VERSION.sub("", other):
        return True
    return _COMPONENT.sub("", one) == other or _COMPONENT.sub("", other) == one


def title_similarity(a: str, b: str) -> float:
    """In [0, 1]: the better of letters in order, without spaces, and words in any order.

    Args:
        a: A folded title.
        b: Another folded title.
    """
    if a == b:
        return 1.0
    letters = fuzz.ratio(a.replace(" ", ""), b.replace(" ", ""))
    return max(letters, fuzz.token_sort_ratio(a, b) - 2) / 100


def _contained(a: str, b: str) -> bool:
    short, long = sorted((a, b), key=len)
    whole = (long + " ").startswith(short + " ") and short.count(" ") >= 2
    return bool(short) and (whole or (long.startswith(short) and short.count(" ") >= _CUT))


def _same_name(a: frozenset[str], b: frozenset[str], surname_a: str, surname_b: str) -> bool:
    if surname_a == surname_b or surname_a in b or surname_b in a:
        return True
    mistyped = surname_a[:1] == surname_b[:1] and fuzz.ratio(surname_a, surname_b) >= 80
    return mistyped or len({word for word in a & b if len(word) > 2}) > 1


def _shared_authors(a: Comparable, b: Comparable) -> int:
    short, long = (a, b) if len(a.names) <= len(b.names) else (b, a)
    left = list(range(len(long.names)))
    for name, surname in zip(short.names, short.surnames, strict=True):
        for place in left:
            if _same_name(name, long.names[place], surname, long.surnames[place]):
                left.remove(place)
                break
    return len(long.names) - len(left)


def _two_subtitles(a: Comparable, b: Comparable) -> bool:
    one, other = a.subtitle, b.subtitle
    main = a.title.removesuffix(one) == b.title.removesuffix(other)
    return bool(one and other and main) and not {*one.split()} & {*other.split()} and fuzz.ratio(one, other) < _SUBTITLE


def _substituted(a: tuple[str, ...], b: tuple[str, ...]) -> bool:
    """Whether a word was replaced by another: ``adult`` by ``pediatric``, but not ``tumor`` by ``tumour``."""
    return _foreign_word(a, b) and _foreign_word(b, a)


def _foreign_word(words: tuple[str, ...], others: tuple[str, ...]) -> bool:
    """Whether one of the words is not among the others, in any spelling, as part of a compound, or as a compound."""
    own, other = set(words), set(others)
    return any(
        len(word) > 3
        and word not in _FUNCTION
        and not any(_alike(word, o) or _compound(o, word, own) or _compound(word, o, other) for o in other)
        for word in own - other
    )


def _compound(whole: str, part: str, rest: set[str]) -> bool:
    return (whole.startswith(part) and whole[len(part) :] in rest) or (
        whole.endswith(part) and whole[: -len(part)] in rest
    )


def _alike(a: str, b: str) -> bool:
    """Whether two words are spellings or forms of one."""
    return fuzz.ratio(a, b) >= 80 or (min(len(a), len(b)) >= 6 and a[:6] == b[:6])


def venue_similarity(a: str, b: str) -> float:
    """In [0, 1]; abbreviations (``curr opin rheumatol``) and acronyms (``jama``) count as the words.

    If only one of the two is a journal, at most 0.6: ``vldb`` and ``vldb journal`` are two places.

    Args:
        a: A folded venue, not empty.
        b: Another folded venue, not empty.
    """
    if a == b:
        return 1.0
    left, right = [w for w in a.split() if w not in _STOP], [w for w in b.split() if w not in _STOP]
    if left == right:
        return 1.0
    short, long = (left, right) if len("".join(left)) <= len("".join(right)) else (right, left)
    initials = "".join(word[0] for word in long)
    if _is_journal(left) == _is_journal(right) and (_has_acronym(left, right) or _has_acronym(right, left)):
        return 0.95
    if _abbreviates(short, long) or (len(short) == 1 and len(short[0]) > 2 and short[0] == initials):
        found = 0.95
    else:
        found = (
            max(
                fuzz.token_sort_ratio(" ".join(left), " ".join(right)),
                0.85 * fuzz.token_set_ratio(" ".join(left), " ".join(right)),
            )
            / 100
        )
    if _is_other_field(left, right):
        found = min(found, _OTHER_FIELD)
    acronym = len(short) == 1 and short[0] == initials
    return min(found, 0.6) if _is_journal(left) != _is_journal(right) and not acronym else found


def _is_other_field(left: list[str], right: list[str]) -> bool:
    """Whether two names differ in one word with another beginning: ``annals of neurology``, ``annals of urology``."""
    pairs = [(x, y) for x, y in zip(left, right, strict=True) if x != y] if len(left) == len(right) > 1 else []
    return len(pairs) == 1 and pairs[0][0][0] != pairs[0][1][0] and min(map(len, pairs[0])) > _WORD


def _has_acronym(words: list[str], others: list[str]) -> bool:
    """Whether the name of a conference begins with the acronym of another: ``icgs 2017`` of ``International …``."""
    leading = [word for word in words if word not in _PROCEEDINGS and not word.isdigit()]
    initials = "".join(word[0] for word in others)
    return len(initials) > 3 and bool(leading) and leading[0] == initials


def _is_journal(words: list[str]) -> bool:
    return any(word in _JOURNAL_WORDS for word in words)


def _abbreviates(short: list[str], long: list[str]) -> bool:
    """Whether each short word begins a long one, in order."""
    if not short:
        return False
    place = 0
    for word in short:
        while place < len(long) and not (
            long[place].startswith(word)
            or (len(word) > 3 and long[place][0] == word[0] and _subsequence(word, long[place]))
        ):
            place += 1
        if place == len(long):
            return False
        place += 1
    return long[0][0] == short[0][0]


def _subsequence(word: str, long: str) -> bool:
    letters = iter(long)
    return all(letter in letters for letter in word)


def _volumes(a: Comparable, b: Comparable) -> bool | None:
    if not a.volume or not b.volume:
        return None
    if a.volume == b.volume:
        return True
    # Some databases give the year for a volume.
    years = {str(a.year or ""), str(b.year or "")}
    return None if a.volume in years or b.volume in years else False


def _page_agreement(a: Comparable, b: Comparable) -> bool | None:
    if _in_press(a, b) or _in_press(b, a):
        return None
    if a.first_page and b.first_page:
        if a.first_page == b.first_page or _digits(a.first_page, b.first_page):
            return True
        return None if _overlap(a, b) else False
    if a.last_page and b.last_page and min(len(a.last_page), len(b.last_page)) > 1:  # ``Suppl-29`` for ``S417-S429``
        return a.last_page.endswith(b.last_page) or b.last_page.endswith(a.last_page) or None
    return None


def _in_press(early: Comparable, final: Comparable) -> bool:
    """Whether the pages are those of a paper in press, counted from 1, and of the same paper in its volume."""
    counted = early.first_page == "1" and bool(early.last_page) and final.first_page != "1"
    return counted and bool(final.volume) and not early.volume


def _digits(a: str, b: str) -> bool:
    """Whether two pages differ only in letters that one record leaves out: ``S12`` and ``12``."""
    return (a.isdigit() or b.isdigit()) and a.lstrip(_LETTERS) == b.lstrip(_LETTERS)


def _overlap(a: Comparable, b: Comparable) -> bool:
    """Whether the ranges share a page: one was mistyped, or two short papers are on one page."""
    one, other = (page_range(paper.first_page, paper.last_page) for paper in (a, b))
    return one is not None and other is not None and one[0] <= other[1] and other[0] <= one[1]


def numbers_agree(a: tuple[str, ...], b: tuple[str, ...]) -> bool:
    """Whether the numbers of two titles agree; ``1,000`` and ``1000`` do.

    Args:
        a: Numbers of a title, as digits, in order.
        b: Numbers of another title.
    """
    return a == b or "".join(a) == "".join(b) or sorted(a) == sorted(b)

"""A paper in the form that is compared: folded text, surnames, numbers, pages, kind of notice, part of a series."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING
from urllib.parse import unquote

from semsearch.identity import pages, registries, titles
from semsearch.identity.ids import content_id, edition_field
from semsearch.text.folding import fold

if TYPE_CHECKING:
    from semsearch.model.paper import Paper

_NO_NAME = frozenset(("", "na", "n a", "anonymous", "anon", "unknown", "no authors listed", "none"))
_PREPRINT_VENUE = re.compile(
    r"\b(?:arxiv|biorxiv|medrxiv|chemrxiv|psyarxiv|ssrn|preprints?|corr|research square|techrxiv|eprints?)\b"
)
#: arXiv, bioRxiv and medRxiv, Research Square, SSRN, ChemRxiv, OSF, Preprints.org, TechRxiv, Authorea.
_PREPRINT_DOI = re.compile(
    r"10\.(?:48550|1101/(?:\d{6}|20\d\d\.)|21203|2139/ssrn|26434/chemrxiv|31234|31219|20944|36227|22541)"
)
#: Words of a short title; years from which a short title, and a longer one, recurs; records that it takes for that.
_SHORT, _RECURS_SHORT, _RECURS_LONG, _RECORDS = 6, 3, 5, 6
#: Authors that are compared; collaborations have thousands.
_AUTHORS = 64
#: Types of theses: as sources write them, and ``THES`` of RIS.
_THESIS = re.compile(r"\b(?:(?:phd|masters?)?(?:thesis|dissertation)|thes)\b")
#: Types of abstracts of a meeting.
_ABSTRACT = re.compile(r"\b(?:conference|meeting|congress) abstract\b|\babstract\b$")
#: What a DOI that was copied from an address can end with.
_PAGE_OF = re.compile(r"(?:/(?:abstract|full|fulltext|pdf|epdf|summary|html)|\?\S*|\.pdf)$")
#: What a copy of a DOI can have and another lacks: backslashes of LaTeX, entities, a second slash, other separators.
_NOT_DOI = re.compile(r"&lt;|&gt;|&amp;|[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class Comparable:
    """What is compared of a paper."""

    title: str
    """Folded, with Greek letters as words, without remarks in brackets and the words of a notice."""
    words: tuple[str, ...]
    """Of the title."""
    halves: tuple[str, ...]
    """Of a title in two languages, ``Casa y luz / House and light``; else empty."""
    mixed: bool
    """Whether a word of the title has digits among its letters, which may be misread."""
    subtitle: str
    """What follows the last colon of the title, folded; or empty."""
    numbers: tuple[str, ...]
    """Numbers in the title, in order; Roman numerals as digits."""
    part: str
    """Number of the part that the title names, ``2`` for ``Part II``; or empty."""
    notice: str
    """``correction``, ``retraction``, ``reply``, ``comment``, ``supplement``; or empty for a paper."""
    generic: bool
    """Whether many papers have this title: ``Editorial``."""
    surnames: tuple[str, ...]
    names: tuple[frozenset[str], ...]
    """Words of each author's name."""
    venue: str
    volume: str
    issue: str
    first_page: str
    last_page: str
    lettered: bool
    """Whether a capital stands before the first page, as in ``E72`` and ``S12``: an abstract of a meeting."""
    abstract: str
    """Folded, its first 1,000 characters."""
    preprint: bool
    dataset: bool
    chapter: bool
    form: str
    """``thesis``, ``poster``, ``abstract``, ``report``, ``protocol``, not the article of the same title; or empty."""
    edition: str
    """Number of the edition of a book; or empty."""
    registry: frozenset[str]
    """Numbers in registries of trials: ``nct01234567``."""
    year: int | None
    doi: str | None
    doi_key: str
    """The DOI as it is compared: see `doi_key`; or empty."""
    pmid: str | None
    pmcid: str | None
    arxiv_id: str | None
    arxiv_version: int | None
    acl_id: str | None
    content: str
    """The id that `content_id` makes: equal if all fields that tell records apart are equal."""

    @property
    def identifiers(self) -> tuple[str | int | None, ...]:
        """All identifiers, ``None`` for each that the record lacks."""
        return self.doi, self.pmid, self.pmcid, self.arxiv_id, self.arxiv_version, self.acl_id

    @property
    def not_in_content(self) -> tuple[str, str, frozenset[str]]:
        """What else tells records apart: `content` has only fields that all records have."""
        return self.form, self.edition, self.registry


def comparable(paper: Paper) -> Comparable:
    """The comparable form of a paper."""
    kind = fold(paper.type)
    bare, notice = titles.split_title(paper.title, kind)
    title = titles.fold_title(bare)
    words = tuple(title.split())
    people = (author for author in paper.authors if "et al" not in author.lower() and fold(author) not in _NO_NAME)
    names = [_name(author) for author in islice(people, _AUTHORS)]
    first, last = pages.first_and_last(paper.pages)
    return Comparable(
        title=title,
        words=words,
        halves=titles.halves(bare),
        subtitle=titles.fold_title(bare.rpartition(":")[2]) if ":" in bare else "",
        mixed=any(map(titles.is_mixed, words)),
        numbers=titles.numbers(words),
        part=titles.part(bare, words),
        notice=notice,
        generic=titles.is_heading(title),
        surnames=tuple(surname for surname, _ in names if surname),
        names=tuple(name for surname, name in names if surname),
        venue=_venue(paper.venue),
        volume=_number(paper.volume),
        issue="" if pages.is_date(paper.issue) else _number(paper.issue),
        first_page=first,
        last_page=last,
        lettered=pages.is_lettered(paper.pages),
        abstract=fold(paper.abstract[:1500])[:1000],
        preprint=_is_preprint(paper),
        dataset=kind in ("dataset", "data set", "database", "component", "software"),
        chapter=kind in ("chapter", "book section", "book chapter", "incollection", "inbook", "chap"),
        form=_form(paper, kind),
        edition=_edition(paper) or titles.edition(title),
        registry=registries.numbers(paper),
        year=paper.year,
        doi=paper.doi,
        doi_key=doi_key(paper.doi or ""),
        pmid=paper.pmid,
        pmcid=paper.pmcid,
        arxiv_id=paper.arxiv_id,
        arxiv_version=paper.arxiv_version,
        acl_id=paper.acl_id,
        content=content_id(paper),
    )


def _name(author: str) -> tuple[str, frozenset[str]]:
    """Surname and all words of a name: ``Rask, Ana B.``, ``Ana B. Rask``, ``Rask AB``."""
    if "," in author:
        surname = fold(author.split(",", 1)[0])
        words = fold(author)
    else:
        plain = author.replace(".", ". ").split()
        words = fold(author)
        if len(plain) > 1 and re.fullmatch(r"[A-Z]{1,3}", plain[-1]):
            surname = fold(" ".join(plain[:-1]))
        else:
            surname = words.split()[-1] if words else ""
    return surname.replace(" ", ""), frozenset([*words.split(), surname.replace(" ", "")])


def _venue(text: str) -> str:
    """Folded, without what databases add: ``BMJ (Clinical research ed.)``, ``PLoS ONE [Electronic Resource]``."""
    return fold(re.sub(r"[(\[][^)\]]*[)\]]?", " ", text.replace("&", " and "))) or fold(text)


def _form(paper: Paper, kind: str) -> str:
    """What a record says that it is, beside an article: see `Comparable.form`."""
    if _THESIS.search(kind):
        return "thesis"
    told = f"{kind} {fold(paper.extra.get('M3', ''))}"
    if "poster" in told or fold(paper.venue).endswith(" poster"):
        return "poster"
    if _ABSTRACT.search(told):
        return "abstract"
    if kind in ("rprt", "report", "techreport", "unpb", "unpublished"):
        return "report"
    return titles.form_of(paper.title)


def _edition(paper: Paper) -> str:
    """The number of the edition that a field names; words as numbers."""
    text = edition_field(paper)
    return titles.edition(f"{fold(text)} ed") or _number(text) if text else ""


def _number(text: str) -> str:
    """The first run of digits, or the folded text."""
    if found := re.search(r"\d+", text):
        return found[0].lstrip("0") or "0"
    return "" if text.strip() in ("&NA;", "") else fold(text)


def doi_key(doi: str) -> str:
    r"""A DOI as it is compared: its letters and digits, the prefix apart.

    Copies of one DOI differ in the rest: ``10.1057/palgrave/ejis/3000417`` and ``10.1057/palgrave.ejis.3000417``,
    ``10.1002/(sici)1097&lt;33::aid&gt;3.0.co;2-#``, ``10.9999//x``, ``10.9999/a\_b``, ``10.9999/a/abstract``.

    Args:
        doi: In its normal form, or empty.
    """
    prefix, _, suffix = _PAGE_OF.sub("", unquote(doi)).partition("/")
    return f"{prefix}/{_NOT_DOI.sub('', suffix)}" if suffix else ""


def _is_preprint(paper: Paper) -> bool:
    if paper.doi:
        return bool(_PREPRINT_DOI.match(paper.doi))
    if _PREPRINT_VENUE.search(fold(paper.venue)):
        return True
    return bool(paper.arxiv_id) and not paper.venue and not paper.volume


def mark_recurring(papers: list[Comparable]) -> list[Comparable]:
    """The same papers, with `generic` set for titles that recur in this collection: columns, yearly reports.

    A short title recurs if six or more records of at least three years have it; a long one needs five years.
    """
    years: dict[str, list[int]] = defaultdict(list)
    for paper in papers:
        if paper.year:
            years[paper.title].append(paper.year)
    recurring = {
        title
        for title, found in years.items()
        if len(set(found)) >= (_RECURS_SHORT if title.count(" ") < _SHORT else _RECURS_LONG) and len(found) >= _RECORDS
    }
    return [replace(paper, generic=True) if paper.title in recurring else paper for paper in papers]

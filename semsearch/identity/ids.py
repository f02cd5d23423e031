"""The id of a paper, and the sure identifiers that name it."""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from semsearch.model.identifier import Identifier
from semsearch.text.identifiers import SCHEMES, parse

if TYPE_CHECKING:
    from semsearch.model.paper import Paper

_OWN = re.compile(r"^sem:[0-9a-f]{16}$")
#: How BibTeX and CSL, RIS, spreadsheets and EndNote name the edition of a book.
_EDITION_FIELDS = ("edition", "ET", "Edition", "7")


def identifiers(paper: Paper) -> tuple[Identifier, ...]:
    """The sure identifiers of a paper, the one that names it first.

    An arXiv id comes before a DOI: it names just this paper. A DOI in an arXiv record is that of the published version,
    and in some exports it is that of the volume.
    """
    pairs = (
        ("arxiv", paper.arxiv_id),
        ("doi", paper.doi),
        ("pmid", paper.pmid),
        ("pmcid", paper.pmcid),
        ("acl", paper.acl_id),
    )
    return tuple(Identifier(scheme, value) for scheme, value in pairs if value)


def edition_field(paper: Paper) -> str:
    """The edition of a book as the record has it, whatever its format calls the field; empty if there is none."""
    return next((text for name in _EDITION_FIELDS if (text := paper.extra.get(name, ""))), "")


def content_id(paper: Paper) -> str:
    """``sem:`` and 16 hex digits (64 bits of BLAKE2b) of the fields that tell records apart.

    Two records have the same one only if title, abstract, authors, year, venue, volume, issue, pages, key and edition
    are equal.
    """
    parts = (paper.title, paper.abstract, *paper.authors, str(paper.year or ""), paper.venue, paper.volume, paper.issue)
    edition = [told] if (told := edition_field(paper)) else []  # so the ids of other records stay as they were
    text = "\x1f".join((*parts, paper.pages, paper.key or "", *edition))
    return "sem:" + hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def free_ids(paper: Paper) -> tuple[str, ...]:
    """The ids that a paper can have, the best one first; the next one is for when another paper has it already.

    These are its own id, the id of its content, and that of its content and identifiers.
    """
    names = " ".join(str(identifier) for identifier in identifiers(paper))
    return paper.id, content_id(paper), content_id(replace(paper, key=f"{paper.key or ''} {names}"))


def is_content_id(text: str) -> bool:
    """Whether ``text`` is an id made by `content_id`."""
    return bool(_OWN.match(text))


def is_own_id(text: str) -> bool:
    """Whether ``text`` is an id that semsearch gives to papers, made of an identifier or of the content."""
    scheme, _, value = text.partition(":")
    return is_content_id(text) or (scheme in SCHEMES and any(str(i) == f"{scheme}:{value}" for i in parse(text)))


def with_id(paper: Paper) -> Paper:
    """The paper with its id: its first identifier, else `content_id`. A missing year is taken from an arXiv id."""
    if paper.year is None and paper.arxiv_id:
        digits = paper.arxiv_id.rsplit("/", 1)[-1][:2]
        paper = replace(paper, year=(1900 if int(digits) >= 91 else 2000) + int(digits))
    own = identifiers(paper)
    return replace(paper, id=str(own[0]) if own else content_id(paper))

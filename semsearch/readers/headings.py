"""Headings: which field of `Paper` a heading of a table or a key of JSON means."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from semsearch.model.errors import QueryError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

#: Headings of each field of `Paper`, folded by `fold_heading`. If a record has several of them, the first here counts.
HEADINGS: dict[str, tuple[str, ...]] = {
    "title": (
        "title", "primarytitle", "articletitle", "documenttitle", "papertitle", "itemtitle", "ti", "t1",
        "originaltitle",
    ),
    "abstract": (
        "abstract", "abstractnote", "notesabstract", "abstracttext", "summary", "ab", "n2", "text", "description",
    ),
    "authors": (
        "authorsparsed", "authorfullnames", "authors", "author", "authornames", "firstauthors", "af", "au", "creator",
        "creators",
    ),
    "year": ("year", "publicationyear", "pubyear", "publishedyear", "py", "yearpublished"),
    "date": ("date", "publicationdate", "published", "publisheddate", "pubdate", "created", "issued"),
    "venue": (
        "venue", "journal", "journaltitle", "publicationtitle", "sourcetitle", "journalname", "secondarytitle",
        "booktitle", "containertitle", "journalref", "conference", "so", "jo", "publicationname",
    ),
    "volume": ("volume", "vol", "vl", "journalvolume"),
    "issue": ("issue", "number", "issuenumber", "is", "journalissue"),
    "pages": ("pages", "page", "pagerange", "bp", "startpage", "pagestart", "firstpage"),
    "doi": ("doi", "itemdoi", "do", "di", "digitalobjectidentifier", "doilink", "doinumber"),
    "arxiv_id": ("arxivid", "arxiv", "eprint"),
    "pmid": ("pmid", "pubmedid", "pubmed", "pm"),
    "pmcid": ("pmcid", "pmc", "pubmedcentralid"),
    "acl_id": ("aclid", "anthologyid"),
    "issn": ("issn", "isbn", "issnisbn", "sn", "eissn"),
    "url": ("url", "urls", "link", "links", "ur", "pdfurl"),
    "language": ("language", "lang", "la"),
    "keywords": (
        "keywords", "keyword", "authorkeywords", "categories", "subjects", "subject", "meshterms", "kw", "de",
    ),
    "tags": ("tags", "manualtags", "automatictags", "collections", "labels"),
    "type": ("type", "itemtype", "entrytype", "documenttype", "publicationtype", "contenttype", "ty", "dt"),
    "comment": ("comment", "comments"),
    "key": (
        *("key", "citationkey", "citekey", "bibtexkey", "id", "recordid", "paperid", "docid", "accessionnumber"),
        "rowid", "ut", "eid",
    ),
}  # fmt: skip
_FIELD_OF = {heading: name for name, headings in HEADINGS.items() for heading in headings}
_RANK = {heading: rank for headings in HEADINGS.values() for rank, heading in enumerate(headings)}
_NOT_LETTER = re.compile(r"[^a-z0-9]+")
#: Fields of `Paper` that have several values.
MANY = ("authors", "keywords", "tags")


def fold_heading(heading: str) -> str:
    """The heading in a form that can be compared: ``abstractnote`` for ``Abstract Note`` and for ``abstract_note``."""
    return _NOT_LETTER.sub("", heading.casefold())


def field_of(heading: str, columns: Mapping[str, str] | None = None) -> str | None:
    """The field of `Paper` that a heading means; ``None`` if it means none.

    Args:
        heading: The heading, as in the file.
        columns: Fields of `Paper` by folded heading. They count before `HEADINGS`.
    """
    folded = fold_heading(heading)
    return (columns or {}).get(folded) or _FIELD_OF.get(folded)


def unsearchable(headings: Iterable[str], columns: Mapping[str, str] | None = None) -> str:
    """The reason why no row of a table can be a paper: it has no column for titles or abstracts.

    Args:
        headings: Headings of the table.
        columns: See `field_of`.

    Returns:
        The reason in one line; empty if there is such a column.
    """
    named = list(headings)
    if any(field_of(heading, columns) in ("title", "abstract") for heading in named):
        return ""
    return f"no column for a title or an abstract; the columns are: {', '.join(named)[:200]}"


def rank(heading: str, columns: Mapping[str, str] | None) -> int:
    """The rank of a heading among those of one field, the least counts.

    Args:
        heading: The heading, as in the file.
        columns: See `field_of`.

    Returns:
        -1 if the user named the heading, else its place in `HEADINGS`.
    """
    folded = fold_heading(heading)
    return -1 if folded in (columns or {}) else _RANK.get(folded, 0)


def column_options(options: Sequence[str]) -> dict[str, str]:
    """Read the values of ``--column``.

    Args:
        options: Texts ``field=Heading``.

    Returns:
        Fields of `Paper` by folded heading.

    Raises:
        QueryError: A text does not have this form, or there is no such field.
    """
    columns = {}
    for option in options:
        name, _, heading = option.partition("=")
        if name.strip() not in HEADINGS or not heading.strip():
            raise QueryError(f"--column {option}: write FIELD=HEADING; FIELD is one of {', '.join(HEADINGS)}")
        columns[fold_heading(heading)] = name.strip()
    return columns

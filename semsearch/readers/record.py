"""Turns a record with any headings, or with fields of `Paper`, into a `Paper` with clean text and an id."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from semsearch.identity import ids
from semsearch.model.errors import QueryError
from semsearch.model.paper import Paper, Rejected, Source
from semsearch.model.printable import safe
from semsearch.readers.flattening import is_empty, names_of, split_people, split_words, text_of
from semsearch.text import identifiers
from semsearch.text.cleaning import plain, without_copyright
from semsearch.text.surrogates import without_surrogates

#: Most characters that are kept of a rejected record.
RAW_LIMIT = 2**16

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
_DASHES = re.compile(r"(?<=\w)\s*[-‐-―−]+\s*(?=\w)")
_YEAR = re.compile(r"(?<!\d)(1[5-9]\d\d|20\d\d)(?!\d)")
_NOT_LETTER = re.compile(r"[^a-z0-9]+")
#: Headings of the first page, and headings of the last page.
_FIRST_PAGE = frozenset({"bp", "startpage", "pagestart", "firstpage"})
_LAST_PAGE = frozenset({"ep", "endpage", "pageend", "lastpage"})
#: Fields of `Paper` that have several values.
MANY = ("authors", "keywords", "tags")
#: The two columns for tags in Zotero: tags that a person gave, and tags that came with the record.
_TAG_COLUMNS = ("manualtags", "automatictags")
#: Errors that values of unexpected types cause. Then only this record is rejected.
UNREADABLE = (TypeError, ValueError, AttributeError, LookupError, OverflowError, RecursionError)
_IDENTIFIERS = ("doi", "arxiv_id", "pmid", "pmcid", "acl_id")


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


def rejected(source: Source, reason: str, raw: str) -> Rejected:
    """Reject a record.

    Args:
        source: File and line of the record.
        reason: What is wrong, in one line.
        raw: Text of the record; it is cut at `RAW_LIMIT`.
    """
    return Rejected(source, without_surrogates(reason), without_surrogates(raw[:RAW_LIMIT]))


def unreadable(source: Source, error: BaseException, raw: str) -> Rejected:
    """Reject a record because a value in it has an unexpected type.

    Args:
        source: File and line of the record.
        error: The error that the value caused.
        raw: Text of the record.
    """
    return rejected(source, f"cannot be read: {str(error) or type(error).__name__}"[:200], raw)


def paper_of(
    record: Mapping[str, Any], source: Source, raw: str = "", columns: Mapping[str, str] | None = None
) -> Paper | Rejected:
    """The paper in a record with any headings. Headings that mean no field become extra fields.

    Args:
        record: Values by heading.
        source: File and line of the record.
        raw: Text of the record, which is kept if it is rejected.
        columns: See `field_of`.
    """
    try:
        return _paper_of({without_surrogates(str(h)): v for h, v in record.items()}, source, raw, columns)
    except UNREADABLE as error:
        return unreadable(source, error, raw)


def _paper_of(
    record: Mapping[str, Any], source: Source, raw: str, columns: Mapping[str, str] | None
) -> Paper | Rejected:
    chosen: dict[str, str] = {}
    for heading, value in record.items():
        name = field_of(heading, columns)
        if name and not is_empty(value):
            held = chosen.get(name)
            if held is None or _rank(heading, columns) < _rank(held, columns):
                chosen[name] = heading
    record, used = _tags_together(record, chosen, columns)
    extra = named_apart((safe(h), text_of(v)) for h, v in record.items() if h not in used and not is_empty(v))
    if isinstance(own := record.get("custom"), Mapping):  # where CSL-JSON has fields without a name of their own
        extra = {**extra, **{safe(str(name)): text_of(value) for name, value in own.items()}}
        del extra["custom"]
    last = next((heading for heading in extra if fold_heading(heading) in _LAST_PAGE), None)
    if last and fold_heading(first := chosen.get("pages", "")) in _FIRST_PAGE and "-" not in text_of(record[first]):
        record = {**record, first: f"{text_of(record[first])}-{extra.pop(last)}"}
    return build({name: record[heading] for name, heading in chosen.items()}, extra, source, raw)


def _tags_together(
    record: Mapping[str, Any], chosen: Mapping[str, str], columns: Mapping[str, str] | None
) -> tuple[Mapping[str, Any], set[str]]:
    """Put both columns of tags into one. Returns the record, and the headings that are not extra fields."""
    used, heading = set(chosen.values()), chosen.get("tags", "")
    if fold_heading(heading) not in _TAG_COLUMNS:
        return record, used
    both = [h for h in record if fold_heading(h) in _TAG_COLUMNS and field_of(h, columns) == "tags"]
    both.sort(key=lambda h: h != heading)
    words = [word for h in both for word in names_of(record[h], split_words)]
    return {**record, heading: list(dict.fromkeys(words))}, used | set(both)


def named_apart(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Values by name. If names are equal after cleaning, the later ones get a number."""
    found: dict[str, str] = {}
    for name, value in pairs:
        number, free = 1, name
        while free in found:
            number += 1
            free = f"{name} ({number})"
        found[free] = value
    return found


def _rank(heading: str, columns: Mapping[str, str] | None) -> int:
    """Rank of a heading among those of one field: -1 if the user named it, else its place in `HEADINGS`."""
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


def build(record: Mapping[str, Any], extra: Mapping[str, str], source: Source, raw: str = "") -> Paper | Rejected:
    """Make a paper from values of its fields: clean the texts, read the identifiers, compute the id.

    Args:
        record: Values by name of a field of `Paper`: texts or lists of texts, as in the file.
        extra: Values that fit no field, by name.
        source: File and line of the record.
        raw: Text of the record, which is kept if it is rejected.

    Returns:
        The paper; `Rejected` if it has neither a title nor an abstract, or a value has an unexpected type.
    """
    try:
        return _build(record, extra, source, raw)
    except UNREADABLE as error:
        return unreadable(source, error, raw)


def _build(record: Mapping[str, Any], extra: Mapping[str, str], source: Source, raw: str) -> Paper | Rejected:
    values: dict[str, Any] = {}
    kept = dict(extra)
    for name, value in record.items():
        if name in MANY:
            values[name] = names_of(value, split_people if name == "authors" else split_words)
        elif name in _IDENTIFIERS:
            _identify(values, kept, name, value)
        elif name == "year":
            values["year"] = _year(value)
            kept |= _no_year(value)
        else:
            values[name] = plain(text_of(value))
    _identify_by_key(values)
    values["abstract"], tail = without_copyright(values.get("abstract", ""))
    if tail:
        kept.setdefault("copyright", tail)
    if values.get("pages"):
        values["pages"] = _DASHES.sub("-", values["pages"])
    if values.get("year") is None:
        values["year"] = _year(values.get("date", ""))
    if values.get("date") == str(values["year"]):  # the date is only the year
        del values["date"]
    for name in ("url", "key"):
        values[name] = values.get(name) or None
    if ids.is_own_id(values["key"] or ""):  # from an export of semsearch; the id is computed again
        values["key"] = None
    clean = {without_surrogates(name): safe(without_surrogates(value)) for name, value in kept.items()}
    paper = ids.with_id(Paper(**values, extra={k: v for k, v in clean.items() if v}, source=source))
    if not paper.title and not paper.abstract:
        return rejected(source, "neither title nor abstract", raw)
    return paper


def _identify(values: dict[str, Any], extra: dict[str, str], name: str, value: Any) -> None:
    """Put an identifier into the field for its scheme, whatever field it is in. Other text becomes an extra field."""
    text = safe(text_of(value))
    if arxiv := identifiers.parse_arxiv(text, bare=name == "arxiv_id"):
        values["arxiv_id"], values["arxiv_version"] = arxiv
        return
    parsers = {
        "doi": identifiers.parse_doi,
        "pmid": identifiers.parse_pmid,
        "pmcid": identifiers.parse_pmcid,
        "acl_id": identifiers.parse_acl,
    }
    parsed = parsers[name](text) if name in parsers else None
    if parsed:
        values[name] = parsed
    elif text:
        extra[name] = text


def _identify_by_key(values: dict[str, Any]) -> None:
    """Take identifiers from the key or the address if they are written in full: ``arxiv:2405.14488``, or a DOI."""
    for name in ("key", "url"):
        text = values.get(name) or ""
        if not values.get("arxiv_id") and (arxiv := identifiers.parse_arxiv(text, bare=False)):
            values["arxiv_id"], values["arxiv_version"] = arxiv
        elif (
            not values.get("doi")
            and not identifiers.parse_arxiv(text, bare=False)
            and (doi := identifiers.parse_doi(text))
        ):
            values["doi"] = doi
        elif not values.get("acl_id") and (acl := identifiers.parse_acl(text, bare=False)):
            values["acl_id"] = acl


def _year(value: Any) -> int | None:
    match = _YEAR.search(text_of(value))
    return int(match[1]) if match else None


def _no_year(value: Any) -> dict[str, str]:
    """An extra field with the text of a year that is not a number ("in press"); nothing if it is a number."""
    text = plain(text_of(value))
    return {"year": text} if text and _year(text) is None else {}

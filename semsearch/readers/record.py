"""From a record's named fields, whatever the format calls them, to a clean `Paper` under its id."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from semsearch.identity import ids
from semsearch.model.errors import QueryError
from semsearch.model.paper import Paper, Rejected, Source
from semsearch.model.printable import safe
from semsearch.text import identifiers
from semsearch.text.cleaning import plain, without_copyright
from semsearch.text.surrogates import without_surrogates

#: Longest raw text kept of a rejected record, in characters.
RAW_LIMIT = 2**16

#: Field of a paper: the headings it goes under, folded by `fold_heading`. The first match in a record wins.
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
#: Scopus puts its own number behind each full name.
_AUTHOR_NUMBER = re.compile(r"\s\(\d{8,}\)(?=;|$)")
_NOT_LETTER = re.compile(r"[^a-z0-9]+")
#: Headings of a first page, and of the last page that belongs to it.
_FIRST_PAGE = frozenset({"bp", "startpage", "pagestart", "firstpage"})
_LAST_PAGE = frozenset({"ep", "endpage", "pageend", "lastpage"})
MANY = ("authors", "keywords", "tags")
#: Zotero's two columns of tags: those that a person gave, and those that came with the record.
_TAG_COLUMNS = ("manualtags", "automatictags")
#: Keys under which APIs and exports put the word of a tag or keyword; Zotero's ``{"tag": "read", "type": 1}``.
_WORD_KEYS = ("tag", "term", "keyword", "label", "subject", "category", "value", "text")
#: What values of a kind that nobody thought of raise; one such record must not cost the others.
UNREADABLE = (TypeError, ValueError, AttributeError, LookupError, OverflowError, RecursionError)
#: Keys under which APIs put the whole name of a person or a thing.
_NAME_KEYS = ("name", "display_name", "full_name", "literal")
_IDENTIFIERS = ("doi", "arxiv_id", "pmid", "pmcid", "acl_id")


def fold_heading(heading: str) -> str:
    """``Abstract Note`` and ``abstract_note`` are one heading: ``abstractnote``."""
    return _NOT_LETTER.sub("", heading.casefold())


def field_of(heading: str, columns: Mapping[str, str] | None = None) -> str | None:
    """The field of `Paper` that a heading means, if any; ``columns`` (folded heading to field) come first.

    Args:
        heading: As the file has it.
        columns: Folded heading to field, for headings that are not known, or mean something else.
    """
    folded = fold_heading(heading)
    return (columns or {}).get(folded) or _FIELD_OF.get(folded)


def unsearchable(headings: Iterable[str], columns: Mapping[str, str] | None = None) -> str:
    """Why a table with these headings holds no papers; empty where one of them is of a title or an abstract.

    Args:
        headings: Of all columns.
        columns: Folded heading to field, for headings that are not known, or mean something else.
    """
    named = list(headings)
    if any(field_of(heading, columns) in ("title", "abstract") for heading in named):
        return ""
    return f"no column for a title or an abstract among: {', '.join(named)[:200]}"


def rejected(source: Source, reason: str, raw: str) -> Rejected:
    """A record that is no paper, its text cut at `RAW_LIMIT`.

    Args:
        source: Where the record stands.
        reason: Why, in a few words.
        raw: The record's text.
    """
    return Rejected(source, without_surrogates(reason), without_surrogates(raw[:RAW_LIMIT]))


def unreadable(source: Source, error: BaseException, raw: str) -> Rejected:
    """A record with a value that nobody thought of.

    Args:
        source: Where the record stands.
        error: What reading it raised.
        raw: The record's text.
    """
    return rejected(source, f"cannot be read: {str(error) or type(error).__name__}"[:200], raw)


def paper_of(
    record: Mapping[str, Any], source: Source, raw: str = "", columns: Mapping[str, str] | None = None
) -> Paper | Rejected:
    """The paper in a record with free headings: by ``columns``, then by `HEADINGS`, all others into `Paper.extra`.

    Args:
        record: Value by heading.
        source: Where the record stands.
        raw: The record's text.
        columns: Folded heading to field, for headings that are not known, or mean something else.
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
        if name and not _empty(value):
            held = chosen.get(name)
            if held is None or _rank(heading, columns) < _rank(held, columns):
                chosen[name] = heading
    record, used = _tags_together(record, chosen, columns)
    extra = named_apart((safe(h), _text(v)) for h, v in record.items() if h not in used and not _empty(v))
    if isinstance(own := record.get("custom"), Mapping):  # CSL-JSON's place for what it has no name for
        extra = {**extra, **{safe(str(name)): _text(value) for name, value in own.items()}}
        del extra["custom"]
    last = next((heading for heading in extra if fold_heading(heading) in _LAST_PAGE), None)
    if last and fold_heading(first := chosen.get("pages", "")) in _FIRST_PAGE and "-" not in _text(record[first]):
        record = {**record, first: f"{_text(record[first])}-{extra.pop(last)}"}
    return build({name: record[heading] for name, heading in chosen.items()}, extra, source, raw)


def _tags_together(
    record: Mapping[str, Any], chosen: Mapping[str, str], columns: Mapping[str, str] | None
) -> tuple[Mapping[str, Any], set[str]]:
    """The record with both columns of tags in the chosen one, and the headings that are used up."""
    used, heading = set(chosen.values()), chosen.get("tags", "")
    if fold_heading(heading) not in _TAG_COLUMNS:
        return record, used
    both = [h for h in record if fold_heading(h) in _TAG_COLUMNS and field_of(h, columns) == "tags"]
    both.sort(key=lambda h: h != heading)
    words = [word for h in both for word in _names(record[h], _split_words)]
    return {**record, heading: list(dict.fromkeys(words))}, used | set(both)


def named_apart(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Values by name; names that became the same when they were cleaned get a number."""
    found: dict[str, str] = {}
    for name, value in pairs:
        number, free = 1, name
        while free in found:
            number += 1
            free = f"{name} ({number})"
        found[free] = value
    return found


def _rank(heading: str, columns: Mapping[str, str] | None) -> int:
    """What the user named comes first, then the order of `HEADINGS`."""
    folded = fold_heading(heading)
    return -1 if folded in (columns or {}) else _RANK.get(folded, 0)


def column_options(options: Sequence[str]) -> dict[str, str]:
    """``field=Heading`` options as folded heading to field.

    Raises:
        QueryError: One is of another form, or names no field.
    """
    columns = {}
    for option in options:
        name, _, heading = option.partition("=")
        if name.strip() not in HEADINGS or not heading.strip():
            raise QueryError(f"--column {option}: write FIELD=HEADING, with a FIELD of {', '.join(HEADINGS)}")
        columns[fold_heading(heading)] = name.strip()
    return columns


def build(record: Mapping[str, Any], extra: Mapping[str, str], source: Source, raw: str = "") -> Paper | Rejected:
    """The paper of named fields, cleaned and under its id; `Rejected` when there is nothing to search by.

    Args:
        record: Values by field name of `Paper`; text or lists of text, uncleaned.
        extra: What no field fits.
        source: Where the record stands.
        raw: The record's text, kept if it is rejected.
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
            values[name] = _names(value, _split_people if name == "authors" else _split_words)
        elif name in _IDENTIFIERS:
            _identify(values, kept, name, value)
        elif name == "year":
            values["year"] = _year(value)
            kept |= _no_year(value)
        else:
            values[name] = plain(_text(value))
    _identify_by_key(values)
    values["abstract"], tail = without_copyright(values.get("abstract", ""))
    if tail:
        kept.setdefault("copyright", tail)
    if values.get("pages"):
        values["pages"] = _DASHES.sub("-", values["pages"])
    if values.get("year") is None:
        values["year"] = _year(values.get("date", ""))
    if values.get("date") == str(values["year"]):  # says no more than the year
        del values["date"]
    for name in ("url", "key"):
        values[name] = values.get(name) or None
    if ids.is_own_id(values["key"] or ""):  # of an export of ours; it says nothing that the record does not
        values["key"] = None
    clean = {without_surrogates(name): safe(without_surrogates(value)) for name, value in kept.items()}
    paper = ids.with_id(Paper(**values, extra={k: v for k, v in clean.items() if v}, source=source))
    if not paper.title and not paper.abstract:
        return rejected(source, "neither title nor abstract", raw)
    return paper


def _identify(values: dict[str, Any], extra: dict[str, str], name: str, value: Any) -> None:
    """Put an identifier under the field it truly is; what is none is kept as an extra."""
    text = safe(_text(value))
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
    """A key or an address that is an identifier in full dress (``arxiv:2405.14488``, a DOI) is one."""
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
    match = _YEAR.search(_text(value))
    return int(match[1]) if match else None


def _no_year(value: Any) -> dict[str, str]:
    """What stands for a year and is none ("in press"), for the extra fields."""
    told = plain(_text(value))
    return {"year": told} if told and _year(told) is None else {}


def _empty(value: Any) -> bool:
    if isinstance(value, float) and math.isnan(value):  # how tables in memory write an empty cell
        return True
    if isinstance(value, str):
        return not value.strip()
    return value is None or (isinstance(value, list | tuple | dict) and not value)


def _text(value: Any) -> str:
    """A value of JSON or a table as text; nested ones in order, by ``; ``."""
    if isinstance(value, str):
        return without_surrogates(value)
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, Mapping):
        return _name(value)
    if isinstance(value, Sequence):
        return "; ".join(t for v in value if (t := _text(v)))
    return str(value)


def _name(value: Mapping[str, Any]) -> str:
    """A person's or a thing's name in the shapes that APIs give it; other objects as ``key: value`` words."""
    for name in _NAME_KEYS:
        if value.get(name):
            return _text(value[name])
    if value.get("family") or value.get("last"):
        given, family = value.get("given") or value.get("first"), value.get("family") or value.get("last")
        return f"{_text(family)}, {_text(given)}" if given else _text(family)
    return ", ".join(f"{without_surrogates(str(k))}: {t}" for k, v in value.items() if (t := _text(v)))


def _names(value: Any, split: Callable[[str], list[str]]) -> tuple[str, ...]:
    """Names of a list, or of a text that separates them."""
    if isinstance(value, Mapping):
        value = [value]
    if isinstance(value, str):
        pieces: Iterable[Any] = split(value)
    elif isinstance(value, Sequence):
        pieces = value
        if split is _split_people:  # arXiv's authors_parsed: [family, given, suffix]
            pieces = [" ".join(filter(None, (v[1], v[0], *v[2:3]))) if _is_parsed_name(v) else v for v in value]
        if len(pieces) == 1 and isinstance(pieces[0], str) and ";" in pieces[0].strip().strip(";"):
            pieces = split(pieces[0])  # a list that is none
    else:
        pieces = [value]
    if split is _split_words:
        pieces = [word for piece in pieces for word in _words(piece)]
    return tuple(name for piece in pieces if (name := plain(_text(piece))))


def _words(value: Any) -> list[Any]:
    """The words of a tag or keyword in the shapes that APIs give it."""
    if isinstance(value, Mapping) and not any(value.get(name) for name in _NAME_KEYS):
        value = next((value[key] for key in _WORD_KEYS if value.get(key) and isinstance(value[key], str | list)), value)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [word for one in value for word in _words(one)]
    return [value]


def _is_parsed_name(value: Any) -> bool:
    return isinstance(value, list) and 2 <= len(value) <= 4 and all(isinstance(part, str) for part in value)


def _split_people(text: str) -> list[str]:
    """At ``;``, ``and`` and line ends; at commas only when these cannot be ``family, given``."""
    pieces = [p.strip() for p in re.split(r";|\s+and\s+|\n", _AUTHOR_NUMBER.sub("", text)) if p.strip()]
    if ";" not in text and any("," in p for p in pieces):
        parts = [p.strip() for piece in pieces for p in piece.split(",") if p.strip()]
        if all(" " in p for p in parts):
            return [p.removeprefix("and ").strip() for p in parts]
    return pieces


def _split_words(text: str) -> list[str]:
    """At ``;`` or line ends, else at commas, else between arXiv categories (``cs.CL stat.ML``)."""
    if re.fullmatch(r"[a-z-]+(?:\.[A-Za-z-]{2,})?(?: [a-z-]+(?:\.[A-Za-z-]{2,})?)+", text) and "." in text:
        return text.split()
    return re.split(r";|\n" if ";" in text or "\n" in text else ",", text)

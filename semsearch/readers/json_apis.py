"""The keys of the APIs of databases: Europe PMC, DBLP, NCBI, INSPIRE, HAL, DataCite, Scopus, Lens, NASA ADS and others.

Each function turns a record of its source into a record with the headings of `heading_names.HEADINGS`, by a table of
paths. Sources: the documentation of each API, and its answers.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from semsearch.readers.flattening import text_of

Record = Mapping[str, Any]


def at(record: Any, path: str) -> Any:
    """The value at a path of keys, such as ``journalInfo.journal.title``; ``None`` if there is none.

    Args:
        record: An object. Of a list on the path, the first element that has a value counts.
        path: Keys with dots between them.
    """
    for key in path.split("."):
        if isinstance(record, list):
            record = next((one[key] for one in record if isinstance(one, Mapping) and one.get(key)), None)
        else:
            record = record.get(key) if isinstance(record, Mapping) else None
    return record


def by_paths(paths: Mapping[str, str]) -> Callable[[Record], Record]:
    """Make the function that turns a record into one with known headings.

    Args:
        paths: The path of each heading; several paths with a bar between them, of which the first one with a value
            counts.
    """
    used = {path.partition(".")[0] for value in paths.values() for path in value.split("|")}

    def resolve(record: Record) -> Record:
        rest = {key: value for key, value in record.items() if key not in used}
        for heading, value in paths.items():
            found = next((v for path in value.split("|") if (v := at(record, path)) not in (None, "", [], {})), None)
            if found is not None:
                rest[heading] = found
        return rest

    return resolve


def _pages(rest: dict[str, Any], first: str, last: str) -> None:
    """Join the keys of the first and the last page."""
    start, stop = (text_of(rest.pop(key, "")) for key in (first, last))
    if start and "pages" not in rest:
        rest["pages"] = f"{start}-{stop}" if stop and stop != start else start


def _by_type(values: Any, names: Mapping[str, str], kind: str = "type", value: str = "value") -> dict[str, Any]:
    """Identifiers in a list ``[{"type": "doi", "value": "10.…"}]``, by heading."""
    found: dict[str, Any] = {}
    for one in values if isinstance(values, list) else ():
        if isinstance(one, Mapping) and (name := names.get(text_of(one.get(kind)).casefold())):
            found.setdefault(name, one.get(value))
    return found


_IDS = {
    "doi": "doi",
    "pmid": "pmid",
    "pubmed": "pmid",
    "pmcid": "pmcid",
    "pmc": "pmcid",
    "arxiv": "arxiv_id",
    "issn": "issn",
}

_EUROPE_PMC = by_paths({
    "title": "title", "abstract": "abstractText", "authors": "authorList.author|authorString", "year": "pubYear",
    "date": "firstPublicationDate", "venue": "journalInfo.journal.title|journalTitle|bookOrReportDetails.publisher",
    "volume": "journalInfo.volume|journalVolume", "issue": "journalInfo.issue|issue",
    "issn": "journalInfo.journal.issn|journalInfo.journal.essn|journalIssn", "pages": "pageInfo", "doi": "doi",
    "pmid": "pmid", "pmcid": "pmcid", "keywords": "keywordList.keyword", "type": "pubTypeList.pubType|pubType",
    "language": "language",
})  # fmt: skip
_DBLP = by_paths({
    "title": "title", "authors": "authors.author", "venue": "venue", "year": "year", "type": "type", "doi": "doi",
    "url": "ee|url", "key": "key", "pages": "pages", "volume": "volume", "issue": "number",
})  # fmt: skip
_INSPIRE = by_paths({
    "title": "titles.title", "abstract": "abstracts.value", "authors": "authors|corporate_author|collaborations",
    "arxiv_id": "arxiv_eprints.value", "doi": "dois.value", "venue": "publication_info.journal_title|"
    "publication_info.pubinfo_freetext", "volume": "publication_info.journal_volume",
    "issue": "publication_info.journal_issue", "year": "publication_info.year", "date": "imprints.date|preprint_date",
    "start_page": "publication_info.page_start|publication_info.artid", "end_page": "publication_info.page_end",
    "keywords": "keywords", "type": "document_type", "issn": "isbns.value", "language": "languages",
    "key": "control_number",
})  # fmt: skip
_DATACITE = by_paths({
    "title": "titles.title", "authors": "creators", "year": "publicationYear", "doi": "doi", "venue": "container.title",
    "publisher": "publisher.name|publisher", "keywords": "subjects", "type": "types.resourceTypeGeneral", "url": "url",
    "language": "language", "volume": "container.volume", "issue": "container.issue", "version": "version",
    "first_page": "container.firstPage", "last_page": "container.lastPage", "descriptions": "descriptions",
    "dates": "dates",
})  # fmt: skip
_LENS = by_paths({
    "title": "title", "abstract": "abstract", "authors": "authors", "year": "year_published", "date": "date_published",
    "venue": "source.title", "issn": "source.issn.value|source.issn", "volume": "volume", "issue": "issue",
    "start_page": "start_page", "end_page": "end_page", "keywords": "keywords|fields_of_study", "key": "lens_id",
    "type": "publication_type", "url": "source_urls.url", "external_ids": "external_ids", "language": "languages",
})  # fmt: skip
_ADS = by_paths({
    "title": "title", "abstract": "abstract", "authors": "author", "year": "year", "date": "pubdate|date",
    "venue": "pub", "volume": "volume", "issue": "issue", "pages": "page_range|page", "doi": "doi",
    "keywords": "keyword", "key": "bibcode", "issn": "issn|isbn", "identifiers": "identifier", "type": "doctype",
})  # fmt: skip
_ESUMMARY = by_paths({
    "title": "title", "authors": "authors", "year": "pubyear", "date": "pubdate|epubdate",
    "venue": "fulljournalname|source", "volume": "volume", "issue": "issue", "pages": "pages",
    "issn": "issn|essn",
    "language": "lang", "type": "pubtype",
    "pmid": "uid", "articleids": "articleids",
})  # fmt: skip
_SCOPUS = by_paths({
    "title": "dc:title", "abstract": "dc:description", "authors": "author|dc:creator", "venue": "prism:publicationName",
    "date": "prism:coverDate", "doi": "prism:doi", "volume": "prism:volume", "issue": "prism:issueIdentifier",
    "pages": "prism:pageRange|article-number", "issn": "prism:issn|prism:eIssn|prism:isbn", "pmid": "pubmed-id",
    "type": "subtypeDescription|prism:aggregationType", "keywords": "authkeywords", "key": "eid|dc:identifier",
    "url": "prism:url",
})  # fmt: skip
_CORE = by_paths({
    "title": "title", "abstract": "abstract", "authors": "authors", "year": "yearPublished", "date": "publishedDate",
    "doi": "doi", "arxiv_id": "arxivId", "pmid": "pubmedId", "venue": "journals.title|publisher", "url": "downloadUrl",
    "language": "language.code|language", "type": "documentType", "key": "id",
})  # fmt: skip
_DOAJ = by_paths({
    "title": "title", "abstract": "abstract", "authors": "author", "year": "year",
    "month": "month", "venue": "journal.title", "volume": "journal.volume",
    "issue": "journal.number", "issn": "journal.issns", "keywords": "keywords",
    "identifiers": "identifier", "start_page": "start_page", "end_page": "end_page",
    "url": "link.url", "key": "id",
})  # fmt: skip


def _inspire(record: Record) -> Record:
    rest = dict(_INSPIRE(record))
    _pages(rest, "start_page", "end_page")
    return rest


def _datacite(record: Record) -> Record:
    rest = dict(_DATACITE(record))
    _pages(rest, "first_page", "last_page")
    texts = [one for one in rest.pop("descriptions", ()) or () if isinstance(one, Mapping)]
    kinds = {text_of(one.get("descriptionType")): text_of(one.get("description")) for one in reversed(texts)}
    rest["abstract"] = kinds.get("Abstract") or ""
    dates = rest.pop("dates", ())
    found = _by_type(dates, {"issued": "issued", "available": "available", "created": "created"}, "dateType", "date")
    rest["date"] = next((found[name] for name in ("issued", "available", "created") if name in found), "")
    if name := at(record, "types.resourceType"):
        rest["resource type"] = name
    return rest | {f"description ({kind})": text for kind, text in kinds.items() if kind != "Abstract" and text}


def _lens(record: Record) -> Record:
    rest = dict(_LENS(record))
    _pages(rest, "start_page", "end_page")
    return rest | _by_type(rest.pop("external_ids", ()), _IDS)


def _doaj(record: Record) -> Record:
    rest = dict(_DOAJ(record))
    _pages(rest, "start_page", "end_page")
    return rest | _by_type(rest.pop("identifiers", ()), _IDS, "type", "id")


def _ads(record: Record) -> Record:
    """NASA ADS: ``2031-08-00`` is August; identifiers have the arXiv id."""
    rest = dict(_ADS(record))
    rest["date"] = re.sub(r"(?:-00)+(?:T.*)?$", "", text_of(rest.get("date", "")))
    names = rest.pop("identifiers", None)
    names = names if isinstance(names, list) else [names]
    rest["arxiv_id"] = next((name for name in map(text_of, names) if name.lower().startswith("arxiv:")), "")
    return rest


def _esummary(record: Record) -> Record:
    """ESummary of NCBI, version 2: the identifiers are in a list."""
    rest = dict(_ESUMMARY(record))
    found = _by_type(rest.pop("articleids", ()), _IDS, "idtype")
    return rest | {name: value for name, value in found.items() if name != "issn"}


def _scopus(record: Record) -> Record:
    rest = dict(_SCOPUS(record))
    if isinstance(words := rest.get("keywords"), str):
        rest["keywords"] = words.split(" | ")
    return rest


def _hal(record: Record) -> Record:
    """HAL names the type of a value at the end of its key: ``title_s``, ``producedDateY_i``."""
    names = {
        "authFullName": "authors", "producedDateY": "year", "producedDate": "date", "journalTitle": "venue",
        "doiId": "doi", "halId": "key", "keyword": "keywords", "uri": "url", "docType": "type", "arxivId": "arxiv_id",
        "pubmedId": "pmid", "journalIssn": "issn", "page": "pages", "conferenceTitle": "conferenceTitle",
        "bookTitle": "bookTitle",
    }  # fmt: skip
    found: dict[str, Any] = {}
    for key, value in record.items():
        name = re.sub(r"_(?:s|i|t|tdate|d|b|fs)$", "", key)
        first = value[0] if isinstance(value, list) and len(value) == 1 else value
        found.setdefault(names.get(name, name), first)
    for name in ("title", "abstract"):  # the same text in several languages: the first one counts
        if isinstance(found.get(name), list):
            found[name], *others = found[name] or [""]
            found |= {f"{name} ({n})": other for n, other in enumerate(others, 2)}
    return found


#: Keys that only the records of one source have, and the function for that source. The first match counts.
SHAPES: tuple[tuple[frozenset[str], Callable[[Record], Record]], ...] = (
    (frozenset({"authorString"}), _EUROPE_PMC),
    (frozenset({"journalInfo"}), _EUROPE_PMC),
    (frozenset({"uid", "articleids"}), _esummary),
    (frozenset({"uid", "fulljournalname"}), _esummary),
    (frozenset({"titles", "creators"}), _datacite),
    (frozenset({"titles", "abstracts"}), _inspire),
    (frozenset({"titles", "authors"}), _inspire),
    (frozenset({"lens_id"}), _lens),
    (frozenset({"bibcode"}), _ads),
    (frozenset({"dc:title"}), _scopus),
    (frozenset({"title_s"}), _hal),
    (frozenset({"identifier", "journal", "title"}), _doaj),
    (frozenset({"yearPublished", "downloadUrl"}), _CORE),
    (frozenset({"venue", "ee"}), _DBLP),
    (frozenset({"venue", "key", "authors", "type"}), _DBLP),
)

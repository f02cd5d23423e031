"""Unixref XML of Crossref, as from content negotiation. Source: data.crossref.org, unixref1.1.xsd."""

from __future__ import annotations

import re
from typing import Any

from semsearch.readers.xml_stream import Fields, XmlFormat, first, joined, labelled, local, text

#: Elements for a publication; one that is a part, such as an article, comes before the whole, such as a book.
_WORKS = (
    *("journal_article", "conference_paper", "posted_content", "content_item", "dissertation"),
    *("report-paper_metadata", "book_metadata", "book_series_metadata", "book_set_metadata", "dataset"),
)
_CONTAINERS = (
    *("journal_metadata/{*}full_title", "proceedings_metadata/{*}proceedings_title", "book_metadata//{*}title"),
    *("book_series_metadata//{*}title", "event_metadata/{*}conference_name", "institution/{*}institution_name"),
)


def _convert(record: Any) -> Fields:
    work = next((found for name in _WORKS for found in record.iterfind(f".//{{*}}{name}")), record)
    venue = next((name for path in _CONTAINERS if (name := first(record, f".//{{*}}{path}"))), "")
    title = joined(first(work, "{*}titles/{*}title"), first(work, "{*}titles/{*}subtitle"), by=": ")
    dates = [d for path in ("publication_date", "posted_date", "approval_date") for d in work.iterfind(f"{{*}}{path}")]
    dates += record.iterfind(".//{*}publication_date")
    date = [first(dates[0], f"{{*}}{part}") for part in ("year", "month", "day")] if dates else []
    return {
        "title": title,
        "abstract": labelled(_sections(work)),
        "authors": [_name(person) for person in work.iterfind("{*}contributors/*") if _is_author(person)],
        "year": date[0] if date else "",
        "date": joined(*(part.zfill(2) for part in date if part), by="-"),
        "venue": venue if venue != title else "",
        "volume": first(record, ".//{*}journal_volume/{*}volume", ".//{*}volume"),
        "issue": first(record, ".//{*}journal_issue/{*}issue"),
        "pages": joined(first(work, "{*}pages/{*}first_page"), first(work, "{*}pages/{*}last_page"), by="-"),
        "doi": first(work, "{*}doi_data/{*}doi"),
        "issn": first(record, ".//{*}issn", ".//{*}isbn"),
        "url": first(work, "{*}doi_data/{*}resource"),
        "language": next((e.get("language") for e in record.iter() if e.get("language")), ""),
        "type": local(work).removesuffix("_metadata"),
    }


def _sections(work: Any) -> list[tuple[str, str]]:
    abstract = next(work.iterfind("{*}abstract"), None)
    parts = [] if abstract is None else [part for part in abstract if local(part) != "title"]
    return [("", text(part)) for part in parts] or [("", text(abstract))]


def _is_author(person: Any) -> bool:
    return local(person) in ("person_name", "organization") and person.get("contributor_role", "author") == "author"


def _name(person: Any) -> str:
    return joined(first(person, "{*}surname"), first(person, "{*}given_name"), by=", ") or text(person)


READER = XmlFormat(
    re.compile(r"<(?:doi_records|doi_record|crossref)\b"), ("crossref",), _convert, wrappers=("doi_records",)
)

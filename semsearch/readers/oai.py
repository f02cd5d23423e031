"""OAI-PMH records in arXiv format or in Dublin Core. Source: info.arxiv.org/help/oa; openarchives.org/OAI/2.0."""

from __future__ import annotations

import re
from typing import Any

from semsearch.readers.xml_stream import Fields, XmlFormat, every, first, joined, local
from semsearch.text.identifiers import parse_arxiv, parse_doi


def _convert(record: Any) -> Fields:
    own = next(record.iterfind("{*}metadata/{*}arXiv"), None)
    if own is None:
        own = next(record.iterfind("{*}metadata/{*}arXivRaw"), None)
    return _dublin_core(record) if own is None else _arxiv(own)


def _arxiv(own: Any) -> Fields:
    people = [
        joined(first(a, "{*}keyname"), first(a, "{*}forenames"), by=", ") for a in own.iterfind("{*}authors/{*}author")
    ]
    return {
        "arxiv_id": first(own, "{*}id"),
        "title": first(own, "{*}title"),
        "abstract": first(own, "{*}abstract"),
        "authors": people or first(own, "{*}authors"),
        "date": first(own, "{*}created", "{*}version/{*}date"),
        "venue": first(own, "{*}journal-ref"),
        "doi": first(own, "{*}doi"),
        "keywords": first(own, "{*}categories").split(),
        "comment": first(own, "{*}comments"),
        "extra": {"license": first(own, "{*}license"), "report-no": first(own, "{*}report-no")},
    }


def _dublin_core(record: Any) -> Fields:
    named = every(record, "{*}metadata//{*}identifier")
    texts = every(record, "{*}metadata//{*}description")
    return {
        "arxiv_id": next(
            (i for i in [*named, first(record, "{*}header/{*}identifier")] if parse_arxiv(i, bare=False)), ""
        ),
        "title": first(record, "{*}metadata//{*}title"),
        "abstract": max(texts, key=len, default=""),
        "comment": "; ".join(t.removeprefix("Comment: ") for t in texts if t.startswith("Comment: ")),
        "authors": every(record, "{*}metadata//{*}creator"),
        "date": first(record, "{*}metadata//{*}date"),
        "doi": next((i for i in named if parse_doi(i) and not parse_arxiv(i, bare=False)), ""),
        "url": next((i for i in named if i.startswith("http")), ""),
        "keywords": every(record, "{*}metadata//{*}subject"),
        "language": first(record, "{*}metadata//{*}language"),
        "type": first(record, "{*}metadata//{*}type"),
    }


def _is_head(element: Any) -> bool:
    """Whether an element only describes the answer. Another error than this one means that the records are missing."""
    found_none = local(element) == "error" and element.get("code") == "noRecordsMatch"
    return found_none or local(element) in ("responseDate", "request", "resumptionToken")


READER = XmlFormat(
    re.compile(r"http://www\.openarchives\.org/OAI/2\.0/"),
    ("record",),
    _convert,
    wrappers=("OAI-PMH", "ListRecords", "GetRecord"),
    is_head=_is_head,
)

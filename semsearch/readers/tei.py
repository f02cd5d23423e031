"""TEI of GROBID and other extractors: the header of each document. Source: TEI P5, chapter 2, and GROBID's manual."""

from __future__ import annotations

import re
from typing import Any

from semsearch.readers.xml_stream import Fields, XmlFormat, every, first, joined, local, text


def _convert(record: Any) -> Fields | None:
    header = next(record.iterfind("{*}teiHeader"), None)
    if header is None:
        return None
    described = next(header.iterfind("{*}fileDesc/{*}sourceDesc/{*}biblStruct"), header)
    analytic = next(described.iterfind("{*}analytic"), described)
    monograph = next(described.iterfind("{*}monogr"), None)
    place = monograph if monograph is not None else described
    ids = {(e.get("type") or "").casefold(): text(e) for e in described.iter() if local(e) == "idno"}
    scopes = {e.get("unit"): e for e in place.iterfind("{*}imprint/{*}biblScope")}
    when = next(place.iterfind("{*}imprint/{*}date"), None)
    dated = next(header.iterfind("{*}fileDesc/{*}publicationStmt/{*}date"), None) if when is None else when
    return {
        "title": first(header, "{*}fileDesc/{*}titleStmt/{*}title") or first(analytic, "{*}title"),
        "abstract": text(next(header.iterfind("{*}profileDesc/{*}abstract"), None)),
        "authors": [_name(person) for person in analytic.iterfind("{*}author") if _name(person)],
        "editors": [_name(person) for person in place.iterfind("{*}editor") if _name(person)],
        "date": (dated.get("when") or text(dated)) if dated is not None else "",
        "venue": first(place, "{*}title") if monograph is not None else "",
        "volume": text(scopes.get("volume")),
        "issue": text(scopes.get("issue")),
        "pages": _pages(scopes.get("page")),
        "doi": ids.get("doi"),
        "arxiv_id": ids.get("arxiv"),
        "pmid": ids.get("pmid"),
        "pmcid": ids.get("pmcid"),
        "issn": ids.get("issn") or ids.get("isbn"),
        "url": next((e.get("target", "") for e in described.iter() if local(e) == "ptr"), ""),
        "language": header.get("{http://www.w3.org/XML/1998/namespace}lang", ""),
        "keywords": every(header, "{*}profileDesc/{*}textClass/{*}keywords//{*}term")
        or every(header, "{*}profileDesc/{*}textClass/{*}keywords"),
    }


def _name(person: Any) -> str:
    forenames = " ".join(every(person, "{*}persName/{*}forename"))
    return joined(first(person, "{*}persName/{*}surname"), forenames, by=", ") or first(
        person, "{*}persName", "{*}orgName"
    )


def _pages(scope: Any) -> str:
    if scope is None:
        return ""
    return joined(*dict.fromkeys(filter(None, (scope.get("from"), scope.get("to")))), by="-") or text(scope)


READER = XmlFormat(
    re.compile(r"<(?:\w+:)?TEI(?:Corpus)?\b|www\.tei-c\.org/ns"),
    ("TEI",),
    _convert,
    wrappers=("teiCorpus",),
    outermost=True,
)

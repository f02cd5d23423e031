"""MODS, from library catalogues and repositories. Source: Library of Congress, MODS 3.8 user guidelines."""

from __future__ import annotations

import re
from typing import Any

from semsearch.readers.xml_stream import SRU_HEADS, SRU_WRAPPERS, Fields, XmlFormat, every, first, joined, named, text


def _convert(record: Any) -> Fields:
    ids = {(e.get("type") or "").lower(): text(e) for e in record.iterfind("{*}identifier")}
    host = next((e for e in record.iterfind("{*}relatedItem") if e.get("type") == "host"), None)
    parts = [part for holder in (record, host) if holder is not None for part in holder.iterfind("{*}part")]
    inside = ids if host is None else ids | {(e.get("type") or ""): text(e) for e in host.iterfind("{*}identifier")}
    extents = [e for part in parts for e in part.iterfind("{*}extent")]
    pages = joined(*(first(extents[0], f"{{*}}{end}") for end in ("start", "end")), by="-") if extents else ""
    return {
        "title": joined(
            first(record, "{*}titleInfo/{*}nonSort"), first(record, "{*}titleInfo/{*}title"),
        ) + (f": {subtitle}" if (subtitle := first(record, "{*}titleInfo/{*}subTitle")) else ""),
        "abstract": " ".join(every(record, "{*}abstract")),
        "authors": [name for person in record.iterfind("{*}name") if (name := _name(person))],
        "date": first(record, "{*}originInfo/{*}dateIssued", "{*}originInfo/{*}dateCreated")
        or first(record, "{*}originInfo/{*}copyrightDate", "{*}part/{*}date", "{*}relatedItem//{*}dateIssued"),
        "venue": first(host, "{*}titleInfo/{*}title") if host is not None else "",
        "volume": _detail(parts, "volume"),
        "issue": _detail(parts, "issue") or _detail(parts, "number"),
        "pages": pages or (first(extents[0], "{*}list") if extents else ""),
        "doi": ids.get("doi"),
        "pmid": ids.get("pmid") or ids.get("pubmed"),
        "issn": inside.get("issn") or inside.get("isbn"),
        "url": ids.get("uri") or first(record, "{*}location/{*}url"),
        "language": first(record, "{*}language/{*}languageTerm"),
        "keywords": every(record, "{*}subject/{*}topic"),
        "type": first(record, "{*}genre", "{*}typeOfResource"),
        "key": ids.get("citekey") or record.get("ID") or first(record, "{*}recordInfo/{*}recordIdentifier"),
    }  # fmt: skip


def _name(person: Any) -> str:
    roles = [role.lower() for role in every(person, "{*}role/{*}roleTerm")]
    if roles and not {"aut", "author", "cre", "creator"} & set(roles):
        return ""
    parts: dict[str, str] = {}
    for part in person.iterfind("{*}namePart"):
        kind = part.get("type") or "whole"
        parts[kind] = joined(parts.get(kind, ""), text(part))
    return joined(parts.get("family", ""), parts.get("given", ""), by=", ") or parts.get("whole", "")


def _detail(parts: list[Any], kind: str) -> str:
    details = [d for part in parts for d in part.iterfind("{*}detail") if d.get("type") == kind]
    return first(details[0], "{*}number", "{*}caption") if details else ""


READER = XmlFormat(
    re.compile(r"<(?:\w+:)?mods(?:Collection)?\b|loc\.gov/mods"),
    ("mods",),
    _convert,
    wrappers=("modsCollection", *SRU_WRAPPERS),
    is_head=named(*SRU_HEADS),
)

"""MARC 21 in XML, from library catalogues. Source: Library of Congress, MARC 21 Format for Bibliographic Data."""

from __future__ import annotations

import re
from typing import Any

from semsearch.readers.xml_stream import SRU_HEADS, SRU_WRAPPERS, Fields, XmlFormat, joined, named, text


def _convert(record: Any) -> Fields | None:
    if next(record.iterfind("{*}datafield"), None) is None:  # it belongs to the protocol around the records
        return None
    fields: dict[str, list[dict[str, str]]] = {}
    for field in record.iterfind("{*}datafield"):
        codes: dict[str, str] = {}
        for part in field.iterfind("{*}subfield"):
            code = part.get("code") or ""
            codes[code] = joined(codes.get(code, ""), text(part))
        fields.setdefault(field.get("tag") or "", []).append(codes | {"ind1": field.get("ind1") or ""})

    def every(tag: str, code: str) -> list[str]:
        return [codes[code].strip(" /:;,=") for codes in fields.get(tag, ()) if codes.get(code)]

    def first(tag: str, code: str) -> str:
        return next(iter(every(tag, code)), "")

    identifiers = {codes.get("2", "").lower(): codes.get("a", "") for codes in fields.get("024", ())}
    subjects = [word for tag in ("650", "653", "655") for word in every(tag, "a")]
    control = {e.get("tag"): text(e) for e in record.iterfind("{*}controlfield")}
    return {
        "title": joined(first("245", "a"), first("245", "b"), by=": ") + (f" {n}" if (n := first("245", "n")) else ""),
        "abstract": " ".join(every("520", "a")),
        "authors": [name for tag in ("100", "110", "111", "700", "710") for name in every(tag, "a")],
        "date": first("264", "c") or first("260", "c") or control.get("008", "")[7:11],
        "venue": first("773", "t") or first("490", "a"),
        "volume": first("773", "v") or first("490", "v"),
        "pages": next((m[1] for g in every("773", "g") if (m := _PAGES.search(g))), ""),
        "doi": identifiers.get("doi"),
        "issn": first("022", "a") or first("773", "x") or first("020", "a"),
        "url": first("856", "u"),
        "language": first("041", "a") or control.get("008", "")[35:38],
        "keywords": subjects,
        "type": first("655", "a") or "book",
        "key": control.get("001"),
        "extra": {"publisher": first("264", "b") or first("260", "b"), "contents": " ".join(every("505", "a"))},
    }


_PAGES = re.compile(r"(?:[Pp]ages:?|pp?\.|Seiten?|S\.)\s*(\d+(?:\s*[-–]\s*\d+)?)")
READER = XmlFormat(
    re.compile(r"<(?:\w+:)?datafield\b|loc\.gov/MARC21"),
    ("record",),
    _convert,
    wrappers=("collection", *SRU_WRAPPERS),
    is_head=named(*SRU_HEADS),
)

"""EndNote XML (RSXML). Every value can be inside ``<style>``."""

from __future__ import annotations

import re
from typing import Any

from semsearch.readers.xml_stream import Fields, XmlFormat, every, first


def _convert(record: Any) -> Fields:
    kind = next(record.iterfind("ref-type"), None)
    accession = first(record, "accession-num")
    from_pubmed = "pubmed" in first(record, "remote-database-name").lower() and accession.isdigit()
    extra = {
        e.tag: words for e in record if isinstance(e.tag, str) and e.tag in _EXTRA and (words := first(record, e.tag))
    }
    return {
        "title": first(record, "titles/title"),
        "abstract": first(record, "abstract"),
        "authors": every(record, "contributors/authors/author"),
        "year": first(record, "dates/year"),
        "date": first(record, "dates/pub-dates/date"),
        "venue": first(record, "titles/secondary-title", "periodical/full-title", "alt-periodical/full-title"),
        "volume": first(record, "volume"),
        "issue": first(record, "number", "issue"),
        "pages": first(record, "pages"),
        "doi": first(record, "electronic-resource-num"),
        "pmid": accession if from_pubmed else "",
        "pmcid": first(record, "custom2"),
        "issn": first(record, "isbn"),
        "url": first(record, "urls/related-urls/url", "urls/web-urls/url"),
        "language": first(record, "language"),
        "keywords": every(record, "keywords/keyword"),
        "type": kind.get("name", "") if kind is not None else "",
        "key": first(record, "label", "rec-number"),
        "extra": extra | ({"accession-num": accession} if accession and not from_pubmed else {}),
    }


_EXTRA = {
    *("caption", "notes", "research-notes", "remote-database-name", "publisher", "edition", "section", "auth-address"),
    *("custom1", "custom3", "custom4", "custom7"),
}
READER = XmlFormat(
    re.compile(r"<records>\s*<record>.{0,4000}<(?:ref-type|database|rec-number)", re.DOTALL),
    ("record",),
    _convert,
    wrappers=("xml", "records"),
)

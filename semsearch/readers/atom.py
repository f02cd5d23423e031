"""arXiv's Atom feed. Source: info.arxiv.org/help/api/user-manual.html, "Details of Atom results returned"."""

from __future__ import annotations

import re
from typing import Any

from semsearch.readers.xml_stream import Fields, XmlFormat, every, first, named


def _convert(entry: Any) -> Fields:
    address = first(entry, "{*}id")
    return {
        "arxiv_id": address if "arxiv.org/abs/" in address else "",
        "title": first(entry, "{*}title"),
        "abstract": first(entry, "{*}summary"),
        "authors": every(entry, "{*}author/{*}name"),
        "date": first(entry, "{*}published"),
        "venue": first(entry, "{*}journal_ref"),
        "doi": first(entry, "{*}doi"),
        "url": address,
        "keywords": [c.get("term", "") for c in entry.iterfind("{*}category")],
        "comment": first(entry, "{*}comment"),
    }


#: Elements that describe the feed. Source: RFC 4287, 4.1.1; OpenSearch 1.1, "Response elements".
_HEADS = (
    *("title", "id", "updated", "link", "author", "contributor", "category", "generator", "icon", "logo", "rights"),
    *("subtitle", "totalResults", "startIndex", "itemsPerPage", "Query"),
)
READER = XmlFormat(
    re.compile(r"<feed\b[^>]*http://www\.w3\.org/2005/Atom"),
    ("entry",),
    _convert,
    wrappers=("feed",),
    is_head=named(*_HEADS),
)

"""The ACL Anthology's XML. Source: github.com/acl-org/acl-anthology, ``data/xml/schema.rnc``."""

from __future__ import annotations

import re
from typing import Any

from semsearch.readers.xml_stream import Fields, XmlFormat, first, joined, local, named


def _convert(paper: Any) -> Fields:
    volume = next(paper.iterancestors("volume"), None)
    collection = next(paper.iterancestors("collection"), None)
    meta = volume.find("meta") if volume is not None else None
    address = first(paper, "url")
    return {
        "acl_id": address or _made_id(collection, volume, paper),
        "title": first(paper, "title"),
        "abstract": first(paper, "abstract"),
        "authors": [joined(first(a, "first"), first(a, "last")) for a in paper.iterfind("author")],
        "year": first(meta, "year") if meta is not None else "",
        "venue": first(meta, "booktitle") if meta is not None else "",
        "pages": first(paper, "pages").replace("–", "-"),
        "doi": first(paper, "doi"),
        "key": first(paper, "bibkey"),
        "language": first(paper, "language"),
        "type": local(paper),
    }


def _made_id(collection: Any, volume: Any, paper: Any) -> str:
    """The ACL id made of collection, volume and paper: ``2020.acl-main.7``, before 2020 with zeros: ``N19-1007``."""
    if collection is None or volume is None:
        return ""
    name, part, number = collection.get("id", ""), volume.get("id", ""), paper.get("id", "")
    if re.match(r"\d{4}\.", name):
        return f"{name}-{part}.{number}"
    return f"{name}-{part}{number:0>3}" if name[:1] != "W" else f"{name}-{part:0>2}{number:0>2}"


READER = XmlFormat(
    re.compile(r"<collection\b[^>]*\bid="),
    ("paper",),
    _convert,
    wrappers=("collection", "volume"),
    is_head=named("meta", "frontmatter", "event"),
)

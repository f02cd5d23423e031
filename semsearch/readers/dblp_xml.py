"""DBLP: its dump, the records of its pages, and the XML of its search. Source: dblp.org/faq, "dblp.xml" and its DTD."""

from __future__ import annotations

import re
from typing import Any

from semsearch.readers.xml_stream import Fields, XmlFormat, every, first, local, text

_KINDS = (
    "article",
    "inproceedings",
    "proceedings",
    "book",
    "incollection",
    "phdthesis",
    "mastersthesis",
    "data",
    "info",
)


def _convert(record: Any) -> Fields | None:
    if local(record) == "info":  # a hit of the search
        links = every(record, "{*}ee")
        kind, key = first(record, "{*}type"), first(record, "{*}key")
    elif record.get("key"):
        links = every(record, "{*}ee")
        kind, key = local(record), record.get("key", "")
    else:
        return None
    return {
        "title": text(next(record.iterfind("{*}title"), None)).removesuffix("."),
        "authors": every(record, "{*}author") or every(record, "{*}authors/{*}author"),
        "editors": every(record, "{*}editor"),
        "year": first(record, "{*}year"),
        "month": first(record, "{*}month"),
        "venue": first(record, "{*}journal", "{*}booktitle", "{*}venue", "{*}school", "{*}series"),
        "volume": first(record, "{*}volume"),
        "issue": first(record, "{*}number"),
        "pages": first(record, "{*}pages"),
        "doi": first(record, "{*}doi") or next((link for link in links if "doi.org/" in link), ""),
        "issn": first(record, "{*}isbn"),
        "url": links[0] if links else first(record, "{*}url"),
        "type": kind,
        "key": key,
    }


READER = XmlFormat(
    re.compile(r"<dblp\b|<result>\s*<query\b.{0,4000}<info>", re.DOTALL),
    _KINDS,
    _convert,
    wrappers=("dblp", "dblpperson", "r", "result", "hits", "hit"),
)

"""Plain text of the Cochrane Library: ``Record #1 of 20``, then lines ``TI: …``. Source of the tags: its exports."""

from __future__ import annotations

import re
from typing import Any

from semsearch.readers.tagged import TaggedFormat, Tags
from semsearch.text.identifiers import parse_pmid


def _refine(tags: Tags, record: dict[str, Any]) -> None:
    for value in tags.get("PM", ()):  # "PUBMED 12345"
        if pmid := parse_pmid(value.upper().removeprefix("PUBMED").strip()):
            record.setdefault("pmid", pmid)


READER = TaggedFormat(
    tag=re.compile(r"^\ufeff?(?:(?P<tag>Record(?= #\d)|[A-Z]{2,3})(?::| )\s?(?P<value>.*))$"),
    begins=("Record",),
    ends=None,
    fields={
        "key": ("ID",),
        "title": ("TI",),
        "abstract": ("AB",),
        "authors": ("AU",),
        "venue": ("SO",),
        "year": ("YR",),
        "volume": ("VL",),
        "issue": ("NO",),
        "pages": ("PG",),
        "doi": ("DOI",),
        "issn": ("SN",),
        "url": ("US",),
        "keywords": ("KY", "MH"),
        "type": ("PT",),
        "language": ("LA",),
    },
    ignored=frozenset({"Record"}),
    refine=_refine,
)

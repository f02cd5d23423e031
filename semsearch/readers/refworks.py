"""RefWorks tagged text. Source of the tags: "RefWorks Tagged Format"."""

from __future__ import annotations

import re
from typing import Any

from semsearch.readers.tagged import TaggedFormat, Tags, pages


def _refine(tags: Tags, record: dict[str, Any]) -> None:
    if found := pages(tags.get("SP"), tags.get("OP")):
        record["pages"] = found
    for value in tags.get("AN", ()):
        if value.isdigit() and any("pubmed" in v.lower() or "medline" in v.lower() for v in tags.get("DS", ())):
            record.setdefault("pmid", value)


READER = TaggedFormat(
    tag=re.compile(r"^\ufeff?(?P<tag>[A-Z][A-Z0-9]) (?!\s*-\s)(?P<value>.*)$"),
    begins=("RT",),
    ends=None,
    fields={
        "type": ("RT",),
        "title": ("T1",),
        "abstract": ("AB",),
        "authors": ("A1",),
        "year": ("YR",),
        "date": ("FD",),
        "venue": ("JF", "JO", "T2"),
        "volume": ("VO",),
        "issue": ("IS",),
        "doi": ("DO",),
        "issn": ("SN",),
        "url": ("UL", "LK"),
        "language": ("LA",),
        "keywords": ("K1",),
        "key": ("ID",),
    },
    ignored=frozenset({"SP", "OP"}),
    refine=_refine,
)

"""EndNote tagged text (``.enw``, refer). Source of the tags: the style "EndNote Export" of EndNote."""

from __future__ import annotations

import re
from typing import Any

from semsearch.readers.tagged import TaggedFormat, Tags


def _refine(tags: Tags, record: dict[str, Any]) -> None:
    if any("pubmed" in v.lower() or "medline" in v.lower() for v in tags.get("~", ())):
        record.setdefault("pmid", next((v for v in tags.get("M", ()) if v.isdigit()), ""))


READER = TaggedFormat(
    tag=re.compile(r"^\ufeff?%(?P<tag>\S)(?:\s(?P<value>.*))?$"),
    begins=("0",),
    ends=None,
    fields={
        "type": ("0",),
        "title": ("T",),
        "abstract": ("X",),
        "authors": ("A",),
        "year": ("D",),
        "date": ("8",),
        "venue": ("J", "B"),
        "volume": ("V",),
        "issue": ("N",),
        "pages": ("P",),
        "doi": ("R",),
        "issn": ("@",),
        "url": ("U",),
        "language": ("G",),
        "keywords": ("K",),
        "key": ("F", "M"),
    },
    a_value_a_line=frozenset("KA"),
    is_distinct=True,
    refine=_refine,
)

"""Web of Science field-tagged text (``.ciw``, ``.isi``, ``.txt``). Source of the tags: help pages of Clarivate."""

from __future__ import annotations

import re
from typing import Any

from semsearch.readers.tagged import TaggedFormat, Tags, pages


def _refine(tags: Tags, record: dict[str, Any]) -> None:
    record["pages"] = pages(tags.get("BP"), tags.get("EP")) or " ".join(tags.get("AR", ()))
    words = [w for tag in ("DE", "ID") for value in tags.get(tag, ()) for w in value.split(";")]
    record["keywords"] = [w.strip() for w in words if w.strip()]


READER = TaggedFormat(
    tag=re.compile(r"^\ufeff?(?P<tag>[A-Z][A-Z0-9])(?: (?!\s*-\s)(?P<value>.*))?$"),
    begins=("PT",),
    ends="ER",
    fields={
        "title": ("TI",),
        "abstract": ("AB",),
        "authors": ("AF", "AU", "CA"),
        "year": ("PY", "EY", "EA"),
        "date": ("PD",),
        "venue": ("SO", "JI", "J9"),
        "volume": ("VL",),
        "issue": ("IS",),
        "doi": ("DI",),
        "pmid": ("PM",),
        "issn": ("SN", "EI", "BN"),
        "language": ("LA",),
        "type": ("DT", "PT"),
        "key": ("UT",),
    },
    ignored=frozenset({"BP", "EP", "AR", "DE", "ID", "EF", "PT"}),
    a_value_a_line=frozenset({"AU", "AF", "BA", "BF", "CR", "C1", "CA", "ED"}),
    refine=_refine,
)

"""MEDLINE text, ``.nbib``. Source of the tags: NLM, MEDLINE/PubMed Data Element Descriptions."""

from __future__ import annotations

import re
from typing import Any

from semsearch.readers.tagged import TaggedFormat, Tags


def _refine(tags: Tags, record: dict[str, Any]) -> None:
    # One line for each id, with its kind at the end: "10.1000/x [doi]", "PMC1 [pmc]".
    for value in (*tags.get("LID", ()), *tags.get("AID", ())):
        for found, kind in re.findall(r"(\S+) \[(\w+)\]", value):
            if kind == "doi":
                record.setdefault("doi", found)
    record["keywords"] = [*tags.get("OT", ()), *tags.get("MH", ())]


READER = TaggedFormat(
    tag=re.compile(r"^(?P<tag>[A-Z]{2,4}) {0,2}- ?(?P<value>.*)$"),
    begins=("PMID", "OWN", "PMC", "PMCR"),  # the first tag is PMID in PubMed, OWN in ERIC, PMC for books
    ends=None,
    fields={
        "pmid": ("PMID",),
        "title": ("TI", "BTI", "TT"),
        "abstract": ("AB", "OAB"),
        "authors": ("FAU", "AU", "CN"),
        "year": ("DP",),
        "date": ("DP",),
        "venue": ("JT", "TA", "CTI"),
        "volume": ("VI",),
        "issue": ("IP",),
        "pages": ("PG",),
        "pmcid": ("PMC",),
        "issn": ("IS",),
        "language": ("LA",),
        "type": ("PT",),
    },
    ignored=frozenset({"OT", "MH", "LID", "AID"}),
    is_distinct=True,
    refine=_refine,
)

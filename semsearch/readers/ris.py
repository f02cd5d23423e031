"""RIS in its dialects (Scopus, Ovid, Embase, ProQuest, CINAHL, EndNote, RefWorks, Mendeley, Zotero, PsycINFO …).

Source of the tags: en.wikipedia.org/wiki/RIS_(file_format), and the exports themselves: no two agree.
"""

from __future__ import annotations

import re
from typing import Any

from semsearch.identifiers import parse_acl, parse_arxiv, parse_doi, parse_pmcid
from semsearch.readers.tagged import TaggedFormat, Tags, pages

_COMMENT, _TAGS = "Comment: ", "Tags: "
_PUBMED = re.compile(r"pubmed|medline", re.IGNORECASE)


def _refine(tags: Tags, record: dict[str, Any]) -> None:
    if found := pages(tags.get("SP"), tags.get("EP")):
        record["pages"] = found
    for tag in ("DO", "DI", "M3", "L3", "UR", "N1", "C7"):  # a DOI stands under any of these
        if not parse_doi(str(record.get("doi", ""))):
            record["doi"] = next((v for v in tags.get(tag, ()) if parse_doi(v)), record.get("doi", ""))
    for value in tags.get("AN", ()):
        from_pubmed = any(_PUBMED.search(v) for tag in ("DB", "DP") for v in tags.get(tag, ()))
        if value.isdigit() and from_pubmed:
            record.setdefault("pmid", value)
        elif arxiv := parse_arxiv(value, bare=False):
            record.setdefault("arxiv_id", f"{arxiv[0]}v{arxiv[1]}" if arxiv[1] else arxiv[0])
        elif acl := parse_acl(value, bare=False):
            record.setdefault("acl_id", acl)
    for value in tags.get("N1", ()):  # as semsearch writes them
        if value.startswith(_COMMENT):
            record.setdefault("comment", value.removeprefix(_COMMENT))
        elif value.startswith(_TAGS):
            record.setdefault("tags", value.removeprefix(_TAGS).split("; "))
    for value in tags.get("C2", ()):
        if parse_pmcid(value):
            record.setdefault("pmcid", value)


READER = TaggedFormat(
    # "TY  - " by the book; "TY -" and "TY  -" without a value are met as well.
    tag=re.compile(r"^[\s\ufeff]{0,3}(?P<tag>[A-Z][A-Z0-9]) {1,2}-(?:\s(?P<value>.*)|(?P<glued>\S.*)?)$"),
    begins=("TY",),
    ends="ER",
    fields={
        "type": ("TY",),
        "title": ("TI", "T1", "CT", "BT"),
        "abstract": ("AB", "N2"),
        "authors": ("AU", "A1"),
        "year": ("PY", "Y1", "YR"),
        "date": ("DA", "Y1", "PY"),
        "venue": ("JF", "T2", "JO", "JA", "J2", "J1", "BT", "SO", "T3"),
        "volume": ("VL", "VO"),
        "issue": ("IS", "IP"),
        "doi": ("DO", "DI"),
        "issn": ("SN",),
        "url": ("UR", "LK", "L2", "L1"),
        "language": ("LA",),
        "keywords": ("KW", "DE"),
        "key": ("ID",),
    },
    ignored=frozenset({"SP", "EP", "ER"}),
    refine=_refine,
)

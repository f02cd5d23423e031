"""RIS in its dialects (Scopus, Ovid, Embase, ProQuest, CINAHL, EndNote, RefWorks, Mendeley, Zotero, PsycINFO …).

Source of the tags: en.wikipedia.org/wiki/RIS_(file_format), and the exports themselves, since they all differ.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote

from semsearch.readers.tagged import TaggedFormat, Tags, pages
from semsearch.text.identifiers import parse_acl, parse_arxiv, parse_doi, parse_pmcid

_COMMENT, _TAGS, _ACCESSION = "Comment: ", "Tags: ", "Accession numbers: "
#: Beginnings of the notes that semsearch adds: rank, group, and the file of the paper. They do not belong to the paper.
_RANKED = ("semsearch rank ", "semsearch group ", "semsearch source: ")
#: A field that RIS has no tag for, as semsearch writes it with the tag U1.
_OTHER = re.compile(r"(?P<name>.{1,80}?): (?P<value>.+)")
#: Tags in which an exporter writes the PMID as a bare number, and the words that tell the exporter.
_HOLDS_PMID = {
    "C2": re.compile(r"scopus|2-s2\.0-|pubmed|medline", re.IGNORECASE),
    "C3": re.compile(r"cochrane|\bCN-\d|pubmed|medline", re.IGNORECASE),
    "C5": re.compile(r"dimensions|\bpub\.\d|pubmed|medline", re.IGNORECASE),
    "C6": re.compile(r"pubmed|medline", re.IGNORECASE),
    "U1": re.compile(r"pubmed|medline", re.IGNORECASE),
    "M1": re.compile(r"pubmed|medline", re.IGNORECASE),
}
_PUBMED = re.compile(r"pubmed|medline", re.IGNORECASE)


def _refine(tags: Tags, record: dict[str, Any]) -> None:
    if found := pages(tags.get("SP"), tags.get("EP")):
        record["pages"] = found
    for tag in ("DO", "DI", "M3", "L3", "UR", "N1", "C7"):  # a DOI can have any of these tags
        if not parse_doi(str(record.get("doi", ""))):
            record["doi"] = next((v for v in tags.get(tag, ()) if parse_doi(v)), record.get("doi", ""))
    from_pubmed = any(_PUBMED.search(v) for tag in ("DB", "DP") for v in tags.get(tag, ()))
    tags["AN"] = [value for value in tags.get("AN", ()) if not _is_identifier(value, record, from_pubmed)]
    if record.get("pmid") and tags.get("DB") == ["PubMed"]:
        del tags["DB"]  # it only says that the accession number is a PMID
    notes = tags.pop("N1", [])
    for value in notes:  # as semsearch writes them
        if value.startswith(_COMMENT) and "comment" not in record:
            record["comment"] = value.removeprefix(_COMMENT)
        elif value.startswith(_TAGS) and "tags" not in record:
            record["tags"] = value.removeprefix(_TAGS)
        elif value.startswith(_ACCESSION) and not tags["AN"]:
            tags["AN"].append(value.removeprefix(_ACCESSION))
        elif not value.startswith(_RANKED):
            tags.setdefault("N1", []).append(value)
    if others := tags.pop("U1", []):
        named = [match for value in others if (match := _OTHER.fullmatch(value))]
        record["extra"] = {unquote(match["name"]): match["value"] for match in named}
        if rest := [value for value in others if not _OTHER.fullmatch(value)]:
            tags["U1"] = rest
    _take_numbers(tags, record)


def _take_numbers(tags: Tags, record: dict[str, Any]) -> None:
    """Put PMIDs and PMCIDs that stand in custom tags into their fields."""
    for tag, exporter in _HOLDS_PMID.items():
        for value in tags.get(tag, ()):
            if parse_pmcid(value) and "pmcid" not in record:
                record["pmcid"] = value
                tags[tag] = [other for other in tags[tag] if other != value]
            elif _is_pmid(value, exporter, tags) and "pmid" not in record:
                record["pmid"] = value
                tags[tag] = [other for other in tags[tag] if other != value]


def _is_pmid(value: str, exporter: re.Pattern[str], tags: Tags) -> bool:
    """Whether a bare number is a PMID: the record says that the exporter that puts PMIDs there wrote it."""
    witnesses = (text for tag in ("DB", "DP", "UR", "L2", "N1", "LK", "ID", "AN") for text in tags.get(tag, ()))
    return value.isdigit() and 5 <= len(value) <= 9 and any(exporter.search(text) for text in witnesses)


def _is_identifier(value: str, record: dict[str, Any], from_pubmed: bool) -> bool:
    """Put an accession number that is an identifier into its field. Returns whether it was one."""
    if value.isdigit() and from_pubmed and "pmid" not in record:
        record["pmid"] = value
    elif "arxiv_id" not in record and (arxiv := parse_arxiv(value, bare=False)):
        record["arxiv_id"] = f"{arxiv[0]}v{arxiv[1]}" if arxiv[1] else arxiv[0]
    elif "acl_id" not in record and (acl := parse_acl(value, bare=False)):
        record["acl_id"] = acl
    else:
        return False
    return True


#: All tags of RIS. In a line with one space before the hyphen, another tag is text: ``IV - a dose of 5 mg``.
_KNOWN = "|".join((
    "A1", "A2", "A3", "A4", "AB", "AD", "AN", "AU", "AV", "BT", "C1", "C2", "C3", "C4", "C5", "C6", "C7", "C8",
    "CA", "CN", "CP", "CT", "CY", "DA", "DB", "DE", "DI", "DO", "DP", "ED", "EP", "ER", "ET", "FD", "H1", "H2",
    "ID", "IP", "IS", "J1", "J2", "JA", "JF", "JO", "K1", "KW", "L1", "L2", "L3", "L4", "LA", "LB", "LK", "M1",
    "M2", "M3", "M4", "N1", "N2", "NO", "NV", "OP", "PA", "PB", "PP", "PY", "RD", "RI", "RN", "RP", "SE", "SN",
    "SO", "SP", "ST", "SV", "T1", "T2", "T3", "TA", "TI", "TT", "TY", "U1", "U2", "U3", "U4", "U5", "UR", "VL",
    "VO", "WP", "WT", "WV", "Y1", "Y2", "YR",
))  # fmt: skip

READER = TaggedFormat(
    # The rule is "TY  - "; there are also files with "TY -", and with "TY  -" without a value.
    tag=re.compile(
        rf"^[\s\ufeff]{{0,3}}(?P<tag>[A-Z][A-Z0-9])(?:  -| -(?<=(?:{_KNOWN}) -))(?:\s(?P<value>.*)|(?P<glued>\S.*)?)$"
    ),
    begins=("TY",),
    ends="ER",
    fields={
        "type": ("TY",),
        "title": ("TI", "T1", "CT", "BT"),
        "abstract": ("AB", "N2"),
        "authors": ("AU", "A1"),
        "editors": ("ED", "A2"),
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
    a_value_a_line=frozenset({"KW", "AU", "A1", "A2", "ED"}),
    wraps_indented=True,
    is_distinct=True,
    refine=_refine,
)

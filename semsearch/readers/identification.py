"""Finds the identifiers of a record, in whatever field they are."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from semsearch.model.printable import safe
from semsearch.readers.flattening import text_of
from semsearch.text import identifiers

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Names of fields for notes, in which identifiers have labels.
_NOTES = re.compile(
    r"extra|notes?|annote|n1|n2|[cmu][1-8]|custom\s?\d?|comments?|an|accession-num(?:ber)?|research-notes|eprint|"
    r"howpublished|remarks?|misc\s?\d?|identifiers?|other ids?|article ?ids?|aid|lid|publication info",
    re.IGNORECASE,
)
_LABELLED = re.compile(
    r"(?<![\w/.-])(?P<label>doi|pmid|pubmed id|pubmed|pmcid|arxiv)\s*[:=]?\s*"
    r"(?P<value>(?:10\.\d{4,9}/|PMC\d|\d)[^\s,;|]*)",
    re.IGNORECASE,
)
_FIELDS = {"doi": "doi", "pmid": "pmid", "pubmedid": "pmid", "pubmed": "pmid", "pmcid": "pmcid", "arxiv": "arxiv_id"}
#: Words of a note that speaks of another paper.
_OTHER_PAPER = re.compile(
    r"\b(?:erratum|errata|corrigendum|correction|comment(?:ary)? (?:in|on)|repl(?:y|ies) (?:to|in)|retract|republish|"
    r"update (?:in|of)|see also|related|supplement|cit(?:ed|es)|references?|original article|version of record|"
    r"companion|reprint)",
    re.IGNORECASE,
)
#: ProQuest calls the number of a publication "PMID".
_PROQUEST = re.compile(r"\b(?:DOCID|PCID|ProvJournalCode|PublisherXID)\s?:")
_OF_PUBMED = re.compile("pubmed|ncbi|europepmc", re.IGNORECASE)
_PARTS = re.compile(r"[\n|]|;\s|\.\s")
_BETWEEN = re.compile(r"[\s;|]+|,(?=\s*(?:10\.|https?:|doi))")
#: Fields of `Paper` for identifiers.
IDENTIFIERS = ("doi", "arxiv_id", "pmid", "pmcid", "acl_id")


def identify(values: dict[str, Any], extra: dict[str, str], name: str, value: Any) -> None:
    """Put an identifier into the field for its scheme, whatever field it is in. Other text becomes an extra field.

    Args:
        values: Values so far, by name of a field of `Paper`; the identifier is added.
        extra: Values that fit no field, by name; other text is added.
        name: One of `IDENTIFIERS`: the field that the value has in the file.
        value: A text, or a list of texts.
    """
    text = safe(text_of(value))
    if arxiv := identifiers.parse_arxiv(text, bare=name == "arxiv_id"):
        values["arxiv_id"], values["arxiv_version"] = arxiv
        return
    parsers = {
        "doi": identifiers.parse_doi,
        "pmid": identifiers.parse_pmid,
        "pmcid": identifiers.parse_pmcid,
        "acl_id": identifiers.parse_acl,
    }
    parsed = parsers[name](text) if name in parsers else None
    if name == "pmcid" and text.isdigit():
        parsed = f"PMC{text}"
    if name == "doi" and (text.count("10.") > 1 or not parsed):
        parsed = _of_several(text, extra) or parsed or identifiers.doi_in_address(text)
    if parsed:
        values[name] = parsed
    elif text:
        extra[name] = text


def _of_several(text: str, extra: dict[str, str]) -> str | None:
    """The first DOI of a cell with several. The others become an extra field."""
    found = dict.fromkeys(doi for part in _BETWEEN.split(text) if (doi := identifiers.parse_doi(part)))
    first, *others = [*found, ""] if not found else [*found]
    if others:
        extra.setdefault("further dois", "; ".join(others))
    return first or None


def identify_by_labels(values: dict[str, Any], extra: Mapping[str, str]) -> None:
    """Take identifiers that are missing from notes in which they have a label, such as Zotero's field Extra.

    A note about another paper, such as ``Erratum in: doi: …``, names none of this one.

    Args:
        values: Values so far, by name of a field of `Paper`; the identifiers are added.
        extra: Values that fit no field, by name.
    """
    notes = [text for name, text in extra.items() if _NOTES.fullmatch(name)]
    for text in (*notes, values.get("comment", ""), values.get("venue", "")):
        if not text or not _LABELLED.search(text) or _PROQUEST.search(text):
            continue
        for part in _PARTS.split(text):
            if _OTHER_PAPER.search(part):
                continue
            for match in _LABELLED.finditer(part):
                _take(values, _FIELDS[match["label"].casefold().replace(" ", "")], match["value"])


def _take(values: dict[str, Any], name: str, text: str) -> None:
    """Put an identifier into its field, if that is empty and the text is one."""
    if values.get(name):
        return
    if name == "arxiv_id":
        if arxiv := identifiers.parse_arxiv(text.rstrip(".,;")):
            values["arxiv_id"], values["arxiv_version"] = arxiv
    elif name == "doi":
        if (doi := identifiers.parse_doi(text)) and not doi.startswith("10.48550/arxiv."):
            values["doi"] = doi
    else:
        parse = {"pmid": identifiers.parse_pmid, "pmcid": identifiers.parse_pmcid}[name]
        if found := parse(text.rstrip(".,;")):
            values[name] = found


def identify_by_key(values: dict[str, Any]) -> None:
    """Take identifiers from the key or the address if they are written in full: ``arxiv:2405.14488``, or a DOI.

    Args:
        values: Values so far, by name of a field of `Paper`; the identifiers are added.
    """
    for name in ("key", "url"):
        text = values.get(name) or ""
        if not values.get("arxiv_id") and (arxiv := identifiers.parse_arxiv(text, bare=False)):
            values["arxiv_id"], values["arxiv_version"] = arxiv
        elif not values.get("doi") and not identifiers.parse_arxiv(text, bare=False) and (doi := _doi_of(text)):
            values["doi"] = doi
        elif (
            name == "url"
            and not values.get("pmid")
            and _OF_PUBMED.search(text)
            and (pmid := identifiers.parse_pmid(text))
        ):
            values["pmid"] = pmid
        elif (
            name == "url"
            and not values.get("pmcid")
            and _OF_PUBMED.search(text)
            and (pmcid := identifiers.parse_pmcid(text))
        ):
            values["pmcid"] = pmcid
        elif not values.get("acl_id") and (acl := identifiers.parse_acl(text, bare=False)):
            values["acl_id"] = acl


def _doi_of(text: str) -> str | None:
    return identifiers.parse_doi(text) or identifiers.doi_in_address(text) if "10." in text else None

"""Finds the identifiers of a record, in whatever field they are."""

from __future__ import annotations

from typing import Any

from semsearch.model.printable import safe
from semsearch.readers.flattening import text_of
from semsearch.text import identifiers

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
    if parsed:
        values[name] = parsed
    elif text:
        extra[name] = text


def identify_by_key(values: dict[str, Any]) -> None:
    """Take identifiers from the key or the address if they are written in full: ``arxiv:2405.14488``, or a DOI.

    Args:
        values: Values so far, by name of a field of `Paper`; the identifiers are added.
    """
    for name in ("key", "url"):
        text = values.get(name) or ""
        if not values.get("arxiv_id") and (arxiv := identifiers.parse_arxiv(text, bare=False)):
            values["arxiv_id"], values["arxiv_version"] = arxiv
        elif (
            not values.get("doi")
            and not identifiers.parse_arxiv(text, bare=False)
            and (doi := identifiers.parse_doi(text))
        ):
            values["doi"] = doi
        elif not values.get("acl_id") and (acl := identifiers.parse_acl(text, bare=False)):
            values["acl_id"] = acl

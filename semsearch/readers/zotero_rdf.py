"""Zotero RDF: items, and journals and series that stand beside them. Source: Zotero's translator "Zotero RDF".

An item names its journal by ``rdf:resource``, and the journal can stand before or after it. So the file is read as a
whole, up to a limit.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from semsearch.model.errors import MalformedSource
from semsearch.model.paper import Paper, Rejected, Source
from semsearch.readers.record import RAW_LIMIT, UNREADABLE, build, rejected, unreadable
from semsearch.readers.xml_stream import INTERNAL_SUBSET, OPTIONS, every, first, joined, local, text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from semsearch.model.protocols import Opened

_MARKER = re.compile(r"<rdf:RDF\b[^>]*(?:zotero\.org/namespaces/export|purl\.org/net/biblio)", re.DOTALL)
_ABOUT = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
#: Largest file, in bytes. Zotero writes one file for each export, of a few kilobytes for an item.
_LIMIT = 2**29
#: Elements beside the items. A journal is a part of its items; notes and attachments are no papers.
_NOT_ITEMS = frozenset({"Journal", "Series", "Memo", "Attachment", "Collection", "Person", "Organization"})
_SCHEME = re.compile(r"^(DOI|ISSN|ISBN(?:-1[03])?:?|PMID:?|PMCID:?)\s*(.+)$", re.IGNORECASE)


def recognise(head: str) -> bool:
    """Whether it is RDF with the namespaces of Zotero's export."""
    return head.lstrip("\ufeff \n").startswith("<") and bool(_MARKER.search(head))


def is_empty(head: str) -> bool:
    """Whether the file is complete and has no items."""
    return "</rdf:RDF>" in head and not re.search(r"<z:itemType>", head)


def read(opened: Opened) -> Iterator[Paper | Rejected]:
    """See `semsearch.model.protocols.FormatReader`.

    Args:
        opened: The file.

    Raises:
        MalformedSource: The file is not valid XML, declares its own entities, or is too large.
    """
    from lxml import etree

    if INTERNAL_SUBSET.search(opened.head()):
        raise MalformedSource(opened.name, "declares its own entities, which could fill the memory; it is not read")
    with opened.binary() as stream:
        content = stream.read(_LIMIT + 1)
    if len(content) > _LIMIT:
        raise MalformedSource(opened.name, "RDF of more than 512 MiB; export the library in parts, or as CSV or BibTeX")
    try:
        root = etree.fromstring(content, etree.XMLParser(**OPTIONS, recover=False))
    except etree.XMLSyntaxError as error:
        raise MalformedSource(opened.name, f"not valid XML: {error.msg}"[:200]) from error
    about = {
        name: element for element in root if isinstance(element.tag, str) and (name := element.get(f"{_ABOUT}about"))
    }
    members = {
        e.get(f"{_ABOUT}resource") or "": text(first_child(c, "title")) for c in root for e in c if _is_member(c, e)
    }
    for element in root:
        if not isinstance(element.tag, str) or local(element) in _NOT_ITEMS:
            continue
        source = Source(opened.name, element.sourceline or 0)
        raw = etree.tostring(element, encoding="unicode", with_tail=False)[:RAW_LIMIT]
        if first(element, "{*}itemType") in ("attachment", "note", "annotation"):
            continue
        if not first(element, "{*}itemType", "{*}title"):
            yield rejected(source, f"an element {local(element)} that is no item of Zotero", raw)
            continue
        try:
            record, extra = _record(element, about)
        except UNREADABLE as error:
            yield unreadable(source, error, raw)
            continue
        collection = members.get(element.get(f"{_ABOUT}about") or "")
        record["tags"] = [*record["tags"], *([collection] if collection else [])]
        yield build({name: value for name, value in record.items() if value}, extra, source, raw, opened.repaired)


def first_child(element: Any, name: str) -> Any:
    """The first child with a name, in any namespace; ``None`` if there is none.

    Args:
        element: The element.
        name: Name without its namespace.
    """
    return next(element.iterfind(f"{{*}}{name}"), None)


def _is_member(collection: Any, element: Any) -> bool:
    return local(collection) == "Collection" and local(element) == "hasPart"


def _record(item: Any, about: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    holders = [_resolved(part, about) for part in item.iterfind("{*}isPartOf")]
    journals = [holder for holder in holders if holder is not None]
    ids: dict[str, str] = {}
    for holder in (item, *journals):
        for words in every(holder, "{*}identifier"):
            if match := _SCHEME.match(words):
                ids.setdefault(match[1].rstrip(":").split("-")[0].upper(), match[2])
    presented = first(item, "{*}presentedAt/{*}Conference/{*}title", "{*}presentedAt//{*}title")
    record = {
        "title": first(item, "{*}title"),
        "abstract": first(item, "{*}abstract"),
        "authors": _people(item, "authors"),
        "editors": _people(item, "editors"),
        "date": first(item, "{*}date"),
        "venue": next((title for j in journals if (title := first(j, "{*}title"))), "") or presented,
        "volume": next((v for j in (item, *journals) if (v := first(j, "{*}volume"))), ""),
        "issue": next((v for j in (item, *journals) if (v := first(j, "{*}number"))), ""),
        "pages": first(item, "{*}pages"),
        "doi": ids.get("DOI"),
        "pmid": ids.get("PMID"),
        "pmcid": ids.get("PMCID"),
        "issn": ids.get("ISSN") or ids.get("ISBN"),
        "url": first(item, "{*}identifier/{*}URI/{*}value", "{*}identifier//{*}value"),
        "language": first(item, "{*}language"),
        "tags": [words for subject in item.iterfind("{*}subject") if (words := text(subject))],
        "type": first(item, "{*}itemType"),
        "key": (item.get(f"{_ABOUT}about") or "").removeprefix("#"),
    }
    extra = {
        "publisher": joined(first(item, "{*}publisher//{*}name"), by=""),
        "extra": first(item, "{*}description"),
        "rights": first(item, "{*}rights"),
        "edition": first(item, "{*}edition"),
    }
    return record, {name: value for name, value in extra.items() if value}


def _resolved(part: Any, about: Mapping[str, Any]) -> Any:
    """The journal, book or series that an item is a part of: inside the element, or beside the items."""
    inside = next((child for child in part if isinstance(child.tag, str)), None)
    return inside if inside is not None else about.get(part.get(f"{_ABOUT}resource") or "")


def _people(item: Any, role: str) -> list[str]:
    return [
        joined(first(person, "{*}surname"), first(person, "{*}givenName", "{*}givenname"), by=", ") or text(person)
        for person in item.iterfind(f"{{*}}{role}//{{*}}Person")
    ]

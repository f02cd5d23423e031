"""The keys of large JSON sources: the Kaggle dump of arXiv, CSL-JSON, Crossref, OpenAlex, Semantic Scholar.

Each function turns a record of its source into a record with the headings of `record.HEADINGS`. Other keys stay, and
become extra fields of the paper.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from semsearch.readers import json_apis
from semsearch.text.identifiers import parse_arxiv

Record = Mapping[str, Any]
_OWN_ID = re.compile(r"(?:arxiv|doi|pmid|pmcid|acl|sem):")


def normalised(record: Record) -> Record:
    """The record with known headings, if it comes from one of these sources; else the record itself."""
    for keys, resolve in (*SHAPES, *json_apis.SHAPES):
        if keys <= record.keys():
            return resolve(record)
    return record


def _kaggle(record: Record) -> Record:
    """The Kaggle dump of arXiv: a bare arXiv id, a list of versions, whose first one gives the date."""
    versions = record["versions"] if isinstance(record["versions"], list) else []
    arxiv = parse_arxiv(str(record.get("id", "")))
    first = versions[0].get("created", "") if versions and isinstance(versions[0], dict) else ""
    rest = _without(record, "versions")
    if arxiv:
        rest["arxiv_id"] = f"{arxiv[0]}v{len(versions)}" if versions else arxiv[0]
    if isinstance(rest["categories"], str):
        rest["categories"] = rest["categories"].split()
    return rest | ({"date": first} if first else {})


def _csl(record: Record) -> Record:
    """CSL-JSON (citation-style-language.org/1.0.2 schema) and Crossref's REST API, which extends it."""
    rest = _without(
        record, "issued", "published-print", "published-online", "created", "published", "title", "container-title"
    )
    dates = [record.get(key) for key in ("issued", "published", "published-print", "published-online")]
    dated = next((date for date in dates if _date(date)), None)
    rest["date"] = str(_mapping(dated).get("raw") or _date(dated))
    rest["year"] = year if (year := _date(dated)[:4]).isdecimal() else ""  # other text stays in the date
    rest["title"] = _one(record.get("title"))
    rest["venue"] = _one(record.get("container-title"))
    if "citation-key" in record:
        rest["key"], rest["csl-id"] = rest.pop("citation-key"), rest.pop("id", "")
    if _OWN_ID.match(str(rest.get("csl-id", ""))):  # an id of semsearch, which is computed again from the record
        del rest["csl-id"]
    return rest


def _openalex(record: Record) -> Record:
    """Works of OpenAlex (docs.openalex.org/api-entities/works/work-object). An abstract is an inverted index."""
    rest = _without(
        record,
        "abstract_inverted_index",
        "authorships",
        "ids",
        "primary_location",
        "biblio",
        "display_name",
        "publication_year",
        "publication_date",
    )
    ids, location, biblio = (_mapping(record.get(k)) for k in ("ids", "primary_location", "biblio"))
    people = [_mapping(_mapping(a).get("author")).get("display_name") for a in record.get("authorships") or ()]
    pages = "-".join(dict.fromkeys(str(p) for p in (biblio.get("first_page"), biblio.get("last_page")) if p))
    return rest | {
        "title": record.get("title") or record.get("display_name"),
        "abstract": record.get("abstract") or _uninverted(record.get("abstract_inverted_index")),
        "authors": [name for name in people if name],
        "year": record.get("publication_year"),
        "date": record.get("publication_date"),
        "venue": _mapping(location.get("source")).get("display_name"),
        "url": location.get("landing_page_url"),
        "volume": biblio.get("volume"),
        "issue": biblio.get("issue"),
        "pages": pages,
        "doi": record.get("doi") or ids.get("doi"),
        "pmid": ids.get("pmid"),
        "pmcid": ids.get("pmcid"),
        "openalex": ids.get("openalex"),
    }  # fmt: skip


def _semantic_scholar(record: Record) -> Record:
    """The Academic Graph of Semantic Scholar (api.semanticscholar.org/api-docs/graph)."""
    ids, journal = _mapping(record.get("externalIds")), _mapping(record.get("journal"))
    rest = _without(
        record, "externalIds", "journal", "publicationDate", "citationStyles", "embedding", "citations", "references"
    )
    return rest | {
        "doi": ids.get("DOI"),
        "arxiv_id": ids.get("ArXiv"),
        "pmid": ids.get("PubMed"),
        "pmcid": f"PMC{ids['PubMedCentral']}" if ids.get("PubMedCentral") else None,
        "acl_id": ids.get("ACL"),
        "venue": record.get("venue") or journal.get("name"),
        "volume": journal.get("volume"),
        "pages": str(journal.get("pages") or "").strip(),
        "date": record.get("publicationDate"),
    }


#: Keys that only the records of one source have, and the function for that source. The first match counts.
SHAPES: tuple[tuple[frozenset[str], Callable[[Record], Record]], ...] = (
    (frozenset({"versions", "categories"}), _kaggle),
    (frozenset({"authorships"}), _openalex),
    (frozenset({"abstract_inverted_index"}), _openalex),
    (frozenset({"paperId", "externalIds"}), _semantic_scholar),
    (frozenset({"issued"}), _csl),
    (frozenset({"container-title"}), _csl),
    (frozenset({"citation-key"}), _csl),
)


def _without(record: Record, *keys: str) -> dict[str, Any]:
    return {key: value for key, value in record.items() if key not in keys}


def _mapping(value: Any) -> Record:
    return value if isinstance(value, Mapping) else {}


def _one(value: Any) -> Any:
    """The first value of a list that is not empty, since titles of Crossref are lists; other values as they are."""
    return next((v for v in value if v), "") if isinstance(value, list) else value


def _date(value: Any) -> str:
    """``2020-05-01`` for ``{"date-parts": [[2020, 5, 1]]}`` of CSL; else the text under ``raw`` or ``literal``."""
    shape = _mapping(value)
    parts = shape.get("date-parts")
    if isinstance(parts, list) and parts and isinstance(parts[0], list) and parts[0] and parts[0][0]:
        return "-".join(str(p).zfill(2) if str(p).isdecimal() else str(p) for p in parts[0])
    return str(shape.get("raw") or shape.get("literal") or (value if isinstance(value, str) else ""))


def _uninverted(index: Any) -> str:
    """The text of an inverted index ``{"word": [positions]}``."""
    if not isinstance(index, Mapping):
        return ""
    placed = [(n, w) for w, found in index.items() if isinstance(found, list) for n in found if isinstance(n, int)]
    return " ".join(word for _, word in sorted(placed))

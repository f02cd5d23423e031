"""JATS and NLM journal articles (``.nxml``, PMC). Source: NISO Z39.96, jats.nlm.nih.gov."""

from __future__ import annotations

import re
from typing import Any

from semsearch.readers.xml_stream import Fields, XmlFormat, every, first, joined, labelled, local, text


def _convert(article: Any) -> Fields:
    front = next(article.iterfind("{*}front"), article)
    meta = next(front.iterfind("{*}article-meta"), front)
    ids = {e.get("pub-id-type"): text(e) for e in meta.iterfind("{*}article-id")}
    pmcid = ids.get("pmcid") or ids.get("pmc") or ""
    return {
        "title": joined(
            first(meta, "{*}title-group/{*}article-title"), first(meta, "{*}title-group/{*}subtitle"), by=": "
        ),
        "abstract": labelled(_sections(meta)),
        "authors": [
            _name(c)
            for c in meta.iterfind("{*}contrib-group/{*}contrib")
            if c.get("contrib-type", "author") == "author"
        ],
        "year": first(meta, "{*}pub-date/{*}year"),
        "date": joined(*(first(meta, f"{{*}}pub-date/{{*}}{part}") for part in ("year", "month", "day")), by="-"),
        "venue": first(front, "{*}journal-meta//{*}journal-title"),
        "volume": first(meta, "{*}volume"),
        "issue": first(meta, "{*}issue"),
        "pages": joined(first(meta, "{*}fpage", "{*}elocation-id"), first(meta, "{*}lpage"), by="-"),
        "doi": ids.get("doi"),
        "pmid": ids.get("pmid"),
        "pmcid": pmcid if not pmcid or pmcid.upper().startswith("PMC") else f"PMC{pmcid}",
        "issn": first(front, "{*}journal-meta/{*}issn"),
        "keywords": every(meta, "{*}kwd-group/{*}kwd"),
        "type": article.get("article-type", ""),
        "language": article.get("{http://www.w3.org/XML/1998/namespace}lang", ""),
    }


def _sections(meta: Any) -> list[tuple[str, str]]:
    """The sections of the abstract as ``(label, text)``. An abstract with a type (teaser, graphic) is used last."""
    abstracts = [a for a in meta.iterfind("{*}abstract") if not a.get("abstract-type")] or list(
        meta.iterfind("{*}abstract")
    )
    found = []
    for part in abstracts[0] if abstracts else ():
        if local(part) == "title":
            continue
        label = first(part, "{*}title") if local(part) == "sec" else ""
        words = text(part)
        found.append((label, words.removeprefix(label).strip() if label else words))
    return found


def _name(contributor: Any) -> str:
    family, given = first(contributor, ".//{*}surname"), first(contributor, ".//{*}given-names")
    return joined(family, given, by=", ") or first(contributor, "{*}collab", "{*}string-name", "{*}name")


READER = XmlFormat(
    re.compile(
        r"<(?:article|pmc-articleset)\b.{0,3000}(?:<front\b|<journal-meta\b|jats|archivearticle|journalpublishing)",
        re.DOTALL | re.IGNORECASE,
    ),
    ("article",),
    _convert,
    outermost=True,
    wrappers=("pmc-articleset",),
)

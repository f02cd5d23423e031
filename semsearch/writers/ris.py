"""RIS, as Zotero, EndNote and ASReview read it. Source of the tags: see readers/ris.py."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from semsearch.model.printable import safe
from semsearch.writers.references import ReferenceWriter

if TYPE_CHECKING:
    from semsearch.model.paper import Paper

#: Reference types of RIS; what another format calls a paper is written as one of these.
_TYPES = {
    **dict.fromkeys(("article", "article-journal", "journal-article", "journal article"), "JOUR"),
    **dict.fromkeys(("inproceedings", "conference", "paper-conference", "proceedings-article"), "CPAPER"),
    "book": "BOOK",
    "inbook": "CHAP",
    "incollection": "CHAP",
    "phdthesis": "THES",
    "thesis": "THES",
    "techreport": "RPRT",
}
_TAG = re.compile(r"[A-Z][A-Z0-9]")
#: Tags that are written, or that readers take for what is; an extra field of such a name goes under `_OTHER`.
_WRITTEN = frozenset(
    (
        *("TY", "ER", "TI", "T1", "CT", "AU", "A1", "PY", "Y1", "YR", "DA", "JF", "VL", "VO", "IS", "IP", "SP", "EP"),
        *("DO", "DI", "AN", "SN", "UR", "LA", "AB", "KW", "ID", "C2", "U1"),
    )
)
#: Tags that readers take for a field where nothing better is written.
_ALTERNATIVES = {
    **dict.fromkeys(("JO", "JA", "T2", "J1", "J2", "SO", "T3", "BT"), "venue"),
    **dict.fromkeys(("LK", "L1", "L2"), "url"),
    "N2": "abstract",
    "DE": "keywords",
}
#: "User definable" by the book; holds ``name: value`` of a field that RIS has no tag for.
_OTHER = "U1"


class RisWriter(ReferenceWriter):
    """One record per paper. A field is one line, so nothing breaks out of it."""

    def record(self, paper: Paper, note: str) -> str:
        """See `ReferenceWriter`."""
        start, _, stop = paper.pages.partition("-")
        if not stop or "-" in stop or start == stop:
            start, stop = paper.pages, ""
        version = f"v{paper.arxiv_version}" if paper.arxiv_version else ""
        own = {tag: value for tag, value in paper.extra.items() if _is_own(tag, paper)}
        lines = [
            ("TY", _type(paper)),
            ("TI", paper.title),
            *(("AU", name) for name in paper.authors),
            ("PY", str(paper.year or "")),
            ("DA", paper.date),
            ("JF", paper.venue),
            ("VL", paper.volume),
            ("IS", paper.issue),
            ("SP", start),
            ("EP", stop),
            ("DO", paper.doi),
            ("AN", paper.pmid),
            ("DB", "PubMed" if paper.pmid and "DB" not in own else ""),
            ("AN", f"arXiv:{paper.arxiv_id}{version}" if paper.arxiv_id else ""),
            ("AN", f"acl:{paper.acl_id}" if paper.acl_id else ""),
            ("C2", paper.pmcid),
            ("SN", paper.issn),
            ("UR", paper.url),
            ("LA", paper.language),
            ("AB", paper.abstract),
            *(("KW", word) for word in paper.keywords),
            ("N1", f"Comment: {paper.comment}" if paper.comment else ""),
            ("N1", f"Tags: {'; '.join(paper.tags)}" if paper.tags else ""),
            *own.items(),
            *((_OTHER, f"{_quoted(name)}: {value}") for name, value in paper.extra.items() if name not in own),
            ("N1", note),
            ("ID", paper.key),
        ]
        return "".join(f"{tag}  - {safe(value)}\n" for tag, value in lines if value) + "ER  - \n\n"


def _quoted(name: str) -> str:
    """A name in which nothing looks like the colon behind it; per-cent signs as in addresses."""
    return name.replace("%", "%25").replace(": ", "%3A ")


def _is_own(name: str, paper: Paper) -> bool:
    """Whether an extra field is a tag that RIS readers, ours too, do not take for one of the paper's fields."""
    if not _TAG.fullmatch(name) or name in _WRITTEN:
        return False
    return name not in _ALTERNATIVES or bool(getattr(paper, _ALTERNATIVES[name]))


def _type(paper: Paper) -> str:
    if _TAG.match(paper.type) and paper.type.isupper() and len(paper.type) <= 8:
        return paper.type
    return _TYPES.get(paper.type.lower(), "JOUR" if paper.venue else "GEN")

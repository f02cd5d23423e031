"""RIS, as Zotero, EndNote and ASReview read it. Source of the tags: see readers/ris.py."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from semsearch.wording import safe
from semsearch.writers.references import ReferenceWriter

if TYPE_CHECKING:
    from semsearch.paper import Paper

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


class RisWriter(ReferenceWriter):
    """A record a paper; a field is one line, so nothing breaks out of it."""

    def record(self, paper: Paper, note: str) -> str:
        """See `ReferenceWriter`."""
        start, _, stop = paper.pages.partition("-")
        version = f"v{paper.arxiv_version}" if paper.arxiv_version else ""
        own = {tag: value for tag, value in paper.extra.items() if _TAG.fullmatch(tag) and tag not in _WRITTEN}
        lines = [
            ("TY", _type(paper)),
            ("TI", paper.title),
            *(("AU", name) for name in paper.authors),
            ("PY", str(paper.year or "")),
            ("DA", paper.date),
            ("JF", paper.venue),
            ("VL", paper.volume),
            ("IS", paper.issue),
            ("SP", start if "-" not in stop else paper.pages),
            ("EP", stop if "-" not in stop else ""),
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
            *(
                ("N1", f"{name}: {value}")
                for name, value in paper.extra.items()
                if name not in own and name not in _WRITTEN
            ),
            ("N1", note),
            ("ID", paper.key),
        ]
        return "".join(f"{tag}  - {safe(value)}\n" for tag, value in lines if value) + "ER  - \n\n"


_WRITTEN = {"TY", "ER"}


def _type(paper: Paper) -> str:
    if _TAG.match(paper.type) and paper.type.isupper() and len(paper.type) <= 8:
        return paper.type
    return _TYPES.get(paper.type.lower(), "JOUR" if paper.venue else "GEN")

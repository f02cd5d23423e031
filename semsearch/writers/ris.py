"""RIS for Zotero, EndNote and ASReview. Source of the tags: see readers/ris.py."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from semsearch.model.printable import safe
from semsearch.text.publication_types import RIS_TYPES, kind_of
from semsearch.writers.references import ReferenceWriter, editors_of, kept_extra, keyword_list

if TYPE_CHECKING:
    from semsearch.model.paper import Paper

#: The note that says in which file a paper was read. Notes survive in Zotero, EndNote, Rayyan, Covidence and ASReview.
SOURCE_NOTE = "semsearch source: "
_TAG = re.compile(r"[A-Z][A-Z0-9]")
#: Tags that are written, and tags that readers take for one of these. An extra field with such a name goes to `_OTHER`.
_WRITTEN = frozenset(
    (
        *("TY", "ER", "TI", "T1", "CT", "AU", "A1", "PY", "Y1", "YR", "DA", "JF", "VL", "VO", "IS", "IP", "SP", "EP"),
        *("ED", "A2", "DO", "DI", "AN", "SN", "UR", "LA", "AB", "KW", "ID", "C2", "U1"),
    )
)
#: Tags that readers take for a field of the paper if that field has no better tag.
_ALTERNATIVES = {
    **dict.fromkeys(("JO", "JA", "T2", "J1", "J2", "SO", "T3", "BT"), "venue"),
    **dict.fromkeys(("LK", "L1", "L2"), "url"),
    "N2": "abstract",
    "DE": "keywords",
}
#: The note with accession numbers of databases: the tag AN is for identifiers, and few readers keep more than one.
_ACCESSION = "Accession numbers: "
#: Tag for a field that RIS has no tag for, as ``name: value``. RIS calls it "user definable".
_OTHER = "U1"


class RisWriter(ReferenceWriter):
    """One record per paper. Each field is one line, so no value can be read as another field."""

    def record(self, paper: Paper, note: str) -> str:
        """See `ReferenceWriter`."""
        start, _, stop = paper.pages.partition("-")
        if not stop or "-" in stop or start == stop:
            start, stop = paper.pages, ""
        version = f"v{paper.arxiv_version}" if paper.arxiv_version else ""
        kind = paper.type if paper.type in RIS_TYPES else kind_of(paper.type, paper.venue).ris
        editors, authors = editors_of(paper)
        extra = kept_extra(paper, kind)
        own = {tag: value for tag, value in extra.items() if _is_own(tag, paper)}
        lines = [
            ("TY", kind),
            ("TI", paper.title),
            *(("AU", name) for name in authors),
            *(("ED", name) for name in editors),
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
            ("N1", f"Tags: {keyword_list(paper.tags)}" if paper.tags else ""),
            ("N1", f"{_ACCESSION}{extra['AN']}" if extra.get("AN") else ""),
            *own.items(),
            *((_OTHER, f"{_quoted(name)}: {value}") for name, value in extra.items() if name not in (*own, "AN")),
            ("N1", f"{SOURCE_NOTE}{paper.source.file}, line {paper.source.line}" if paper.source.file else ""),
            ("N1", note),
            ("ID", paper.key),
        ]
        return "".join(f"{tag}  - {safe(value)}\n" for tag, value in lines if value) + "ER  - \n\n"


def _quoted(name: str) -> str:
    """A name without ``: ``, which separates it from the value. The colon is written ``%3A``, as in a web address."""
    return name.replace("%", "%25").replace(": ", "%3A ")


def _is_own(name: str, paper: Paper) -> bool:
    """Whether the name of an extra field can be its tag: no RIS reader takes the tag for another field of the paper."""
    if not _TAG.fullmatch(name) or name in _WRITTEN:
        return False
    return name not in _ALTERNATIVES or bool(getattr(paper, _ALTERNATIVES[name]))

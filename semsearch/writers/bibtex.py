"""BibTeX for BibTeX, Biber, JabRef and Zotero. Special characters are commands, so that braces are always in pairs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TextIO

from semsearch.model.printable import safe
from semsearch.text.folding import fold
from semsearch.writers.references import Noted, ReferenceWriter, keyword_list

if TYPE_CHECKING:
    from semsearch.model.paper import Paper

_TYPES = {
    **dict.fromkeys(("jour", "article-journal", "journal-article", "journal article"), "article"),
    **dict.fromkeys(("cpaper", "conf", "paper-conference", "proceedings-article"), "inproceedings"),
    "book": "book",
    "chap": "incollection",
    "chapter": "incollection",
    "thes": "phdthesis",
    "thesis": "phdthesis",
    "rprt": "techreport",
}
#: Names of fields that programs which read BibTeX know. An extra field with such a name gets the prefix ``x-``.
_FIELDS = frozenset(
    (
        *("title", "author", "journal", "journaltitle", "booktitle", "school", "institution", "series", "year", "date"),
        *("volume", "number", "issue", "pages", "doi", "eprint", "archiveprefix", "eprinttype", "pmid", "pmcid", "pmc"),
        *("issn", "isbn", "url", "howpublished", "language", "langid", "keywords", "keyword", "comment", "abstract"),
        *("tags", "mendeley-tags", "groups", "aclid", "crossref", "xdata"),
    )
)
_COMMANDS = str.maketrans(
    {
        "\\": "\\textbackslash{}", "{": "\\textbraceleft{}", "}": "\\textbraceright{}", "~": "\\textasciitilde{}",
        "^": "\\textasciicircum{}", "%": "\\%", "&": "\\&", "$": "\\$", "#": "\\#", "_": "\\_",
    }
)  # fmt: skip


class BibtexWriter(ReferenceWriter):
    """One entry per paper. The citation key is the key of the paper if possible; keys are unique in the output."""

    def _write(self, papers: Noted, out: TextIO) -> None:
        self._keys: set[str] = set()
        super()._write(papers, out)

    def record(self, paper: Paper, note: str) -> str:
        """See `ReferenceWriter`."""
        kind = paper.type.lower()
        if kind in _TYPES or not re.fullmatch("[a-z]+", kind):
            kind = _TYPES.get(kind, "article" if paper.venue else "misc")
        in_volume = kind in ("inproceedings", "incollection", "inbook", "conference")
        version = f"v{paper.arxiv_version}" if paper.arxiv_version else ""
        fields = {
            "title": _escaped(paper.title),
            "author": " and ".join(_person(name) for name in paper.authors),
            "booktitle" if in_volume else "journal": _escaped(paper.venue),
            "year": str(paper.year or ""),
            "date": _escaped(paper.date),
            "volume": _escaped(paper.volume),
            "number": _escaped(paper.issue),
            "pages": _escaped(re.sub("(?<!-)-(?!-)", "--", paper.pages)),
            "doi": _escaped(paper.doi or ""),
            "eprint": f"{paper.arxiv_id}{version}" if paper.arxiv_id else "",
            "archiveprefix": "arXiv" if paper.arxiv_id else "",
            "pmid": paper.pmid or "",
            "pmcid": paper.pmcid or "",
            "aclid": paper.acl_id or "",
            "issn": _escaped(paper.issn),
            "url": _escaped(paper.url or ""),
            "language": _escaped(paper.language),
            "keywords": _escaped(keyword_list(paper.keywords)),
            "tags": _escaped(keyword_list(paper.tags)),
            "comment": _escaped(paper.comment),
            "abstract": _escaped(paper.abstract),
        }
        extra = {_name(name): _escaped(value) for name, value in paper.extra.items()}
        fields |= {name: value for name, value in extra.items() if name}
        fields |= {"annote": _escaped("; ".join(filter(None, (paper.extra.get("annote"), note))))}
        lines = "".join(f",\n  {name} = {{{value}}}" for name, value in fields.items() if value)
        return f"@{kind}{{{self._key(paper)}{lines}\n}}\n\n"

    def _key(self, paper: Paper) -> str:
        people, words = fold(paper.authors[0].split(",")[0]).split() if paper.authors else [], fold(paper.title).split()
        made = f"{people[-1] if people else 'paper'}{paper.year or ''}{words[0] if words else ''}"
        wanted = (
            paper.key
            if paper.key and re.fullmatch(r"""[^\s,{}()"#%'~\\=@]+""", paper.key)
            else re.sub(r"[^a-z0-9]", "", made) or "paper"
        )
        key, number = wanted, 1
        while key.lower() in self._keys:
            number += 1
            key = f"{wanted}-{number}"
        self._keys.add(key.lower())
        return key


def _escaped(text: str) -> str:
    return safe(text).translate(_COMMANDS)


def _person(name: str) -> str:
    """A name, in braces if it contains the word "and", at which BibTeX would split it."""
    escaped = _escaped(name)
    return f"{{{escaped}}}" if re.search(r"\band\b", name) else escaped


def _name(field: str) -> str:
    """Name of an extra field; with the prefix ``x-`` if a field of the paper could have this name."""
    name = re.sub(r"""[\s"#%'(),={}\\~@]+""", "-", field.lower()).strip("-")
    return f"x-{name}" if name in _FIELDS else name

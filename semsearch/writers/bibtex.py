"""BibTeX for BibTeX, Biber, JabRef and Zotero. Special characters are commands, so that braces are always in pairs."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING, TextIO

from semsearch.model.printable import safe
from semsearch.text.folding import fold
from semsearch.text.names import ORGANISATION, SUFFIX
from semsearch.text.publication_types import BIBTEX_TYPES, kind_of
from semsearch.writers.references import Noted, ReferenceWriter, editors_of, kept_extra

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from semsearch.model.paper import Paper

#: Names of fields that programs which read BibTeX know. An extra field with such a name gets the prefix ``x-``.
_FIELDS = frozenset({
    "title", "author", "editor", "journal", "journaltitle", "booktitle", "school", "institution", "series", "year",
    "date", "month", "volume", "number", "issue", "pages", "doi", "eprint", "archiveprefix", "eprinttype", "pmid",
    "pmcid", "pmc", "issn", "isbn", "url", "howpublished", "language", "langid", "keywords",
    "keyword", "comment", "abstract", "tags", "mendeley-tags", "groups", "aclid", "crossref", "xdata",
})  # fmt: skip
_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])(?:-\d\d)?$")
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
        kind = paper.type if paper.type in BIBTEX_TYPES else kind_of(paper.type, paper.venue).bibtex
        editors, authors = editors_of(paper)
        in_volume = kind in ("inproceedings", "incollection", "inbook", "conference")
        version = f"v{paper.arxiv_version}" if paper.arxiv_version else ""
        fields = {
            "title": _title(paper.title),
            "author": " and ".join(map(_person, authors)),
            "editor": " and ".join(map(_person, editors)),
            "booktitle" if in_volume else "journal": _escaped(paper.venue),
            "year": str(paper.year or ""),
            "date": _escaped(paper.date),
            "month": str(int(month[2])) if (month := _MONTH.match(paper.date)) and month[1] == str(paper.year) else "",
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
            "keywords": _words(paper.keywords),
            "tags": _words(paper.tags),
            "comment": _escaped(paper.comment),
            "abstract": _escaped(paper.abstract),
        }
        for name, value in kept_extra(paper, kind).items():
            fields[_free(_name(name), fields)] = _escaped(value)
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


def _title(title: str) -> str:
    """The title, with braces around words that have capitals inside. A style that writes titles small spares these."""
    if title.isupper():
        return _escaped(title)
    words = safe(title).split(" ")
    return " ".join(f"{{{_escaped(word)}}}" if _has_capital_inside(word) else _escaped(word) for word in words)


def _has_capital_inside(word: str) -> bool:
    return any(before.isalnum() and after.isupper() for before, after in itertools.pairwise(word))


def _person(name: str) -> str:
    """A name as BibTeX has it: ``King, Jr., M. L.``; in braces if it is one of an organisation, or has an ``and``."""
    parts = name.split(", ")
    if len(parts) == 3 and SUFFIX.fullmatch(parts[2]):
        name = ", ".join((parts[0], parts[2], parts[1]))
    escaped = _escaped(name)
    is_whole = re.search(r"\band\b", name) or ("," not in name and ORGANISATION.search(name)) or len(parts) > 3
    return f"{{{escaped}}}" if is_whole else escaped


def _words(words: Sequence[str]) -> str:
    """Keywords with commas between them, as JabRef and biblatex want; one that has a comma or semicolon in braces."""
    return ", ".join(f"{{{_escaped(word)}}}" if re.search("[,;]", word) else _escaped(word) for word in words)


def _free(name: str, taken: Mapping[str, str]) -> str:
    """The name, with a number if another field has it."""
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name}-{number}"
    return free


def _name(field: str) -> str:
    """Name of an extra field; with the prefix ``x-`` if a field of the paper could have this name."""
    plain = field.lower() if field.isascii() else fold(field)
    name = re.sub("[^a-z0-9_-]+", "-", plain).strip("-")
    return f"x-{name}" if name in _FIELDS or not name[:1].isalpha() else name

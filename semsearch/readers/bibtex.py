"""BibTeX and BibLaTeX, split by bibtexparser 2.

Entries with a key or a field that was there before, which the library sets aside as failed, are papers all the same;
an entry that is never closed is rejected alone. ``@string`` names and ``#`` are resolved here, bounded, so that strings
made of strings cannot grow without end.
"""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING, Any

from semsearch.paper import Paper, Rejected, Source
from semsearch.readers.opening import OVERLONG
from semsearch.readers.record import build, rejected
from semsearch.wording import plain

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from semsearch.protocols import Opened

_ENTRY = re.compile(r"^\s*@\s*(?!comment\b|string\b|preamble\b)[A-Za-z]+\s*[{(]", re.IGNORECASE | re.MULTILINE)
_VALUE_LIMIT = 2**20
#: Command, a private character that stands in for it, the brace it means.
_BRACES = (("\\textbraceleft{}", "\ue000", "{"), ("\\textbraceright{}", "\ue001", "}"))
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_FIELDS: dict[str, tuple[str, ...]] = {
    "title": ("title",),
    "abstract": ("abstract",),
    "authors": ("author",),
    "year": ("year", "date"),
    "date": ("date",),
    "venue": ("journal", "journaltitle", "booktitle", "school", "institution", "series"),
    "volume": ("volume",),
    "issue": ("number", "issue"),
    "pages": ("pages",),
    "doi": ("doi",),
    "pmid": ("pmid",),
    "pmcid": ("pmcid", "pmc"),
    "issn": ("issn", "isbn"),
    "url": ("url", "howpublished"),
    "language": ("language", "langid"),
    "keywords": ("keywords", "keyword"),
    "comment": ("comment",),
}


def recognise(head: str) -> bool:
    """Text with the beginning of an entry, and nothing of another format before."""
    return not head.lstrip("\ufeff \n").startswith(("<", "{", "[")) and bool(_ENTRY.search(head))


def read(opened: Opened) -> Iterator[Paper | Rejected]:
    """See `semsearch.protocols.Reader`."""
    import bibtexparser
    from bibtexparser import model

    logging.getLogger("bibtexparser").setLevel(logging.CRITICAL)  # what fails is shown as rejected
    text = "\n".join(line.removesuffix(OVERLONG) for _, line in opened.lines())
    library = bibtexparser.parse_string(text, parse_stack=[])
    strings = {name: str(n) for n, name in enumerate(_MONTHS, 1)}
    for block in library.blocks:
        source = Source(opened.name, (block.start_line or 0) + 1)
        entry = getattr(block, "ignore_error_block", None) or block
        if isinstance(entry, model.String):
            strings[entry.key.lower()] = _value(entry.value, strings)
        elif isinstance(entry, model.Entry):
            yield _paper(entry, strings, source, block.raw or "")
        elif isinstance(block, model.ParsingFailedBlock) and _ENTRY.match(block.raw or ""):
            yield rejected(source, "an entry that is never closed, or damaged", block.raw or "")


def _paper(entry: Any, strings: Mapping[str, str], source: Source, raw: str) -> Paper | Rejected:
    values: dict[str, str] = {}
    for held in entry.fields:
        values.setdefault(held.key.lower(), _value(str(held.value), strings))
    record: dict[str, Any] = {"key": entry.key, "type": entry.entry_type}
    used = set()
    for name, candidates in _FIELDS.items():
        chosen = next((c for c in candidates if values.get(c)), None)
        if chosen:
            used.add(chosen)
            record[name] = _people(values[chosen]) if name == "authors" else _bare(values[chosen])
    if "number" in values and record.get("type", "").lower() in ("techreport", "patent"):
        record["issue"] = _bare(values["number"])
    if "pages" in record:
        record["pages"] = re.sub(r"\s*[-–—]+\s*", "-", record["pages"])
    if values.get("eprint") and values.get("archiveprefix", values.get("eprinttype", "arxiv")).lower() == "arxiv":
        record["arxiv_id"] = values["eprint"]
        used |= {"eprint", "archiveprefix", "eprinttype"}
    extra = {name: _bare(value) for name, value in values.items() if name not in used and value}
    return build(record, extra, source, raw)


def _value(raw: str, strings: Mapping[str, str]) -> str:
    """A field's value: braced, quoted or bare pieces joined by ``#``, names replaced by their strings."""
    pieces = []
    for piece in _pieces(raw):
        if len(piece) >= 2 and piece[0] + piece[-1] in ("{}", '""'):
            pieces.append(piece[1:-1])
        else:
            pieces.append(strings.get(piece.lower(), piece))
    return "".join(pieces)[:_VALUE_LIMIT]


def _pieces(raw: str) -> Iterator[str]:
    """Parts of a value between the ``#`` signs that stand outside braces and quotes."""
    depth, quoted, start = 0, False, 0
    for position, character in enumerate(raw):
        if character == '"' and depth == 0:
            quoted = not quoted
        elif character in "{}" and (position == 0 or raw[position - 1] != "\\"):
            depth += 1 if character == "{" else -1
        elif character == "#" and depth == 0 and not quoted:
            yield raw[start:position].strip()
            start = position + 1
    yield raw[start:].strip()


def _bare(value: str) -> str:
    """Plain text without the braces that only guard capitals; braces that are text come as commands."""
    for command, guard, _ in _BRACES:
        value = value.replace(command, guard)
    value = re.sub(r"\\?[{}]", "", plain(value))
    for _, guard, brace in _BRACES:
        value = value.replace(guard, brace)
    return " ".join(value.split())


def _people(value: str) -> list[str]:
    """Names between the ``and`` outside braces; a braced name is one name."""
    names, depth, start = [], 0, 0
    for match in re.finditer(r"[{}]|\s+and\s+", value):
        if match[0] in "{}":
            depth += 1 if match[0] == "{" else -1
        elif depth <= 0:
            names.append(value[start : match.start()])
            start = match.end()
    names.append(value[start:])
    return [name for part in names if (name := _bare(part)) and name != "others"]

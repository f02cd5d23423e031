"""BibTeX and BibLaTeX, split by bibtexparser 2.

Some faulty entries are read all the same: an entry with the key of an earlier entry or with a field twice (the library
reports these as failed), and an entry without a key or an end or with a comma too many, if it can be repaired. If not,
only this entry is rejected. ``@string`` names and ``#`` are resolved here, with a limit, since strings made of strings
could become very long. ``crossref`` and ``xdata`` are followed (BibLaTeX manual, "Cross-referencing entries" and
appendix B).
"""

from __future__ import annotations

import logging
import re
from collections import Counter
from typing import TYPE_CHECKING, Any

from semsearch.model.paper import Paper, Rejected, Source
from semsearch.readers.opening import HEAD, OVERLONG
from semsearch.readers.record import build, rejected
from semsearch.text.cleaning import plain

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from semsearch.model.protocols import Opened

_ENTRY = re.compile(
    r"^[ \t]*@[ \t]*(?!comment\b|string\b|preamble\b)[A-Za-z][\w+-]*\s*[{(]", re.IGNORECASE | re.MULTILINE
)
#: Longest value, in characters, that is made of strings. The text of the entry itself is never cut.
_VALUE_LIMIT = 2**16
#: Longest entry, in characters, and largest number of open braces that can be repaired.
_REPAIRED_LIMIT, _OPEN_LIMIT = 2**18, 20
_KEYLESS = "semsearch-no-key"
_NO_KEY = re.compile(r"^(@\s*[A-Za-z][\w+-]*\s*[{(])(\s*[\w:+-]+\s*=)")
_COMMAS = re.compile(r",(?:\s*,)+")
#: Types of entries that are a part of the entry in ``crossref``. The title of that entry is their book title.
_PARTS = frozenset(
    {"inproceedings", "incollection", "inbook", "inreference", "conference", "suppbook", "suppcollection"}
)
#: Fields that an entry does not take from the entry in ``crossref``, since they describe that entry only.
_NOT_INHERITED = frozenset(
    (
        *(
            "title",
            "author",
            "abstract",
            "annotation",
            "annote",
            "keywords",
            "keyword",
            "doi",
            "eprint",
            "url",
            "pages",
        ),
        *(
            "pmid",
            "pmcid",
            "file",
            "note",
            "crossref",
            "xref",
            "xdata",
            "ids",
            "label",
            "shorthand",
            "options",
            "comment",
        ),
        *("entryset", "related", "relatedtype", "execute", "presort", "sortkey", "timestamp", "shorttitle", "subtitle"),
    )
)
#: The command for a brace, a private character that replaces it for a while, and the brace.
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
    "tags": ("tags", "mendeley-tags", "groups"),  # of Mendeley and JabRef
    "acl_id": ("aclid",),
}
_KNOWN = frozenset(name for names in _FIELDS.values() for name in names) | {
    *("eprint", "archiveprefix", "eprinttype", "crossref", "xdata"),
}


def recognise(head: str) -> bool:
    """Whether the text has the beginning of an entry, and does not begin like XML or JSON."""
    return not head.lstrip("\ufeff \n").startswith(("<", "{", "[")) and bool(_ENTRY.search(head))


def is_empty(head: str) -> bool:
    """Whether the text contains no entry, but only strings, preambles and comments."""
    blocks = _parsed(head)
    return all(map(_is_no_entry, blocks[:-1] if len(head) >= HEAD else blocks))


def _is_no_entry(block: Any) -> bool:
    lines = (line.strip() for line in (block.raw or "").split("\n"))
    is_known = type(block).__name__ in ("String", "Preamble", "ExplicitComment")
    return is_known or all(not line or line.startswith("%") for line in lines)


def read(opened: Opened) -> Iterator[Paper | Rejected]:
    """See `semsearch.model.protocols.FormatReader`."""
    text = "\n".join(line.removesuffix(OVERLONG) for _, line in opened.lines())
    strings = {name: str(n) for n, name in enumerate(_MONTHS, 1)}
    found: list[_Entry | Rejected] = []
    for block, entry, raw in _blocks(text):
        line = (block.start_line or 0) + 1
        if block is entry:  # without a fault
            found.append(_Entry(entry, strings, Source(opened.name, line), raw))
        elif entry is not None:
            opened.repaired(line, _fault(block), raw)
            found.append(_Entry(entry, strings, Source(opened.name, line), raw))
        elif type(block).__name__ == "String":
            strings[block.key.lower()] = _value(block.value, strings)
        elif _ENTRY.match(raw):
            found.append(rejected(Source(opened.name, line), "an entry that is never closed, or damaged", raw))
    held = {entry.key: entry for entry in reversed(found) if isinstance(entry, _Entry)}
    for record in found:
        yield record if isinstance(record, Rejected) else _paper(record, held)


def _blocks(text: str) -> Iterator[tuple[Any, Any, str]]:
    """Each block as ``(block, entry or None, raw text)``. A repaired entry is another object than its block."""
    from bibtexparser import model

    blocks = _parsed(text)
    for number, block in enumerate(blocks):
        raw = block.raw or ""
        if isinstance(block, model.Entry):
            yield block, block, raw
        elif isinstance(block, model.ParsingFailedBlock) and _ENTRY.match(raw):
            # The library stops in the middle of a faulty entry. The text up to the next entry belongs to it too.
            following = blocks[number + 1] if number + 1 < len(blocks) else None
            rest = (following.raw or "") if isinstance(following, model.ImplicitComment) else ""
            entry = block.ignore_error_block or _repaired(f"{raw}{rest}")
            yield block, entry if isinstance(entry, model.Entry) else None, f"{raw}{rest}"
        else:
            yield block, None, raw


def _parsed(text: str) -> list[Any]:
    import bibtexparser

    logging.getLogger("bibtexparser").setLevel(logging.CRITICAL)  # faulty entries are shown as rejected or repaired
    return list(bibtexparser.parse_string(text, parse_stack=[]).blocks)


def _fault(block: Any) -> str:
    """What is wrong with an entry that is read all the same."""
    return {
        "DuplicateBlockKeyBlock": "an entry with the key of an earlier entry",
        "DuplicateFieldKeyBlock": "an entry with the same field twice",
    }.get(type(block).__name__, "an entry without a key or an end, or with a comma too many")


def _repaired(raw: str) -> Any:
    """The entry in a text that the library could not parse; ``None`` if it cannot be repaired."""
    if len(raw) > _REPAIRED_LIMIT:
        return None
    text = _NO_KEY.sub(rf"\1{_KEYLESS},\2", raw.strip(), count=1)
    text = _COMMAS.sub(",", text)
    if text.endswith(")"):
        text = text.removesuffix(")")
    depth = text.count("{") - text.count("}")
    blocks = _parsed(text + "}" * depth) if 0 <= depth <= _OPEN_LIMIT else []
    entries = [block for block in blocks if type(block).__name__ == "Entry"]
    return entries[0] if len(entries) == len(blocks) == 1 else None


class _Entry:
    """An entry, with its values by name in lower case. Names of ``@string`` are resolved."""

    def __init__(self, entry: Any, strings: Mapping[str, str], source: Source, raw: str) -> None:
        self.key = "" if entry.key == _KEYLESS else str(entry.key)
        self.kind = str(entry.entry_type).lower()
        self.source = source
        self.raw = raw
        self.values: dict[str, str] = {}
        met: Counter[str] = Counter()
        for field in entry.fields:
            name = field.key.lower().rpartition("\n")[2].strip()  # lines with a comment can come before the name
            value = _value(str(field.value), strings)
            met[name] += 1
            if self.values.get(name) and value and self.values[name] != value:
                name = f"{name}-{met[name]}"  # the same field with another value is kept as an extra field
            self.values[name] = self.values.get(name) or value

    def inherited(self, held: Mapping[str, _Entry]) -> dict[str, str]:
        """The values of the entry, with those that it takes from the entries in ``xdata`` and ``crossref``."""
        values = dict(self.values)
        for key in _keys(values.get("xdata", "")):
            if (parent := held.get(key)) and parent is not self:
                values = parent.values | values
        parent = held.get(values.get("crossref", "").strip())
        if parent and parent is not self:
            container = {name: value for name, value in parent.values.items() if name not in _NOT_INHERITED}
            if "title" in parent.values and self.kind in _PARTS:
                container["booktitle"] = parent.values["title"]
            values = container | values
        return values


def _keys(value: str) -> list[str]:
    return [key.strip() for key in value.split(",") if key.strip()]


def _paper(entry: _Entry, held: Mapping[str, _Entry]) -> Paper | Rejected:
    values = entry.inherited(held)
    record: dict[str, Any] = {"key": entry.key, "type": entry.kind}
    used = set()
    for name, candidates in _FIELDS.items():
        chosen = next((c for c in candidates if values.get(c)), None)
        if chosen:
            used.add(chosen)
            record[name] = _people(values[chosen]) if name == "authors" else _bare(values[chosen])
    if values.get("eprint") and values.get("archiveprefix", values.get("eprinttype", "arxiv")).lower() == "arxiv":
        record["arxiv_id"] = values["eprint"]
        used |= {"eprint", "archiveprefix", "eprinttype"}
    extra = {name: _bare(value) for name, value in values.items() if name not in used and value}
    extra |= {known: extra.pop(f"x-{known}") for known in _KNOWN if f"x-{known}" in extra}  # as semsearch writes it
    if entry.kind == "xdata":
        return rejected(entry.source, "an xdata entry, which only has fields for other entries", entry.raw)
    return build(record, extra, entry.source, entry.raw)


def _value(raw: str, strings: Mapping[str, str]) -> str:
    """The value of a field. Its parts, in braces, in quotation marks or bare, are joined; names become strings."""
    pieces = []
    for piece in _pieces(raw):
        if len(piece) >= 2 and piece[0] + piece[-1] in ("{}", '""'):
            pieces.append(piece[1:-1])
        else:
            pieces.append(strings.get(piece.lower(), piece))
    return "".join(pieces)[: max(_VALUE_LIMIT, len(raw))]


def _pieces(raw: str) -> Iterator[str]:
    """The parts of a value between the ``#`` signs outside braces and quotation marks."""
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
    """The value as plain text, without the braces that only protect capitals. A brace that is text is a command."""
    for command, placeholder, _ in _BRACES:
        value = value.replace(command, placeholder)
    value = re.sub(r"\\?[{}]", "", plain(value))
    for _, placeholder, brace in _BRACES:
        value = value.replace(placeholder, brace)
    return " ".join(value.split())


def _people(value: str) -> list[str]:
    """The names between each ``and`` outside braces. Text in braces is one name."""
    names, depth, start = [], 0, 0
    for match in re.finditer(r"[{}]|\s+and\s+", value):
        if match[0] in "{}":
            depth += 1 if match[0] == "{" else -1
        elif depth <= 0:
            names.append(value[start : match.start()])
            start = match.end()
    names.append(value[start:])
    return [name for part in names if (name := _bare(part)) and name != "others"]

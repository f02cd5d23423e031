"""BibTeX and BibLaTeX, split by bibtexparser 2.

Some faulty entries are read all the same: an entry with the key of an earlier entry or with a field twice (the library
reports these as failed), and an entry without a key or an end or with a comma too many, if it can be repaired. If not,
only this entry is rejected. ``@string`` names and ``#`` are resolved here, with a limit, since strings made of strings
could become very long. ``crossref`` and ``xdata`` are followed (BibLaTeX manual, "Cross-referencing entries" and
appendix B).
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any

from semsearch.model.paper import Paper, Rejected, Source
from semsearch.readers.bibtex_blocks import ENTRY, KEYLESS, blocks
from semsearch.readers.opening import HEAD
from semsearch.readers.record import build, rejected
from semsearch.text.cleaning import plain
from semsearch.text.journals import journal_of
from semsearch.text.names import SUFFIX
from semsearch.text.tex import unescaped

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from semsearch.model.protocols import Opened

#: Longest value, in characters, that is made of strings. The text of the entry itself is never cut.
_VALUE_LIMIT = 2**16
#: Types of entries that are a part of the entry in ``crossref``. The title of that entry is their book title.
_PARTS = frozenset(
    {"inproceedings", "incollection", "inbook", "inreference", "conference", "suppbook", "suppcollection"}
)
#: Types of entries to which others refer.
_CONTAINERS = frozenset({
    "proceedings", "book", "collection", "mvbook", "mvcollection", "mvproceedings", "reference", "mvreference", "xdata",
    "periodical", "set",
})  # fmt: skip
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
_AND, _SEMICOLON, _COMMA = re.compile(r"[{}]|\s+and\s+"), re.compile("[{};]"), re.compile("[{},]")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_FIELDS: dict[str, tuple[str, ...]] = {
    "title": ("title",),
    "abstract": ("abstract",),
    "authors": ("author",),
    "editors": ("editor",),
    "year": ("year", "date"),
    "date": ("date",),
    "month": ("month",),
    "day": ("day",),
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
    return not head.lstrip("\ufeff \n").startswith(("<", "{", "[")) and bool(ENTRY.search(head))


def is_empty(head: str) -> bool:
    """Whether the text contains no entry, but only strings, preambles and comments."""
    found = [block.kind for block in blocks(enumerate(head.split("\n"), 1))]
    return all(kind in ("string", "comment") for kind in (found[:-1] if len(head) >= HEAD else found))


def read(opened: Opened) -> Iterator[Paper | Rejected]:
    """See `semsearch.model.protocols.FormatReader`."""
    library = _Library()
    for record in _records(opened):
        yield from (_paper(one, library, opened) for one in library.add(record))
    yield from (_paper(one, library, opened) for one in library.rest())


def _records(opened: Opened) -> Iterator[_Entry | Rejected]:
    """The entries of a file, and what is no entry and no comment either."""
    strings = {name: name for name in _MONTHS}
    for block in blocks(opened.lines()):
        source = Source(opened.name, block.line)
        if block.kind == "entry":
            if block.fault:
                opened.repaired(block.line, block.fault, block.raw)
            yield _Entry(block.parsed, strings, source, block.raw)
        elif block.kind == "string":
            strings[block.parsed.key.lower()] = _value(block.parsed.value, strings)
        elif block.kind == "damaged":
            yield rejected(source, "an entry that is never closed, or damaged", block.raw)
        elif block.kind == "stray":
            yield rejected(source, "fields outside any entry; the beginning of the entry is missing", block.raw)
        elif block.kind == "between":
            opened.repaired(block.line, "text between entries, which is a comment in BibTeX", block.raw)


class _Library:
    """The entries of a file that others refer to by ``crossref`` and ``xdata``, and the entries that wait for one.

    BibTeX wants the entry that is referred to after those that refer to it. So an entry waits, with all that follow it,
    until that entry has come. Without such references nothing waits.
    """

    def __init__(self) -> None:
        self.held: dict[str, _Entry] = {}
        self._waiting: list[_Entry | Rejected] = []
        self._wanted: set[str] = set()

    def add(self, record: _Entry | Rejected) -> list[_Entry | Rejected]:
        """Take the next record. Returns those that need not wait any longer, in the order of the file."""
        self._waiting.append(record)
        if isinstance(record, Rejected):
            return [] if self._wanted else self.rest()
        self._wanted.update(key for key in record.references if key not in self.held and key != record.key)
        if record.key and (record.key in self._wanted or record.kind in _CONTAINERS):
            self.held.setdefault(record.key, record)
        self._wanted.discard(record.key)
        return [] if self._wanted else self.rest()

    def rest(self) -> list[_Entry | Rejected]:
        """All records that still wait."""
        waiting, self._waiting = self._waiting, []
        return waiting


class _Entry:
    """An entry, with its values by name in lower case. Names of ``@string`` are resolved."""

    def __init__(self, entry: Any, strings: Mapping[str, str], source: Source, raw: str) -> None:
        self.key = "" if entry.key == KEYLESS else str(entry.key)
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

    @property
    def references(self) -> list[str]:
        """Keys of the entries from which it takes values."""
        return [*_keys(self.values.get("xdata", "")), *_keys(self.values.get("crossref", ""))[:1]]

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


def _paper(entry: _Entry | Rejected, library: _Library, opened: Opened) -> Paper | Rejected:
    if isinstance(entry, Rejected):
        return entry
    values = entry.inherited(library.held)
    record: dict[str, Any] = {"key": entry.key, "type": entry.kind}
    used = set()
    for name, candidates in _FIELDS.items():
        chosen = next((c for c in candidates if values.get(c)), None)
        if chosen:
            used.add(chosen)
            record[name] = _field(name, values[chosen])
    if values.get("eprint") and values.get("archiveprefix", values.get("eprinttype", "arxiv")).lower() == "arxiv":
        record["arxiv_id"] = values["eprint"]
        used |= {"eprint", "archiveprefix", "eprinttype"}
    extra = {name: _bare(value) for name, value in values.items() if name not in used and value}
    extra |= {known: extra.pop(f"x-{known}") for known in _KNOWN if f"x-{known}" in extra}  # as semsearch writes it
    if entry.kind == "xdata":
        return rejected(entry.source, "an xdata entry, which only has fields for other entries", entry.raw)
    if not re.match(r"10\.\d+/", record.get("doi", "")):  # a first field can be cut off, and a second one whole
        record["doi"] = next((extra.pop(n) for n in list(extra) if n.startswith("doi-")), record.get("doi", ""))
    return build(record, extra, entry.source, entry.raw, opened.repaired)


def _field(name: str, value: str) -> Any:
    """The value of a field of `Paper`."""
    if name in ("authors", "editors"):
        return _people(value)
    if name in ("keywords", "tags"):
        return _split(value, _SEMICOLON if _has_semicolon(value) else _COMMA)
    return (journal_of(value) if name == "venue" else None) or _bare(value)


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
    # Zotero puts the other brace, invisible, beside a brace that is text.
    value = value.replace("\\{\\vphantom{\\}}", "\\textbraceleft{}").replace("\\vphantom{\\{}\\}", "\\textbraceright{}")
    value = unescaped(value).replace("\\{", "\\textbraceleft{}").replace("\\}", "\\textbraceright{}")
    for command, placeholder, _ in _BRACES:
        value = value.replace(command, placeholder)
    value = re.sub(r"[{}]", "", plain(value))
    for _, placeholder, brace in _BRACES:
        value = value.replace(placeholder, brace)
    return " ".join(value.split())


def _people(value: str) -> list[str]:
    """The names between each ``and`` outside braces. Text in braces is one name."""
    return [_in_order(name) for name in _split(value, _AND) if name != "others"]


def _in_order(name: str) -> str:
    """A name with its suffix at the end: ``King, M. L., Jr.`` for ``King, Jr., M. L.`` of BibTeX. Also of biblatex."""
    parts = [part.strip() for part in name.split(",")]
    named = dict(part.partition("=")[::2] for part in parts if "=" in part)
    if named.get("family"):  # biblatex: given=Ada, prefix=von, family=Tobu
        family = " ".join(filter(None, (named.get("prefix"), named["family"])))
        return ", ".join(filter(None, (family, named.get("given"), named.get("suffix"))))
    return ", ".join((parts[0], parts[2], parts[1])) if len(parts) == 3 and SUFFIX.fullmatch(parts[1]) else name


def _has_semicolon(value: str) -> bool:
    return len(_split(value, _SEMICOLON)) > 1 or value.rstrip().endswith(";")


def _split(value: str, separator: re.Pattern[str]) -> list[str]:
    """The parts of a value between separators outside braces, as plain text, without empty ones."""
    parts, depth, start = [], 0, 0
    for match in separator.finditer(value):
        if match[0] in "{}":
            depth += 1 if match[0] == "{" else -1
        elif depth <= 0:
            parts.append(value[start : match.start()])
            start = match.end()
    parts.append(value[start:])
    return [bare for part in parts if (bare := _bare(part))]

"""XML formats. Records are read one by one; each element is freed after use. Entities and network access are off."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from semsearch.model.errors import MalformedSource
from semsearch.model.paper import Paper, Rejected, Source
from semsearch.readers.opening import HEAD
from semsearch.readers.record import RAW_LIMIT, UNREADABLE, build, rejected, unreadable

if TYPE_CHECKING:
    from semsearch.model.protocols import Opened

#: A document type that declares entities, which can be an entity bomb. The DOCTYPE of PubMed only names a DTD.
INTERNAL_SUBSET = re.compile(r"<!DOCTYPE[^>\[]*\[[^\]]*<!ENTITY", re.DOTALL)

#: Longest record that is found by its tags, and longest beginning of a tag, in characters.
_RECORD_LIMIT, _TAG_LIMIT = 2**22, 256
OPTIONS: dict[str, Any] = {"resolve_entities": False, "no_network": True, "load_dtd": False, "huge_tree": False}

#: A character above U+FFFF, written as references to its two halves. Programs in JavaScript do this.
_HALVES = re.compile(r"&#(?:x([dD][89abAB][0-9a-fA-F]{2})|(\d{5}));&#(?:x([dD][c-fC-F][0-9a-fA-F]{2})|(\d{5}));")
_PAIRED = "a character written as references to its two halves; they were joined"

#: The prefix of a namespace; its declaration; and its use in the name of an element or an attribute.
_PREFIX = r"[^\W\d][\w.-]{0,63}"
_DECLARED = re.compile(rf"""\sxmlns:({_PREFIX})\s{{0,9}}=\s{{0,9}}(?:"([^"<&]{{1,400}})"|'([^'<&"]{{1,400}})')""")
_USED = re.compile(rf"""</?({_PREFIX}):|\s({_PREFIX}):[\w.-]{{1,64}}\s{{0,9}}=\s{{0,9}}["']""")
_FIRST_TAG = re.compile(r"""(<[\w.:-]+)[^>"']*(?:(?:"[^"]*"|'[^']*')[^>"']*)*>""")
_DECLARATION_LIMIT, _DECLARATIONS = 512, 256

#: The XML declaration. It is removed, since it names an encoding and the text is decoded already.
_DECLARATION = re.compile(r"^<\?xml\b[^>]*\?>")

Fields = Mapping[str, Any]


def _nothing(element: Any) -> bool:  # noqa: ARG001
    """For formats without elements that describe the whole file."""
    return False


@dataclass(frozen=True, slots=True)
class XmlFormat:
    """The table of a format; implements `FormatReader`."""

    marker: re.Pattern[str]
    """A pattern in the beginning of every file of this format."""
    records: tuple[str, ...]
    """Names of the elements that are records, in any namespace."""
    convert: Callable[[Any], Fields | None]
    """Returns the fields of `Paper` from such an element; ``None`` if the element is not a record."""
    outermost: bool = False
    """Whether a record inside a record is a part of it, and not read by itself."""
    wrappers: tuple[str, ...] = ()
    """Names of the elements around the records, including the outermost element. They have no text of their own."""
    is_head: Callable[[Any], bool] = _nothing
    """Whether an element next to the records describes the whole file, such as the title of a feed."""

    def recognise(self, head: str) -> bool:
        """Whether it is XML and has the marker."""
        return head.lstrip("\ufeff \n").startswith("<") and bool(self.marker.search(head))

    def is_empty(self, head: str) -> bool:
        """Whether the file is complete, has no records and no unknown elements. Example: an empty feed."""
        from lxml import etree

        if len(head) >= HEAD or not self.recognise(head) or _beginning(self.records).search(head):
            return False
        try:
            root = _parsed(_DECLARATION.sub("", head.lstrip("\ufeff \n")))
        except etree.XMLSyntaxError:
            return False
        waiting = [root] if local(root) in self.wrappers else []
        known = bool(waiting)
        while waiting and known:
            wrapper = waiting.pop()
            inner = [child for child in wrapper if isinstance(child.tag, str) and not self.is_head(child)]
            words = [wrapper.text, *(child.tail for child in wrapper)]
            known = all(local(child) in self.wrappers for child in inner) and not any(w and w.strip() for w in words)
            waiting += inner
        return known

    def read(self, opened: Opened) -> Iterator[Paper | Rejected]:
        """See `FormatReader`. After damage, each record is parsed by itself.

        Args:
            opened: The file.

        Raises:
            MalformedSource: The file declares its own entities, or its end is missing, or no record after the damage is
                found.
        """
        from lxml import etree

        if INTERNAL_SUBSET.search(opened.head()):
            raise MalformedSource(opened.name, "declares its own entities, which could fill the memory; it is not read")
        count, has_inner = 0, False
        with opened.binary() as stream:
            events = etree.iterparse(stream, events=("end",), tag=[f"{{*}}{n}" for n in self.records], **OPTIONS)
            try:
                for _, element in events:
                    is_inside = any(local(a) in self.records for a in element.iterancestors())
                    if self.outermost and is_inside:
                        continue
                    record = self._record(element, Source(opened.name, element.sourceline or 0), opened)
                    if record and has_inner and not is_inside:
                        text_of_it = etree.tostring(element, encoding="unicode", with_tail=False)
                        opened.repaired(element.sourceline or 0, "a record with another record inside it", text_of_it)
                    has_inner = is_inside
                    _free(element, alone=is_inside)
                    if record:
                        count += 1
                        yield record
            except etree.XMLSyntaxError as error:
                broken = error
            else:
                return
        # If the only fault is a prefix without a declaration, the parser has read all records.
        if any(entry.domain_name != "NAMESPACE" for entry in events.error_log):
            yield from self._after_damage(opened, count, broken)

    def _record(self, element: Any, source: Source, opened: Opened) -> Paper | Rejected | None:
        from lxml import etree

        raw = ""
        try:
            raw = etree.tostring(element, encoding="unicode", with_tail=False)[:RAW_LIMIT]
            fields = self.convert(element)
            if fields is None:
                return None
            record = {name: value for name, value in fields.items() if value}
            return build(record, record.pop("extra", {}), source, raw, opened.repaired)
        except UNREADABLE as error:
            return unreadable(source, error, raw)

    def _after_damage(self, opened: Opened, count: int, broken: Any) -> Iterator[Paper | Rejected]:
        """The records after the first ``count`` whole ones, which were read before; each is parsed by itself."""
        from lxml import etree

        where = f"line {broken.lineno}" if broken.lineno else "the beginning"
        reason = f"not valid XML from {where} on: {broken.msg}"[:200]
        number, ended, is_news = 0, True, False
        declared: dict[str, str] = {}
        outside: list[tuple[int, str]] = []
        chunks = _noting_declarations(opened.chunks(), declared)
        for line, text, whole in record_texts(chunks, self.records, outside):
            ended = whole
            source = Source(opened.name, line)
            complete = _with_declarations(text, declared)
            try:
                element = _parsed(complete)
            except etree.XMLSyntaxError as error:
                paired = _HALVES.sub(_put_together, complete)
                try:
                    element = _parsed(paired) if paired != complete else None
                except etree.XMLSyntaxError:
                    element = None
                if element is None:
                    if not self._is_envelope(complete):
                        is_news = True
                        yield rejected(source, f"not valid XML: {error.msg}"[:200], text)
                    continue
                opened.repaired(line, _PAIRED, text)
            record = self._record(element, source, opened)
            number += record is not None
            if record and number > count:
                is_news = True
                yield record
        for line, text in outside:
            is_news = True
            yield rejected(Source(opened.name, line), "text outside any record; a tag is missing", text)
        if not is_news or not ended:
            raise MalformedSource(opened.name, reason) from broken

    def _is_envelope(self, text: str) -> bool:
        """Whether an element without its end is not a record, but an element around records with the same name."""
        from lxml import etree

        if re.search(
            rf"</(?:{_PREFIX}:)?(?:{'|'.join(self.records)})\s*$", text[-_TAG_LIMIT:].rstrip().removesuffix(">")
        ):
            return False  # the element has its end
        parser = etree.XMLParser(**OPTIONS, recover=True)  # only to see which elements there are
        try:
            parser.feed(text.encode("utf-8", "replace"))
            return self.convert(parser.close()) is None
        except (etree.XMLSyntaxError, *UNREADABLE):
            return False


def _parsed(text: str) -> Any:
    """Parse the text of one element."""
    from lxml import etree

    parser = etree.XMLParser(**OPTIONS, recover=False)
    parser.feed(text.encode("utf-8", "replace"))
    return parser.close()


def _put_together(halves: re.Match[str]) -> str:
    """The character for references to its two halves; if they are something else, the references as they are."""
    high, low = (int(halves[n], 16) if halves[n] else int(halves[n + 1]) for n in (1, 3))
    if not (0xD800 <= high < 0xDC00 <= low < 0xE000):
        return halves[0]
    return chr(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00))


def _noting_declarations(chunks: Iterable[str], declared: dict[str, str]) -> Iterator[str]:
    """Yield the chunks. The namespaces that a chunk declares are put into ``declared`` before the chunk is yielded."""
    last = ""
    for chunk in chunks:
        for prefix, one, other in _DECLARED.findall(last + chunk):
            if len(declared) < _DECLARATIONS:
                declared.setdefault(prefix, one or other)
        last = (last + chunk)[-_DECLARATION_LIMIT:]
        yield chunk


def _with_declarations(text: str, declared: Mapping[str, str]) -> str:
    """The text of a record, with the namespaces declared in its first tag that were declared around it.

    A prefix without any declaration gets one too. That does no harm, since the readers here ignore namespaces.
    """
    tag = found[0] if (found := _FIRST_TAG.match(text)) else ""
    used = {one or other for one, other in _USED.findall(text)}
    missing = used - {"xml", "xmlns"} - {m[1] for m in re.finditer(rf"\sxmlns:({_PREFIX})\s*=", tag)}
    named = "".join(f' xmlns:{prefix}="{declared.get(prefix, "urn:undeclared")}"' for prefix in sorted(missing))
    return text[: (end := found.end(1))] + named + text[end:] if found else text


def record_texts(
    chunks: Iterable[str], names: Sequence[str], outside: list[tuple[int, str]] | None = None
) -> Iterator[tuple[int, str, bool]]:
    """Find elements by their tags, without parsing the XML.

    Args:
        chunks: Text of the file, in pieces.
        names: Names of the elements, in any namespace.
        outside: Gets the text between two elements, with its line, where it has words that are not in tags.

    Returns:
        ``(line, text, whole)`` of each element, in the order of the file: the line of its beginning, from 1; its text;
        and whether its end was found.
    """
    begin = _beginning(names)
    text, line, source = "", 1, iter(chunks)
    while True:
        found = begin.search(text)
        end = found and re.compile(rf"</(?:{_PREFIX}:)?{found[1]}\s*>|(?=<(?:{_PREFIX}:)?{found[1]}[\s>])").search(
            text, found.end()
        )
        if found and (end or len(text) > _RECORD_LIMIT):
            stop = end.end() if end else len(text)
            if outside is not None and _WORDS.search(between := _ANY_TAG.sub(" ", text[: found.start()])):
                outside.append((line, between.strip()[:RAW_LIMIT]))
            line += text.count("\n", 0, found.start())
            yield line, text[found.start() : stop], bool(end)
            line += text.count("\n", found.start(), stop)
            text = text[stop:]
            continue
        if not found and len(text) > _TAG_LIMIT:
            line += text.count("\n", 0, len(text) - _TAG_LIMIT)
            text = text[-_TAG_LIMIT:]
        pieces, wanted = [text], max(1, len(text))
        while wanted > 0 and (piece := next(source, "")):
            pieces.append(piece)
            wanted -= len(piece)
        if len(pieces) == 1:
            if found:
                yield line + text.count("\n", 0, found.start()), text[found.start() :], False
            return
        text = "".join(pieces)


_ANY_TAG = re.compile(r"<[^<>]*>")
_WORDS = re.compile(r"[^\W\d_]{3}")


def _beginning(names: Sequence[str]) -> re.Pattern[str]:
    """A pattern for the beginning of an element with one of these names, in any namespace."""
    return re.compile(rf"<(?:{_PREFIX}:)?({'|'.join(names)})(?=[\s>])")


#: Elements around the records in the answer of a library server, and elements that describe it. Source: OASIS, SRU 2.0.
SRU_WRAPPERS = ("searchRetrieveResponse", "records")
SRU_HEADS = (
    *("version", "numberOfRecords", "nextRecordPosition", "echoedSearchRetrieveRequest", "extraResponseData"),
    *("resultSetId", "resultSetIdleTime", "resultSetTTL", "resultCountPrecision", "facetedResults"),
)


def _free(element: Any, *, alone: bool = False) -> None:
    """Free an element, and those before it unless it is ``alone``: inside another record, which needs them."""
    element.clear()
    parent = None if alone else element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]


def local(element: Any) -> str:
    """Name of an element without its namespace; empty for a comment."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def named(*names: str) -> Callable[[Any], bool]:
    """A function that tells whether an element has one of these names, in any namespace."""
    return lambda element: local(element) in names


def text(element: Any) -> str:
    """All text inside an element, on one line; empty if there is no element."""
    return " ".join("".join(element.itertext()).split()) if element is not None else ""


def first(element: Any, *paths: str) -> str:
    """The text of the first path that has any; empty if none has.

    Args:
        element: The element in which the paths begin.
        paths: Paths of elements, in the notation of ElementTree: ``{*}`` is any namespace.
    """
    for path in paths:
        for found in element.iterfind(path):
            if words := text(found):
                return words
    return ""


def every(element: Any, path: str) -> list[str]:
    """The texts of all elements at a path, without empty ones.

    Args:
        element: The element in which the path begins.
        path: See `first`.
    """
    return [words for found in element.iterfind(path) if (words := text(found))]


def joined(*parts: str, by: str = " ") -> str:
    """Join the parts that are not empty.

    Args:
        parts: The parts.
        by: Text between two parts.
    """
    return by.join(part for part in parts if part)


def labelled(sections: Iterable[tuple[str, str]]) -> str:
    """The text of a structured abstract, from ``(label, text)`` of each section: ``METHODS: …``."""
    return " ".join(f"{label.rstrip(':')}: {words}" if label else words for label, words in sections if words)

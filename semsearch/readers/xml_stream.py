"""XML formats: records streamed one by one, each element freed after use; entities and network stay off."""

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

#: A document type with declarations of its own: what entity bombs are made of. PubMed's DOCTYPE only names a DTD.
_INTERNAL_SUBSET = re.compile(r"<!DOCTYPE[^>\[]*\[[^\]]*<!ENTITY", re.DOTALL)

#: Longest record in characters, when it is looked for by its tags; and longest beginning of a tag.
_RECORD_LIMIT, _TAG_LIMIT = 2**22, 256
_OPTIONS: dict[str, Any] = {"resolve_entities": False, "no_network": True, "load_dtd": False, "huge_tree": False}

#: A character above U+FFFF that is written as references to its two halves, as programs in JavaScript do.
_HALVES = re.compile(r"&#(?:x([dD][89abAB][0-9a-fA-F]{2})|(\d{5}));&#(?:x([dD][c-fC-F][0-9a-fA-F]{2})|(\d{5}));")
_PAIRED = "a character written as references to its two halves; put together"

#: A prefix of a namespace; where one is declared; and where one is used, in the name of an element or an attribute.
_PREFIX = r"[^\W\d][\w.-]{0,63}"
_DECLARED = re.compile(rf"""\sxmlns:({_PREFIX})\s{{0,9}}=\s{{0,9}}(?:"([^"<&]{{1,400}})"|'([^'<&"]{{1,400}})')""")
_USED = re.compile(rf"""</?({_PREFIX}):|\s({_PREFIX}):[\w.-]{{1,64}}\s{{0,9}}=\s{{0,9}}["']""")
_FIRST_TAG = re.compile(r"""(<[\w.:-]+)[^>"']*(?:(?:"[^"]*"|'[^']*')[^>"']*)*>""")
_DECLARATION_LIMIT, _DECLARATIONS = 512, 256

#: It names the encoding of a text that is decoded already.
_DECLARATION = re.compile(r"^<\?xml\b[^>]*\?>")

Fields = Mapping[str, Any]


def _nothing(element: Any) -> bool:  # noqa: ARG001
    """No element is a head."""
    return False


@dataclass(frozen=True, slots=True)
class XmlFormat:
    """A format's table; implements `FormatReader`."""

    marker: re.Pattern[str]
    """What the beginning of such a file holds."""
    records: tuple[str, ...]
    """Names of the elements that are records, in any namespace."""
    convert: Callable[[Any], Fields | None]
    """Fields of `Paper` from such an element; ``None`` where it is no record after all."""
    outermost: bool = False
    """Whether a record inside a record belongs to it."""
    wrappers: tuple[str, ...] = ()
    """Names of the elements around records, the outermost one too; there is no text right in them."""
    is_head: Callable[[Any], bool] = _nothing
    """Whether an element in a wrapper says something of the whole and is no record: a feed's title."""

    def recognise(self, head: str) -> bool:
        """XML with the marker in its beginning."""
        return head.lstrip("\ufeff \n").startswith("<") and bool(self.marker.search(head))

    def is_empty(self, head: str) -> bool:
        """Whether such a file is all there and holds no record and nothing unknown: an empty feed, an empty set."""
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
        """See `FormatReader`. Where the XML is broken, the records behind are read one by one."""
        from lxml import etree

        if _INTERNAL_SUBSET.search(opened.head()):
            raise MalformedSource(opened.name, "declares entities of its own, which can grow without end; not read")
        met = 0
        with opened.binary() as stream:
            events = etree.iterparse(stream, events=("end",), tag=[f"{{*}}{n}" for n in self.records], **_OPTIONS)
            try:
                for _, element in events:
                    if self.outermost and any(local(a) in self.records for a in element.iterancestors()):
                        continue
                    met += 1
                    record = self._record(element, Source(opened.name, element.sourceline or 0))
                    _free(element)
                    if record:
                        yield record
            except etree.XMLSyntaxError as error:
                broken = error
            else:
                return
        # A prefix that is declared nowhere breaks no record; the parser has gone on to the end.
        if any(entry.domain_name != "NAMESPACE" for entry in events.error_log):
            yield from self._rescued(opened, met, broken)

    def _record(self, element: Any, source: Source) -> Paper | Rejected | None:
        from lxml import etree

        raw = ""
        try:
            raw = etree.tostring(element, encoding="unicode", with_tail=False)[:RAW_LIMIT]
            fields = self.convert(element)
            if fields is None:
                return None
            record = {name: value for name, value in fields.items() if value}
            return build(record, record.pop("extra", {}), source, raw)
        except UNREADABLE as error:
            return unreadable(source, error, raw)

    def _rescued(self, opened: Opened, met: int, broken: Any) -> Iterator[Paper | Rejected]:
        """The records behind the ``met`` ones that came before the break, each parsed by itself."""
        from lxml import etree

        where = f"line {broken.lineno}" if broken.lineno else "the beginning"
        reason = f"no valid XML from {where} on: {broken.msg}"[:200]
        number, ended = 0, True
        declared: dict[str, str] = {}
        chunks = _noting_declarations(opened.chunks(), declared)
        for number, (line, text, whole) in enumerate(record_texts(chunks, self.records), 1):
            ended = whole
            if number <= met:
                continue
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
                        yield rejected(source, f"no valid XML: {error.msg}"[:200], text)
                    continue
                opened.repaired(line, _PAIRED, text)
            if record := self._record(element, source):
                yield record
        if number <= met or not ended:
            raise MalformedSource(opened.name, reason) from broken

    def _is_envelope(self, text: str) -> bool:
        """Whether a beginning that has no end is that of something around a record, and not of a record."""
        from lxml import etree

        if re.search(
            rf"</(?:{_PREFIX}:)?(?:{'|'.join(self.records)})\s*$", text[-_TAG_LIMIT:].rstrip().removesuffix(">")
        ):
            return False  # it has its end
        parser = etree.XMLParser(**_OPTIONS, recover=True)  # only to look at what there is
        try:
            parser.feed(text.encode("utf-8", "replace"))
            return self.convert(parser.close()) is None
        except (etree.XMLSyntaxError, *UNREADABLE):
            return False


def _parsed(text: str) -> Any:
    """The element that a text is."""
    from lxml import etree

    parser = etree.XMLParser(**_OPTIONS, recover=False)
    parser.feed(text.encode("utf-8", "replace"))
    return parser.close()


def _put_together(halves: re.Match[str]) -> str:
    """The character of two references; the references, where they are not its two halves in order."""
    high, low = (int(halves[n], 16) if halves[n] else int(halves[n + 1]) for n in (1, 3))
    if not (0xD800 <= high < 0xDC00 <= low < 0xE000):
        return halves[0]
    return chr(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00))


def _noting_declarations(chunks: Iterable[str], declared: dict[str, str]) -> Iterator[str]:
    """The chunks; what they declare of namespaces goes into ``declared`` before they are given."""
    last = ""
    for chunk in chunks:
        for prefix, one, other in _DECLARED.findall(last + chunk):
            if len(declared) < _DECLARATIONS:
                declared.setdefault(prefix, one or other)
        last = (last + chunk)[-_DECLARATION_LIMIT:]
        yield chunk


def _with_declarations(text: str, declared: Mapping[str, str]) -> str:
    """A record's text with the namespaces in its first tag that were declared around it.

    A prefix that is declared nowhere gets a name too: it breaks no record (our readers ask for no namespace).
    """
    tag = found[0] if (found := _FIRST_TAG.match(text)) else ""
    used = {one or other for one, other in _USED.findall(text)}
    missing = used - {"xml", "xmlns"} - {m[1] for m in re.finditer(rf"\sxmlns:({_PREFIX})\s*=", tag)}
    named = "".join(f' xmlns:{prefix}="{declared.get(prefix, "urn:undeclared")}"' for prefix in sorted(missing))
    return text[: (end := found.end(1))] + named + text[end:] if found else text


def record_texts(chunks: Iterable[str], names: Sequence[str]) -> Iterator[tuple[int, str, bool]]:
    """``(line, text, whole)`` of each element of these names, found by its tags alone; one without end is not whole.

    Args:
        chunks: The text of the file, in pieces.
        names: Names of elements that are records.
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


def _beginning(names: Sequence[str]) -> re.Pattern[str]:
    """The beginning of an element of one of these names, in any namespace."""
    return re.compile(rf"<(?:{_PREFIX}:)?({'|'.join(names)})(?=[\s>])")


#: Around the records that a library's server has found, and what else its answer says. Source: OASIS, SRU 2.0.
SRU_WRAPPERS = ("searchRetrieveResponse", "records")
SRU_HEADS = (
    *("version", "numberOfRecords", "nextRecordPosition", "echoedSearchRetrieveRequest", "extraResponseData"),
    *("resultSetId", "resultSetIdleTime", "resultSetTTL", "resultCountPrecision", "facetedResults"),
)


def _free(element: Any) -> None:
    element.clear()
    while element.getprevious() is not None:
        del element.getparent()[0]


def local(element: Any) -> str:
    """An element's name without its namespace; empty for comments."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def named(*names: str) -> Callable[[Any], bool]:
    """Whether an element has one of these names, in any namespace."""
    return lambda element: local(element) in names


def text(element: Any) -> str:
    """All text inside an element on one line; empty for none."""
    return " ".join("".join(element.itertext()).split()) if element is not None else ""


def first(element: Any, *paths: str) -> str:
    """Text of the first of the paths that has any; ``{*}`` stands for any namespace.

    Args:
        element: Where to look.
        paths: In order; as `iterfind` of lxml takes them.
    """
    for path in paths:
        for found in element.iterfind(path):
            if words := text(found):
                return words
    return ""


def every(element: Any, path: str) -> list[str]:
    """Texts of all elements at a path.

    Args:
        element: Where to look.
        path: As `iterfind` of lxml takes it.
    """
    return [words for found in element.iterfind(path) if (words := text(found))]


def joined(*parts: str, by: str = " ") -> str:
    """The parts that are not empty.

    Args:
        parts: Texts, in order.
        by: What stands between them.
    """
    return by.join(part for part in parts if part)


def labelled(sections: Iterable[tuple[str, str]]) -> str:
    """A structured abstract: ``METHODS: …``, section after section."""
    return " ".join(f"{label.rstrip(':')}: {words}" if label else words for label, words in sections if words)

"""XML formats: records streamed one by one, each element freed after use; entities and network stay off."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from semsearch.errors import MalformedSource
from semsearch.paper import Paper, Rejected, Source
from semsearch.readers.record import RAW_LIMIT, build

if TYPE_CHECKING:
    from semsearch.protocols import Opened

#: A document type with declarations of its own: what entity bombs are made of. PubMed's DOCTYPE only names a DTD.
_INTERNAL_SUBSET = re.compile(r"<!DOCTYPE[^>\[]*\[[^\]]*<!ENTITY", re.DOTALL)

Fields = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class XmlFormat:
    """A format's table; implements `Reader`."""

    marker: re.Pattern[str]
    """What the beginning of such a file holds."""
    records: tuple[str, ...]
    """Names of the elements that are records, in any namespace."""
    convert: Callable[[Any], Fields]
    """Fields of `Paper` from such an element."""
    outermost: bool = False
    """Whether a record inside a record belongs to it."""

    def recognise(self, head: str) -> bool:
        """XML with the marker in its beginning."""
        return head.lstrip("\ufeff \n").startswith("<") and bool(self.marker.search(head))

    def read(self, opened: Opened) -> Iterator[Paper | Rejected]:
        """See `Reader`."""
        from lxml import etree

        if _INTERNAL_SUBSET.search(opened.head()):
            raise MalformedSource(opened.name, "declares entities of its own, which can grow without end; not read")
        options = {"resolve_entities": False, "no_network": True, "load_dtd": False, "huge_tree": False}
        with opened.binary() as stream:
            try:
                events = etree.iterparse(stream, events=("end",), tag=[f"{{*}}{n}" for n in self.records], **options)
                for _, element in events:
                    if self.outermost and any(local(a) in self.records for a in element.iterancestors()):
                        continue
                    raw = etree.tostring(element, encoding="unicode", with_tail=False)[:RAW_LIMIT]
                    fields = {name: value for name, value in self.convert(element).items() if value}
                    source = Source(opened.name, element.sourceline or 0)
                    extra = fields.pop("extra", {})
                    yield build(fields, extra, source, raw)
                    _free(element)
            except etree.XMLSyntaxError as error:
                where = f"line {error.lineno}" if error.lineno else "the beginning"
                raise MalformedSource(opened.name, f"no valid XML from {where} on: {error.msg}"[:200]) from error


def _free(element: Any) -> None:
    element.clear()
    while element.getprevious() is not None:
        del element.getparent()[0]


def local(element: Any) -> str:
    """An element's name without its namespace; empty for comments."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def text(element: Any) -> str:
    """All text inside an element on one line; empty for none."""
    return " ".join("".join(element.itertext()).split()) if element is not None else ""


def first(element: Any, *paths: str) -> str:
    """Text of the first of the paths that has any; ``{*}`` stands for any namespace."""
    for path in paths:
        for found in element.iterfind(path):
            if words := text(found):
                return words
    return ""


def every(element: Any, path: str) -> list[str]:
    """Texts of all elements at a path."""
    return [words for found in element.iterfind(path) if (words := text(found))]


def joined(*parts: str, by: str = " ") -> str:
    """The parts that are not empty."""
    return by.join(part for part in parts if part)


def labelled(sections: Iterable[tuple[str, str]]) -> str:
    """A structured abstract: ``METHODS: …``, section after section."""
    return " ".join(f"{label.rstrip(':')}: {words}" if label else words for label, words in sections if words)

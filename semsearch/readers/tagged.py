"""Formats of lines with tags (RIS, MEDLINE, Web of Science, EndNote). One table describes each format.

A record begins at its first tag. It ends at its end tag, at the first tag of the next record, or at the end of the
file, whichever comes first. So a last record without ``ER`` is read too. Lines with tags outside any record are a
record without its first tag (``TY``) if they have a title, an abstract or an end tag. All other lines outside records
are rejected together, unless they are the head of a known export (`HARMLESS`).
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from semsearch.model.paper import Paper, Rejected, Source
from semsearch.readers.opening import OVERLONG
from semsearch.readers.record import build, rejected

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from semsearch.model.protocols import Opened
    from semsearch.readers.record import Repaired

#: Lines that exports of EBSCO, ProQuest, Ovid, Cochrane and others write around the records.
HARMLESS = re.compile(
    r"[\s\ufeff]*(?:(?:Provider|Database|Content|Search (?:name|strategy)|Copyright|Date|Usage|Username|Export(?:ed)?"
    r"|Source|FN|VR|EF)(?:\s|:|$).*|[-_=*#%].*|\d{1,6}[.)]?\s*)?",
    re.IGNORECASE,
)
#: Longest record, in characters. In a longer one the end tags are missing.
_RECORD_LIMIT = 2**22
Tags = dict[str, list[str]]
#: Fields with several values.
_LISTS = frozenset({"authors", "editors", "keywords", "tags"})


@dataclass(frozen=True, slots=True)
class TaggedFormat:
    """The table of a format; implements `FormatReader`."""

    tag: re.Pattern[str]
    """Matches a line that begins a field, with the groups ``tag`` and ``value``."""
    begins: tuple[str, ...]
    """Tags that can begin a record. In one file, all records begin with the tag of these that comes first."""
    ends: str | None
    """Tag that ends a record; ``None`` if the format has no such tag."""
    fields: Mapping[str, tuple[str, ...]]
    """Tags for each field of `Paper`. The first tag that has a value counts."""
    ignored: frozenset[str] = frozenset()
    """Tags whose values are not kept."""
    a_value_a_line: frozenset[str] = frozenset()
    """Tags with one value on each line, also on the lines after the first."""
    wraps_indented: bool = False
    """Whether a line that goes on begins with a space. Then another line below a tag of `a_value_a_line` is a value."""
    is_distinct: bool = False
    """Whether no other kind of text has lines that look like these tags."""
    refine: Callable[[Tags, dict[str, Any]], None] = field(default=lambda tags, record: None)  # noqa: ARG005
    """For what a table cannot describe: a function that gets all tags and changes the record."""

    def recognise(self, head: str) -> bool:
        """Whether a record begins in one of the first lines."""
        tags = [m["tag"] for line in head.split("\n")[:60] if (m := self.tag.match(line))]
        return any(begin in tags for begin in self.begins)

    def recognise_tags(self, head: str) -> bool:
        """Whether a text without the first tag of any record is of this format: most lines have tags, one a title."""
        lines = [line for line in head.split("\n")[:60] if line.strip()]
        tags = [m["tag"] for line in lines if (m := self.tag.match(line))]
        titled = any(tag in tags for tag in self.fields["title"])
        return self.is_distinct and titled and len(set(tags)) > 1 and 2 * len(tags) > len(lines)

    def read(self, opened: Opened) -> Iterator[Paper | Rejected]:
        """See `FormatReader`."""
        outside: list[Rejected] = []
        found = False
        for number, lines, is_record in self._split(opened):
            raw = "\n".join(lines)
            source = Source(opened.name, number)
            if not is_record:
                reason = f"lines {number} to {number + len(lines) - 1} belong to no record"
                outside.append(rejected(source, reason, raw))
                continue
            found = True
            yield from outside
            outside = []
            if len(raw) > _RECORD_LIMIT or OVERLONG in raw:
                yield rejected(source, "a record of more than 4 million characters", raw)
                continue
            for offset, part in self._parts(lines):
                if offset:
                    opened.repaired(number + offset, self._unbegun, "\n".join(part))
                yield self._paper(
                    self._tags(part), Source(opened.name, number + offset), "\n".join(part), opened.repaired
                )

        if found:  # else the whole file was not understood, and its reader says so
            yield from outside

    def _split(self, opened: Opened) -> Iterator[tuple[int, list[str], bool]]:
        """Each record as ``(line number, lines, True)``, and lines that belong to none with ``False``."""
        record, begin, begins = _Lines(), "", self.begins
        for number, line in opened.lines():
            match = self.tag.match(line)
            tag = match["tag"] if match else ""
            if tag in begins and self._is_titled(record) and not (record.has_begun or record.is_parted):
                begins = ()  # in this file the tag is inside the records, and does not begin them
            if not begin and tag in begins:
                begin = tag
            if tag and tag == begin and begins:
                yield from self._ended(opened, record)
                record = _Lines(number, has_begun=True)
            elif tag and tag == self.ends:
                if not record.tags:
                    opened.repaired(number, f"an end tag, {self.ends}, without a record", line)
                yield from self._ended(opened, record, by_tag=True)
                record = _Lines()
                continue
            elif (tag and not record.tags and not record.has_begun) or (tag and self._is_next(record, tag)):
                yield from self._ended(opened, record)
                record = _Lines(number)
            elif not record.start and line.strip():
                record = _Lines(number)
            record.add(line, tag)
        yield from self._ended(opened, record)

    def _ended(self, opened: Opened, record: _Lines, *, by_tag: bool = False) -> Iterator[tuple[int, list[str], bool]]:
        """Yield the lines of a record that has ended; if they are no record, those that are not harmless."""
        is_text = not record.tags.isdisjoint((*self.fields["title"], *self.fields["abstract"]))
        is_record = record.has_begun or is_text or (by_tag and len(record.tags) > 1)
        if not record.start:
            return
        if not is_record:
            if not all(map(HARMLESS.fullmatch, record.lines)):
                while record.lines and not record.lines[-1].strip():
                    record.lines.pop()
                yield record.start, record.lines, False
            return
        if not record.has_begun:
            opened.repaired(record.start, self._unbegun, "\n".join(record.lines))
        if self.ends and not by_tag:
            opened.repaired(record.start, f"a record without its end tag, {self.ends}", "\n".join(record.lines))
        yield record.start, record.lines, True

    @property
    def _unbegun(self) -> str:
        return f"a record that does not begin with {' or '.join(self.begins)}"

    def _is_titled(self, record: _Lines) -> bool:
        return not record.tags.isdisjoint(self.fields["title"])

    def _is_next(self, record: _Lines, tag: str) -> bool:
        """Whether a tag begins a new record after a record without its first tag.

        It does so if it is the first tag again, after a title. In a format without an end tag, it also does so after a
        blank line.
        """
        if record.has_begun or not self._is_titled(record):
            return False
        again = tag == record.first and tag != record.last
        return again or (record.ends_blank and not self.ends)

    def _parts(self, lines: list[str]) -> Iterator[tuple[int, list[str]]]:
        """Split lines into a record and the records without a first tag after it: a blank line, then another title."""
        start, titles = 0, set[str]()
        for block, (first, last) in enumerate(_blocks(lines)):
            found = {m["tag"] for line in lines[first:last] if (m := self.tag.match(line))}
            own = found & set(self.fields["title"])
            if block and titles & own and self.tag.match(lines[first]):
                yield start, lines[start:first]
                start, titles = first, set()
            titles |= own
        yield start, lines[start:]

    def _tags(self, lines: list[str]) -> Tags:
        tags: Tags = defaultdict(list)
        last = ""
        for line in lines:
            if match := self.tag.match(line):
                last = match["tag"]
                tags[last].append((match["value"] or "").strip())
            elif line.strip() and last in self.begins and last in self.ignored:  # a line that has lost its tag
                tags["text"].append(line.strip())
            elif line.strip() and last:
                if last in self.a_value_a_line and not (self.wraps_indented and line[0].isspace()):
                    tags[last].append(line.strip())
                else:
                    tags[last][-1] = f"{tags[last][-1]} {line.strip()}".strip()
        return {tag: kept for tag, values in tags.items() if (kept := [v for v in values if v])}

    def _paper(self, tags: Tags, source: Source, raw: str, repaired: Repaired) -> Paper | Rejected:
        record: dict[str, Any] = {}
        used = set(self.ignored)
        for name, candidates in self.fields.items():
            chosen = next((tag for tag in candidates if tag in tags), None)
            if chosen:
                record[name] = tags[chosen] if name in _LISTS else " ".join(tags[chosen][:1])
                used.add(chosen)
                if name not in _LISTS and tags[chosen][1:]:
                    tags = {**tags, chosen: tags[chosen][1:]}
                    used.discard(chosen)
        self.refine(tags, record)
        extra = {tag: "; ".join(values) for tag, values in tags.items() if values and tag not in used}
        return build(record, extra | record.pop("extra", {}), source, raw, repaired)


class _Lines:
    """The lines of a record, collected until it ends.

    Args:
        start: Number of the first line; 0 outside any record.
        has_begun: Whether the first line has the tag that begins a record.

    Attributes:
        lines: The lines.
        tags: The tags in these lines.
        first: The first tag.
        last: The last tag.
        ends_blank: Whether the last line is blank.
        is_parted: Whether there is a blank line between other lines.
    """

    def __init__(self, start: int = 0, *, has_begun: bool = False) -> None:
        self.start = start
        self.has_begun = has_begun
        self.lines: list[str] = []
        self.tags: set[str] = set()
        self.first = self.last = ""
        self.ends_blank = False
        self.is_parted = False
        self._length = 0

    def add(self, line: str, tag: str) -> None:
        """Add a line. Too many lines are cut; then the record is rejected because of its length."""
        self._length += len(line)
        self.is_parted |= self.ends_blank and bool(line.strip())
        self.ends_blank = not line.strip()
        if self.start and self._length <= 2 * _RECORD_LIMIT:
            self.lines.append(line)
            if tag:
                self.tags.add(tag)
                self.first, self.last = self.first or tag, tag


def _blocks(lines: list[str]) -> Iterator[tuple[int, int]]:
    """Each run of lines without a blank line between them, as ``(first line, line after the last)``."""
    first = None
    for number, line in enumerate([*lines, ""]):
        if line.strip():
            first = number if first is None else first
        elif first is not None:
            yield first, number
            first = None


def pages(first: list[str] | None, last: list[str] | None) -> str:
    """The pages ``12-20``. The first page alone if it contains a hyphen already, or if there is no last page.

    Args:
        first: Values of the tag for the first page; the first value counts.
        last: Values of the tag for the last page; the first value counts.
    """
    start, stop = (first or [""])[0], (last or [""])[0]
    return f"{start}-{stop}" if start and stop and "-" not in start and start != stop else start or stop

"""Formats of tagged lines (RIS, MEDLINE, Web of Science, EndNote): one splitter, a table a format.

A record begins at its first tag and ends at its end tag, at the next beginning, or at the end of the file, whichever
comes first: exports without a last ``ER`` lose nothing here.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from semsearch.paper import Paper, Rejected, Source
from semsearch.readers.opening import OVERLONG
from semsearch.readers.record import build, rejected

if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Iterator, Mapping

    from semsearch.protocols import Opened

#: Longest record in characters; what is longer has lost its ends.
_RECORD_LIMIT = 2**22
Tags = dict[str, list[str]]


@dataclass(frozen=True, slots=True)
class TaggedFormat:
    """A format's table; implements `Reader`."""

    tag: re.Pattern[str]
    """A line that opens a field: groups ``tag`` and ``value``."""
    begins: tuple[str, ...]
    """Tags that can begin a record; in a file it is the one of them that is met first."""
    ends: str | None
    """Tag that ends one."""
    fields: Mapping[str, tuple[str, ...]]
    """Field of `Paper`: the tags it may stand under, the first one that has a value wins."""
    ignored: frozenset[str] = frozenset()
    """Tags that say nothing of the paper."""
    a_value_a_line: frozenset[str] = frozenset()
    """Tags whose continuation lines are further values."""
    refine: Callable[[Tags, dict[str, Any]], None] = field(default=lambda tags, record: None)  # noqa: ARG005
    """What no table can say: looks at all tags, changes the record."""

    def recognise(self, head: str) -> bool:
        """Whether a record begins in one of the first lines."""
        tags = [m["tag"] for line in head.split("\n")[:60] if (m := self.tag.match(line))]
        return any(begin in tags for begin in self.begins)

    def read(self, opened: Opened) -> Iterator[Paper | Rejected]:
        """See `Reader`."""
        for number, lines in self._split(opened):
            raw = "\n".join(lines)
            source = Source(opened.name, number)
            if len(raw) > _RECORD_LIMIT or OVERLONG in raw:
                yield rejected(source, "a record of over 4 Mi characters", raw)
            else:
                yield self._paper(self._tags(lines), source, raw)

    def _split(self, opened: Opened) -> Iterator[tuple[int, list[str]]]:
        """``(line number, lines)`` of each record; lines between records belong to none."""
        start, lines, length, begin = 0, list[str](), 0, ""
        for number, line in opened.lines():
            match = self.tag.match(line)
            tag = match["tag"] if match else None
            if not begin and tag in self.begins:
                begin = str(tag)
            if tag == begin and start:
                if self.ends:
                    opened.repaired(start, f"a record without its end, {self.ends}", "\n".join(lines))
                yield start, lines
                start = 0
            if tag == begin:
                start, lines, length = number, [], 0
            if start and tag == self.ends and tag is not None:
                yield start, lines
                start = 0
            elif start:
                length += len(line)
                if length <= 2 * _RECORD_LIMIT:
                    lines.append(line)
        if start:
            if self.ends:
                opened.repaired(start, f"a record without its end, {self.ends}", "\n".join(lines))
            yield start, lines

    def _tags(self, lines: list[str]) -> Tags:
        tags: Tags = defaultdict(list)
        last = ""
        for line in lines:
            if match := self.tag.match(line):
                last = match["tag"]
                tags[last].append((match["value"] or "").strip())
            elif line.strip() and last:
                if last in self.a_value_a_line:
                    tags[last].append(line.strip())
                else:
                    tags[last][-1] = f"{tags[last][-1]} {line.strip()}".strip()
        return {tag: kept for tag, values in tags.items() if (kept := [v for v in values if v])}

    def _paper(self, tags: Tags, source: Source, raw: str) -> Paper | Rejected:
        record: dict[str, Any] = {}
        used = set(self.ignored)
        for name, candidates in self.fields.items():
            chosen = next((tag for tag in candidates if tag in tags), None)
            if chosen:
                record[name] = tags[chosen] if name in ("authors", "keywords", "tags") else " ".join(tags[chosen][:1])
                used.add(chosen)
                if name not in ("authors", "keywords", "tags") and tags[chosen][1:]:
                    tags = {**tags, chosen: tags[chosen][1:]}
                    used.discard(chosen)
        self.refine(tags, record)
        extra = {tag: "; ".join(values) for tag, values in tags.items() if values and tag not in used}
        return build(record, extra | record.pop("extra", {}), source, raw)


def pages(first: list[str] | None, last: list[str] | None) -> str:
    """``12-20`` of first and last page; only the first where it holds both, or there is no last."""
    start, stop = (first or [""])[0], (last or [""])[0]
    return f"{start}-{stop}" if start and stop and "-" not in start and start != stop else start or stop

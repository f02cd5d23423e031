"""Plain text of Ovid: ``<1>``, then headings, and below each one its value, indented. Source: exports of Ovid."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from semsearch.model.paper import Paper, Rejected, Source
from semsearch.readers.opening import OVERLONG
from semsearch.readers.record import paper_of, rejected
from semsearch.text.identifiers import parse_pmid

if TYPE_CHECKING:
    from collections.abc import Iterator

    from semsearch.model.protocols import Opened

_BEGIN = re.compile(r"^\ufeff?<\d{1,7}>\s*$")
_HEADING = re.compile(r"^[A-Z][A-Za-z /-]{1,60}$")
#: For example: "Imagined Journal.   8(6):10-20, 2015 Sep."
_SOURCE = re.compile(r"^(?P<venue>[^.]+?)\.\s+(?P<volume>\d+)(?:\((?P<issue>[^)]{1,20})\))?\s*:\s*(?P<pages>[\w-]+)")
_YEAR = re.compile(r"(?<!\d)(?:1[5-9]|20)\d\d(?!\d)")
_RECORD_LIMIT = 2**22
_HEADINGS = {
    "doinumber": "doi",
    "doi": "doi",
    "dateofpublication": "date",
    "uniqueidentifier": "accession number",
}


def recognise(head: str) -> bool:
    """Whether the text begins with a number in angle brackets, and a heading follows, alone on its line."""
    lines = [line.rstrip() for line in head.lstrip("\ufeff \n").split("\n")[:4]]
    return bool(_BEGIN.match(lines[0])) and any(_HEADING.match(line) for line in lines[1:3])


def read(opened: Opened) -> Iterator[Paper | Rejected]:
    """See `semsearch.model.protocols.FormatReader`."""
    start, lines, length = 0, list[str](), 0
    for number, line in opened.lines():
        if _BEGIN.match(line):
            if start:
                yield _paper(lines, Source(opened.name, start), opened)
            start, lines, length = number, [], 0
        elif start:
            length += len(line)
            if length <= 2 * _RECORD_LIMIT:
                lines.append(line)
    if start:
        yield _paper(lines, Source(opened.name, start), opened)


def _paper(lines: list[str], source: Source, opened: Opened) -> Paper | Rejected:
    raw = "\n".join(lines)
    if len(raw) > _RECORD_LIMIT or OVERLONG in raw:
        return rejected(source, "a record of more than 4 million characters", raw)
    record: dict[str, str] = {}
    heading = ""
    for line in lines:
        if _HEADING.match(line.rstrip()):
            heading = line.strip()
        elif heading and line.strip():
            record[heading] = f"{record.get(heading, '')}\n{line.strip()}".strip()
    named = {_HEADINGS.get(re.sub(r"[^a-z]", "", name.lower()), name): value for name, value in record.items()}
    if found := _SOURCE.match(named.get("Source", "")):
        named |= {name: value for name, value in found.groupdict().items() if value}
    in_source = _YEAR.search(named.get("Source", ""))
    named.setdefault("year", named.get("Year of Publication", "") or (in_source[0] if in_source else ""))
    if pmid := parse_pmid(named.get("accession number", "")):
        named.setdefault("pmid", pmid)
    return paper_of(named, source, raw, opened.columns, opened.repaired)

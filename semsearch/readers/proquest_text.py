"""ProQuest's export as text: documents between rulers, with a label before each value.

Source: exports of ProQuest ("Text only" and "Export results as text file").
"""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING

from semsearch.readers.passages import TOO_LONG, Passage
from semsearch.readers.record import paper_of, rejected

if TYPE_CHECKING:
    from collections.abc import Iterator

    from semsearch.model.paper import Paper, Rejected
    from semsearch.model.protocols import Opened

_RULER = re.compile(r"\s*_{20,}\s*")
_DOCUMENT = re.compile(r"\s*Document \d+ of \d+\s*", re.IGNORECASE)
_LABEL = re.compile(r"(?P<label>[A-Z][A-Za-z/() -]{1,50}?): ?(?P<value>.*)")
_HEAD = re.compile(
    r"\s*(?:Report Information from ProQuest|Table of contents|\d+\.\s.*|\w+ \d{1,2} \d{4} \d\d:\d\d)?\s*"
)
#: Labels of ProQuest, and the headings that they mean. All others are extra fields.
_HEADINGS = {
    "author": "authors", "publication title": "journal", "publication year": "year", "publication date": "date",
    "digital object identifier (doi)": "doi", "document url": "url", "language of publication": "language",
    "subject": "keywords", "identifier / keyword": "author keywords", "identifier/keyword": "author keywords",
    "document type": "type", "proquest document id": "id", "correspondence author": "corresponding author",
    "publication info": "publication info", "full text": "full text", "links": "links", "database": "database",
}  # fmt: skip
#: ``Journal of Roofs 7 (2031): 11-19.`` and ``Journal of Roofs; Nowhere Vol. 7, Iss. 2, (May 2031): 11-19.``
_INFO = re.compile(
    r"(?P<journal>.+?)(?:;\s[^;]+?)?,?\s+(?:Vol\.?\s*)?(?P<volume>\d+)(?:(?:,\s*Iss\.?\s*|\.)(?P<issue>[\w-]+))?,?\s*"
    r"\((?P<date>[^()]*\d{4})\)(?::\s*(?P<pages>[\w-]+))?\.?"
)


def recognise(head: str) -> bool:
    """Whether ``Document 1 of 20`` follows a ruler, or rulers separate documents with ProQuest's labels."""
    lines = [line for line in head.split("\n") if line.strip()]
    if any(_RULER.fullmatch(one) and _DOCUMENT.fullmatch(other) for one, other in itertools.pairwise(lines)):
        return True
    labels = {match["label"].casefold() for line in lines if (match := _LABEL.match(line))}
    return any(map(_RULER.fullmatch, lines)) and "title" in labels and len(labels & _HEADINGS.keys()) > 2


def read(opened: Opened) -> Iterator[Paper | Rejected]:
    """See `semsearch.model.protocols.FormatReader`."""
    passage = Passage(opened.name)
    for number, line in opened.lines():
        if _RULER.fullmatch(line):
            yield from _document(opened, passage)
            passage = Passage(opened.name)
        else:
            passage.add(number, line)
    yield from _document(opened, passage)


def _document(opened: Opened, passage: Passage) -> Iterator[Paper | Rejected]:
    """The paper between two rulers; nothing if there is only the head of the report."""
    lines, raw, source = passage.lines, passage.raw, passage.source
    if all(map(_HEAD.fullmatch, lines)) or raw.startswith(("Database copyright", "Contact us at")):
        return
    if passage.is_too_long:
        yield rejected(source, TOO_LONG, raw)
        return
    record, heading = dict[str, str](), "title line"
    for line in lines:
        if _DOCUMENT.fullmatch(line) or not line.strip():
            continue
        if (match := _LABEL.match(line)) and not line.startswith(("http:", "https:")):
            name = match["label"].strip()
            heading, value = _HEADINGS.get(name.casefold(), name), match["value"].strip()
        elif line.startswith(("http://", "https://")):
            heading, value = "url", line.strip()
        else:
            value = line.strip()
        record[heading] = f"{record[heading]} {value}".strip() if heading in record else value
    shown = record.pop("title line", "")
    if not record.get("Title"):
        record["Title"] = shown
    elif shown and " ".join(shown.split()) != " ".join(record["Title"].split()):
        record["title line"] = shown
    if info := _INFO.match(record.get("publication info", "")):
        found = {name: value for name, value in info.groupdict().items() if value}
        record = {**found, **record}
    values = {name: value for name, value in record.items() if value}
    yield paper_of(values, source, raw, opened.columns, opened.repaired)

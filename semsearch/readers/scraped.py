"""Abstracts copied from web pages of authors: no fields, only text with a few marks in it.

A line that begins ``Abstract:`` begins a paper. A line that begins with an id (``arXiv:2405.00001``, at times with
`` - doi: 10.…`` behind it) ends the paper *before* it; what is glued to the id begins the next one. A page whose first
mark is an id has its ids before the abstracts instead. A line like ``12 pages, 3 figures`` is the comment of the paper
that it follows. Where a page begins with another line than ``Abstract:…``, the line before each of these is its title,
``Title:`` and ``Authors:`` lines are what they say.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from semsearch.model.paper import Paper, Rejected, Source
from semsearch.readers.opening import OVERLONG
from semsearch.readers.record import build, rejected
from semsearch.text.identifiers import ARXIV_NUMBER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from semsearch.model.protocols import Opened

_ABSTRACT = re.compile(r"\s*abstract\s*:\s*", re.IGNORECASE)
_MARK = re.compile(
    rf"\s*(?:arxiv:\s*(?P<arxiv>{ARXIV_NUMBER})(?P<version>v[1-9]\d?)?(?:\s*[-–,;]?\s*doi\s*:\s*(?P<doi>10\.\d{{4,9}}/\S+))?"
    r"|doi\s*:\s*(?P<only>10\.\d{4,9}/\S+))",
    re.IGNORECASE,
)
#: Where a DOI ends and glued text begins: a digit, then a word with a capital (``….918Pre-trained``, ``….5BERT is``).
_GLUED = re.compile(r"(?<=\d)(?=[A-Z](?:[a-z]|[A-Z-]*(?:[a-z]|$)))")
#: For a DOI that ends in a letter: the last small letter before a capital, when more words follow.
_GLUED_LETTER = re.compile(r"(?<=[a-z])(?=[A-Z][a-z]*$)")
_COMMENT = re.compile(
    r"^\(?\d+\s*(?:pages?|pp\b|figures?|tables?)|\b\d+\s+(?:pages|figures|tables)\b"
    r"|^(?:accepted|to appear|submitted|published|presented|in proceedings"
    r"|camera[- ]ready|work in progress|preprint|under review"
    r"|appears? in|code (?:is )?available)\b",
    re.IGNORECASE,
)
_LABEL = re.compile(r"\s*(title|authors?)\s*:\s*(.*)", re.IGNORECASE)
_COMMENT_LIMIT, _TITLE_LIMIT = 400, 300


def recognise(head: str) -> bool:
    """A first line ``Abstract:…``, several of them, or lines that begin with an arXiv id glued to a word or alone."""
    lines = [line for line in head.split("\n") if line.strip()]
    if not lines:
        return False
    labelled = sum(bool(_ABSTRACT.match(line)) for line in lines)
    if _ABSTRACT.match(lines[0]) or labelled > 1:
        return True
    marks = [m for line in lines if (m := _MARK.match(line)) and m["arxiv"]]
    return bool(marks) and all(not line.startswith(("TY  -", "@", "{", "%")) for line in lines)


@dataclass
class _Record:
    """Lines of one paper, gathered until it ends."""

    line: int = 0
    lines: list[str] = field(default_factory=list)
    ids: dict[str, str] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    title: str = ""

    def add(self, number: int, text: str) -> None:
        if text.strip():
            self.line = self.line or number
            self.lines.append(text.strip())

    def paper(self, file: str) -> Paper | Rejected:
        raw, source = "\n".join(self.lines), Source(file, self.line)
        if not self.lines:
            return rejected(source, "an id without an abstract", "; ".join(self.ids.values()))
        if OVERLONG in raw:
            return rejected(source, "a line of over 16 Mi characters", raw)
        body, comments = list(self.lines), list[str]()
        while len(body) > 1 and len(body[-1]) <= _COMMENT_LIMIT and _COMMENT.search(body[-1]):
            comments.insert(0, body.pop())
        fields = {
            "abstract": "\n".join(body),
            "comment": "; ".join(comments),
            "title": self.title,
            **self.labels,
            **self.ids,
        }
        return build(fields, {}, source, raw)


def read(opened: Opened) -> Iterator[Paper | Rejected]:
    """See `semsearch.model.protocols.FormatReader`."""
    record, ids_lead = _Record(), None
    titled = _is_titled(opened.head())
    for number, line in opened.lines():
        rest = line
        if mark := _MARK.match(rest):
            ids_lead = not record.lines if ids_lead is None else ids_lead
            ids, rest = _ids(mark, rest)
            if ids_lead and (record.lines or record.ids):
                yield record.paper(opened.name)
                record = _Record()
            record.line = record.line or number
            record.ids = ids
            if not ids_lead:
                yield record.paper(opened.name)
                record = _Record()
        if titled and (label := _LABEL.match(rest)):
            if record.lines:
                yield record.paper(opened.name)
                record = _Record()
            record.line = record.line or number
            record.labels["title" if label[1].lower() == "title" else "authors"] = label[2]
            continue
        if begin := _ABSTRACT.match(rest):
            if titled and record.lines and not record.labels and len(record.lines[-1]) <= _TITLE_LIMIT:
                title = record.lines.pop()
                if record.lines:
                    yield record.paper(opened.name)
                record = _Record(line=number - 1, title=title)
            elif record.lines:
                yield record.paper(opened.name)
                record = _Record()
            rest = rest[begin.end() :]
        record.add(number, rest)
    if record.lines or record.ids:
        yield record.paper(opened.name)


def _is_titled(head: str) -> bool:
    """Whether abstracts are labelled and something else stands before the first one."""
    lines = [line for line in head.split("\n") if line.strip()]
    return (
        bool(lines) and not _ABSTRACT.match(lines[0]) and not _MARK.match(lines[0]) and any(map(_ABSTRACT.match, lines))
    )


def _ids(mark: re.Match[str], line: str) -> tuple[dict[str, str], str]:
    """The ids of a mark, and the rest of its line, which may be glued to them."""
    ids, end = {}, mark.end()
    if mark["arxiv"]:
        ids["arxiv_id"] = mark["arxiv"] + (mark["version"] or "")
    name = "doi" if mark["doi"] else "only"
    if doi := mark[name]:
        glued = _GLUED.search(doi, doi.index("/")) or (_GLUED_LETTER.search(doi) if line[end:].strip() else None)
        if glued:
            end, doi = mark.start(name) + glued.start(), doi[: glued.start()]
        ids["doi"] = doi
    return ids, line[end:]

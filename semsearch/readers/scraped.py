"""Abstracts copied from web pages: text without fields, only with some labels and ids in it.

- A line ``Abstract:…`` begins a paper.
- A line that begins with an id (``arXiv:2405.00001``, sometimes followed by `` - doi: 10.…``) ends the paper before it.
  Text that follows the id without a space begins the next paper. If an id is the first thing in the file, each id
  comes before its abstract instead.
- A line such as ``12 pages, 3 figures`` is the comment of the paper before it.
- If the file does not begin with ``Abstract:…`` or an id, the line before each ``Abstract:…`` is the title. Lines
  ``Title:…`` and ``Authors:…`` are title and authors.
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
_ID_LINE = re.compile(
    rf"\s*(?:arxiv:\s*(?P<arxiv>{ARXIV_NUMBER})(?P<version>v[1-9]\d?)?(?:\s*[-–,;]?\s*doi\s*:\s*(?P<doi>10\.\d{{4,9}}/\S+))?"
    r"|doi\s*:\s*(?P<only>10\.\d{4,9}/\S+))",
    re.IGNORECASE,
)
#: Where a DOI ends and text follows without a space: a digit, then a capital (``….918Pre-trained``, ``….5BERT is``).
_GLUED = re.compile(r"(?<=\d)(?=[A-Z](?:[a-z]|[A-Z-]*(?:[a-z]|$)))")
#: The same for a DOI that ends with a letter: the last small letter before a capital, if more words follow.
_GLUED_LETTER = re.compile(r"(?<=[a-z])(?=[A-Z][a-z]*$)")
_COMMENT = re.compile(
    r"^\(?\d+\s*(?:pages?|pp\b|figures?|tables?)|\b\d+\s+(?:pages|figures|tables)\b"
    r"|^(?:accepted|to appear|submitted|published|presented|in proceedings"
    r"|camera[- ]ready|work in progress|preprint|under review"
    r"|appears? in|code (?:is )?available)\b",
    re.IGNORECASE,
)
_FORM = re.compile(r"(?!abstract|title|author|arxiv|doi|http)[A-Z][\w /()-]{2,30}:\s", re.IGNORECASE)
_LABEL = re.compile(r"\s*(title|authors?)\s*:\s*(.*)", re.IGNORECASE)
_COMMENT_LIMIT, _TITLE_LIMIT = 400, 300


def recognise(head: str) -> bool:
    """Whether the first line is ``Abstract:…``, several lines are, or a line begins with an arXiv id.

    A text with more lines of other labels, such as ``Publication info: …``, is a form, and no page.
    """
    lines = [line for line in head.split("\n") if line.strip()]
    if not lines:
        return False
    labelled = sum(bool(_ABSTRACT.match(line)) for line in lines)
    forms = sum(bool(_FORM.match(line)) for line in lines)
    if forms > max(labelled, 1):
        return False
    if _ABSTRACT.match(lines[0]) or labelled > 1:
        return True
    ids = [m for line in lines if (m := _ID_LINE.match(line)) and m["arxiv"]]
    return bool(ids) and all(not line.startswith(("TY  -", "@", "{", "%")) for line in lines)


@dataclass
class _Record:
    """The lines of one paper, collected until it ends."""

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
            return rejected(source, "a line of more than 16 million characters", raw)
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
    record, ids_first = _Record(), None
    titled = _is_titled(opened.head())
    for number, line in opened.lines():
        rest = line
        if found := _ID_LINE.match(rest):
            ids_first = not record.lines if ids_first is None else ids_first
            ids, rest = _ids(found, rest)
            if ids_first and (record.lines or record.ids):
                yield record.paper(opened.name)
                record = _Record()
            record.line = record.line or number
            record.ids = ids
            if not ids_first:
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
    """Whether abstracts have labels, and the text begins neither with such a label nor with an id."""
    lines = [line for line in head.split("\n") if line.strip()]
    return (
        bool(lines)
        and not _ABSTRACT.match(lines[0])
        and not _ID_LINE.match(lines[0])
        and any(map(_ABSTRACT.match, lines))
    )


def _ids(found: re.Match[str], line: str) -> tuple[dict[str, str], str]:
    """The ids at the beginning of a line, and the rest of the line, which can follow without a space."""
    ids, end = {}, found.end()
    if found["arxiv"]:
        ids["arxiv_id"] = found["arxiv"] + (found["version"] or "")
    name = "doi" if found["doi"] else "only"
    if doi := found[name]:
        glued = _GLUED.search(doi, doi.index("/")) or (_GLUED_LETTER.search(doi) if line[end:].strip() else None)
        if glued:
            end, doi = found.start(name) + glued.start(), doi[: glued.start()]
        ids["doi"] = doi
    return ids, line[end:]

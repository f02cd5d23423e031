"""A Markdown list, for notes and reports."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from semsearch.model.printable import safe
from semsearch.writers.references import ReferenceWriter

if TYPE_CHECKING:
    from semsearch.model.paper import Paper

_MARKS = re.compile(r"([\\`*_{}\[\]<>#|~$])")


class MarkdownWriter(ReferenceWriter):
    """One line per paper: title, authors, venue, year, a link. Rank, score or group follow in italics."""

    def record(self, paper: Paper, note: str) -> str:
        """See `ReferenceWriter`."""
        people = ", ".join(map(_person, paper.authors[:3])) + (" et al." if len(paper.authors) > 3 else "")
        place = " ".join(part for part in (paper.venue, str(paper.year or "")) if part)
        details = ". ".join(_escaped(part) for part in (people, place) if part)
        link = _link(paper)
        parts = [
            f"**{_escaped(paper.heading)}**",
            details,
            f"<{link}>" if link else _escaped(paper.id),
            f"*{_escaped(note)}*" if note else "",
        ]
        return "- " + " · ".join(part for part in parts if part) + "\n"


def _person(name: str) -> str:
    """A name in its natural order: ``Ana Garcia`` for ``Garcia, Ana``."""
    family, _, rest = name.partition(", ")
    given, _, suffix = rest.partition(", ")
    return " ".join(part for part in (given, family, suffix) if part)


def _link(paper: Paper) -> str:
    if paper.doi:
        return f"https://doi.org/{paper.doi}" if not re.search(r"[<>\s]", paper.doi) else ""
    if paper.arxiv_id:
        return f"https://arxiv.org/abs/{paper.arxiv_id}"
    return paper.url if paper.url and re.fullmatch(r"https?://[^\s<>]+", paper.url) else ""


def _escaped(text: str) -> str:
    return _MARKS.sub(r"\\\1", safe(text))

"""CSV for spreadsheets: RFC 4180, and no cell that a spreadsheet would run as a formula."""

from __future__ import annotations

import csv
import re
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from semsearch.paper import DuplicateGroup, Hits, Paper

_PAPER = (
    *("id", "key", "title", "abstract", "authors", "year", "date", "venue", "volume", "issue", "pages"),
    *("doi", "arxiv_id", "pmid", "pmcid", "acl_id", "issn", "url", "language", "keywords", "type", "comment"),
    *("file", "line"),
)
_NUMBER = re.compile(r"[-+]?[0-9]+(\.[0-9]+)?")
_LISTS = ("authors", "keywords", "tags")


class CsvWriter:
    """A header line, then a row a hit, a paper, or a paper of a group."""

    def hits(self, answers: Iterable[Hits], out: TextIO, *, several: bool) -> None:  # noqa: ARG002
        """See `Writer`."""
        rows = (
            {"query": a.query, "rank": hit.rank, "score": f"{hit.score:.6f}", **_row(hit.paper)}
            for a in answers
            for hit in a
        )
        _write(("query", "rank", "score", *_PAPER), rows, out)

    def papers(self, papers: Iterable[Paper], out: TextIO) -> None:
        """See `Writer`."""
        _write(_PAPER, map(_row, papers), out)

    def groups(self, groups: Sequence[DuplicateGroup], out: TextIO) -> None:
        """See `Writer`. ``score`` is the paper's best in its group."""
        rows = (
            {"group": number, "kind": group.kind, "score": f"{_best(group, paper):.6f}", **_row(paper)}
            for number, group in enumerate(groups, 1)
            for paper in group.papers
        )
        _write(("group", "kind", "score", *_PAPER), rows, out)


def _best(group: DuplicateGroup, paper: Paper) -> float:
    return next(pair.score for pair in group.pairs if paper.id in (pair.a, pair.b))


def _row(paper: Paper) -> dict[str, Any]:
    shape = paper.to_dict()
    lists = {name: "; ".join(shape.get(name) or ()) for name in _LISTS}
    return shape | lists | {"file": paper.source.file, "line": paper.source.line}


def _write(header: Sequence[str], rows: Iterable[Mapping[str, Any]], out: TextIO) -> None:
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    writer.writerows([_cell(row.get(name)) for name in header] for row in rows)


def _cell(value: Any) -> str:
    """Text of a cell; one that a spreadsheet would take for a formula gets an apostrophe (OWASP, CSV Injection)."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) and not _NUMBER.fullmatch(text) else text

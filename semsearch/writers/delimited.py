"""CSV for spreadsheets, as in RFC 4180. No cell can be run as a formula."""

from __future__ import annotations

import csv
import json
import tempfile
from typing import TYPE_CHECKING, Any, TextIO

from semsearch.model.results import EXPLAINED_COLUMNS
from semsearch.text.spreadsheet import guarded

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from semsearch.model.paper import Paper
    from semsearch.model.results import DuplicateGroup, Hit, Hits

_PAPER = (
    *("id", "key", "title", "abstract", "authors", "year", "date", "venue", "volume", "issue", "pages"),
    *("doi", "arxiv_id", "arxiv_version", "pmid", "pmcid", "acl_id", "issn", "url", "language", "keywords", "tags"),
    *("type", "comment", "file", "line"),
)
_HIT, _GROUP = ("query", "rank", "score"), ("group", "kind", "score", "keeper", "rule")
#: Names of the fixed columns. An extra field with such a name gets the column ``NAME (extra)``.
_FIXED = frozenset((*_HIT, *_GROUP, *_PAPER))
_BOM = "\ufeff"
_LISTS = ("authors", "keywords", "tags")
#: Rows have to wait until all extra columns are known. So many bytes of them wait in memory, the rest in a file.
_WAITING = 2**24

Row = tuple["Paper", "dict[str, Any]"]


class CsvWriter:
    """A header line, then one row per hit, per paper, or per paper of a group. Each extra field has its own column."""

    def hits(self, answers: Iterable[Hits], out: TextIO, *, several: bool) -> None:  # noqa: ARG002
        """See `FormatWriter`."""
        every = list(answers)
        explained = any(hit.explanation for answer in every for hit in answer)
        rows = (
            (hit.paper, {"query": a.query, "rank": hit.rank, "score": f"{hit.score:.6f}", **_why(hit)})
            for a in every
            for hit in a
        )
        _write((*_HIT, *EXPLAINED_COLUMNS) if explained else _HIT, rows, out)

    def papers(self, papers: Iterable[Paper], out: TextIO) -> None:
        """See `FormatWriter`."""
        _write((), ((paper, {}) for paper in papers), out)

    def groups(self, groups: Sequence[DuplicateGroup], out: TextIO) -> None:
        """See `FormatWriter`. ``score`` and ``rule`` are those of the relation of the paper with the highest cosine."""
        rows = (
            (
                paper,
                {
                    "group": number,
                    "kind": group.kind,
                    "keeper": "yes" if position == 0 else "no",
                    **_nearest(group, paper),
                },
            )
            for number, group in enumerate(groups, 1)
            for position, paper in enumerate(group.papers)
        )
        _write(_GROUP, rows, out)


class ExcelCsvWriter(CsvWriter):
    """The same with a byte order mark before it, without which Excel does not read it as UTF-8."""

    def hits(self, answers: Iterable[Hits], out: TextIO, *, several: bool) -> None:
        """See `FormatWriter`."""
        out.write(_BOM)
        super().hits(answers, out, several=several)

    def papers(self, papers: Iterable[Paper], out: TextIO) -> None:
        """See `FormatWriter`."""
        out.write(_BOM)
        super().papers(papers, out)

    def groups(self, groups: Sequence[DuplicateGroup], out: TextIO) -> None:
        """See `FormatWriter`."""
        out.write(_BOM)
        super().groups(groups, out)


def _why(hit: Hit) -> dict[str, Any]:
    """The cells of an explained hit; no cells if it is not explained."""
    if hit.explanation is None:
        return {}
    empty: dict[str, Any] = {"percentile": None, "named_by": "", "names": [], "verbatim": ""}
    shape = empty | hit.to_dict() | hit.explanation.to_dict()
    lists = {name: "; ".join(shape.get(name) or ()) for name in ("also", "words", "names")}
    return (
        {name: shape[name] for name in EXPLAINED_COLUMNS if name not in lists}
        | lists
        | {name: json.dumps(shape[name], ensure_ascii=False) for name in ("spans", "adds")}
    )


def _nearest(group: DuplicateGroup, paper: Paper) -> dict[str, str]:
    own = [r for r in group.relations if paper.id in (r.a, r.b)]
    if not own:  # the paper is in the group by a chain of relations that was cut
        return {"score": "", "rule": ""}
    relation = max(own, key=lambda r: -2.0 if r.score is None else r.score)
    return {"score": "" if relation.score is None else f"{relation.score:.6f}", "rule": relation.rule}


def _cells(paper: Paper) -> dict[str, Any]:
    shape = paper.to_dict()
    lists = {name: _list(shape.get(name) or ()) for name in _LISTS} | {"authors": "; ".join(paper.authors)}
    return shape | lists | {"file": paper.source.file, "line": paper.source.line}


def _list(words: Sequence[str]) -> str:
    """The values with semicolons between them; a list of JSON if one contains a semicolon."""
    return json.dumps(list(words), ensure_ascii=False) if any(";" in word for word in words) else "; ".join(words)


def _write(before: Sequence[str], rows: Iterable[Row], out: TextIO) -> None:
    """Write the table.

    The header needs the extra fields of all papers. So all rows are stored first, and written when the header is known.
    """
    header = (*before, *_PAPER)
    extra: dict[str, str] = {}  # field to column
    fixed = _FIXED | set(header)
    with tempfile.SpooledTemporaryFile(_WAITING, "w+", encoding="utf-8") as waiting:
        for paper, columns in rows:
            cells = _cells(paper) | columns
            waiting.write(json.dumps([[cells.get(name) for name in header], dict(paper.extra)]) + "\n")
            for name in paper.extra:
                extra.setdefault(name, f"{name} (extra)" if name in fixed else name)
        waiting.seek(0)
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow([*header, *map(guarded, extra.values())])
        writer.writerows(_rows(waiting, extra))


def _rows(waiting: Iterable[str], extra: Iterable[str]) -> Iterator[list[str]]:
    for line in waiting:
        cells, held = json.loads(line)
        yield [guarded("" if cell is None else str(cell)) for cell in (*cells, *(held.get(name) for name in extra))]

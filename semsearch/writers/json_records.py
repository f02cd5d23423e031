"""JSON and JSON Lines. docs/json.md documents their keys, which never change their meaning."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TextIO

from semsearch.model.printable import json_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from semsearch.model.paper import Paper
    from semsearch.model.results import DuplicateGroup, Hits


class JsonWriter:
    """One JSON value: an object for one query, a list for several queries, a list of papers, or ``{"groups": […]}``."""

    def hits(self, answers: Iterable[Hits], out: TextIO, *, several: bool) -> None:
        """See `FormatWriter`."""
        if several:
            _list((answer.to_dict() for answer in answers), out)
        else:
            out.writelines(json_text(answer.to_dict(), indent=2) + "\n" for answer in answers)

    def papers(self, papers: Iterable[Paper], out: TextIO) -> None:
        """See `FormatWriter`."""
        _list((paper.to_dict() for paper in papers), out)

    def groups(self, groups: Sequence[DuplicateGroup], out: TextIO) -> None:
        """See `FormatWriter`."""
        out.write(json_text({"groups": [group.to_dict() for group in groups]}, indent=2) + "\n")


class JsonLinesWriter:
    """One object per line: a hit with its ``query``, a paper, or a group."""

    def hits(self, answers: Iterable[Hits], out: TextIO, *, several: bool) -> None:  # noqa: ARG002
        """See `FormatWriter`."""
        for answer in answers:
            out.writelines(json_text({"query": answer.query, **hit.to_dict()}) + "\n" for hit in answer)

    def papers(self, papers: Iterable[Paper], out: TextIO) -> None:
        """See `FormatWriter`."""
        out.writelines(json_text(paper.to_dict()) + "\n" for paper in papers)

    def groups(self, groups: Sequence[DuplicateGroup], out: TextIO) -> None:
        """See `FormatWriter`."""
        out.writelines(json_text(group.to_dict()) + "\n" for group in groups)


def _list(shapes: Iterable[dict[str, Any]], out: TextIO) -> None:
    """Write a JSON list, one element per line, each as soon as it is there."""
    out.write("[")
    for number, shape in enumerate(shapes):
        out.write(("," if number else "") + "\n" + json_text(shape))
    out.write("\n]\n")

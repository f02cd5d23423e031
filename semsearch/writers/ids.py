"""Only ids, one per line, as input for other commands."""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from semsearch.model.paper import Paper
    from semsearch.model.results import DuplicateGroup, Hits


class IdsWriter:
    """One id per line; a blank line between the hits of two queries, and between groups."""

    def hits(self, answers: Iterable[Hits], out: TextIO, *, several: bool) -> None:  # noqa: ARG002
        """See `FormatWriter`."""
        _blocks(([hit.paper for hit in answer] for answer in answers), out)

    def papers(self, papers: Iterable[Paper], out: TextIO) -> None:
        """See `FormatWriter`."""
        out.writelines(f"{paper.id}\n" for paper in papers)

    def groups(self, groups: Sequence[DuplicateGroup], out: TextIO) -> None:
        """See `FormatWriter`."""
        _blocks((group.papers for group in groups), out)


def _blocks(blocks: Iterable[Sequence[Paper]], out: TextIO) -> None:
    for number, papers in enumerate(blocks):
        out.writelines(["\n" * bool(number), *(f"{paper.id}\n" for paper in papers)])

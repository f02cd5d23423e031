"""Base class of the writers of reference formats: one record per paper, with rank, score and group in a note."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, TextIO

from semsearch.model.paper import Paper
from semsearch.writers.reasons import marked_sentence, reason

if TYPE_CHECKING:
    from semsearch.model.results import DuplicateGroup, Hit, Hits

#: Extra field for the type of a paper as its source calls it, beside the standard type of the format.
ORIGINAL_TYPE = "original-type"
Noted = Iterable[tuple[Paper, str]]


class ReferenceWriter(ABC):
    """A `FormatWriter` whose output is one record after another. A format only implements `record`."""

    def hits(self, answers: Iterable[Hits], out: TextIO, *, several: bool) -> None:  # noqa: ARG002
        """See `FormatWriter`."""
        self._write(
            (
                (h.paper, f"semsearch rank {h.rank}, score {h.score:.6f}{_why(h)}, query: {a.query}")
                for a in answers
                for h in a
            ),
            out,
        )

    def papers(self, papers: Iterable[Paper], out: TextIO) -> None:
        """See `FormatWriter`."""
        self._write(((paper, "") for paper in papers), out)

    def groups(self, groups: Sequence[DuplicateGroup], out: TextIO) -> None:
        """See `FormatWriter`."""
        self._write(_grouped(groups), out)

    def _write(self, papers: Noted, out: TextIO) -> None:
        out.writelines(self.record(paper, note) for paper, note in papers)

    @abstractmethod
    def record(self, paper: Paper, note: str) -> str:
        """The record of a paper, with its line ends.

        Args:
            paper: The paper.
            note: Rank and score of a hit, or the group of a duplicate; may be empty.
        """


def _why(hit: Hit) -> str:
    """The explanation of a hit, if it has one."""
    if hit.explanation is None:
        return ""
    sentence = f"; “{marked_sentence(hit.explanation)}”" if hit.explanation.sentence else ""
    return f", why: {reason(hit)}{sentence}"


def keyword_list(words: Sequence[str]) -> str:
    """Keywords as one text, with semicolons between them.

    A single keyword that contains a comma gets a semicolon at its end, so that it is not read as two keywords. If one
    contains a semicolon, all are written as a list of JSON.

    Args:
        words: The keywords.
    """
    if any(";" in word for word in words):
        return json.dumps(list(words), ensure_ascii=False)
    return "; ".join(words) + (";" if len(words) == 1 and "," in words[0] else "")


def editors_of(paper: Paper) -> tuple[Sequence[str], Sequence[str]]:
    """The editors and the authors of a paper. Editors that stand in for missing authors are editors only.

    Args:
        paper: The paper; its editors are the extra field ``editors``.

    Returns:
        ``(editors, authors)``.
    """
    editors = tuple(name for name in paper.extra.get("editors", "").split("; ") if name)
    return editors, () if editors == paper.authors else paper.authors


def kept_extra(paper: Paper, standard: str) -> dict[str, str]:
    """The extra fields to write, without editors, and with the type as its source calls it.

    Args:
        paper: The paper.
        standard: The type that is written, and that will be read back.
    """
    extra = {name: value for name, value in paper.extra.items() if name != "editors"}
    return extra | ({ORIGINAL_TYPE: paper.type} if paper.type and paper.type != standard else {})


def _grouped(groups: Sequence[DuplicateGroup]) -> Iterator[tuple[Paper, str]]:
    for number, group in enumerate(groups, 1):
        for paper in group.papers:
            role = ", keeper" if paper.id == group.keeper else ""
            score = "" if group.score is None else f", score {group.score:.6f}"
            yield paper, f"semsearch group {number}, {group.kind}{score}{role}"

"""TREC run files, ``query Q0 paper rank score tag``, as trec_eval and ir-measures read them."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, TextIO

from semsearch.model.errors import QueryError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from semsearch.model.paper import Paper
    from semsearch.model.results import DuplicateGroup, Hits


class TrecWriter:
    """One line per hit; queries are numbered from 1. The score is the cosine if hits are in its order, else 1/rank."""

    def hits(self, answers: Iterable[Hits], out: TextIO, *, several: bool) -> None:  # noqa: ARG002
        """See `FormatWriter`."""
        for number, answer in enumerate(answers, 1):
            falling = all(a.score >= b.score for a, b in itertools.pairwise(answer))
            out.writelines(
                f"{number} Q0 {_word(h.paper)} {h.rank} {h.score if falling else 1 / h.rank:.9f} semsearch\n"
                for h in answer
            )

    def papers(self, papers: Iterable[Paper], out: TextIO) -> None:  # noqa: ARG002
        """Refuse papers: a run file contains hits of queries only.

        Args:
            papers: Not read.
            out: Not written to.

        Raises:
            QueryError: Always.
        """
        raise QueryError("the format trec is for hits of queries only; use ids or jsonl for papers")

    def groups(self, groups: Sequence[DuplicateGroup], out: TextIO) -> None:  # noqa: ARG002
        """Refuse groups: a run file contains hits of queries only.

        Args:
            groups: Not read.
            out: Not written to.

        Raises:
            QueryError: Always.
        """
        raise QueryError("the format trec is for hits of queries only; use csv or json for duplicates")


def _word(paper: Paper) -> str:
    return "".join(paper.id.split())

"""The kinds of relation between two papers, and the verdict of the rule. Imports nothing, so that it loads fast."""

from __future__ import annotations

from typing import NamedTuple

#: Kinds of relations, the closest first.
SAME, DOUBTFUL, VERSION, NOTICE, PART, REPRINT, SIMILAR, DIFFERENT = KINDS = (
    "same", "doubtful", "version", "notice", "part", "reprint", "similar", "different",
)  # fmt: skip
#: Kinds that a person can decide on.
DECIDED = tuple(kind for kind in KINDS if kind != DOUBTFUL)
#: Kinds of two records that are one paper: they are one hit of a search, and one paper of an index where an identifier
#: names both. A list of duplicates keeps the two kinds apart: a reviewer may want the preprint as well.
ONE_PAPER = (SAME, VERSION)


class Verdict(NamedTuple):
    """What two papers are to each other, and why."""

    kind: str
    """One of `KINDS`."""
    rule: str
    """The rule that decided, in words that a person can check."""
    chance: float | None = None
    """Of a ``doubtful`` pair: about the share of such pairs that are one publication, 0 to 1."""

    @property
    def is_same_paper(self) -> bool:
        """Whether the two records are one paper: the same, or a version of it."""
        return self.kind in ONE_PAPER

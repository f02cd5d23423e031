"""How to search, checked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from semsearch.model.errors import QueryError

if TYPE_CHECKING:
    from semsearch.model.filters import Filter

#: Ways to order the hits of a question.
MODES = ("hybrid", "dense", "bm25")


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How to search; the same for questions and for related papers.

    Raises:
        QueryError: Something is out of range.
    """

    k: int = 10
    """Hits, at least 1."""
    mode: str = "hybrid"
    """``hybrid`` (cosine and BM25), ``dense`` (cosine), ``bm25``; of questions. Related papers go by cosine."""
    min_score: float | None = None
    """Hits below this cosine are left out."""
    min_percentile: float | None = None
    """Hits with a lower percentile (0 to 100) are left out. It is that among all papers, whatever ``where`` says."""
    where: Filter | None = None
    """Only papers that this holds for; applied before the k nearest are taken."""
    fold: bool = True
    """Whether further records of one work go under its first one."""
    diverse: float = 0.0
    """0 to 1: how much a hit is put back for being like one before it."""
    explain: bool = False
    """Whether each hit tells which sentence and which words matched."""
    rerank: int = 0
    """How many of the first hits of a question a `Reranker` puts in order."""

    @property
    def first_rows(self) -> int:
        """Rows to begin with: collapsing and what is left out make a list shorter."""
        return self.k + (self.k + 10 if self.fold or self.diverse else 0)

    def __post_init__(self) -> None:
        if self.k < 1:
            raise QueryError(f"k is {self.k}; ask for 1 or more")
        if self.rerank < 0:
            raise QueryError(f"rerank is {self.rerank}; give the number of hits to put in order, or 0")
        if self.mode not in MODES:
            raise QueryError(f"no mode '{self.mode}'; there are {', '.join(MODES)}")
        for name, value, least, most in (
            ("min-score", self.min_score, -1, 1),
            ("min-percentile", self.min_percentile, 0, 100),
            ("diverse", self.diverse, 0, 1),
        ):
            if value is not None and not least <= value <= most:
                raise QueryError(f"{name} {value}; give a number between {least} and {most}")

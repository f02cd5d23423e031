"""How to search: one object that the command line, the Python keywords and docs/search.md are made from.

Each field of `SearchOptions` carries its help text, its range and its name on the command line as metadata. `OPTIONS`
lists the fields with these. A new option is one field here, one line in `SearchKeywords`, and its use in
`semsearch.retrieval`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any, NamedTuple, TypedDict, get_type_hints

from semsearch.model import filters
from semsearch.model.errors import QueryError

#: Ways to order the hits of a question.
MODES = ("hybrid", "dense", "bm25")


class Option(NamedTuple):
    """A field of `SearchOptions`, described."""

    name: str
    """In Python."""
    type: Any
    """What its values are: ``int``, ``float | None`` …"""
    default: Any
    """Its value where it is not given."""
    help: str
    """One short sentence."""
    cli: tuple[str, ...]
    """Its names on the command line, without the ``--no-`` form of a switch."""
    metavar: str = ""
    """What stands for the value in ``--help``; empty for a switch."""
    least: float | None = None
    """The smallest value."""
    most: float | None = None
    """The greatest value."""
    choices: tuple[str, ...] = ()
    """The only values, where these are words."""
    of_questions: bool = False
    """Whether it is for questions only, and not for related papers."""

    def check(self, value: Any) -> None:
        """Refuse a value out of range.

        Args:
            value: Of the right type, or ``None`` where that is a value.

        Raises:
            QueryError: It is out of range.
        """
        if self.choices and value not in self.choices:
            raise QueryError(f"no {self.name} '{value}'; there are {', '.join(self.choices)}")
        if value is None or self.least is None:
            return
        if self.most is None and not value >= self.least:
            raise QueryError(f"{self.name} is {value}; give {self.least} or more")
        if self.most is not None and not self.least <= value <= self.most:  # not a number is in no range
            raise QueryError(f"{self.name} is {value}; give a number between {self.least} and {self.most}")


def _option(default: Any, help: str, *cli: str, **more: Any) -> Any:  # noqa: A002 - the word of every command line
    return field(default=default, metadata={"help": help, "cli": cli, **more})


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchOptions:
    """How to search; the same for questions and for related papers.

    Raises:
        QueryError: A value is out of range, or ``where`` is no filter.
    """

    k: int = _option(10, "Number of hits.", "-k", "--count", metavar="N", least=1)
    """Hits, at least 1."""
    mode: str = _option(
        "hybrid", "Order by meaning and words, by meaning (dense), or by words (bm25).", "--mode",
        metavar="|".join(MODES), choices=MODES, of_questions=True,
    )  # fmt: skip
    """``hybrid`` (cosine and BM25), ``dense`` (cosine), ``bm25``; of questions. Related papers go by cosine."""
    where: str | None = _option(
        None, "Search only papers that fit, such as 'year>=2020 author:smith not tag:read'.", "--where",
        metavar="FILTER",
    )  # fmt: skip
    """Only papers that this holds for (`semsearch.model.filters`); applied before the k nearest are taken."""
    min_score: float | None = _option(
        None, "Leave out hits with a lower cosine.", "--min-score", metavar="COSINE", least=-1, most=1
    )
    """Hits below this cosine are left out."""
    min_percentile: float | None = _option(
        None, "Leave out hits with a lower percentile.", "--min-percentile", metavar="PERCENTILE", least=0, most=100
    )
    """Hits with a lower percentile are left out. It is that among all papers, whatever ``where`` says."""
    collapse: bool = _option(True, "Show all records of one work as one hit.", "--collapse")
    """Whether further records of one work go under its first one (field collapsing)."""
    diverse: float = _option(
        0.0, "Move down hits that are like earlier ones; try 0.5.", "--diverse",
        metavar="PART", least=0, most=1,
    )  # fmt: skip
    """0 to 1: how much a hit is moved down for being like one before it."""
    explain: bool = _option(False, "Show the sentence and the words that matched.", "--explain")
    """Whether each hit tells which sentence and which words matched."""
    rerank: int = _option(
        0, "Let a cross-encoder order the first N hits; try 50.", "--rerank", metavar="N", least=0, of_questions=True
    )
    """How many of the first hits of a question a `Reranker` puts in order."""
    filter: filters.Filter | None = field(init=False, default=None, repr=False, compare=False)
    """``where``, parsed."""

    @property
    def first_rows(self) -> int:
        """Rows to begin with: collapsing and diversifying make a list shorter."""
        return self.k + (self.k + 10 if self.collapse or self.diverse else 0)

    def __post_init__(self) -> None:
        for option in OPTIONS:
            option.check(getattr(self, option.name))
        if self.where:
            object.__setattr__(self, "filter", filters.parse(self.where))


def _described() -> tuple[Option, ...]:
    types = get_type_hints(SearchOptions)
    return tuple(Option(f.name, types[f.name], f.default, **f.metadata) for f in fields(SearchOptions) if f.init)


#: Every option, in the order of ``--help``.
OPTIONS = _described()


class RelatedKeywords(TypedDict, total=False):
    """Keywords of `Index.related`: the fields of `SearchOptions` that are not for questions only, without ``k``."""

    where: str | None
    min_score: float | None
    min_percentile: float | None
    collapse: bool
    diverse: float
    explain: bool


class SearchKeywords(RelatedKeywords, total=False):
    """Keywords of `Index.search`: the fields of `SearchOptions`, without ``k``."""

    mode: str
    rerank: int

"""The options of a search: one object from which the command line, the Python keywords and docs/search.md are made.

The metadata of each field of `SearchOptions` are its help text, its range and its names on the command line. `OPTIONS`
lists all fields with them. To add an option, add one field here, one line in `SearchKeywords`, and its use in
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
    """The description of one field of `SearchOptions`."""

    name: str
    """Name in Python."""
    type: Any
    """Type of the values: ``int``, ``float | None`` …"""
    default: Any
    """Value if the option is not given."""
    help: str
    """Help text: one short sentence."""
    cli: tuple[str, ...]
    """Names on the command line, without the ``--no-`` form of a switch."""
    metavar: str = ""
    """Placeholder of the value in ``--help``; empty for a switch."""
    least: float | None = None
    """Smallest value; ``None`` for no limit."""
    most: float | None = None
    """Largest value; ``None`` for no limit."""
    choices: tuple[str, ...] = ()
    """All possible values, if they are words; otherwise empty."""
    of_questions: bool = False
    """Whether the option is for questions only, and not for `related`."""

    def check(self, value: Any) -> None:
        """Check that a value is in range.

        Args:
            value: A value of the right type, or ``None`` if the option can be ``None``.

        Raises:
            QueryError: The value is out of range.
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
    """Options of a search, for questions and for related papers.

    Raises:
        QueryError: A value is out of range, or ``where`` is not a valid filter.
    """

    k: int = _option(10, "Number of hits.", "-k", "--count", metavar="N", least=1)
    """Number of hits, at least 1."""
    mode: str = _option(
        "hybrid", "Order by meaning and words, by meaning (dense), or by words (bm25).", "--mode",
        metavar="|".join(MODES), choices=MODES, of_questions=True,
    )  # fmt: skip
    """Order of the hits of a question: ``hybrid`` (cosine and BM25), ``dense`` (cosine) or ``bm25``. Related papers are
    always ordered by cosine."""
    where: str | None = _option(
        None, "Search only papers that fit, such as 'year>=2020 author:smith not tag:read'.", "--where",
        metavar="FILTER",
    )  # fmt: skip
    """Filter (`semsearch.model.filters`): only papers for which it holds are searched. ``None`` for all papers."""
    exclude: str | None = _option(
        None, "Leave out papers with these words; commas between several.", "--not", metavar="WORDS"
    )
    """Words or phrases, with commas between them: papers whose title or abstract has one of them are left out."""
    min_score: float | None = _option(
        None, "Leave out hits with a lower cosine.", "--min-score", metavar="COSINE", least=-1, most=1
    )
    """Minimum cosine of a hit, -1 to 1; ``None`` for no minimum."""
    min_percentile: float | None = _option(
        None, "Leave out hits with a lower percentile.", "--min-percentile", metavar="PERCENTILE", least=0, most=100
    )
    """Minimum percentile of a hit, 0 to 100; ``None`` for no minimum. The percentile is counted over all papers, also
    with a filter."""
    collapse: bool = _option(True, "Show all records of one work as one hit.", "--collapse")
    """Whether several records of one work become one hit (field collapsing)."""
    diverse: float = _option(
        0.0, "Move down hits that are like earlier ones; try 0.5.", "--diverse",
        metavar="PART", least=0, most=1,
    )  # fmt: skip
    """Weight of diversity, 0 (none) to 1: how far a hit moves down that is like an earlier one."""
    explain: bool = _option(False, "Show the sentence and the words that matched.", "--explain")
    """Whether each hit gets an explanation: the sentence and the words that matched."""
    rerank: int = _option(
        0, "Let a cross-encoder order the first N hits; try 50.", "--rerank", metavar="N", least=0, of_questions=True
    )
    """Number of first hits that a `Reranker` puts in order; 0 for none. For questions only."""
    feedback: bool = _option(
        True, "Rank again by the first hits, if the model gains by it.", "--feedback", of_questions=True
    )
    """Whether a hybrid search ranks again with the vector of the question moved towards the first hits."""
    filter: filters.Filter | None = field(init=False, default=None, repr=False, compare=False)
    """The filter ``where``, parsed; ``None`` without a filter."""

    @property
    def first_rows(self) -> int:
        """Number of rows to begin with: more than k, since collapsing and diversifying make the list shorter."""
        return self.k + (self.k + 10 if self.collapse or self.diverse else 0)

    def __post_init__(self) -> None:
        for option in OPTIONS:
            option.check(getattr(self, option.name))
        if self.where:
            object.__setattr__(self, "filter", filters.parse(self.where))


def _described() -> tuple[Option, ...]:
    types = get_type_hints(SearchOptions)
    return tuple(Option(f.name, types[f.name], f.default, **f.metadata) for f in fields(SearchOptions) if f.init)


#: All options, in the order of ``--help``.
OPTIONS = _described()


class RelatedKeywords(TypedDict, total=False):
    """Keywords of `Index.related`: the fields of `SearchOptions` without ``k`` and without those for questions only."""

    where: str | None
    exclude: str | None
    min_score: float | None
    min_percentile: float | None
    collapse: bool
    diverse: float
    explain: bool


class SearchKeywords(RelatedKeywords, total=False):
    """Keywords of `Index.search`: the fields of `SearchOptions`, without ``k``."""

    mode: str
    rerank: int
    feedback: bool

"""Which record of a publication is kept, and the record that is merged from all of them."""

from __future__ import annotations

from dataclasses import fields
from functools import reduce
from typing import TYPE_CHECKING, Any

from semsearch.model.errors import QueryError
from semsearch.model.paper import Paper

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

#: Rules for which record is kept, by name: what each looks at in a record; more is better.
RULES: dict[str, Callable[[Paper], Any]] = {
    "abstract": lambda paper: bool(paper.abstract),
    "doi": lambda paper: bool(paper.doi),
    "published": lambda paper: bool(paper.venue or paper.volume),
    "complete": lambda paper: sum(bool(getattr(paper, f.name)) for f in fields(paper)),
    "newest": lambda paper: (paper.year or 0, paper.arxiv_version or 0),
    "oldest": lambda paper: (-(paper.year or 9999), -(paper.arxiv_version or 0)),
}
DEFAULT_RULES = ("abstract", "doi", "complete", "newest")


def parse_rules(text: str) -> tuple[str, ...]:
    """Rules from ``doi,abstract,newest``.

    Raises:
        QueryError: There is no such rule.
    """
    rules = tuple(filter(None, (word.strip() for word in text.split(","))))
    for rule in rules:
        if rule not in RULES:
            raise QueryError(f"no rule '{rule}' for what to keep; there are {', '.join(RULES)}")
    return rules or DEFAULT_RULES


def best(papers: Sequence[Paper], rules: Sequence[str] = DEFAULT_RULES) -> int:
    """Index of the record to keep. The first rule decides, in a tie the next; in a tie of all, the earlier record.

    Args:
        papers: Records of one publication, at least one.
        rules: Names of `RULES`, the most important first.
    """
    return max(range(len(papers)), key=lambda place: ([RULES[rule](papers[place]) for rule in rules], -place))


def merged(papers: Sequence[Paper]) -> Paper:
    """The first record, with its gaps filled from the others; ``origins`` has the source of each filled field."""
    return reduce(Paper.filled_from, papers[1:], papers[0])

"""Which record of a publication is kept, and the record merged from all of them: the best value of each field."""

from __future__ import annotations

import re
from dataclasses import fields, replace
from functools import reduce
from typing import TYPE_CHECKING, Any

from semsearch.identity.pages import first_and_last
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
#: How databases end an abstract that they cut off.
_CUT = re.compile(r"(?:\babstract truncated\b.{0,30}|[\[(]truncated[\])]|…|\.\.\.)\W*$", re.IGNORECASE)
#: What stands for further authors, and is no name.
_OTHERS = re.compile(r"\bet al\b|^others$|^\W*$", re.IGNORECASE)


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
    """The record of a publication with the best value of each field.

    These are the longest title, abstract and journal, but for an abstract that was cut off and a title in capitals; the
    longest list of authors, without "et al."; pages that are not a date; all keywords and tags; and all different
    values of every further field, such as accession numbers, databases and notes, with "; " between them. Everything
    else is that of the first record that has it.

    Args:
        papers: Records of one publication, at least one; the keeper first. It decides ties.

    Returns:
        The keeper with these values. ``origins`` names the source of each value that is not the keeper's own.
    """
    whole = reduce(Paper.filled_from, papers[1:], papers[0])
    if len(papers) == 1:
        return whole
    values: dict[str, Any] = {}
    origins = dict(whole.origins)
    for name, worth in _WORTH.items():
        chosen = max(papers, key=lambda paper: worth(getattr(paper, name)))
        values[name] = getattr(chosen, name)
        if values[name] != getattr(papers[0], name):
            origins[name] = chosen.origins.get(name, chosen.source)
    for name in ("keywords", "tags"):
        values[name] = tuple(dict.fromkeys(word for paper in papers for word in getattr(paper, name)))
    extra = _all_extra(papers)
    for name in (name for name, value in extra.items() if value != papers[0].extra.get(name)):
        giver = next(paper for paper in papers[1:] if paper.extra.get(name))
        origins[f"extra.{name}"] = giver.origins.get(f"extra.{name}", giver.source)
    return replace(whole, **values, extra=extra, origins=origins)


def _all_extra(papers: Sequence[Paper]) -> dict[str, str]:
    """Every further field with its different values, in order of the records."""
    found: dict[str, dict[str, None]] = {}
    for paper in papers:
        for name, value in paper.extra.items():
            known = found.setdefault(name, {})
            if not any(value == one or f"; {value}; " in f"; {one}; " for one in known):
                known[value] = None
    return {name: "; ".join(values) for name, values in found.items()}


def _abstract(text: str) -> tuple[bool, int]:
    """A longer one is better, unless it was cut off."""
    return bool(text) and not _CUT.search(text), len(text)


def _authors(names: tuple[str, ...]) -> tuple[int, int]:
    """More people are better, then longer names: ``Jones, Bo`` before ``Jones B``."""
    people = [name for name in names if not _OTHERS.search(name)]
    return len(people), sum(map(len, people)) - 100 * (len(names) - len(people))


def _title(text: str) -> tuple[bool, int]:
    return bool(text) and not text.isupper(), len(text)


def _pages(text: str) -> tuple[bool, int]:
    """A range with a first page is better than a date that a spreadsheet made of it."""
    return bool(first_and_last(text)[0]), len(text)


_WORTH: dict[str, Callable[[Any], Any]] = {
    "title": _title, "abstract": _abstract, "authors": _authors, "venue": len, "pages": _pages,
}  # fmt: skip

"""From which database each record came, and how many duplicates lie within one database and between databases."""

from __future__ import annotations

from collections import Counter, defaultdict
from pathlib import PurePath
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from semsearch.model.paper import Paper

#: Extra fields in which exports name their database: RIS, EndNote XML, tables.
_FIELDS = ("DB", "DP", "remote-database-name", "Database", "database")


class DatabaseCounts(NamedTuple):
    """Records of each database, and the duplicates among them."""

    records: dict[str, int]
    """By database, in the order in which they come."""
    within: int
    """Duplicates of an earlier record of the same database."""
    between: int
    """Duplicates of earlier records of other databases only."""


def database_of(paper: Paper) -> str:
    """The database that a record names; if it names none, the name of the file that it was read from.

    Args:
        paper: A record. A merged record names several databases; all of them together count as one.
    """
    named = next((paper.extra[name] for name in _FIELDS if paper.extra.get(name)), "")
    return named or PurePath(paper.source.file).name


def count_databases(papers: Iterable[Paper], labels: Iterable[int]) -> DatabaseCounts:
    """Count the records and the duplicates of each database.

    Args:
        papers: Records, in order.
        labels: The publication of each record. The first record of a publication is no duplicate.

    Returns:
        The counts. ``within + between`` is the number of all duplicates.
    """
    records = Counter[str]()
    seen: dict[int, set[str]] = defaultdict(set)
    within = between = 0
    for paper, label in zip(papers, labels, strict=False):
        database = database_of(paper)
        records[database] += 1
        within += database in seen[label]
        between += bool(seen[label]) and database not in seen[label]
        seen[label].add(database)
    return DatabaseCounts(dict(records), within, between)

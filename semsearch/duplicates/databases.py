"""From which database each record came, and how many duplicates lie within one database and between databases."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, NamedTuple

from semsearch.model.databases import database_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from semsearch.model.paper import Paper


class DatabaseCounts(NamedTuple):
    """Records of each database, and the duplicates among them."""

    records: dict[str, int]
    """By database, in the order in which they come."""
    within: int
    """Duplicates of an earlier record of the same database."""
    between: int
    """Duplicates of earlier records of other databases only."""


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

"""From which database a record came."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from semsearch.model.paper import Paper

#: Extra fields in which exports name their database: RIS, EndNote XML, tables.
_FIELDS = ("DB", "DP", "remote-database-name", "Database", "database")


def database_of(paper: Paper) -> str:
    """The database that a record names; if it names none, the name of the file that it was read from.

    Args:
        paper: A record. A merged record names several databases; all of them together count as one.
    """
    named = next((paper.extra[name] for name in _FIELDS if paper.extra.get(name)), "")
    return named or PurePath(paper.source.file).name

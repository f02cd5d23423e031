"""Reports on files that were read: what could not be read, and what an update changed in a paper."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from semsearch.model.paper import Paper, Source

#: Fields of a paper that say where and how it was read, not what it is.
_NOT_CONTENT = frozenset({"source", "origins", "extra"})


class Update(NamedTuple):
    """What a newer reading changed in a paper."""

    id: str
    """Id of the paper."""
    source: Source
    """File and line of the newer reading."""
    changes: Mapping[str, tuple[Any, Any]]
    """Value before and value now of each field that changed. The name of an extra field is ``extra.NAME``."""

    @classmethod
    def between(cls, before: Paper, now: Paper) -> Update:
        """The update that made one paper of another.

        Args:
            before: The paper as the index had it.
            now: The paper after the update.
        """
        pairs = {f.name: (getattr(before, f.name), getattr(now, f.name)) for f in fields(now)}
        changes = {name: pair for name, pair in pairs.items() if name not in _NOT_CONTENT and pair[0] != pair[1]}
        for name in (*now.extra, *(name for name in before.extra if name not in now.extra)):
            if (pair := (before.extra.get(name, ""), now.extra.get(name, "")))[0] != pair[1]:
                changes[f"extra.{name}"] = pair
        return cls(now.id, now.source, changes)

    @property
    def replaces(self) -> bool:
        """Whether a value took the place of another. Filled gaps and another key do not count."""
        return any(before for name, (before, _) in self.changes.items() if name not in ("key", "id"))

    def to_dict(self) -> dict[str, Any]:
        """JSON form."""
        source = {"file": self.source.file, "line": self.source.line}
        return {"id": self.id, **source, "changes": {name: list(pair) for name, pair in self.changes.items()}}


@dataclass(slots=True)
class ReadingReport:
    """What happened to the files of one run.

    Files are named as the user named them. A member of an archive has a name below that of the archive.
    """

    rejected: int = 0
    """Number of rejected records: records that are not papers."""
    stray_bytes: dict[str, int] = field(default_factory=dict)
    """Number of bytes that did not fit the encoding, by file; files without such bytes are left out."""
    files: list[str] = field(default_factory=list)
    """Files that were read."""
    skipped: list[str] = field(default_factory=list)
    """Files in folders that were left out, since their format is not known."""
    incomplete: list[str] = field(default_factory=list)
    """Files that could not be read to their end."""
    empty: list[str] = field(default_factory=list)
    """Files that contain no record."""
    not_understood: list[str] = field(default_factory=list)
    """Files that are not empty, but contain no record of their format. The content is kept as one rejected record."""

    @property
    def unreadable(self) -> list[str]:
        """Files whose papers are not all in the results: those that are incomplete or were not understood."""
        return [*self.incomplete, *self.not_understood]

"""The report on files that were read: which files could not be read, which are empty, which bytes were wrong."""

from __future__ import annotations

from dataclasses import dataclass, field


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

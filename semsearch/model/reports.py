"""What reading files told, for people: which could not be read, which hold nothing, which bytes are of no encoding."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class ReadingReport:
    """What became of the files of one run. Names are as the user gave them; members of an archive below its name."""

    rejected: int = 0
    """Records that are no papers."""
    stray_bytes: dict[str, int] = field(default_factory=dict)
    """Bytes that were not of the file's encoding, by file."""
    files: list[str] = field(default_factory=list)
    """Files that were read."""
    skipped: list[str] = field(default_factory=list)
    """Files in folders that no reader recognises."""
    incomplete: list[str] = field(default_factory=list)
    """Files that could not be read to their end."""
    empty: list[str] = field(default_factory=list)
    """Files in which there is no record."""
    not_understood: list[str] = field(default_factory=list)
    """Files that hold something, none of which is a record of their format; it is kept as one rejected record."""

    @property
    def unreadable(self) -> list[str]:
        """Files of which something is missing in the results."""
        return [*self.incomplete, *self.not_understood]

"""Passages: the lines between two separators of a text whose records have no tags."""

from __future__ import annotations

from semsearch.model.paper import Source
from semsearch.readers.opening import OVERLONG

#: Most lines of a passage. In a longer one a separator is missing.
_LINES = 20_000
#: Why a passage is rejected.
TOO_LONG = "a record of more than 20,000 lines"


class Passage:
    """The lines of a record, without blank lines before them, collected until it ends.

    Args:
        file: Name of the file.

    Attributes:
        lines: The lines; further ones are left out of a passage that is too long.
    """

    def __init__(self, file: str) -> None:
        self.lines: list[str] = []
        self._file = file
        self._start = 0

    def add(self, number: int, line: str) -> None:
        """Add a line.

        Args:
            number: Number of the line in the file, from 1.
            line: Its text.
        """
        if line.strip() or self.lines:
            self._start = self._start or number
            if len(self.lines) <= _LINES:
                self.lines.append(line)

    @property
    def source(self) -> Source:
        """File and line of its beginning."""
        return Source(self._file, self._start)

    @property
    def raw(self) -> str:
        """Its text, without blank lines at the end."""
        return "\n".join(self.lines).rstrip()

    @property
    def is_too_long(self) -> bool:
        """Whether it has too many lines, or a line that was cut."""
        return len(self.lines) > _LINES or OVERLONG in self.raw

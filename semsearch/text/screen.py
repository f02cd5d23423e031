r"""The one door for text to a screen: nothing that a terminal would obey passes it, in whatever format it is written.

What is taken out means nothing in a paper, and every reader takes it out as well: what a file or a pipe gets through
the door is read back as the same record. JSON loses nothing: there such a character is written as ``\uXXXX``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

from semsearch.model.errors import SourceError
from semsearch.model.printable import shown

if TYPE_CHECKING:
    from collections.abc import Iterable


class Screen:
    """A text stream that every text passes through `shown`. Standard output, standard error and ``--output``.

    It has no ``buffer``: nothing gets around it.

    Args:
        stream: What is written to.
        name: What to call it where it cannot be written.

    Attributes:
        styled: ``stream`` itself, for colours: only for text that was made safe before colours were added.
    """

    def __init__(self, stream: TextIO, name: str) -> None:
        self.styled = stream
        self._name = name

    @property
    def encoding(self) -> str:
        """See `TextIO`."""
        return self.styled.encoding

    @property
    def errors(self) -> str | None:
        """See `TextIO`."""
        return self.styled.errors

    @property
    def closed(self) -> bool:
        """See `TextIO`."""
        return self.styled.closed

    def write(self, text: str) -> int:
        """See `TextIO`.

        Raises:
            SourceError: It cannot be written: the disk is full, say.
        """
        try:
            self.styled.write(shown(text))
        except OSError as error:
            raise self._told(error) from error
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        """See `TextIO`."""
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        """See `TextIO`; raises as `write` does."""
        try:
            self.styled.flush()
        except OSError as error:
            raise self._told(error) from error

    def isatty(self) -> bool:
        """See `TextIO`."""
        return self.styled.isatty()

    def fileno(self) -> int:
        """See `TextIO`."""
        return self.styled.fileno()

    def writable(self) -> bool:
        """See `TextIO`."""
        return True

    def readable(self) -> bool:
        """See `TextIO`."""
        return False

    def seekable(self) -> bool:
        """See `TextIO`."""
        return False

    def _told(self, error: OSError) -> Exception:
        if isinstance(error, BrokenPipeError):  # whoever reads has seen enough
            return error
        return SourceError(self._name, f"cannot be written: {error.strerror or error}")

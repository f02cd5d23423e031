r"""The stream for all output: removes the characters that control a terminal, in every output format.

These characters have no meaning in a paper, and every reader removes them too. So output that goes to a file or a pipe
is read back as the same record. JSON loses nothing: the JSON writers write such a character as ``\uXXXX``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

from semsearch.model.errors import SourceError
from semsearch.model.printable import shown

if TYPE_CHECKING:
    from collections.abc import Iterable


class Screen:
    """A text stream that calls `shown` for every text. It is used for standard output, standard error and ``--output``.

    It has no attribute ``buffer``, so that nobody can write bytes past it.

    Args:
        stream: The stream to write to.
        name: Name of the stream in error messages.

    Attributes:
        styled: ``stream`` itself, for text with colours. The text must be made safe before colours are added.
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
            SourceError: Writing failed, for example because the disk is full.
        """
        try:
            self.styled.write(shown(text))
        except OSError as error:
            raise self._error(error) from error
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        """See `TextIO`."""
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        """See `TextIO`.

        Raises:
            SourceError: Writing failed.
        """
        try:
            self.styled.flush()
        except OSError as error:
            raise self._error(error) from error

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

    def _error(self, error: OSError) -> Exception:
        if isinstance(error, BrokenPipeError):  # the program that reads the pipe has ended
            return error
        return SourceError(self._name, f"cannot be written: {error.strerror or error}")

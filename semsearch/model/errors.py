"""Every error that semsearch raises on purpose.

::

    SemsearchError                exit 1; one line: what, where, what to do next
      SourceError                 a file that cannot be read at all
        UnknownFormat             no reader recognises it
        MalformedSource           it is damaged beyond its single records
      ArgumentError (TypeError)   an argument of the wrong type, or of no use where it was given
      QueryError (ValueError)     a question that cannot be asked
        UnknownPaper (LookupError)  no paper, or several, under that id
      EncoderError
        MissingExtra (ImportError)  an optional package is absent; names the pip command
        ModelUnavailable          no weights on disk, none to be had
      StoreError                  the index directory
        IndexMissing              there is none
        IndexFormat               not ours, or of another version
        IndexDamaged              bytes differ from what was committed
        EncoderMismatch           made by another encoder
        IndexBusy                 another process is writing
      JudgementError              queries or judgements that cannot be read

What a caller can act on is an attribute. Every error pickles: attributes are the constructor's arguments.
"""

from __future__ import annotations

import contextlib
import re
from typing import Any

_SURROGATE = re.compile("[\ud800-\udfff]")


class SemsearchError(Exception):
    """Base of the tree; ``str()`` of it is one line for a person."""

    def __str__(self) -> str:
        r"""The line, printable: bytes of a name that are not UTF-8 (PEP 383) as ``\xff``."""
        text = super().__str__()
        if not _SURROGATE.search(text):
            return text
        with contextlib.suppress(UnicodeError):  # in the locale C, every letter beyond ASCII is such bytes
            text = text.encode("utf-8", "surrogateescape").decode("utf-8", "surrogateescape")
        return _SURROGATE.sub(
            lambda m: f"\\x{ord(m[0]) - 0xDC00:02x}" if "\udc80" <= m[0] <= "\udcff" else "\ufffd", text
        )

    def __reduce__(self) -> tuple[Any, ...]:
        """Rebuild from the attributes, whatever the constructor's signature."""
        return _rebuild, (type(self), self.args, self.__dict__.copy())


def _rebuild(kind: type[SemsearchError], args: tuple[Any, ...], attributes: dict[str, Any]) -> SemsearchError:
    error = kind.__new__(kind, *args)
    error.args = args
    error.__dict__.update(attributes)
    return error


class SourceError(SemsearchError):
    """A file that cannot be read at all.

    Attributes:
        file: Its path, or ``<stdin>``.
        reason: Why, without the path.
    """

    def __init__(self, file: str, reason: str) -> None:
        super().__init__(f"{file}: {reason}")
        self.file = file
        self.reason = reason


class UnknownFormat(SourceError):
    """No reader recognises the file."""


class MalformedSource(SourceError):
    """The file is damaged beyond its single records (a truncated archive, say)."""


class ArgumentError(SemsearchError, TypeError):
    """An argument of the Python API that is of the wrong type, or of no use where it was given; nothing was done."""


class QueryError(SemsearchError, ValueError):
    """A question that cannot be asked: empty, or with a parameter out of range."""


class UnknownPaper(QueryError, LookupError):
    """No paper, or more than one, answers to an id.

    Attributes:
        reference: What was asked for.
        candidates: Ids it could mean; empty when there is none.
    """

    def __init__(self, reference: str, candidates: tuple[str, ...] = ()) -> None:
        if candidates:
            message = f"'{reference}' could be {', '.join(candidates[:5])}; give one of these ids"
        else:
            message = f"no paper '{reference}' in the index; 'semsearch export --format ids' lists the ids it holds"
        super().__init__(message)
        self.reference = reference
        self.candidates = candidates


class EncoderError(SemsearchError):
    """The encoder cannot be had, or returned what is no unit vector."""


class MissingExtra(EncoderError, ImportError):
    """An optional package is absent.

    Attributes:
        extra: The extra of semsearch that brings it.
    """

    def __init__(self, what: str, extra: str) -> None:
        super().__init__(f"{what} needs a package that is not installed: pip install 'semsearch[{extra}]'")
        self.extra = extra


class ModelUnavailable(EncoderError):
    """No weights on disk, and none to be had.

    Attributes:
        model: The model that was asked for.
    """

    def __init__(self, model: str, reason: str) -> None:
        super().__init__(f"model {model}: {reason}")
        self.model = model


class StoreError(SemsearchError):
    """The index directory cannot be used.

    Attributes:
        path: The directory.
    """

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"index {path}: {reason}")
        self.path = path


class IndexMissing(StoreError):
    """There is no index there."""

    def __init__(self, path: str) -> None:
        super().__init__(path, "none there yet; 'semsearch index FILE…' makes one, --index names another place")


class IndexFormat(StoreError):
    """The files are not an index, or one of another version."""


class IndexDamaged(StoreError):
    """Bytes differ from what was committed."""


class EncoderMismatch(StoreError):
    """The index was made by another encoder; scores would mean nothing.

    Attributes:
        stored: Fingerprint in the index, as ``key=value`` words.
        given: Fingerprint of the encoder at hand.
    """

    def __init__(self, path: str, stored: str, given: str) -> None:
        super().__init__(
            path,
            f"was made with {stored}, not with {given}; leave --model out to use its own, "
            "or index the files again into a new place (--index NEW)",
        )
        self.stored = stored
        self.given = given


class IndexBusy(StoreError):
    """Another process is writing; readers are not affected."""

    def __init__(self, path: str) -> None:
        super().__init__(path, "another process is writing to it; wait until that one has ended")


class JudgementError(SemsearchError):
    """Queries or judgements that cannot be read.

    Attributes:
        file: Where.
    """

    def __init__(self, file: str, reason: str) -> None:
        super().__init__(f"{file}: {reason}")
        self.file = file

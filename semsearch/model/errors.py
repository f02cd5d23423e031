"""Every error that semsearch raises on purpose.

::

    SemsearchError                exit code 1; one line: what, where, what to do next
      SourceError                 a file cannot be read at all
        UnknownFormat             no reader recognises it
        MalformedSource           the file as a whole is damaged, not only some records
      ArgumentError (TypeError)   an argument has the wrong type, or does not fit the call
      QueryError (ValueError)     a query or another request is not valid
        UnknownPaper (LookupError)  no paper, or more than one, has this id
      EncoderError                the encoder cannot be loaded, or returned wrong vectors
        MissingExtra (ImportError)  an optional package is not installed; names the pip command
        ModelUnavailable          the weights are not on this disk and cannot be downloaded
      StoreError                  the index directory cannot be used
        IndexMissing              there is no index
        IndexFormat               not an index, or an index of another version
        IndexDamaged              bytes differ from what was committed
        EncoderMismatch           the index was made with another encoder
        IndexBusy                 another process is writing
      JudgementError              queries or judgements cannot be read

Values that a program needs to react are attributes. Every error can be pickled.
"""

from __future__ import annotations

import contextlib
import re
from typing import Any

_SURROGATE = re.compile("[\ud800-\udfff]")


class SemsearchError(Exception):
    """Base class of all errors of semsearch. ``str()`` returns one line for a person to read."""

    def __str__(self) -> str:
        r"""The message, printable: bytes of a file name that are not UTF-8 (PEP 383) become ``\xff``."""
        text = super().__str__()
        if not _SURROGATE.search(text):
            return text
        with contextlib.suppress(UnicodeError):  # in the locale C, this includes every letter beyond ASCII
            text = text.encode("utf-8", "surrogateescape").decode("utf-8", "surrogateescape")
        return _SURROGATE.sub(
            lambda m: f"\\x{ord(m[0]) - 0xDC00:02x}" if "\udc80" <= m[0] <= "\udcff" else "\ufffd", text
        )

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the message and the attributes, so that no constructor is called when it is unpickled."""
        return _rebuild, (type(self), self.args, self.__dict__.copy())


def _rebuild(kind: type[SemsearchError], args: tuple[Any, ...], attributes: dict[str, Any]) -> SemsearchError:
    error = kind.__new__(kind, *args)
    error.args = args
    error.__dict__.update(attributes)
    return error


class SourceError(SemsearchError):
    """A file cannot be read at all.

    Args:
        file: See the attribute.
        reason: See the attribute.

    Attributes:
        file: Path of the file, or ``<stdin>``.
        reason: The reason, without the path.
    """

    def __init__(self, file: str, reason: str) -> None:
        super().__init__(f"{file}: {reason}")
        self.file = file
        self.reason = reason


class UnknownFormat(SourceError):
    """No reader recognises the file."""


class MalformedSource(SourceError):
    """The file as a whole is damaged, not only some of its records. Example: an archive without its end."""


class ArgumentError(SemsearchError, TypeError):
    """An argument of the Python API has the wrong type, or does not fit the call. Nothing was done."""


class QueryError(SemsearchError, ValueError):
    """A query or another request is not valid: it is empty, or a value is out of range."""


class UnknownPaper(QueryError, LookupError):
    """No paper has this id, or more than one paper could be meant.

    Args:
        reference: See the attribute.
        candidates: See the attribute.

    Attributes:
        reference: The id that was asked for.
        candidates: Ids of the papers that could be meant; empty if there are none.
    """

    def __init__(self, reference: str, candidates: tuple[str, ...] = ()) -> None:
        if candidates:
            message = f"'{reference}' could be {', '.join(candidates[:5])}; give one of these ids"
        else:
            message = f"no paper '{reference}' in the index; 'semsearch export --format ids' lists all ids"
        super().__init__(message)
        self.reference = reference
        self.candidates = candidates


class EncoderError(SemsearchError):
    """The encoder cannot be loaded, or returned something else than unit vectors."""


class MissingExtra(EncoderError, ImportError):
    """An optional package is not installed.

    Args:
        what: What needs the package, such as ``XLSX``.
        extra: See the attribute.

    Attributes:
        extra: Name of the extra of semsearch that installs the package.
    """

    def __init__(self, what: str, extra: str) -> None:
        super().__init__(f"{what} needs a package that is not installed: pip install 'semsearch[{extra}]'")
        self.extra = extra


class ModelUnavailable(EncoderError):
    """The weights of a model are not on this disk and cannot be downloaded, or cannot be used.

    Args:
        model: See the attribute.
        reason: The reason, without the name of the model.

    Attributes:
        model: Name or folder of the model that was asked for.
    """

    def __init__(self, model: str, reason: str) -> None:
        super().__init__(f"model {model}: {reason}")
        self.model = model


class StoreError(SemsearchError):
    """The index directory cannot be used.

    Args:
        path: See the attribute.
        reason: The reason, without the path.

    Attributes:
        path: Path of the directory.
    """

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"index {path}: {reason}")
        self.path = path


class IndexMissing(StoreError):
    """There is no index in this directory.

    Args:
        path: Path of the directory.
    """

    def __init__(self, path: str) -> None:
        super().__init__(path, "does not exist yet; make it with 'semsearch index FILE…', or name another with --index")


class IndexFormat(StoreError):
    """The files are not an index, or an index of another version."""


class IndexDamaged(StoreError):
    """Bytes in the index differ from what was committed."""


class EncoderMismatch(StoreError):
    """The index was made with another encoder, so scores would have no meaning.

    Args:
        path: Path of the index.
        stored: See the attribute.
        given: See the attribute.

    Attributes:
        stored: Fingerprint in the index, as words ``key=value``.
        given: Fingerprint of the encoder that was given, in the same form.
    """

    def __init__(self, path: str, stored: str, given: str) -> None:
        super().__init__(
            path,
            f"was made with {stored}, not with {given}; leave out --model to use the model of the index, "
            "or index the files again into a new directory (--index NEW)",
        )
        self.stored = stored
        self.given = given


class IndexBusy(StoreError):
    """Another process is writing to the index. It can still be read.

    Args:
        path: Path of the index.
    """

    def __init__(self, path: str) -> None:
        super().__init__(path, "another process is writing to it; wait until that process has ended")


class JudgementError(SemsearchError):
    """Queries or judgements cannot be read.

    Args:
        file: See the attribute.
        reason: The reason, without the path.

    Attributes:
        file: Path of the file.
    """

    def __init__(self, file: str, reason: str) -> None:
        super().__init__(f"{file}: {reason}")
        self.file = file

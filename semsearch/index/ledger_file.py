r"""The file of a ledger: many processes append lines to it, and damage to a line is found.

A line is JSON and ends with two keys: ``after``, the checksum of the line before, and ``check``, the checksum of its
own bytes up to there (xxh3-64, hexadecimal). So a line that was changed is found by its own checksum. A line that was
removed, added or moved is found by the line after it. Lines of earlier versions have no checksums; they are read as
they are. Beside the ledger of an index, ``decisions.end`` holds the checksum of the last line. By it, a ledger is
noticed whose last lines were cut off.

A process that writes locks the file. If the machine stopped in the middle of the last line, it cuts this beginning of a
line off; then it appends. Readers take no lock. They ignore such a beginning: nobody was told that it was written.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import re
import stat
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import xxhash

from semsearch.index.ownership import DATABASE, DECISIONS, LEDGER_BEGINNING, read_mark, write_mark
from semsearch.model.disk import sync_folder
from semsearch.model.errors import SourceError
from semsearch.model.printable import json_text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from io import FileIO

#: Name of an index's own ledger.
FILE = DECISIONS
#: The file beside it, with the checksum of its last line.
END = "decisions.end"
_CHECKED = re.compile(rb'(.*, "after": "([0-9a-f]{16}|)"), "check": "([0-9a-f]{16})"\}', re.DOTALL)
#: The beginning of every line, with zeros for the digits of its number. A torn line begins like this too.
_BEGINNING = LEDGER_BEGINNING + b'000000000000", "kind": "'
_MISSING = f"the last lines are missing; restore a copy, or delete {END} to go on without them"
#: The content of `END`.
_MARK = re.compile(rb"[0-9a-f]{0,16}\n?")
#: Keys of the lines of earlier versions.
_PLAIN = ({"number", "kind", "time", "a", "b"}, {"number", "kind", "time", "undone"})
#: Seconds to wait for another process, which holds the lock for milliseconds only; and seconds between two tries.
_PATIENCE, _PAUSE = 30.0, 0.005
_TRIES = 100
#: How often a ledger is read again that seems damaged and changes meanwhile.
_LOOKS = 20
#: Stands for the checksum of a damaged line.
_UNKNOWN = "?"


class Line(NamedTuple):
    """A line of the file."""

    shape: dict[str, Any]
    """Its keys and values, without the checksums."""
    mark: str
    """Its checksum, which the next line repeats."""
    after: str | None
    """The checksum of the line before; ``None`` for lines of earlier versions."""


class Content(NamedTuple):
    """The lines of a ledger."""

    lines: list[bytes]
    """Whole lines, without their line ends; some may be empty."""
    closed: bool
    """Whether the last of them has a line end."""
    torn: bool
    """Whether the beginning of a line follows them."""
    size: int
    """Bytes up to the end of the last whole line."""


class Damage(ValueError):
    """A line is not as it was written."""


def line_of(shape: dict[str, Any], after: str) -> tuple[str, str]:
    """Make a line.

    Args:
        shape: Its keys and values, without the checksums.
        after: The checksum of the line before; empty for the first line.

    Returns:
        The line with its line end, and its checksum.
    """
    body = f'{json_text(shape).removesuffix("}")}, "after": "{after}"'
    mark = xxhash.xxh3_64_hexdigest(body.encode())
    return f'{body}, "check": "{mark}"}}\n', mark


def parse(raw: bytes) -> Line:
    """Read a line.

    Args:
        raw: Its bytes, without the line end.

    Raises:
        Damage: It is not a line of a ledger, or not as it was written.
    """
    raw = raw.removesuffix(b"\r")
    checked = _CHECKED.fullmatch(raw)
    if checked and xxhash.xxh3_64_hexdigest(checked[1]) != checked[3].decode():
        raise Damage("its checksum differs")
    try:
        shape = json.loads(raw.decode("utf-8", "strict" if checked else "replace"))
    except ValueError as error:
        raise Damage("not JSON") from error
    if not isinstance(shape, dict):
        raise Damage("not an object")
    if not checked:
        if set(shape) not in _PLAIN:
            raise Damage("other keys")
        return Line(shape, xxhash.xxh3_64_hexdigest(raw), None)
    after, mark = shape.pop("after"), shape.pop("check")
    return Line(shape, mark, after)


def split(content: bytes) -> Content:
    """Split a ledger into lines.

    Args:
        content: Its bytes. Bytes after the last line end that do not begin like a line become a line, so that `parse`
            refuses them.
    """
    *lines, rest = content.split(b"\n")
    size = len(content) - len(rest)
    if not rest.strip(b"\0 \r"):  # zeros: the file system has noted the length, but not yet the bytes
        return Content(lines, True, bool(rest), size)
    if _is_torn(rest):
        return Content(lines, True, True, size)
    return Content([*lines, rest], False, False, len(content))


def _is_torn(rest: bytes) -> bool:
    """Whether the bytes after the last line end are the beginning of a line of ours, and not a whole line."""
    rest = rest.rstrip(b"\0")
    first, behind = len(LEDGER_BEGINNING), len(LEDGER_BEGINNING) + 12
    if rest[first:behind].strip(b"0123456789abcdef"):
        return False
    head = rest[:first] + b"0" * len(rest[first:behind]) + rest[behind:]
    if not (head.startswith(_BEGINNING) or _BEGINNING.startswith(head)):
        return False
    try:
        json.JSONDecoder().raw_decode(rest.decode("utf-8", "replace"))
    except ValueError:
        return True
    return False


def read(path: Path) -> bytes:
    """Read the bytes of a ledger, with a torn last line if there is one. Without a file, there are none.

    Args:
        path: The ledger.

    Raises:
        SourceError: It cannot be read.
    """
    for attempt in range(_TRIES):
        try:
            if path.exists() and not path.is_file():  # reading from a pipe could wait for ever
                raise SourceError(str(path), "cannot be read: it is not a file")
            return path.read_bytes()
        except FileNotFoundError:
            return b""
        except OSError as error:
            # On Windows, nobody can read a file that another process has locked.
            if os.name != "nt" or not isinstance(error, PermissionError) or attempt == _TRIES - 1:
                raise SourceError(str(path), f"cannot be read: {error.strerror}") from error
            time.sleep(_PAUSE)
    raise AssertionError


def problems(path: Path) -> list[str]:
    """Find everything in a ledger that is not as it was written.

    Args:
        path: The ledger.

    Returns:
        One line for each problem; empty if all is well or there is no ledger.
    """
    content, found = b"", []
    for _ in range(_LOOKS):
        try:
            end = _end_of(path)  # read before the ledger, since the ledger is written first
            before, content = content, read(path)
        except SourceError as error:
            return [str(error)]
        found = _problems(path.name, split(content), end)
        if not found or content == before:  # otherwise, somebody may be writing just now
            break
        time.sleep(_PAUSE)
    return found


def _problems(name: str, content: Content, end: str | None) -> list[str]:
    found, marks, before = [], [""], ""
    for number, raw in enumerate(content.lines, 1):
        try:
            line = parse(raw)
        except Damage as error:
            found.append(f"{name}: line {number} is damaged ({error}); restore a copy, or remove the line")
            checked = _CHECKED.fullmatch(raw)  # the checksum that it states is what the next line repeats
            before = checked[3].decode() if checked else _UNKNOWN
        else:
            if line.after not in (None, before) and before != _UNKNOWN:
                found.append(
                    f"{name}: line {number} does not follow the one before it: lines were changed, removed, added "
                    "or moved; 'semsearch duplicates decisions export -o FILE' writes a new ledger with these lines"
                )
            before = line.mark
        marks.append(before)
    if content.torn:
        found.append(f"{name}: the last line is cut short; the next decision removes it")
    if not content.closed:
        found.append(f"{name}: the last line has no line end; the next decision adds it")
    if end is not None and end not in marks:
        found.append(f"{name}: {_MISSING}")
    return found


def _missing(content: Content, end: str | None) -> str:
    """The message if lines were cut off; empty if none were."""
    marks = {""} | {parse(raw).mark for raw in content.lines if raw.strip()}
    return "" if end is None or end in marks else _MISSING


def _end_of(path: Path) -> str | None:
    """The checksum of the last line, from the file beside the ledger of an index; ``None`` if there is no such file."""
    if not _is_of_index(path):
        return None
    held = read_mark(path.with_name(END))
    return held.decode().strip() if held is not None and _is_mark(held) else None


def _is_mark(held: bytes) -> bool:
    return _MARK.fullmatch(held) is not None


def _is_of_index(path: Path) -> bool:
    return path.name == FILE and (path.parent / DATABASE).exists()


class Appending:
    """The file of a ledger while only this process may write to it.

    Args:
        stream: The open file, for reading and writing.
        path: Its path.

    Attributes:
        content: Its bytes.
    """

    def __init__(self, stream: FileIO, path: Path) -> None:
        self.content = stream.readall() or b""
        self._stream = stream
        self._path = path

    def append(self, shapes: list[dict[str, Any]]) -> None:
        """Append lines, in one write. They are on disk when this returns.

        Args:
            shapes: Keys and values of each line, without the checksums.

        Raises:
            SourceError: The last lines of the ledger are missing.
            Damage: A line of the ledger is damaged.
            OSError: The lines cannot be written; then none of them is there.
        """
        held = split(self.content)
        if missing := _missing(held, _end_of(self._path)):
            raise SourceError(str(self._path), missing)  # the next `END` would hide that
        whole = [raw for raw in held.lines if raw.strip()]
        lines, mark = [] if held.closed else ["\n"], parse(whole[-1]).mark if whole else ""
        for shape in shapes:
            line, mark = line_of(shape, mark)
            lines.append(line)
        block = "".join(lines).encode()
        self._stream.truncate(held.size)  # cuts off the beginning of a line that a stopped machine left
        try:
            self._stream.seek(held.size)
            left = block
            while left:
                left = left[self._stream.write(left) :]
            os.fsync(self._stream.fileno())
        except OSError:
            with contextlib.suppress(OSError):
                self._stream.truncate(held.size)
            raise
        self.content = self.content[: held.size] + block
        if _is_of_index(self._path):
            # If this file cannot be written, only a check is missing: the decisions are in the ledger.
            write_mark(self._path.with_name(END), f"{mark}\n".encode(), _is_mark, synced=True)


@contextlib.contextmanager
def appending(path: Path) -> Iterator[Appending]:
    """Open a ledger so that only this process may write to it. It is made if there is none.

    A link to a ledger is followed, since people keep their decisions in a synced folder, and appending to a ledger does
    no harm. If a link leads to no file, none is made.

    Args:
        path: The ledger.

    Yields:
        The ledger, to append to.

    Raises:
        SourceError: It cannot be written, or another process does not give it free.
    """
    try:
        if path.is_symlink() and not path.exists():
            raise SourceError(str(path), "is a link to a file that does not exist; make that file, or remove the link")
        made = _make_folder(path.parent)
        with _locked(Path(os.path.realpath(path))) as stream:
            file = Appending(stream, path)
            new = not file.content
            yield file
            if new and file.content:
                _sync_names(Path(os.path.realpath(path)).parent, *made)
    except OSError as error:
        raise SourceError(str(path), f"cannot be written: {error.strerror or error}") from error


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[FileIO]:
    from filelock import lock_descriptor, unlock_descriptor

    until = time.monotonic() + _PATIENCE
    while True:
        with _opened(path) as stream:
            while not lock_descriptor(stream.fileno(), blocking=False):
                if time.monotonic() > until:
                    raise SourceError(str(path), "another process is writing to it; try again later")
                time.sleep(_PAUSE)
            try:
                if not _is_still(path, stream):  # another file took its place while we waited
                    continue
                yield stream
                return
            finally:
                unlock_descriptor(stream.fileno())


def _opened(path: Path) -> FileIO:
    if path.is_symlink():
        raise OSError(errno.ELOOP, "links that lead to each other")
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    descriptor = os.open(path, flags | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0), 0o666)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "not a regular file")
    return os.fdopen(descriptor, "r+b", buffering=0)


def _is_still(path: Path, stream: FileIO) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(stream.fileno()))
    except FileNotFoundError:
        return False


def _make_folder(folder: Path) -> list[Path]:
    """Make a folder; returns the folders in which a new name was made."""
    missing = [parent for parent in (folder, *folder.parents) if not parent.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    return [parent.parent for parent in missing]


def _sync_names(*folders: Path) -> None:
    for folder in folders:
        with contextlib.suppress(PermissionError):  # some folders may be written, but not read
            sync_folder(folder)

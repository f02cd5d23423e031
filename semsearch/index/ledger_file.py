r"""The file behind a ledger: lines that many processes append to, each whole or told to be damaged.

A line is JSON and ends with two keys: ``after``, the checksum of the line before it, and ``check``, the checksum of its
own bytes up to there (xxh3-64, hexadecimal). So a changed line is known by itself, and by its neighbour where a line
was taken out, put in or moved. Lines of earlier versions have neither; they are read as they are.
Beside the ledger of an index, ``decisions.end`` holds the checksum of the last line: it tells when lines were cut off.

A process that writes holds a lock on the file, cuts off what a machine that stopped left of a last line, and appends.
Readers take no lock: they pass over such a torn line, which was not acknowledged yet.
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
from semsearch.model.errors import SourceError
from semsearch.model.printable import json_text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from io import FileIO

#: Name of an index's own ledger.
FILE = DECISIONS
#: Beside that: the checksum of its last line.
END = "decisions.end"
_CHECKED = re.compile(rb'(.*, "after": "([0-9a-f]{16}|)"), "check": "([0-9a-f]{16})"\}', re.DOTALL)
#: How every line begins, with zeros for the digits of its number: what a torn one must begin with too.
_BEGINNING = LEDGER_BEGINNING + b'000000000000", "kind": "'
_MISSING = f"the last lines are missing; put back a copy, or delete {END} to do without them"
#: What `END` holds.
_MARK = re.compile(rb"[0-9a-f]{0,16}\n?")
#: Keys of lines that earlier versions wrote.
_PLAIN = ({"number", "kind", "time", "a", "b"}, {"number", "kind", "time", "undone"})
#: Seconds to wait for another process, which holds the lock for milliseconds; and between two looks.
_PATIENCE, _PAUSE = 30.0, 0.005
_TRIES = 100
#: Looks at a ledger that seems damaged and changes meanwhile.
_LOOKS = 20
#: The checksum of a damaged line.
_UNKNOWN = "?"


class Line(NamedTuple):
    """A line of the file."""

    shape: dict[str, Any]
    """Its keys, but for the checksums."""
    mark: str
    """Its checksum, as the next line names it."""
    after: str | None
    """The checksum that the line before should have; ``None`` for lines of earlier versions."""


class Content(NamedTuple):
    """The bytes of a ledger, by lines."""

    lines: list[bytes]
    """Whole lines, without their ends; some may be empty."""
    closed: bool
    """Whether the last of them has its line end."""
    torn: bool
    """Whether there is a beginning of a line behind them."""
    size: int
    """Bytes up to the end of the last whole line."""


class Damage(ValueError):
    """A line that is not as it was written."""


def line_of(shape: dict[str, Any], after: str) -> tuple[str, str]:
    """A line with its line end, and its checksum.

    Args:
        shape: The decision.
        after: Checksum of the line before; empty for the first line.
    """
    body = f'{json_text(shape).removesuffix("}")}, "after": "{after}"'
    mark = xxhash.xxh3_64_hexdigest(body.encode())
    return f'{body}, "check": "{mark}"}}\n', mark


def parse(raw: bytes) -> Line:
    """A line without its end.

    Raises:
        Damage: It is none, or not as it was written.
    """
    raw = raw.removesuffix(b"\r")
    checked = _CHECKED.fullmatch(raw)
    if checked and xxhash.xxh3_64_hexdigest(checked[1]) != checked[3].decode():
        raise Damage("its checksum differs")
    try:
        shape = json.loads(raw.decode("utf-8", "strict" if checked else "replace"))
    except ValueError as error:
        raise Damage("no JSON") from error
    if not isinstance(shape, dict):
        raise Damage("no object")
    if not checked:
        if set(shape) not in _PLAIN:
            raise Damage("other keys")
        return Line(shape, xxhash.xxh3_64_hexdigest(raw), None)
    after, mark = shape.pop("after"), shape.pop("check")
    return Line(shape, mark, after)


def split(content: bytes) -> Content:
    """The lines of a ledger; what is no line and no beginning of one is taken for a line, so that it is refused."""
    *lines, rest = content.split(b"\n")
    size = len(content) - len(rest)
    if not rest.strip(b"\0 \r"):  # zeros: a file system that has the length and not yet the bytes
        return Content(lines, True, bool(rest), size)
    if _is_torn(rest):
        return Content(lines, True, True, size)
    return Content([*lines, rest], False, False, len(content))


def _is_torn(rest: bytes) -> bool:
    """Whether what is behind the last line end is the beginning of a line of ours, and not a whole one."""
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
    """What the file holds, with a torn last line if there is one; nothing where there is no file.

    Raises:
        SourceError: It cannot be read.
    """
    for attempt in range(_TRIES):
        try:
            if path.exists() and not path.is_file():  # reading from a pipe would wait for ever
                raise SourceError(str(path), "cannot be read: it is no file")
            return path.read_bytes()
        except FileNotFoundError:
            return b""
        except OSError as error:
            # Windows: nobody reads what another process has locked.
            if os.name != "nt" or not isinstance(error, PermissionError) or attempt == _TRIES - 1:
                raise SourceError(str(path), f"cannot be read: {error.strerror}") from error
            time.sleep(_PAUSE)
    raise AssertionError


def problems(path: Path) -> list[str]:
    """What is not as it was written in a ledger, a line each; empty when all is well or there is none."""
    content, found = b"", []
    for _ in range(_LOOKS):
        try:
            end = _end_of(path)  # before the ledger, which is written first
            before, content = content, read(path)
        except SourceError as error:
            return [str(error)]
        found = _problems(path.name, split(content), end)
        if not found or content == before:  # else somebody may just be writing
            break
        time.sleep(_PAUSE)
    return found


def _problems(name: str, content: Content, end: str | None) -> list[str]:
    found, marks, before = [], [""], ""
    for number, raw in enumerate(content.lines, 1):
        try:
            line = parse(raw)
        except Damage as error:
            found.append(f"{name}: line {number} is damaged ({error}); put back a copy, or take the line out")
            checked = _CHECKED.fullmatch(raw)  # its own words tell what the next line may expect
            before = checked[3].decode() if checked else _UNKNOWN
        else:
            if line.after not in (None, before) and before != _UNKNOWN:
                found.append(
                    f"{name}: line {number} does not follow the one before it: lines were changed, taken out, put "
                    "in or moved; 'semsearch duplicates decisions export -o FILE' writes those that are there anew"
                )
            before = line.mark
        marks.append(before)
    if content.torn:
        found.append(f"{name}: the last line is cut short; the next decision takes it out")
    if not content.closed:
        found.append(f"{name}: the last line has no line end; the next decision adds it")
    if end is not None and end not in marks:
        found.append(f"{name}: {_MISSING}")
    return found


def _missing(content: Content, end: str | None) -> str:
    """What to say where lines were cut off; empty where none were."""
    marks = {""} | {parse(raw).mark for raw in content.lines if raw.strip()}
    return "" if end is None or end in marks else _MISSING


def _end_of(path: Path) -> str | None:
    """The checksum that the last line had, as it stands beside an index's ledger; ``None`` where there is none."""
    if not _is_of_index(path):
        return None
    held = read_mark(path.with_name(END))
    return held.decode().strip() if held is not None and _is_mark(held) else None


def _is_mark(held: bytes) -> bool:
    return _MARK.fullmatch(held) is not None


def _is_of_index(path: Path) -> bool:
    return path.name == FILE and (path.parent / DATABASE).exists()


class Appending:
    """A ledger's file while this process alone may write to it.

    Args:
        stream: Opened for reading and writing.
        path: The file.

    Attributes:
        content: What it holds.
    """

    def __init__(self, stream: FileIO, path: Path) -> None:
        self.content = stream.readall() or b""
        self._stream = stream
        self._path = path

    def append(self, shapes: list[dict[str, Any]]) -> None:
        """Write lines, all in one piece; they are on disk when this returns. All that is there must be of ours.

        Raises:
            SourceError: Lines are missing or damaged.
        """
        held = split(self.content)
        if missing := _missing(held, _end_of(self._path)):
            raise SourceError(str(self._path), missing)  # the next mark would hide that
        whole = [raw for raw in held.lines if raw.strip()]
        lines, mark = [] if held.closed else ["\n"], parse(whole[-1]).mark if whole else ""
        for shape in shapes:
            line, mark = line_of(shape, mark)
            lines.append(line)
        block = "".join(lines).encode()
        self._stream.truncate(held.size)  # what a machine that stopped left of a line
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
            # The ledger is what counts: where this cannot be written, only a check is missing.
            write_mark(self._path.with_name(END), f"{mark}\n".encode(), _is_mark, synced=True)


@contextlib.contextmanager
def appending(path: Path) -> Iterator[Appending]:
    """The file, made if there is none, for this process alone to write to.

    A link is followed to its file: people keep their decisions in a folder that is synced, and appending to what is
    a ledger harms nothing. Where it leads nowhere, no file is made.

    Raises:
        SourceError: It cannot be written, or it is no ledger.
    """
    try:
        if path.is_symlink() and not path.exists():
            raise SourceError(str(path), "is a link to a file that is not there; make that file, or take the link away")
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
                    raise SourceError(str(path), "another process is writing to it; try again when that one has ended")
                time.sleep(_PAUSE)
            try:
                if not _is_still(path, stream):  # another file has taken its place while we waited
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
    """Make a folder; returns the folders that have a new name in them."""
    missing = [parent for parent in (folder, *folder.parents) if not parent.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    return [parent.parent for parent in missing]


def _sync_names(*folders: Path) -> None:
    from semsearch.index.segments import sync_folder

    for folder in folders:
        with contextlib.suppress(PermissionError):  # a folder that may be written and not read
            sync_folder(folder)

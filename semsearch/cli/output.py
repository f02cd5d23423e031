"""Writing results: to standard output, or to a file, which is replaced as a whole or not at all.

A result is never written over a file that the command reads.
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import shutil
import stat
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, TextIO, cast

from semsearch.model.disk import sync_folder
from semsearch.model.errors import SourceError
from semsearch.text.screen import Screen

if TYPE_CHECKING:
    from semsearch.service import Index

_BLOCK = 2**20
#: Errors of a rename over a file that cannot be replaced: it is mounted, or belongs to another user in a folder like
#: /tmp.
_NOT_REPLACEABLE = (errno.EACCES, errno.EPERM, errno.EBUSY, errno.EXDEV)


def check_output(
    path: Path | None,
    *,
    read: Iterable[str | Path] = (),
    index: Path | None = None,
    option: str = "--output",
    in_new_folder: bool = False,
) -> None:
    """Refuse to write over a file that the command reads. This is checked before anything is read or written.

    Files are compared as files, not by their names. So links, hard links and other spellings are found, too.

    Args:
        path: File for the results; ``None`` or ``-`` for standard output.
        read: Files and folders that the command reads; ``-`` is standard input.
        index: The index that the command uses. No result may be written into its folder.
        option: Name of the option, for the message.
        in_new_folder: Whether the folder of the file may be missing, since the command makes it later.

    Raises:
        SourceError: The file is one that is read; or it is in a folder that is read, so that a later run would read it;
            or it is in the folder of an index; or it cannot be written there.
    """
    if path is None or _is_standard_output(path):
        return
    real = Path(os.path.realpath(path))
    advice = f"give {option} another place"
    if index is not None and _inside(real, index):
        raise SourceError(str(path), f"lies in the index {index}, which it would damage; {advice}")
    refuse_in_index(path, option=option)
    files = list(read)
    refuse_same(path, files, option=option)
    for name in files:
        for file in (real, Path(os.path.abspath(path))):  # noqa: PTH100 - resolve() would follow the link
            if (inner := _inside(file, name)) and not any(part.startswith(".") for part in inner):
                raise SourceError(str(path), f"lies in {name}, where the next run would read it; {advice}")
        if any(_same(real, file) for file in _files(name, real)):
            raise SourceError(str(path), f"is read by this command (in {name}), and would be replaced; {advice}")
    with _as_source_error(path):
        if real.is_dir():
            raise IsADirectoryError
        if not in_new_folder and not real.parent.is_dir():  # find this now, and not when all is done
            raise FileNotFoundError


def refuse_in_index(path: Path, *, option: str) -> None:
    """Refuse to write into the folder of an index, or into a folder inside it.

    Args:
        path: File for the results.
        option: Name of the option, for the message.

    Raises:
        SourceError: The file is in the folder of an index.
    """
    from semsearch import service

    if folder := service.index_around(path):
        raise SourceError(str(path), f"lies in an index ({folder}), which it would damage; give {option} another place")


def check_sources(path: Path | None, index: Index) -> None:
    """Refuse to write over a file that the index was made from, since an index does not hold everything of its files.

    Args:
        path: File for the results; ``None`` or ``-`` for standard output.
        index: The index.

    Raises:
        SourceError: The index was made from the file.
    """
    if path is None or not path.exists() or _is_standard_output(path):
        return
    for name in index.files():
        file = Path(name)
        if not file.exists():  # it was deleted, or it is a member of an archive
            file = next(parent for parent in file.parents if parent.exists())
        if file.is_file() and _same(path, file):
            raise SourceError(str(path), "is a file that the index was made from; give --output another place")


def refuse_same(path: Path, read: Iterable[str | Path], *, option: str) -> None:
    """Refuse to write to a file that the command reads.

    Args:
        path: The file to write to.
        read: Files that the command reads; ``-`` is standard input.
        option: Name of the option, for the message.

    Raises:
        SourceError: The file is one of these.
    """
    for name in read:
        if _same(path, name):
            raise SourceError(str(path), f"is read by this command, and would be changed; give {option} another place")


def _same(path: Path, name: str | Path) -> bool:
    try:
        other = os.fstat(sys.stdin.fileno()) if str(name) == "-" else Path(name).stat()
        return os.path.samestat(path.stat(), other)
    except (OSError, ValueError):  # one of them does not exist, or standard input is not a file
        return False


def _inside(path: Path, folder: str | Path) -> tuple[str, ...]:
    """The parts of a path below a folder; empty if the path is not in the folder, which need not exist."""
    real = Path(os.path.realpath(folder))
    for parent in path.parents:
        if parent == real or (real.is_dir() and _same(parent, real)):
            return path.relative_to(parent).parts
    return ()


def _files(folder: str | Path, wanted: Path) -> Iterator[Path]:
    """All files of a folder, if one of them can be a link to ``wanted``: not if ``wanted`` does not exist."""
    if Path(folder).is_dir() and wanted.exists():
        for parent, _, files in os.walk(folder):
            yield from (Path(parent) / file for file in files)


def make_folder(path: Path) -> None:
    """Make a folder for results.

    Raises:
        SourceError: The folder cannot be made.
    """
    with _as_source_error(path):
        path.mkdir(parents=True, exist_ok=True)


@contextlib.contextmanager
def output_stream(path: Path | None) -> Iterator[TextIO]:
    """A text stream for results, which replaces a file when it is complete.

    Until then the old file stays, whatever happens. If the path is a link, the file that it leads to is replaced. The
    new file gets the mode, the owner and the attributes of the old one. Other hard links keep the old content. Devices
    and pipes are written to directly. In a folder that takes no new file, the old file is overwritten when all of the
    results are there.

    Args:
        path: File for the results; ``None`` or ``-`` for standard output.

    Yields:
        The stream.

    Raises:
        SourceError: The file cannot be written.
    """
    if path is None or _is_standard_output(path):
        yield sys.stdout
        return
    new: _NewFile | _Device
    with _as_source_error(path):
        new = _Device(path) if _is_device(path) else _NewFile(Path(os.path.realpath(path)))
    try:
        yield cast("TextIO", Screen(new.stream, str(path)))
    except BaseException:
        new.discard()
        raise
    try:
        with _as_source_error(path):
            new.finish()
    finally:
        new.discard()


@contextlib.contextmanager
def _as_source_error(path: Path) -> Iterator[None]:
    """Turn errors of the operating system into a `SourceError` that says what to do."""
    try:
        yield
    except FileNotFoundError as error:
        raise SourceError(str(path), "cannot be written: there is no such folder; make it first") from error
    except IsADirectoryError as error:
        raise SourceError(str(path), "cannot be written: it is a folder; name a file in it") from error
    except OSError as error:
        raise SourceError(str(path), f"cannot be written: {error.strerror or error}") from error


def _is_standard_output(path: Path) -> bool:
    """Whether a path is ``-``, or the file that standard output goes to, which must not be replaced meanwhile."""
    if str(path) == "-":
        return True
    try:
        return os.path.samestat(path.stat(), os.fstat(sys.stdout.fileno()))
    except (OSError, ValueError, AttributeError):
        return False


def _is_device(path: Path) -> bool:
    """Whether a path leads to something that a file cannot replace, such as a pipe, or ``/dev/fd/3`` in any case."""
    if os.path.abspath(path).startswith(("/dev/fd/", "/dev/std", "/proc/")):  # noqa: PTH100
        return True
    return path.exists() and not path.is_file() and not path.is_dir()


class _Device:
    """A pipe, a terminal or another device, which is written to directly."""

    def __init__(self, path: Path) -> None:
        self.stream: TextIO = path.open("w", encoding="utf-8", errors="backslashreplace", newline="")

    def finish(self) -> None:
        """Write what is still in the buffer, and close the device."""
        self.stream.close()

    def discard(self) -> None:
        """Close the device."""
        with contextlib.suppress(OSError):
            self.stream.close()


class _NewFile:
    """A new file with a temporary name, in the folder of the file that it will replace.

    Args:
        target: The file that will be replaced; not a link.
    """

    def __init__(self, target: Path) -> None:
        self._target = target
        if target.is_symlink():  # only if links lead to each other
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
        self._old = target.stat() if target.exists() else None
        if self._old and stat.S_ISDIR(self._old.st_mode):
            raise IsADirectoryError
        self._temporary: Path | None = target.parent / f".semsearch-{secrets.token_hex(8)}.part"
        # The umask decides who may read a new file. If it replaces another one, nobody else may read it until `finish`.
        mode = 0o600 if self._old else 0o666
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
        try:
            descriptor = os.open(self._temporary, flags, mode)
        except PermissionError:
            self._temporary = None
            if self._old is None or not os.access(target, os.W_OK):
                raise
            binary = cast("BinaryIO", tempfile.TemporaryFile("w+b"))  # the folder takes no new file  # noqa: SIM115
            descriptor = os.dup(binary.fileno())
            binary.close()
        self.stream: TextIO = os.fdopen(descriptor, "w+", encoding="utf-8", errors="backslashreplace", newline="")

    def finish(self) -> None:
        """Replace the old file, so that the new one is there even after a power failure."""
        self.stream.flush()
        os.fsync(self.stream.fileno())
        if self._temporary is None:
            self._write_in_place()
            return
        if self._old:
            _make_like(self._temporary, self._target, self._old)
        if os.name == "nt":
            self.stream.close()  # Windows cannot rename an open file
        try:
            self._temporary.replace(self._target)
        except OSError as error:
            if error.errno not in _NOT_REPLACEABLE or not self._old or self.stream.closed:
                raise
            self._write_in_place()
            return
        self._temporary = None
        with contextlib.suppress(PermissionError):  # a folder that we may write and may not read
            sync_folder(self._target.parent)

    def discard(self) -> None:
        """Close the file, and delete it if it is not finished."""
        with contextlib.suppress(OSError):
            self.stream.close()
        if self._temporary:
            self._temporary.unlink(missing_ok=True)

    def _write_in_place(self) -> None:
        """Overwrite the old file, after making sure that there is space for all of the new content."""
        with open(self.stream.fileno(), "rb", closefd=False) as new, self._target.open("r+b", buffering=0) as old:
            size, held = new.seek(0, os.SEEK_END), old.seek(0, os.SEEK_END)
            try:
                for start in range(held, size, _BLOCK):
                    _write_all(old, bytes(min(_BLOCK, size - start)))
                os.fsync(old.fileno())
            except OSError:
                old.truncate(held)
                raise
            new.seek(0)
            old.seek(0)
            while block := new.read(_BLOCK):
                _write_all(old, block)
            old.truncate(size)
            os.fsync(old.fileno())


def _write_all(file: BinaryIO, block: bytes) -> None:
    while block:
        block = block[file.write(block) :]


def _make_like(new: Path, old: Path, was: os.stat_result) -> None:
    """Give a new file the owner, mode and attributes of the file that it replaces, as far as this is allowed."""
    mode = stat.S_IMODE(was.st_mode)
    if hasattr(os, "chown"):
        own = new.stat()
        if own.st_uid != was.st_uid:
            with contextlib.suppress(OSError):
                os.chown(new, was.st_uid, -1)
        if own.st_gid != was.st_gid:
            try:
                os.chown(new, -1, was.st_gid)
            except OSError:  # the group could not be set: the rights of the old group are not for another one
                mode &= ~stat.S_IRWXG | (mode & stat.S_IRWXO) << 3
    with contextlib.suppress(OSError):
        shutil.copystat(old, new)
        os.utime(new)
    new.chmod(mode)

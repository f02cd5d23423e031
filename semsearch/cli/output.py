"""Where results go: standard output, or a file that is there whole or not at all; never onto what is read."""

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

from semsearch.model.errors import SourceError
from semsearch.text.screen import Screen

if TYPE_CHECKING:
    from semsearch.service import Index

_BLOCK = 2**20
#: Errors of a rename onto what no other file can take the place of: it is mounted, or another's in a folder like /tmp.
_NO_OTHER = (errno.EACCES, errno.EPERM, errno.EBUSY, errno.EXDEV)


def check_output(
    path: Path | None,
    *,
    read: Iterable[str | Path] = (),
    index: Path | None = None,
    option: str = "--output",
    in_new_folder: bool = False,
) -> None:
    """Refuse to write onto what a command reads, before anything is read or written.

    A file is known by what it is, not by how its name is written: links, hard links and other spellings too.

    Args:
        path: Where the option says that results go.
        read: Files and folders that the command reads; ``-`` is standard input.
        index: The index that the command uses; nothing is written into its folder.
        option: To name in the message.
        in_new_folder: The folder that it lies in may still have to be made.

    Raises:
        SourceError: It is one of these, or lies in one of these folders, where a later run would read it.
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
        for place in (real, Path(os.path.abspath(path))):  # noqa: PTH100 - resolve() would follow the link
            if (inner := _inside(place, name)) and not any(part.startswith(".") for part in inner):
                raise SourceError(str(path), f"lies in {name}, where the next run would read it; {advice}")
        if any(_same(real, file) for file in _files(name, real)):
            raise SourceError(str(path), f"is read by this command (in {name}), and would be replaced; {advice}")
    with _told(path):
        if real.is_dir():
            raise IsADirectoryError
        if not in_new_folder and not real.parent.is_dir():  # better now than when all is done
            raise FileNotFoundError


def refuse_in_index(path: Path, *, option: str) -> None:
    """Refuse to write into the folder of an index, or into one of its own folders.

    Args:
        path: The file to write.
        option: The option that named it, for the message.

    Raises:
        SourceError: It lies in one.
    """
    from semsearch import service

    if folder := service.index_around(path):
        raise SourceError(str(path), f"lies in an index ({folder}), which it would damage; give {option} another place")


def check_sources(path: Path | None, index: Index) -> None:
    """Refuse to write onto a file that the index was made from: what the index has not of it would be lost.

    Args:
        path: The file to write; ``None`` for standard output.
        index: The index.

    Raises:
        SourceError: It is one.
    """
    if path is None or not path.exists() or _is_standard_output(path):
        return
    for name in index.files():
        file = Path(name)
        if not file.exists():  # gone, or a member of an archive
            file = next(parent for parent in file.parents if parent.exists())
        if file.is_file() and _same(path, file):
            raise SourceError(str(path), "is a file that the index was made from; give --output another place")


def refuse_same(path: Path, read: Iterable[str | Path], *, option: str) -> None:
    """Refuse a file to write to that is one of those that are read.

    Args:
        path: The file to write.
        read: The files that are read; ``-`` is standard input.
        option: The option that named ``path``, for the message.

    Raises:
        SourceError: It is.
    """
    for name in read:
        if _same(path, name):
            raise SourceError(str(path), f"is read by this command, and would be changed; give {option} another place")


def _same(path: Path, name: str | Path) -> bool:
    try:
        other = os.fstat(sys.stdin.fileno()) if str(name) == "-" else Path(name).stat()
        return os.path.samestat(path.stat(), other)
    except (OSError, ValueError):  # one is not there, or standard input is no file
        return False


def _inside(path: Path, folder: str | Path) -> tuple[str, ...]:
    """The parts of the path from a folder on, which may be one that is not there yet; empty where it lies elsewhere."""
    real = Path(os.path.realpath(folder))
    for parent in path.parents:
        if parent == real or (real.is_dir() and _same(parent, real)):
            return path.relative_to(parent).parts
    return ()


def _files(folder: str | Path, wanted: Path) -> Iterator[Path]:
    """The files of a folder, where one of them may be ``wanted`` by a link."""
    if Path(folder).is_dir() and wanted.exists():
        for parent, _, files in os.walk(folder):
            yield from (Path(parent) / file for file in files)


def make_folder(path: Path) -> None:
    """Make a folder for results.

    Raises:
        SourceError: It cannot be made.
    """
    with _told(path):
        path.mkdir(parents=True, exist_ok=True)


@contextlib.contextmanager
def output_stream(path: Path | None) -> Iterator[TextIO]:
    """The file at ``path``, which takes its place when it is complete; standard output for ``None`` and ``-``.

    Until then what was there stays, whatever happens. A link is written through, to the file that it names; that file
    keeps its mode, owner and attributes. Other hard links to it keep what they held. Devices and pipes are written to
    as they are; so is, once all is there to be written, a file in a folder that takes no new one.

    Raises:
        SourceError: It cannot be written.
    """
    if path is None or _is_standard_output(path):
        yield sys.stdout
        return
    new: _NewFile | _Device
    with _told(path):
        new = _Device(path) if _is_device(path) else _NewFile(Path(os.path.realpath(path)))
    try:
        yield cast("TextIO", Screen(new.stream, str(path)))
    except BaseException:
        new.discard()
        raise
    try:
        with _told(path):
            new.finish()
    finally:
        new.discard()


@contextlib.contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise SourceError(str(path), "cannot be written: there is no such folder; make it first") from error
    except IsADirectoryError as error:
        raise SourceError(str(path), "cannot be written: it is a folder; name a file in it") from error
    except OSError as error:
        raise SourceError(str(path), f"cannot be written: {error.strerror or error}") from error


def _is_standard_output(path: Path) -> bool:
    """Whether it is ``-``, or the very file that standard output goes to, which must not be replaced beneath it."""
    if str(path) == "-":
        return True
    try:
        return os.path.samestat(path.stat(), os.fstat(sys.stdout.fileno()))
    except (OSError, ValueError, AttributeError):
        return False


def _is_device(path: Path) -> bool:
    """Whether there is something that no file can take the place of; ``/dev/fd/3`` is one, whatever it leads to."""
    if os.path.abspath(path).startswith(("/dev/fd/", "/dev/std", "/proc/")):  # noqa: PTH100
        return True
    return path.exists() and not path.is_file() and not path.is_dir()


class _Device:
    """A pipe, a terminal, a device: it is written to directly."""

    def __init__(self, path: Path) -> None:
        self.stream: TextIO = path.open("w", encoding="utf-8", errors="backslashreplace", newline="")

    def finish(self) -> None:
        """Write all that waits."""
        self.stream.close()

    def discard(self) -> None:
        """Close it."""
        with contextlib.suppress(OSError):
            self.stream.close()


class _NewFile:
    """A file under a name of its own beside the one that it will replace.

    Args:
        target: Not a link.
    """

    def __init__(self, target: Path) -> None:
        self._target = target
        if target.is_symlink():  # links that lead to each other
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
        self._old = target.stat() if target.exists() else None
        if self._old and stat.S_ISDIR(self._old.st_mode):
            raise IsADirectoryError
        self._temporary: Path | None = target.parent / f".semsearch-{secrets.token_hex(8)}.part"
        # A new file is for those whom the umask lets; what replaces another one is for nobody until it is like that.
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
        """Put the file in its place, so that it stays there when the power goes."""
        self.stream.flush()
        os.fsync(self.stream.fileno())
        if self._temporary is None:
            self._write_in_place()
            return
        if self._old:
            _make_like(self._temporary, self._target, self._old)
        if os.name == "nt":
            self.stream.close()  # Windows renames no open file
        try:
            self._temporary.replace(self._target)
        except OSError as error:
            if error.errno not in _NO_OTHER or not self._old or self.stream.closed:
                raise
            self._write_in_place()
            return
        self._temporary = None
        with contextlib.suppress(PermissionError):  # a folder that may be written and not read
            _sync_folder(self._target.parent)

    def discard(self) -> None:
        """Leave nothing behind but what is finished."""
        with contextlib.suppress(OSError):
            self.stream.close()
        if self._temporary:
            self._temporary.unlink(missing_ok=True)

    def _write_in_place(self) -> None:
        """Write over the old file, once there is room for all of the new one."""
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


def _sync_folder(folder: Path) -> None:
    """Make the new name of a file survive a crash; Windows opens no folder for that, and needs none."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _write_all(file: BinaryIO, block: bytes) -> None:
    while block:
        block = block[file.write(block) :]


def _make_like(new: Path, old: Path, was: os.stat_result) -> None:
    """Give a new file the owner, mode and attributes of the one that it replaces, as far as one may."""
    mode = stat.S_IMODE(was.st_mode)
    if hasattr(os, "chown"):
        own = new.stat()
        if own.st_uid != was.st_uid:
            with contextlib.suppress(OSError):
                os.chown(new, was.st_uid, -1)
        if own.st_gid != was.st_gid:
            try:
                os.chown(new, -1, was.st_gid)
            except OSError:  # what was for one group is not for another
                mode &= ~stat.S_IRWXG | (mode & stat.S_IRWXO) << 3
    with contextlib.suppress(OSError):
        shutil.copystat(old, new)
        os.utime(new)
    new.chmod(mode)

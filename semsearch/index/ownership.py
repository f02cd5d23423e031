"""Tells which files of an index folder are ours. No other file is written, replaced or deleted; no link is followed.

A user may keep other files in the folder, also under names like ours. A file is ours if it has a name that we give, is
a plain file, and begins with the bytes that we write. A new index is refused if ``vectors`` or ``codes`` hold anything
already. In an existing index, foreign files are left alone. So is a file with the name ``codes``: this folder is a
cache, and everything works without it.
"""

from __future__ import annotations

import contextlib
import os
import stat
import struct
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, BinaryIO

from semsearch.index.private_copy import private_copy
from semsearch.index.schema import APPLICATION_ID
from semsearch.model.errors import IndexBusy, IndexFormat, StoreError
from semsearch.model.forking import ForkSafeLock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

DATABASE, LOCK = "semsearch.db", "semsearch.lock"
#: The ledger of an index, and the beginning of each of its lines.
DECISIONS, LEDGER_BEGINNING = "decisions.jsonl", b'{"number": "'
#: Folders of an index: the vectors, and a cache of quantised vectors.
VECTORS, CODES = "vectors", "codes"

#: The first bytes of SQLite's files (https://sqlite.org/fileformat2.html, 1.3, 3 and 4.1; walformat.html, 2.1). A
#: journal begins with zeros until it is synced, and the index of a log until it is used. The number in the index of a
#: log is in the byte order of the machine.
_SQLITE = b"SQLite format 3\0"
_COMPANIONS = {
    "-wal": (b"\x37\x7f\x06\x82", b"\x37\x7f\x06\x83"),
    "-journal": (b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7", bytes(8)),
    "-shm": (struct.pack("=I", 3007000), bytes(4)),
}
_ELSEWHERE = "or name another place with --index"
#: Flags to open a file itself and not what a link leads to. Windows has none; there a check before must be enough.
NOFOLLOW: int = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
#: Largest size of a mark in bytes; see `write_mark`.
_LONGEST_MARK = 100
#: Bytes of the header of a database; and how often a copy of a database in use is tried.
_HEAD, _LOOKS = 100, 100
#: Databases that are known to be ours, by device and inode. Each is checked only once, before this process connects to
#: it. The reason: when a process closes a file, POSIX drops all locks that it has on this file, also those of SQLite's
#: connections (https://sqlite.org/howtocorrupt.html, 2.2). Then another process could delete the log that they use.
_OURS: set[tuple[int, int]] = set()
_LOOKING = ForkSafeLock(Lock)


def beginning(path: Path, length: int) -> bytes | None:
    """Read the first bytes of a plain file.

    Args:
        path: The file.
        length: Largest number of bytes.

    Returns:
        The bytes; ``None`` if there is no file, or it is a link, a folder or anything else.

    Raises:
        OSError: It cannot be read.
    """
    try:
        if not stat.S_ISREG(path.lstat().st_mode):
            return None
        descriptor = os.open(path, os.O_RDONLY | NOFOLLOW)
    except (FileNotFoundError, NotADirectoryError):
        return None
    with os.fdopen(descriptor, "rb") as stream:
        return stream.read(length) if stat.S_ISREG(os.fstat(stream.fileno()).st_mode) else None


def begins_like(path: Path, magics: Iterable[bytes]) -> bool:
    """Whether a plain file begins as one of ours does. After a kill or a power loss, it may be short or hold zeros.

    Args:
        path: The file.
        magics: The first bytes of our files.

    Raises:
        OSError: It cannot be read.
    """
    longest = max(map(len, magics))
    found = beginning(path, longest)
    return found is not None and (
        not found.strip(b"\0") or any(found.startswith(magic) or magic.startswith(found) for magic in magics)
    )


def is_folder(path: Path) -> bool:
    """Whether a path is a folder, and not a link to one."""
    return path.is_dir() and not path.is_symlink()


def created(path: Path) -> BinaryIO:
    """Make a new file, open for writing.

    Args:
        path: The file.

    Raises:
        FileExistsError: There is something already; it stays as it is.
        OSError: The file cannot be made.
    """
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | NOFOLLOW, 0o666), "wb")


def read_mark(path: Path) -> bytes | None:
    """Read a mark, a small file of ours; ``None`` if there is none or it cannot be read."""
    try:
        return beginning(path, _LONGEST_MARK)
    except OSError:
        return None


def write_mark(path: Path, content: bytes, is_ours: Callable[[bytes], bool], *, synced: bool = False) -> None:
    """Write a mark, a small file that replaces the one before. If it cannot be written, nothing changes.

    Args:
        path: The file. A file that we did not write is left alone.
        content: Its new content, at most 100 bytes.
        is_ours: Tells from the content of a file whether we wrote it.
        synced: Whether the new file is on disk when this returns.
    """
    temporary = path.with_name(f"{path.name}.tmp")
    with contextlib.suppress(OSError):
        for file in (path, temporary):
            held = beginning(file, _LONGEST_MARK)
            if (held is None and os.path.lexists(file)) or not is_ours(held or b""):
                return
        temporary.unlink(missing_ok=True)
        with created(temporary) as stream:
            stream.write(content)
            if synced:
                stream.flush()
                os.fsync(stream.fileno())
        temporary.replace(path)


def refuse_foreign(folder: Path) -> None:
    """Refuse a folder in which a writer would change files that are not ours. Nothing is changed here.

    Args:
        folder: The index directory.

    Raises:
        IndexFormat: A file or link under one of our names was not made by semsearch.
        StoreError: The folder is a file or a link to nothing, or the database has a second name.
    """
    where = str(folder)
    if folder.exists() and not folder.is_dir():
        raise StoreError(where, "is a file; --index names a folder")
    if folder.is_symlink() and not folder.exists():
        raise StoreError(where, "is a link to a folder that does not exist; make that folder, " + _ELSEWHERE)
    _refuse_other_than_file(folder, LOCK)
    exists = has_database(folder)
    if (folder / DATABASE).is_file() and (folder / DATABASE).lstat().st_nlink > 1:
        raise StoreError(
            where,
            f"{DATABASE} has a second name (a hard link), and would change under that name too; replace it by a "
            f"copy, {_ELSEWHERE}",
        )
    if (vectors := folder / VECTORS).is_symlink() or (vectors.exists() and not vectors.is_dir()):
        raise IndexFormat(where, f"{_shown(vectors)} is not a plain folder; move it away, {_ELSEWHERE}")
    if not exists:
        _refuse_occupied(folder)


def _refuse_occupied(folder: Path) -> None:
    """Refuse to make a new index if there is anything under the names that it will use."""
    foreign = []
    for path in (folder / VECTORS, folder / CODES):
        if is_folder(path):
            foreign += sorted(f"{path.name}/{entry.name}" for entry in path.iterdir())
        elif path.is_symlink():
            foreign.append(_shown(path))
    foreign += [DECISIONS] if _is_no_ledger(folder / DECISIONS) else []
    log = folder / f"{DATABASE}-wal"  # a new database would use it as its own log
    foreign += [log.name] if beginning(log, 1) else []
    if foreign:
        more = f" and {len(foreign) - 3} more" if len(foreign) > 3 else ""
        raise IndexFormat(
            str(folder),
            f"holds no index, but files under names that an index uses: {', '.join(foreign[:3])}{more}; "
            f"move them away, {_ELSEWHERE}",
        )


def _is_no_ledger(path: Path) -> bool:
    """Whether something else has the name of the ledger. A ledger may be a link, to a synced folder for example."""
    if not path.is_symlink() and not path.exists():
        return False
    head = beginning(path.resolve(), len(LEDGER_BEGINNING))
    return head is None or not LEDGER_BEGINNING.startswith(head)


def is_index(folder: Path) -> bool:
    """Whether a folder holds the database of an index. Another file of that name is none."""
    try:
        return has_database(folder)
    except (StoreError, OSError):
        return False


def index_around(path: Path) -> Path | None:
    """Find the index in whose folder a file lies, directly or in one of its own folders.

    Args:
        path: The file, which need not exist; links are followed.

    Returns:
        The index directory, or a folder that may be one, since it has a file of that name; else ``None``.
    """
    real = Path(os.path.realpath(path))
    above = real.parent.parent if real.parent.name in (VECTORS, CODES) else real.parent
    return next((folder for folder in (real.parent, above) if (folder / DATABASE).is_file()), None)


def has_database(folder: Path) -> bool:
    """Whether a folder has a database of ours. An empty file is not one, nor is one without tables yet.

    Args:
        folder: The index directory.

    Raises:
        IndexFormat: The database is not ours, or is a link; or SQLite would use a foreign file beside it.
        OSError: A file cannot be read.
    """
    path = folder / DATABASE
    for suffix in ("", *_COMPANIONS):
        _refuse_other_than_file(folder, path.name + suffix)
    with _LOOKING:
        try:
            found = path.stat()
        except (FileNotFoundError, NotADirectoryError):
            found = None
        if found and found.st_size and (found.st_dev, found.st_ino) in _OURS:
            return True
        _refuse_foreign_companions(folder)
        ours = found is not None and _is_ours(folder)
        if found and ours:
            _OURS.add((found.st_dev, found.st_ino))
        return ours


def _refuse_foreign_companions(folder: Path) -> None:
    for suffix, magics in _COMPANIONS.items():
        companion = folder / f"{DATABASE}{suffix}"
        if os.path.lexists(companion) and os.access(companion, os.R_OK) and not begins_like(companion, magics):
            # It is not foreign if it was deleted meanwhile, or was empty and is not any more.
            if not os.path.lexists(companion) or begins_like(companion, magics):
                continue
            raise IndexFormat(str(folder), f"{companion.name} was not made by semsearch; move it away")


def _is_ours(folder: Path) -> bool:
    path = folder / DATABASE
    with path.open("rb") as stream:
        head = stream.read(_HEAD)
    if not head or (not head.strip(b"\0") and beginning(path.with_name(f"{DATABASE}-journal"), 1)):
        return False  # a build was killed in its first transaction, which the journal undoes
    if not head.startswith(_SQLITE[: len(head)]):
        raise IndexFormat(str(folder), f"{DATABASE} is not an SQLite file; name another place with --index")
    if len(head) < _HEAD:  # a first build was cut off; SQLite decides when it opens the file
        return True
    (application,) = struct.unpack_from(">I", head, 68)
    if application == APPLICATION_ID:
        return True
    if application == 0 and _is_one_page(path, head):
        tables, application = _looked_into(path)
        if application == APPLICATION_ID or not tables:
            return tables > 0
    raise IndexFormat(str(folder), f"{DATABASE} was not made by semsearch; name another place with --index")


def _is_one_page(path: Path, head: bytes) -> bool:
    """Whether a database has one page only: if a build was killed early, everything else is in the log."""
    (size,) = struct.unpack_from(">H", head, 16)
    return path.stat().st_size <= (65536 if size == 1 else size)


def _looked_into(path: Path) -> tuple[int, int]:
    """Number of tables, and application id. They are read from a copy: a foreign database must not change."""
    for _ in range(_LOOKS):
        if connection := private_copy(path, even_in_use=True):
            try:
                tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
                return int(tables), int(connection.execute("PRAGMA application_id").fetchone()[0])
            finally:
                connection.close()
    raise IndexBusy(str(path.parent))


def _refuse_other_than_file(folder: Path, name: str) -> None:
    path = folder / name
    if path.is_symlink() or (path.exists() and not path.is_file()):
        raise IndexFormat(str(folder), f"{_shown(path)} is not a plain file; move it away, {_ELSEWHERE}")


def _shown(path: Path) -> str:
    return f"{path.name} (a symbolic link)" if path.is_symlink() else path.name

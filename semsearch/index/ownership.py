"""Which files of an index folder are ours. Nothing else is written, replaced or deleted, and no link followed.

A folder may hold files of its user beside ours, also under names like ours. A file is ours if its name is one that we
give, it is a plain file, and it begins with the bytes that we write there. A new index is refused where `vectors` and
`codes` hold anything already; in an index that exists, foreign files are left alone. A file named ``codes`` is too: the
codes are a cache, without which everything works.
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
#: What people decided about duplicates, and how each of its lines begins.
DECISIONS, LEDGER_BEGINNING = "decisions.jsonl", b'{"number": "'
#: Folders of an index. The vectors are needed; the codes are a cache.
VECTORS, CODES = "vectors", "codes"

#: The first bytes of SQLite's files (https://sqlite.org/fileformat2.html, 1.3, 3 and 4.1; walformat.html, 2.1). A
#: journal has zeros there until it is synced, an index of a log until it is in use; the latter's number is native.
_SQLITE = b"SQLite format 3\0"
_COMPANIONS = {
    "-wal": (b"\x37\x7f\x06\x82", b"\x37\x7f\x06\x83"),
    "-journal": (b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7", bytes(8)),
    "-shm": (struct.pack("=I", 3007000), bytes(4)),
}
_ELSEWHERE = "or name another place with --index"
#: Not there on Windows, where opening a link for writing needs no guard that the check before does not give.
NOFOLLOW: int = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
#: Bytes of a small file by which something is told from other files (`write_mark`).
_LONGEST_MARK = 100
#: Bytes of the header of a database, and tries to copy one that is in use.
_HEAD, _LOOKS = 100, 100
#: Databases that were found to be ours, by device and inode. Each is looked at only once, before this process connects
#: to it: when any descriptor of a file is closed, POSIX drops all locks that the process has on it, those of SQLite's
#: connections too (https://sqlite.org/howtocorrupt.html, 2.2), and another process would delete the log beneath them.
_OURS: set[tuple[int, int]] = set()
_LOOKING = ForkSafeLock(Lock)


def beginning(path: Path, length: int) -> bytes | None:
    """The first bytes of a plain file; ``None`` if there is no file, or it is a link, a folder or anything else.

    Args:
        path: The file.
        length: Bytes at most.

    Raises:
        OSError: It cannot be looked at.
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
    """Whether a plain file begins as one of ours does, as far as it was written before a kill or a power loss.

    Args:
        path: The file.
        magics: What files of ours begin with.
    """
    longest = max(map(len, magics))
    found = beginning(path, longest)
    return found is not None and (
        not found.strip(b"\0") or any(found.startswith(magic) or magic.startswith(found) for magic in magics)
    )


def is_folder(path: Path) -> bool:
    """Whether there is a folder itself, and no link to one."""
    return path.is_dir() and not path.is_symlink()


def created(path: Path) -> BinaryIO:
    """A new file, open for writing.

    Raises:
        FileExistsError: Something is there already; it stays as it is.
    """
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | NOFOLLOW, 0o666), "wb")


def read_mark(path: Path) -> bytes | None:
    """A small file of ours; ``None`` where there is none, or it cannot be read: it tells nothing then."""
    try:
        return beginning(path, _LONGEST_MARK)
    except OSError:
        return None


def write_mark(path: Path, content: bytes, is_ours: Callable[[bytes], bool], *, synced: bool = False) -> None:
    """Put a small file in the place of the one before. Where it cannot be written, or is another's, that one stays.

    Args:
        path: The file.
        content: What it is to hold, at most 100 bytes.
        is_ours: Whether we wrote what is there.
        synced: Whether it is on disk when this returns.
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
    """Raise where a writer would have to touch what is not ours. Changes nothing itself.

    Raises:
        StoreError: A file, or a link that leads nowhere, is in the place of the folder.
        IndexFormat: A file or link under one of our names was not made by semsearch.
    """
    where = str(folder)
    if folder.exists() and not folder.is_dir():
        raise StoreError(where, "is a file; --index names a folder")
    if folder.is_symlink() and not folder.exists():
        raise StoreError(where, "is a link to a folder that is not there; make that folder, " + _ELSEWHERE)
    _refuse_other_than_file(folder, LOCK)
    exists = has_database(folder)
    if (folder / DATABASE).is_file() and (folder / DATABASE).lstat().st_nlink > 1:
        raise StoreError(
            where,
            f"{DATABASE} has a second name (a hard link), under which it would change too; put a copy of it in its "
            f"place, {_ELSEWHERE}",
        )
    if (vectors := folder / VECTORS).is_symlink() or (vectors.exists() and not vectors.is_dir()):
        raise IndexFormat(where, f"{_shown(vectors)} is no folder of its own; move it away, {_ELSEWHERE}")
    if not exists:
        _refuse_occupied(folder)


def _refuse_occupied(folder: Path) -> None:
    """A new index begins with nothing under the names that it will use."""
    foreign = []
    for path in (folder / VECTORS, folder / CODES):
        if is_folder(path):
            foreign += sorted(f"{path.name}/{entry.name}" for entry in path.iterdir())
        elif path.is_symlink():
            foreign.append(_shown(path))
    foreign += [DECISIONS] if _is_no_ledger(folder / DECISIONS) else []
    log = folder / f"{DATABASE}-wal"  # a new database would take it for its own
    foreign += [log.name] if beginning(log, 1) else []
    if foreign:
        more = f" and {len(foreign) - 3} more" if len(foreign) > 3 else ""
        raise IndexFormat(
            str(folder),
            f"no index there, but files that a new one would not have made: {', '.join(foreign[:3])}{more}; "
            f"move them away, {_ELSEWHERE}",
        )


def _is_no_ledger(path: Path) -> bool:
    """Whether something else has the name of the ledger, which may be a link: people keep it in a synced folder."""
    if not path.is_symlink() and not path.exists():
        return False
    head = beginning(path.resolve(), len(LEDGER_BEGINNING))
    return head is None or not LEDGER_BEGINNING.startswith(head)


def is_index(folder: Path) -> bool:
    """Whether a folder holds the database of an index; its content is not looked at."""
    return (folder / DATABASE).is_file()


def index_around(path: Path) -> Path | None:
    """The folder of the index that a path lies in, directly or in one of the index's own folders; ``None`` for none.

    Args:
        path: Of a file that may not be there yet; links are followed.
    """
    real = Path(os.path.realpath(path))
    above = real.parent.parent if real.parent.name in (VECTORS, CODES) else real.parent
    return next((folder for folder in (real.parent, above) if is_index(folder)), None)


def has_database(folder: Path) -> bool:
    """Whether the folder has a database of ours; a file that is empty, or was killed before it had tables, is none.

    Raises:
        IndexFormat: There is one that is not ours, or a link, or a foreign file beside it that SQLite would use.
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
            # One that vanished since, or that was empty and is not now, is no foreign file.
            if not os.path.lexists(companion) or begins_like(companion, magics):
                continue
            raise IndexFormat(str(folder), f"{companion.name} there was not made by semsearch; move it away")


def _is_ours(folder: Path) -> bool:
    path = folder / DATABASE
    with path.open("rb") as stream:
        head = stream.read(_HEAD)
    if not head or (not head.strip(b"\0") and beginning(path.with_name(f"{DATABASE}-journal"), 1)):
        return False  # a build that was killed in its first transaction, which the journal takes back
    if not head.startswith(_SQLITE[: len(head)]):
        raise IndexFormat(str(folder), f"{DATABASE} there is no SQLite file; --index names another place")
    if len(head) < _HEAD:  # cut off at birth; what SQLite makes of it, is seen when it is opened
        return True
    (application,) = struct.unpack_from(">I", head, 68)
    if application == APPLICATION_ID:
        return True
    if application == 0 and _is_one_page(path, head):
        tables, application = _looked_into(path)
        if application == APPLICATION_ID or not tables:
            return tables > 0
    raise IndexFormat(str(folder), f"{DATABASE} there was not made by semsearch; --index names another place")


def _is_one_page(path: Path, head: bytes) -> bool:
    """Whether all else may still be in the log: so it is where a build was killed early."""
    (size,) = struct.unpack_from(">H", head, 16)
    return path.stat().st_size <= (65536 if size == 1 else size)


def _looked_into(path: Path) -> tuple[int, int]:
    """Tables and application of a database with its log; in a copy, so that one that is not ours stays as it is."""
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
        raise IndexFormat(str(folder), f"{_shown(path)} is no file of its own; move it away, {_ELSEWHERE}")


def _shown(path: Path) -> str:
    return f"{path.name} (a symbolic link)" if path.is_symlink() else path.name

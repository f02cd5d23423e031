"""A small file that tells how many commits there were, so that one that was lost is noticed.

SQLite keeps its last commits in a log beside the database (``semsearch.db-wal``). Where that was deleted, damaged or
not copied, SQLite opens an older state without a word. The mark is written after each commit, and so is never ahead
of the database. It is not synced: an old mark does no harm.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import xxhash

if TYPE_CHECKING:
    from pathlib import Path

FILE = "semsearch.commits"


def write(folder: Path, commits: int) -> None:
    """Note the number of commits. Where the disk is full or read-only, the old mark stays.

    Args:
        folder: The index directory.
        commits: The database's ``generation``.
    """
    temporary = folder / f"{FILE}.tmp"
    with contextlib.suppress(OSError):
        temporary.unlink(missing_ok=True)
        with temporary.open("x", encoding="ascii") as stream:
            stream.write(f"{commits} {_checksum(commits)}\n")
        temporary.replace(folder / FILE)


def read(folder: Path) -> int | None:
    """The number of commits that was noted last; 0 where there is no mark, ``None`` where it is damaged."""
    try:
        content = (folder / FILE).read_bytes()
    except OSError:
        return 0
    if not content:  # a power loss can leave that of a file that was not synced
        return 0
    number, _, checksum = content.decode("ascii", "replace").rstrip("\n").partition(" ")
    return int(number) if number.isdecimal() and checksum == _checksum(int(number)) else None


def problems(marked: int | None, commits: int) -> list[str]:
    """What a mark says of the state of the database, a line each.

    Args:
        marked: From `read`, called before the state was opened: a writer may go on meanwhile.
        commits: The state's ``generation``.
    """
    if marked is None:
        return [f"{FILE} is damaged; the next run that writes makes it again"]
    if marked <= commits:
        return []
    lost = "the last commit is" if marked - commits == 1 else f"the last {marked - commits} commits are"
    return [
        f"semsearch.db: {lost} missing, because its log semsearch.db-wal was deleted, damaged or not copied; "
        "index the files again"
    ]


def _checksum(commits: int) -> str:
    return xxhash.xxh3_64_hexdigest(f"semsearch {commits}".encode())

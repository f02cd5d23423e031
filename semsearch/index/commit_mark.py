"""The commit mark: a small file with the number of commits. By it, a lost commit is noticed.

SQLite keeps its last commits in a log beside the database (``semsearch.db-wal``). If the log was deleted, damaged or
not copied, SQLite opens an older commit and says nothing. The mark is written after each commit, so it is never ahead
of the database. It is not synced to disk: an old mark does no harm.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import xxhash

from semsearch.index.ownership import read_mark, write_mark
from semsearch.model.errors import IndexDamaged

if TYPE_CHECKING:
    from pathlib import Path

FILE = "semsearch.commits"
_MAGIC = b"semsearch commits "


def write(folder: Path, commits: int) -> None:
    """Note the number of commits. If the disk is full or read-only, the old mark stays.

    Args:
        folder: The index directory.
        commits: The ``generation`` in the database.
    """
    write_mark(folder / FILE, _content(commits), _is_ours)


def read(folder: Path) -> int | None:
    """The number of commits that was noted last; 0 if there is no mark, ``None`` if it is damaged."""
    content = read_mark(folder / FILE)
    if not content:  # a power loss can leave an empty file, since the mark is not synced
        return 0
    number = content.removeprefix(_MAGIC).split(b" ", 1)[0]
    return int(number) if number.isdigit() and content == _content(int(number)) else None


def _content(commits: int) -> bytes:
    text = _MAGIC + b"%d " % commits
    return text + xxhash.xxh3_64_hexdigest(text).encode() + b"\n"


def _is_ours(held: bytes) -> bool:
    """Whether we wrote this mark; a power loss can leave only its beginning, or zeros."""
    return held.startswith(_MAGIC) or _MAGIC.startswith(held) or not held.strip(b"\0")


def problems(marked: int | None, commits: int) -> list[str]:
    """Compare a mark with the commit that was opened.

    Args:
        marked: From `read`, called before the commit was opened: a writer may go on meanwhile.
        commits: The ``generation`` of the commit.

    Returns:
        One line if commits are missing or the mark is damaged; else nothing.
    """
    if marked is None:
        return [
            f"{FILE} is damaged, or was not made by semsearch; delete it, and the next run that writes makes it again"
        ]
    if marked <= commits:
        return []
    lost = "the last commit is" if marked - commits == 1 else f"the last {marked - commits} commits are"
    return [
        f"semsearch.db: {lost} missing, because its log semsearch.db-wal was deleted, damaged or not copied; "
        f"index the files again into a new place (--index NEW), or delete {FILE} to go on without what is missing"
    ]


def refuse_lost(folder: Path, marked: int | None, commits: int) -> None:
    """Refuse to write if the last commits are missing: the next mark would hide that.

    Args:
        folder: The index directory.
        marked: From `read`.
        commits: The ``generation`` in the database.

    Raises:
        IndexDamaged: They are missing.
    """
    if marked is not None and marked > commits:
        raise IndexDamaged(str(folder), problems(marked, commits)[0])

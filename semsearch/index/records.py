"""The record of a paper in the database: its JSON, its digests, and the check that it is as it was written."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from semsearch.index.checksums import is_whole
from semsearch.model.errors import IndexDamaged
from semsearch.model.paper import Paper

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_RECORD = 8  # position of the record in the columns of `checksums.PAPER`


def to_json(paper: Paper) -> str:
    """The JSON of a paper, for the column ``record``."""
    return json.dumps(paper.to_dict(), ensure_ascii=False)


def stored_paper(record: str, folder: Path) -> Paper:
    """Read the JSON of a paper.

    Args:
        record: From the column ``record``.
        folder: The index directory, for the error.

    Raises:
        IndexDamaged: It is not JSON that `to_json` wrote.
    """
    try:
        return Paper.from_dict(json.loads(record))
    except (ValueError, TypeError, AttributeError) as error:
        raise IndexDamaged(str(folder), "a stored record is not a paper; 'semsearch verify' tells more") from error


def checked_paper(row: Sequence[Any], folder: Path) -> Paper:
    """Read the paper of a row, and check the row.

    Args:
        row: The columns `checksums.PAPER`, and the checksum, which is ``None`` in an index of format 1 or 2.
        folder: The index directory, for the error.

    Raises:
        IndexDamaged: The row is not as it was committed.
    """
    *values, held = row
    if not is_whole(values, held):
        raise damaged(folder, f"the record of {str(values[1])[:80]}")
    return stored_paper(values[_RECORD], folder)


def damaged(folder: Path, what: str) -> IndexDamaged:
    """Make the error for a row of the database that is not as it was committed.

    Args:
        folder: The index directory.
        what: The row, in words.
    """
    return IndexDamaged(
        str(folder),
        f"{what} is not as it was committed; 'semsearch verify' tells more; restore the index from a copy, "
        "or index the files again into a new place (--index NEW)",
    )


def record_digest(paper: Paper) -> bytes:
    """BLAKE2b of a record without its source, 16 bytes. Equal records of two files have the same digest."""
    shape = paper.to_dict()
    del shape["source"]
    return hashlib.blake2b(json.dumps(shape, sort_keys=True).encode(), digest_size=16).digest()


def text_digest(text: str) -> bytes:
    """BLAKE2b of an embedded text, 16 bytes."""
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=16).digest()

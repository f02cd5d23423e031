"""A paper's record as the database keeps it: JSON, digests, and the check that it is still what was written."""

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

_PLACE = 8  # of the record among the columns of `checksums.PAPER`


def to_json(paper: Paper) -> str:
    """The text for the column ``record``."""
    return json.dumps(paper.to_dict(), ensure_ascii=False)


def stored_paper(record: str, folder: Path) -> Paper:
    """The paper of its JSON.

    Args:
        record: The JSON.
        folder: The index directory, for the error.

    Raises:
        IndexDamaged: It is not what `to_json` wrote.
    """
    try:
        return Paper.from_dict(json.loads(record))
    except (ValueError, TypeError, AttributeError) as error:
        raise IndexDamaged(str(folder), "a stored record is no paper; 'semsearch verify' tells more") from error


def checked_paper(row: Sequence[Any], folder: Path) -> Paper:
    """The paper of a whole row.

    Args:
        row: The columns `checksums.PAPER`, and the checksum; ``None`` for that in an index of format 2.
        folder: The index directory, for the error.

    Raises:
        IndexDamaged: The row is not what was committed.
    """
    *values, held = row
    if not is_whole(values, held):
        raise damaged(folder, f"the record of {str(values[1])[:80]}")
    return stored_paper(values[_PLACE], folder)


def damaged(folder: Path, what: str) -> IndexDamaged:
    """The error that a row of the database is not what was committed.

    Args:
        folder: The index directory.
        what: The row, in words.
    """
    return IndexDamaged(
        str(folder),
        f"{what} is not what was committed; 'semsearch verify' tells more; restore the index from a copy, "
        "or index the files again into a new place (--index NEW)",
    )


def record_digest(paper: Paper) -> bytes:
    """128 bits of BLAKE2b of a record, but for the place where it was read."""
    shape = paper.to_dict()
    del shape["source"]
    return hashlib.blake2b(json.dumps(shape, sort_keys=True).encode(), digest_size=16).digest()


def text_digest(text: str) -> bytes:
    """128 bits of BLAKE2b of an embedded text."""
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=16).digest()

"""What people decided about pairs of papers of an index, for lists of hits."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from semsearch.model.paper import Paper


def decided_in(folder: Path) -> Callable[[Paper, Paper], str | None] | None:
    """Tells what two papers are to each other by decision, or ``None``; ``None`` itself where nothing was decided.

    Args:
        folder: Of the index.

    Raises:
        SourceError: The ledger cannot be read.
    """
    if not (folder / "decisions.jsonl").exists():  # the usual case, without an import
        return None
    from semsearch.duplicates import FILE, Decided, Ledger

    decided = Decided(Ledger(folder / FILE).in_force())
    return decided.between if decided else None

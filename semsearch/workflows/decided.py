"""Decisions of people about the papers of an index, for collapsing hits."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from semsearch.model.paper import Paper


def decided_in(folder: Path) -> Callable[[Paper, Paper], str | None] | None:
    """Read the decisions in force about the papers of an index.

    Args:
        folder: Folder of the index.

    Returns:
        A function of two papers that returns the kind that people decided on, or ``None`` if nobody decided; ``None``
        if there are no decisions at all.

    Raises:
        SourceError: The ledger cannot be read.
    """
    if not (folder / "decisions.jsonl").exists():  # the usual case, without an import
        return None
    from semsearch.duplicates import FILE, Decided, Ledger

    decided = Decided(Ledger(folder / FILE).in_force())
    return decided.between if decided else None

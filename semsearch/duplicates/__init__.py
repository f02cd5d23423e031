"""Papers that are the same or nearly so: exact over all pairs, grouped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semsearch.duplicates.grouping import DEFAULT_THRESHOLD, group
from semsearch.vectors.pairs import pairs_above

if TYPE_CHECKING:
    from collections.abc import Callable

    from semsearch.paper import DuplicateGroup
    from semsearch.store import Snapshot

__all__ = ["DEFAULT_THRESHOLD", "find_duplicates"]


def find_duplicates(
    snapshot: Snapshot, *, threshold: float = DEFAULT_THRESHOLD, on_tile: Callable[[int, int], None] | None = None
) -> list[DuplicateGroup]:
    """Groups of papers linked by pairs with a cosine of at least ``threshold``, best first.

    Args:
        snapshot: With its vectors loaded.
        threshold: In [-1, 1].
        on_tile: Told (done, total) as the comparison goes on.

    Raises:
        QueryError: The threshold is out of range or so low that millions of pairs reach it.
    """
    pairs, scores = pairs_above(snapshot.vectors, threshold, among=snapshot.live, on_tile=on_tile)
    return group(pairs, scores, snapshot.papers_at)

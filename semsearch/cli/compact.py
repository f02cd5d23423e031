"""``semsearch compact``: free the space of removed papers."""

from __future__ import annotations

from semsearch.cli.options import DEFAULT_INDEX, IndexPath, count_of, opened


def run(index: IndexPath = DEFAULT_INDEX) -> None:
    """Free the space of removed papers.

    Deletes their vectors and merges the vector files. Results stay the same.
    """
    deleted = opened(index).compact()
    print(f"{count_of(deleted, 'vector')} of removed papers deleted")

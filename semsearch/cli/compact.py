"""``semsearch compact``: give back the space of removed papers."""

from __future__ import annotations

from semsearch.cli.options import DEFAULT_INDEX, IndexPath, count_of, opened


def run(index: IndexPath = DEFAULT_INDEX) -> None:
    """Drop the vectors of removed papers and merge the vector files; results stay the same."""
    dropped = opened(index).compact()
    print(f"{count_of(dropped, 'vector')} of removed papers dropped")

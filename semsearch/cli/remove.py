"""``semsearch remove``: remove papers from the index."""

from __future__ import annotations

from typing import Annotated

import typer

from semsearch.cli.options import DEFAULT_INDEX, IndexPath, count_of, opened


def run(
    ids: Annotated[
        list[str], typer.Argument(metavar="ID…", help="Ids in any notation; all of them are removed, or none.")
    ],
    index: IndexPath = DEFAULT_INDEX,
) -> None:
    """Remove papers from the index.

    Indexing a file that still holds them brings them back.
    """
    removed = opened(index).remove(ids)
    print(f"{count_of(len(removed), 'paper')} removed: {', '.join(removed)}")

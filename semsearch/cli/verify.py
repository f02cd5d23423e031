"""``semsearch verify``: check that all files of the index are as they were written."""

from __future__ import annotations

import typer

from semsearch.cli.options import DEFAULT_INDEX, IndexPath, count_of, opened
from semsearch.model.printable import safe


def run(index: IndexPath = DEFAULT_INDEX) -> None:
    """Check that the index is as it was written.

    Checks the database, the vector files, and that the two agree. The exit code is 3 if anything is wrong.
    """
    problems = opened(index).verify()
    for problem in problems:
        print(safe(problem))
    print("all is well" if not problems else count_of(len(problems), "problem"))
    if problems:
        raise typer.Exit(3)

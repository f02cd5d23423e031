"""Progress on standard error, on a terminal only."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

from semsearch.model.protocols import Progress, silent


@contextlib.contextmanager
def indexing_progress() -> Iterator[Progress]:
    """Share of the bytes read, papers, embedding rate, time left."""
    if not sys.stderr.isatty():
        yield silent
        return
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("indexing"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}%"),
        TextColumn("{task.fields[counts]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, **_on_stderr()) as bars:
        task = bars.add_task("indexing", total=None, counts="loading the model")
        last = [time.monotonic(), 0.0]

        def show(*, done: int, total: int | None, papers: int, embedded: int) -> None:
            rate = (embedded - last[1]) / max(time.monotonic() - last[0], 1e-9)
            last[:] = time.monotonic(), embedded
            bars.update(task, completed=done, total=total, counts=f"{papers:,} read, {rate:,.0f} embedded/s")

        yield show


@contextlib.contextmanager
def step_progress(what: str) -> Iterator[Callable[[int, int], None] | None]:
    """Steps done of steps in all."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    with Progress(TextColumn(what), BarColumn(), TimeRemainingColumn(), **_on_stderr()) as bars:
        task = bars.add_task(what, total=None)
        yield lambda done, total: bars.update(task, completed=done, total=total)


def _on_stderr() -> dict[str, Any]:
    """How bars are shown: words and numbers of our own, with colours, which pass the door of `semsearch.text.screen`.

    What is printed while they are there is not redirected: rich would send standard output to the terminal, even
    where it goes to a file, and around the door.
    """
    from rich.console import Console

    console = Console(file=getattr(sys.stderr, "styled", sys.stderr))
    return {"console": console, "transient": True, "redirect_stdout": False, "redirect_stderr": False}

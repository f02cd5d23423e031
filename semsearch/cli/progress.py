"""Progress bars on standard error, if it is a terminal."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

from semsearch.model.protocols import Progress, silent


@contextlib.contextmanager
def indexing_progress() -> Iterator[Progress]:
    """Show the progress of indexing: part of the bytes, papers read, papers embedded per second, time left.

    Yields:
        The function that `Index.add_files` takes as ``progress``.
    """
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
    """Show the progress of a task: steps done, and time left.

    Args:
        what: Name of the task, to show.

    Yields:
        A function to call with (steps done, all steps); ``None`` without a terminal.
    """
    if not sys.stderr.isatty():
        yield None
        return
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    with Progress(TextColumn(what), BarColumn(), TimeRemainingColumn(), **_on_stderr()) as bars:
        task = bars.add_task(what, total=None)
        yield lambda done, total: bars.update(task, completed=done, total=total)


def _on_stderr() -> dict[str, Any]:
    """Arguments for a bar of rich. It writes to the terminal directly, not through a `Screen`, for its colours.

    This is safe, since a bar shows only our own words and numbers. Other output must not be redirected: rich would send
    standard output to the terminal, even if it goes to a file, and past the `Screen`.
    """
    from rich.console import Console

    console = Console(file=getattr(sys.stderr, "styled", sys.stderr))
    return {"console": console, "transient": True, "redirect_stdout": False, "redirect_stderr": False}

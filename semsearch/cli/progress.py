"""Progress on standard error, on a terminal only."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable, Iterator

from semsearch.protocols import Progress, silent


@contextlib.contextmanager
def indexing_progress() -> Iterator[Progress]:
    """Share of the bytes read, papers, embedding rate, time left."""
    if not sys.stderr.isatty():
        yield silent
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("indexing"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}%"),
        TextColumn("{task.fields[counts]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
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
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    with Progress(
        TextColumn(what), BarColumn(), TimeRemainingColumn(), console=Console(stderr=True), transient=True
    ) as bars:
        task = bars.add_task(what, total=None)
        yield lambda done, total: bars.update(task, completed=done, total=total)

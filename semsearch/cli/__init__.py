"""The command line: each command parses, calls the engine, renders. This module alone decides exit codes.

Exit codes: 0 done · 1 a `SemsearchError` · 2 usage · 3 a check that was asked for is positive · 130 interrupted.
"""

from __future__ import annotations

import os
import sys
from typing import TextIO, cast

import typer

from semsearch.cli import (
    compact,
    duplicates,
    export,
    index,
    models,
    query,
    rejected,
    related,
    remove,
    show,
    status,
    verify,
)
from semsearch.cli import eval as eval_
from semsearch.cli.options import version_option
from semsearch.model.errors import SemsearchError
from semsearch.model.printable import safe
from semsearch.text.screen import Screen

_INTERRUPTED = 130

app = typer.Typer(
    name="semsearch",
    help="Which papers answer my question, which are like this one, which are the same twice?",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,  # rich costs more time than the whole help
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.callback()(version_option)
for command in (index, query, related, eval_, show, export, status, rejected, remove, verify, compact, models):
    app.command(name=command.__name__.rsplit(".", 1)[1])(command.run)
app.add_typer(duplicates.app, name="duplicates")


def main() -> None:
    """Entry point of the ``semsearch`` command."""
    _screened()
    try:
        try:
            app()
        finally:
            sys.stdout.flush()  # a full disk is told here, and not by Python at exit
    except SemsearchError as error:
        _fail(str(error), 1)
    except SystemExit as stop:
        if stop.code == _INTERRUPTED:  # typer has caught the KeyboardInterrupt, and says nothing
            _fail("interrupted; what was committed stays, the same command goes on from there", _INTERRUPTED)
        raise
    except BrokenPipeError:  # `| head` has seen enough
        _discard_output()
        sys.exit(0)


def _screened() -> None:
    """Let everything that this process prints through the one door: results, notes, usage errors, tracebacks."""
    for name, called in (("stdout", "standard output"), ("stderr", "standard error")):
        stream = getattr(sys, name)
        if stream is None or isinstance(stream, Screen):  # None: there is no console (pythonw)
            continue
        if hasattr(stream, "reconfigure"):
            # A file or a pipe gets UTF-8, as --output does: a letter that another encoding has not would be lost.
            own = name == "stderr" or stream.isatty() or os.environ.get("PYTHONIOENCODING")
            stream.reconfigure(encoding=None if own else "utf-8", errors="backslashreplace")
        setattr(sys, name, cast("TextIO", Screen(stream, called)))


def _discard_output() -> None:
    """Python would complain once more when it flushes standard output at exit."""
    try:
        descriptor = sys.stdout.fileno()
    except (OSError, ValueError):
        return
    os.dup2(os.open(os.devnull, os.O_WRONLY), descriptor)


def _fail(message: str, code: int) -> None:
    try:
        sys.stdout.flush()
    except (SemsearchError, OSError):
        _discard_output()
    print(f"semsearch: {safe(message)}", file=sys.stderr)
    sys.exit(code)

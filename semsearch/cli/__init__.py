"""The command line. Each command reads its arguments, calls the service and shows the result.

Exit codes: 0 done · 1 a `SemsearchError` · 2 wrong usage · 3 a check (``verify``, ``--check``) found something · 130
interrupted.
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
    help="Which papers answer my question, which are like this one, which are duplicates?",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,  # the import of rich takes longer than all the rest of --help
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.callback()(version_option)
for command in (index, query, related, eval_, show, export, status, rejected, remove, verify, compact, models):
    app.command(name=command.__name__.rsplit(".", 1)[1])(command.run)
app.add_typer(duplicates.app, name="duplicates")


def main() -> None:
    """Run the command line: the entry point of the command ``semsearch``."""
    _screen_output()
    try:
        try:
            app()
        finally:
            sys.stdout.flush()  # report a full disk here, and not when Python exits
    except SemsearchError as error:
        _fail(str(error), 1)
    except SystemExit as stop:
        if stop.code == _INTERRUPTED:  # typer has caught the KeyboardInterrupt, and prints nothing
            _fail("interrupted; what was committed stays, and the same command goes on from there", _INTERRUPTED)
        raise
    except BrokenPipeError:  # nobody reads the rest, as in `| head`
        _discard_output()
        sys.exit(0)


def _screen_output() -> None:
    """Send everything that this process prints through a `Screen`: results, notes, usage errors, tracebacks."""
    for name, called in (("stdout", "standard output"), ("stderr", "standard error")):
        stream = getattr(sys, name)
        if stream is None or isinstance(stream, Screen):  # None: there is no console (pythonw)
            continue
        if hasattr(stream, "reconfigure"):
            # A file or a pipe gets UTF-8, like --output. In another encoding some letters would be lost.
            own = name == "stderr" or stream.isatty() or os.environ.get("PYTHONIOENCODING")
            stream.reconfigure(encoding=None if own else "utf-8", errors="backslashreplace")
        setattr(sys, name, cast("TextIO", Screen(stream, called)))


def _discard_output() -> None:
    """Send standard output to nowhere. Otherwise Python reports one more error when it flushes it at exit."""
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

"""The command line: each command parses, calls the engine, renders. This module alone decides exit codes.

Exit codes: 0 done · 1 a `SemsearchError` · 2 usage · 3 a check that was asked for is positive · 130 interrupted.
"""

from __future__ import annotations

import os
import sys

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
from semsearch.errors import SemsearchError
from semsearch.wording import safe

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
    try:
        app()
    except SemsearchError as error:
        _fail(str(error), 1)
    except SystemExit as stop:
        if stop.code == _INTERRUPTED:  # typer has caught the KeyboardInterrupt, and says nothing
            _fail("interrupted; what was committed stays, the same command goes on from there", _INTERRUPTED)
        raise
    except BrokenPipeError:
        # `| head` has seen enough. Python would complain once more when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)


def _fail(message: str, code: int) -> None:
    print(f"semsearch: {safe(message)}", file=sys.stderr)
    sys.exit(code)

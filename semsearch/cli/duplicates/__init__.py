"""``semsearch duplicates``: list, review and merge duplicates; undo, list, export and import decisions."""

from __future__ import annotations

from typing import Any

import typer
from typer.core import TyperGroup

from semsearch.cli.duplicates import apply, decisions, listing, review, undo


class _ListByDefault(TyperGroup):
    """A group of commands with a default: ``duplicates FILE --check`` is ``duplicates list FILE --check``."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # no click type here: typer brings its own click
        if not args or (args[0] not in self.commands and args[0] not in ("-h", "--help")):
            args = ["list", *args]
        return super().parse_args(ctx, args)


app = typer.Typer(
    cls=_ListByDefault,
    rich_markup_mode=None,
    help="Find duplicates: the same paper, its versions, similar ones.",
    epilog="Without a command it runs 'list'; 'semsearch duplicates list --help' shows its options.",
)
app.command(name="list")(listing.run)
for command in (review, apply, undo):
    app.command(name=command.__name__.rsplit(".", 1)[1])(command.run)
app.add_typer(decisions.app, name="decisions")

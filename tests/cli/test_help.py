"""``--help`` reads well: whole summaries on a line of 80 columns, and a short sentence for each option."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
import typer.main

from semsearch.cli import app
from tests.conftest import Run


def _commands(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    yield path, command
    for name, inner in getattr(command, "commands", {}).items():
        yield from _commands(inner, (*path, name))


COMMANDS = dict(_commands(typer.main.get_command(app)))
GROUPS = [path for path, command in COMMANDS.items() if hasattr(command, "commands")]


def test_the_groups_are_all_there() -> None:
    assert GROUPS == [(), ("duplicates",), ("duplicates", "decisions")]
    assert len(COMMANDS) >= 20


@pytest.mark.parametrize("path", GROUPS, ids=lambda path: " ".join(path) or "semsearch")
def test_the_summary_of_each_command_fits_its_line(
    path: tuple[str, ...], run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    code, out, err = run(*path, "--help")
    assert (code, err) == (0, "")
    assert "..." not in out.partition("Commands:")[2]
    lines = [re.sub(" +", " ", line).strip() for line in out.splitlines()]
    for name, command in COMMANDS[path].commands.items():
        summary = command.help.split("\n\n")[0]
        assert "\n" not in summary.strip()
        assert f"{name} {summary.strip()}" in lines
    assert max(map(len, out.splitlines())) <= 80


@pytest.mark.parametrize("path", COMMANDS, ids=lambda path: " ".join(path) or "semsearch")
def test_the_help_of_each_option_is_one_short_sentence(path: tuple[str, ...]) -> None:
    for parameter in COMMANDS[path].params:
        if getattr(parameter, "hidden", False):
            continue
        told = parameter.help or ""
        assert re.fullmatch(r"[A-Z][^.]*(\.[^ .][^.]*)*\.", told), (parameter.name, told)
        assert len(told) <= 100, (parameter.name, told)

"""Cells of CSV files that no spreadsheet takes for a formula (OWASP, CSV Injection)."""

from __future__ import annotations

import re

# A spreadsheet takes a cell that begins so for a formula (OWASP, CSV Injection), unless it is a number.
_FORMULA = re.compile(r"'*[=+\-@\t\r]")


_NUMBER = re.compile(r"[-+]?[0-9]+(\.[0-9]+)?")


def guarded(cell: str) -> str:
    """The text of a CSV cell, with an apostrophe before what a spreadsheet would run; `unguarded` is its inverse."""
    return f"'{cell}" if _FORMULA.match(cell) and not _NUMBER.fullmatch(cell) else cell


def unguarded(cell: str) -> str:
    """A cell that `guarded` wrote, as it was."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell[1:]) else cell

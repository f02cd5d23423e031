"""Guards cells of CSV files, so that no spreadsheet runs them as formulas. Source: OWASP, CSV Injection."""

from __future__ import annotations

import re

# A spreadsheet takes a cell with such a beginning for a formula, unless it is a number.
_FORMULA = re.compile(r"'*[=+\-@\t\r]")


_NUMBER = re.compile(r"[-+]?[0-9]+(\.[0-9]+)?")


def guarded(cell: str) -> str:
    """The text of a CSV cell. It begins with an apostrophe if a spreadsheet would take the cell for a formula.

    `unguarded` is the inverse.
    """
    return f"'{cell}" if _FORMULA.match(cell) and not _NUMBER.fullmatch(cell) else cell


def unguarded(cell: str) -> str:
    """The original text of a cell that `guarded` made."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell[1:]) else cell

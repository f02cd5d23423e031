"""Writes the table of options in docs/search.md from the code: ``python -m scripts.options_table``; a test compares."""

from __future__ import annotations

from pathlib import Path

from semsearch.model.options import OPTIONS, Option

PAGE = Path(__file__).parents[1] / "docs" / "search.md"
#: What stands before and behind the table.
BEGIN, END = "<!-- options: written by python -m scripts.options_table -->\n", "<!-- end of options -->\n"
_HEAD = "| option | in Python | values | default | what it does |\n| --- | --- | --- | --- | --- |\n"


def page(text: str) -> str:
    """The page with the table of today in place of the one that it holds.

    Args:
        text: The page.
    """
    before, _, rest = text.partition(BEGIN)
    return before + BEGIN + table() + END + rest.partition(END)[2]


def table() -> str:
    """A row for each option, as Markdown."""
    return _HEAD + "".join(map(_row, OPTIONS))


def _row(option: Option) -> str:
    names = ", ".join(f"`{name}`" for name in option.cli)
    if option.default is True:
        names = f"`{option.cli[0]}`, `--no-{option.name}`"
    note = " Questions only." if option.of_questions else ""
    told = option.help.replace("|", "\\|")
    return f"| {names} | `{option.name}` | {_values(option)} | {_default(option)} | {told}{note} |\n"


def _default(option: Option) -> str:
    if option.type is bool:
        return "on" if option.default else "off"
    return (
        "none" if option.default is None else f"{option.default:g}" if option.choices == () else f"`{option.default}`"
    )


def _values(option: Option) -> str:
    if option.choices:
        return ", ".join(f"`{choice}`" for choice in option.choices)
    if option.least is not None:
        return f"{option.least} or more" if option.most is None else f"{option.least} to {option.most}"
    return "on or off" if option.type is bool else "text"


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text("utf-8")), "utf-8")
    print(PAGE)

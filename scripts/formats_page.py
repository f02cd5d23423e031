"""Writes docs/formats.md from the tables in the code: ``python -m scripts.formats_page``; a test compares."""

from __future__ import annotations

import inspect
import pkgutil
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import semsearch.readers
from semsearch.readers import FORMATS, Format
from semsearch.readers.heading_names import HEADINGS
from semsearch.readers.tagged import TaggedFormat
from semsearch.readers.xml_stream import XmlFormat
from semsearch.writers import WRITERS

if TYPE_CHECKING:
    from types import ModuleType

PAGE = Path(__file__).parents[1] / "docs" / "formats.md"

_HEAD = """\
# Formats

`python -m scripts.formats_page` writes this page from the tables in the code; do not edit it.

The format of a file is recognised by its content, then by its suffix; `--from NAME` sets one. Files in gzip, zstd and
zip are read as they are, and a folder is read with everything in it. Papers + rejected records = records in the file,
always. If a text holds something, but no record of its format, it is one rejected record, and `index` ends with exit
code 1. An empty list, a table with headings only and an empty feed hold no record, and `index` says so.

## In

| `--from` | suffixes | what |
| --- | --- | --- |
"""
_RECIPE = """
## Adding a format

1. Write one module in `semsearch/readers` with `recognise(head)` and `read(opened)`. For tagged lines or XML it is a
   table, as in `ris.py` or `atom.py`. Each record ends in `record.build` or `record.paper_of`.
2. Add one line to `FORMATS` in `semsearch/readers/__init__.py`.
3. Add a made-up file for each peculiarity to `tests/data`.
"""


def page() -> str:
    """The page's text."""
    rows = [f"| `{f.name}` | {' '.join(s for s in f.suffixes if s) or '-'} | {_about(_module(f))} |" for f in FORMATS]
    parts = [
        _HEAD,
        "\n".join(rows),
        "\n",
        *(_tags(f) for f in FORMATS if isinstance(f.reader, TaggedFormat)),
        _headings(),
    ]
    outputs = [f"| `{name}` | {_first_line(kind.__doc__)} |" for name, kind in WRITERS.items()]
    parts += ["\n## Out\n\n| `--format` | what |\n| --- | --- |\n", "\n".join(outputs), "\n", _RECIPE]
    return "".join(parts)


def _module(f: Format) -> ModuleType:
    if isinstance(f.reader, TaggedFormat | XmlFormat):
        names = [m.name for m in pkgutil.iter_modules(semsearch.readers.__path__, "semsearch.readers.")]
        return next(m for m in map(import_module, names) if getattr(m, "READER", None) is f.reader)
    assert inspect.ismodule(f.reader)
    return f.reader


def _about(module: ModuleType) -> str:
    return _first_line(module.__doc__)


def _first_line(text: str | None) -> str:
    """The first sentence of a docstring, on one line, as Markdown."""
    paragraph = " ".join((text or "").strip().split("\n\n")[0].split())
    return paragraph.replace("``", "`").replace("|", "\\|")


def _tags(f: Format) -> str:
    assert isinstance(f.reader, TaggedFormat)
    rows = "".join(f"| {name} | {' '.join(tags)} |\n" for name, tags in f.reader.fields.items())
    rule = "The first tag with a value counts; all other tags are kept as extra fields."
    return f"\n### Tags of `{f.name}`\n\n{rule}\n\n| field | tags |\n| --- | --- |\n{rows}"


def _headings() -> str:
    rows = "".join(f"| {name} | {' '.join(headings)} |\n" for name, headings in HEADINGS.items())
    rule = (
        "Case, spaces and punctuation do not matter. The first heading with a value counts; others are kept as extra "
        "fields."
    )
    return f"\n### Headings of CSV, TSV, XLSX and JSON\n\n{rule}\n\n| field | headings |\n| --- | --- |\n{rows}"


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
    print(PAGE)

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
#: What a format cannot hold, by field of a paper. A test compares this with a library that is written and read back.
CANNOT_HOLD = {
    "ris": {"type": "a missing type is read back as `GEN` or `JOUR`"},
    "bibtex": {
        "type": "a missing type is read back as `misc` or `article`",
        "extra": "names become small letters, digits and hyphens: `chemicals-cas` for `chemicals/cas`",
    },
    "csl-json": {"type": "a missing type is read back as `article`"},
}
_RULES = """
## Rules of reading

- **Tables.** Rows and cells are those of Python's `csv`: a quotation mark opens a cell only at its beginning. The
  heading row is looked for in the first 20 lines, so that the preamble of Embase, Dimensions, Scopus, CINAHL or
  Excel's `sep=;` does no harm; the lines above it are noted as repaired. A heading counts by its words: `Paper Title
  (English)` is a title, `Title abbreviation` is not. `--column FIELD=HEADING` names any other heading, in any script.
  A row with more cells than headings is repaired if year, DOI, PMID, volume or address show that title and abstract
  are in their places. The heading row again, and a quotation that is never closed, cost one rejected record each;
  the rows below the heading row of another table are read with that one. Tables with one field per row (Embase) are
  read, and cells with the objects of an API, as pandas writes them.
- **Lines outside records** of a text format are rejected, with their line numbers, unless they are the known head or
  foot of an export. In BibTeX text between entries is a comment; it is noted as repaired, and fields without the
  beginning of an entry are rejected.
- **Placeholders** (`NA`, `NaN`, `null`, `None`, `[No abstract available]`, …) are missing values, and the guards of
  spreadsheets (`="123"`, `91234567.0` as a PMID) are taken off. Text of a provably wrong encoding (`SchrÃ¶dinger`) is
  restored. All of it is counted as repaired.
- **Plain text** is read as one paper a paragraph only if most of it is prose; **a scraped page** only if it has
  `Abstract:` or an arXiv id at the beginning of lines, and no form with other labels. Else the file is refused with
  what it looks like; `--from` forces a format.
- **People.** Names stay as they are printed; numbers, degrees, roles and addresses are taken off. Editors stand in
  where there are no authors, and are the extra field `editors`.
- **Identifiers** are found in their field, in addresses (also behind a proxy), and behind a label in notes (`PMID: …`
  in Zotero's Extra). A bare number is a PMID only where the record says who wrote it: C2 of Scopus, C3 of Cochrane,
  C5 of Dimensions, AN or U1 of PubMed. Of several DOIs in a cell the first counts; the others are kept as `further
  dois`.
- **Keywords** of BibTeX, RIS and tables are keywords, and the filter `tag:` finds them like tags.
"""
_OUT = """
### Which field is which in RIS

| tag | what | kept by |
| --- | --- | --- |
| TY | one of the standard types; the type as its source calls it is in U1, `original-type: …` | all |
| AN, DB | accession number and database: a PMID with `PubMed`, `arXiv:…`, `acl:…`; the database of the source | all |
| C2 | PMCID | EndNote (Custom 2), Zotero (Extra) |
| ED | editors | all |
| ID | the key of the record | Zotero, EndNote (Label), Covidence |
| KW | keywords, one a line | all |
| N1 | `Accession numbers: …`, `Comment: …`, `Tags: …`, `semsearch source: …` (file and line), rank, score | all |
| U1 | every other field, as `name: value` | EndNote (User 1), ASReview |

EndNote, Zotero, Rayyan, Covidence and ASReview each read other tags; the notes of N1 survive in all of them. `index`
reads all of it back. In BibTeX the type of the source is `original-type`; in CSL-JSON it is in `custom`.

`-o FILE` obeys its suffix (.json, .jsonl, .csv, .bib, .ris, .md), unless `--format` says another format. An existing
file is replaced when the new one is complete, and never if it is an input. Excel reads `excel-csv`: the same table
with a byte order mark.

### What a format cannot hold

Written and read back, a paper is the same in every field, but for these.

| format | field | what comes back |
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
        _RULES,
        *(_tags(f) for f in FORMATS if isinstance(f.reader, TaggedFormat)),
        _headings(),
    ]
    outputs = [f"| `{name}` | {_first_line(kind.__doc__)} |" for name, kind in WRITERS.items()]
    lost = [f"| `{form}` | {field} | {what} |" for form, held in CANNOT_HOLD.items() for field, what in held.items()]
    parts += ["\n## Out\n\n| `--format` | what |\n| --- | --- |\n", "\n".join(outputs), "\n"]
    parts += [_OUT, "\n".join(lost), "\n", _RECIPE]
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

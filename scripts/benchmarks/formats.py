"""Every file below a folder: format, records by an independent count, papers, rejected with reasons, seconds.

scripts/bench formats FOLDER. The sums must agree for every file that was read to its end. A mark of the format counts
text and XML, the standard library's json, csv and sqlite3 the others; what is refused has its own line and reason.
"""

from __future__ import annotations

import csv
import io
import json
import re
import sqlite3
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

from semsearch.model.errors import SemsearchError
from semsearch.model.paper import Paper, Rejected
from semsearch.readers import SourceFile, open_sources

_MARKS = {
    "ris": r"^[\s\ufeff]{0,3}TY {1,2}-",
    "medline": r"^PMID ?-|^OWN - ERIC|\A(?:PMCR|PMC ) ?-",
    "wos": r"^PT ",
    "endnote": r"^\ufeff?%0",
    "refworks": r"^RT ",
    "cochrane": r"^Record #\d",
    "ovid": r"^<\d+>",
    "bibtex": r"^[\s\ufeff%]*@[ \t]*(?!comment\b|string\b|preamble\b)[A-Za-z_]+\s*[{(]",
    "pubmed-xml": r"<Pubmed(?:Book)?Article>",
    "endnote-xml": r"<record>",
    "arxiv-atom": r"<entry>",
    "oai": r"<record[ >]",
    "jats": r"<article[ >]",
    "acl-xml": r"<paper[ >]",
    "crossref-xml": r"<crossref\b(?!\.)",
    "mods": r"<mods[ >]",
    "marc-xml": r"<leader>|<(?:\w+:)?record>\s*<controlfield",
    "word": r"<(?:\w+:)?Source>",
}
_ZOTERO = """SELECT count(*) FROM items JOIN itemTypes USING (itemTypeID) WHERE typeName NOT IN
    ('note', 'attachment', 'annotation') AND itemID NOT IN (SELECT itemID FROM deletedItems)"""


def _counted(source: SourceFile) -> int | None:
    """Records by other means than ours; ``None`` for text without any marks."""
    assert source.format
    kind = source.format.name
    if kind == "zotero":
        with sqlite3.connect(f"file:{source.opened.path}?immutable=1", uri=True) as library:
            return int(library.execute(_ZOTERO).fetchone()[0])
    with source.opened.text() as stream:
        text = stream.read()
    source.opened.close()
    if kind in _MARKS:
        # An entry may begin behind another one's end.
        text = re.sub(r"\}[ \t]*@", "}\n@", text) if kind == "bibtex" else text
        return len(re.findall(_MARKS[kind], text, re.MULTILINE | re.IGNORECASE * (kind != "ovid")))
    if kind == "csv":
        delimiter = max(",;\t|", key=text.split("\n", 1)[0].count)
        rows = [row for row in csv.reader(io.StringIO(text), delimiter=delimiter) if any(cell.strip() for cell in row)]
        return len(rows) - 1
    return _json_records(text) if kind == "json" else None


def _json_records(text: str) -> int | None:
    try:
        value = json.loads(text)
    except ValueError:
        lines = [line for line in text.split("\n") if line.strip()]
        return len(lines) if all(line.startswith("{") for line in lines) else None
    if isinstance(value, dict) and isinstance(value.get("message"), dict):
        value = value["message"]
    lists = [v for k, v in value.items() if k in _LISTS and _objects(v)] if isinstance(value, dict) else [value]
    return len(lists[0]) if lists and not _has_title(value) else 1


_LISTS = ("items", "papers", "results", "records", "data", "documents", "docs", "entries", "references", "hits")


def _objects(value: Any) -> bool:
    return isinstance(value, list) and (not value or any(isinstance(v, dict) for v in value))


def _has_title(value: Any) -> bool:
    return isinstance(value, dict) and any(k.lower() in ("title", "abstract", "text", "description") for k in value)


def main(folder: str) -> None:
    totals: Counter[str] = Counter()
    print("| file | format | count | papers | rejected | seconds | reasons |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for path in sorted(p for p in Path(folder).rglob("*") if p.is_file()):
        name = path.relative_to(folder).parts[0] + "/…/" + path.name[-50:]
        started = time.perf_counter()
        try:
            sources = open_sources([str(path)])
        except SemsearchError as error:
            totals["refused"] += 1
            print(f"| {name} | - | - | 0 | 0 | 0.00 | refused: {str(error).removeprefix(str(path))[2:22]} |")
            continue
        for source in sources:
            records = list(source.records())
            took = time.perf_counter() - started
            count = _counted(source)
            papers = sum(isinstance(r, Paper) for r in records)
            reasons = Counter(re.sub(r"[:,].*", "", r.reason)[:40] for r in records if isinstance(r, Rejected))
            agrees = count is None or count == len(records) or not source.complete
            totals += Counter(
                files=1,
                records=len(records),
                papers=papers,
                rejected=len(records) - papers,
                uncounted=count is None,
                cut_short=not source.complete,
                disagree=not agrees,
                slow=took > 10,
            )
            told = "; ".join(f"{n} {reason}" for reason, n in reasons.items())
            kind = source.format.name if source.format else "-"
            mark = "" if agrees else " **differs**"
            counted = "-" if count is None else f"{count}{mark}"
            print(f"| {name} | {kind} | {counted} | {papers} | {len(records) - papers} | {took:.2f} | {told} |")
    print("\n" + ", ".join(f"{key} {value:,}" for key, value in totals.items()))


if __name__ == "__main__":
    main(sys.argv[1])

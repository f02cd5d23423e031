"""Every file below a folder: format, records by an independent count, papers, rejected with reasons, seconds.

scripts/bench formats FOLDER. The sums must agree wherever there is a count; a mark of the format counts text formats,
the standard library's json and csv the others.
"""

from __future__ import annotations

import csv
import io
import json
import re
import sys
import time
from collections import Counter
from pathlib import Path

from semsearch.errors import SemsearchError
from semsearch.paper import Paper, Rejected
from semsearch.readers import SourceFile, open_sources

_MARKS = {
    "ris": r"^[\s\ufeff]{0,3}TY {1,2}-",
    "medline": r"^PMID ?-|^OWN - ERIC",
    "wos": r"^PT ",
    "endnote": r"^\ufeff?%0",
    "bibtex": r"@[ \t]*(?!comment\b|string\b|preamble\b)[A-Za-z_]+\s*[{(]\s*[^\s,{}()=]*\s*,",
    "pubmed-xml": r"<Pubmed(?:Book)?Article>",
    "endnote-xml": r"<record>",
    "arxiv-atom": r"<entry>",
    "oai": r"<record[ >]",
    "jats": r"<article[ >]",
    "acl-xml": r"<paper[ >]",
}


def _counted(source: SourceFile) -> int | None:
    assert source.format
    with source.opened.text() as stream:
        text = stream.read()
    source.opened.close()
    if mark := _MARKS.get(source.format.name):
        return len(re.findall(mark, text, re.MULTILINE | re.IGNORECASE))
    if source.format.name == "csv":
        delimiter = max(",;\t|", key=text.split("\n", 1)[0].count)
        rows = [row for row in csv.reader(io.StringIO(text), delimiter=delimiter) if any(cell.strip() for cell in row)]
        return len(rows) - 1
    if source.format.name == "json":
        try:
            value = json.loads(text)
        except ValueError:
            return sum(1 for line in text.split("\n") if line.strip())
        return len(value) if isinstance(value, list) else None
    return None


def main(folder: str) -> None:
    totals: Counter[str] = Counter()
    print(
        "| file | format | count | papers | rejected | seconds | reasons |\n| --- | --- | --- | --- | --- | --- | --- |"
    )
    for path in sorted(p for p in Path(folder).rglob("*") if p.is_file()):
        name = path.relative_to(folder).parts[0] + "/…/" + path.name[-50:]
        started = time.perf_counter()
        try:
            sources = open_sources([str(path)])
        except SemsearchError:
            totals["unknown"] += 1
            continue
        for source in sources:
            records = list(source.records())
            took = time.perf_counter() - started
            count = _counted(source) if not source.opened.temporary else None
            papers = sum(isinstance(r, Paper) for r in records)
            reasons = Counter(re.sub(r"[:,].*", "", r.reason)[:40] for r in records if isinstance(r, Rejected))
            agrees = count is None or count == len(records) or not source.complete
            totals += Counter(
                files=1,
                records=len(records),
                papers=papers,
                rejected=len(records) - papers,
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

"""Generated papers through write, read and compare, in every format that holds a whole paper; and by foreign parsers.

scripts/bench roundtrips [PAPERS]. The generator is that of the tests (tests/generated.py), drawing anew.
"""

from __future__ import annotations

import csv
import importlib
import importlib.util
import io
import json
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, Phase, given, settings

from semsearch.text.spreadsheet import unguarded
from tests.generated import FORMATS, differences, paper_of, read_back, records, written

if TYPE_CHECKING:
    from collections.abc import Callable

    from semsearch.model.paper import Paper


def generated(form: str, count: int) -> list[Paper]:
    """That many papers, of types that the format has a word for."""
    papers: list[Paper] = []

    @settings(max_examples=count, phases=[Phase.generate], deadline=None, suppress_health_check=list(HealthCheck))
    @given(record=records(form))
    def draw(record: dict[str, Any]) -> None:
        papers.append(paper_of(record))

    while len(papers) < count:
        draw()
    return papers[:count]


def _rispy(content: str) -> list[dict[str, Any]]:
    entries = importlib.import_module("rispy").loads(content)
    return [
        {"title": e.get("title", ""), "abstract": e.get("abstract", ""), "authors": tuple(e.get("authors", ())),
         "year": int(e["year"]), "doi": e.get("doi"), "volume": e.get("volume", ""), "issue": e.get("number", ""),
         "language": e.get("language", ""), "keywords": tuple(e.get("keywords", ()))}
        for e in entries
    ]  # fmt: skip


def _pybtex(content: str) -> list[dict[str, Any]]:
    entries = importlib.import_module("pybtex.database").parse_string(content, "bibtex").entries.values()
    return [
        {"year": int(e.fields["year"]), "volume": e.fields.get("volume", ""), "issue": e.fields.get("number", ""),
         "language": e.fields.get("language", ""), "pmid": e.fields.get("pmid"), "comment": e.fields.get("comment", "")}
        for e in entries
    ]  # fmt: skip


def _bibtexparser(content: str) -> list[dict[str, Any]]:
    library = importlib.import_module("bibtexparser").parse_string(content)
    return [
        {"year": int(e["year"]), "volume": e.get("volume", _NONE).value, "issue": e.get("number", _NONE).value,
         "language": e.get("language", _NONE).value, "comment": e.get("comment", _NONE).value}
        for e in library.entries
    ]  # fmt: skip


class _NONE:
    value = ""


def _csv(content: str) -> list[dict[str, Any]]:
    names = ("title", "abstract", "venue", "volume", "issue", "pages", "language", "comment")
    return [{n: unguarded(row[n]) for n in names} for row in csv.DictReader(io.StringIO(content, newline=""))]


def _pandas(content: str) -> list[dict[str, Any]]:
    frame = importlib.import_module("pandas").read_csv(io.StringIO(content), dtype=str, keep_default_na=False)
    return [{n: unguarded(row[n]) for n in ("title", "abstract", "venue", "pages")} for row in frame.to_dict("records")]


def _json(content: str) -> list[dict[str, Any]]:
    return [{"title": e["title"], "abstract": e.get("abstract", ""), "doi": e.get("DOI")} for e in json.loads(content)]


FOREIGN: dict[str, list[tuple[str, Callable[[str], list[dict[str, Any]]]]]] = {
    "ris": [("rispy", _rispy)],
    "bibtex": [("pybtex", _pybtex), ("bibtexparser", _bibtexparser)],
    "csv": [("csv", _csv), ("pandas", _pandas)],
    "csl-json": [("json", _json)],
}


def main(count: int = 10_000) -> None:
    print("| format | papers | read back | with a difference | foreign parser: papers, with a difference |")
    print("| --- | --- | --- | --- | --- |")
    for form in FORMATS:
        papers = generated(form, count)
        content = written(form, papers)
        with tempfile.TemporaryDirectory() as folder:
            again = read_back(form, content, Path(folder))
        found = [differences(form, a, b) for a, b in zip(papers, again, strict=False)]
        fields = Counter(name for one in found for name in one)
        told = []
        for name, parse in FOREIGN.get(form, ()):
            theirs = parse(content)
            wrong = [
                (name, key, value, ours)
                for paper, entry in zip(papers, theirs, strict=False)
                for key, value in entry.items()
                if value != (ours := getattr(paper, key))
            ]
            told.append(f"{name}: {len(theirs):,}, {len(wrong)} {wrong[:1] or ''}")
        differing = f"{sum(map(bool, found))} {dict(fields) or ''}"
        print(f"| {form} | {len(papers):,} | {len(again):,} | {differing} | {'; '.join(told) or '-'} |", flush=True)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))

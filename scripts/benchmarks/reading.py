"""Reading rate of each format beside that of the bare parser that it stands on, and its share of the time of `index`.

scripts/bench reading FILE [PAPERS]: the papers of the file are written in every format; each is read in turns with its
parser, three times. The share compares with embedding 256 of the same papers.
"""

from __future__ import annotations

import csv
import importlib
import io
import itertools
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from semsearch import encoders
from semsearch.model.paper import Paper
from semsearch.readers import open_sources
from semsearch.text.cleaning import embedded_text
from semsearch.writers import writer

if TYPE_CHECKING:
    from collections.abc import Callable


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _lxml(path: Path) -> None:
    for _, element in importlib.import_module("lxml.etree").iterparse(str(path), tag="PubmedArticle"):
        element.clear()


def _pubmed(papers: list[Paper]) -> str:
    escape = importlib.import_module("xml.sax.saxutils").escape
    records = (
        f"<PubmedArticle><MedlineCitation><PMID>{n}</PMID><Article><ArticleTitle>{escape(p.title)}</ArticleTitle><Abstract>"
        f"<AbstractText>{escape(p.abstract)}</AbstractText></Abstract></Article></MedlineCitation></PubmedArticle>\n"
        for n, p in enumerate(papers, 1)
    )
    return "<PubmedArticleSet>\n" + "".join(records) + "</PubmedArticleSet>\n"


PARSERS: dict[str, tuple[str, str, Callable[[Path], object]]] = {
    "jsonl": ("jsonl", "json", lambda path: [json.loads(line) for line in path.open(encoding="utf-8")]),
    "csv": ("csv", "csv", lambda path: list(csv.DictReader(path.open(encoding="utf-8", newline="")))),
    "csl-json": ("json", "json", lambda path: json.loads(path.read_text("utf-8"))),
    "ris": ("ris", "rispy", lambda path: importlib.import_module("rispy").loads(path.read_text("utf-8"))),
    "bibtex": ("bib", "bibtexparser", lambda path: importlib.import_module("bibtexparser").parse_file(str(path))),
    "pubmed-xml": ("xml", "lxml", _lxml),
}


def main(name: str, count: int = 4000) -> None:
    (source,) = open_sources([name])
    papers = [r for r in itertools.islice(source.records(), count) if isinstance(r, Paper)]
    encoder = encoders.load()
    texts = [embedded_text(p.title, p.abstract) for p in papers[:256]]
    encoder.encode_documents(texts[:32])
    embedding = _seconds(lambda: encoder.encode_documents(texts)) / len(texts)
    print(f"{len(papers):,} papers of {name}; embedding {1 / embedding:.0f} papers/s\n")
    print("| format | records/s | parser | its records/s | ratio | share of index |")
    print("| --- | --- | --- | --- | --- | --- |")
    for form, (suffix, parser, parse) in PARSERS.items():
        with tempfile.TemporaryDirectory() as folder:
            path, out = Path(folder) / f"x.{suffix}", io.StringIO()
            if form == "pubmed-xml":
                out.write(_pubmed(papers))
            else:
                writer(form).papers(papers, out)
            path.write_text(out.getvalue(), "utf-8", newline="")
            turns = [
                (_seconds(lambda: list(open_sources([str(path)])[0].records())), _seconds(lambda: parse(path)))  # noqa: B023
                for _ in range(3)
            ]
        ours, theirs = (statistics.median(turn[place] for turn in turns) for place in (0, 1))
        ratio = statistics.median(a / b for a, b in turns)
        share = ours / len(papers) / (ours / len(papers) + embedding)
        rates = f"{len(papers) / ours:,.0f} | {parser} | {len(papers) / theirs:,.0f}"
        print(f"| {form} | {rates} | {ratio:.1f} times as long | {share:.2%} |", flush=True)


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))

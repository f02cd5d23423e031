"""Memory of `index` over a large file, with an encoder that costs nothing: peak above that at the start.

scripts/bench memory [GIB] [jsonl|pubmed-xml]: a made-up file of that size, in the temporary folder, is indexed as the
command does it. The encoder's vectors are random, 384 wide; a model's own memory comes on top.
"""

from __future__ import annotations

import json
import random
import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from semsearch.service import Index

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

_SYLLABLES = ("ka", "lo", "mi", "ren", "tu", "vas", "e", "ori", "sel", "dan", "qu", "ith", "po", "na")


class RandomEncoder:
    """Unit vectors that have nothing to do with the texts."""

    fingerprint: Mapping[str, str] = {"model": "random", "dim": "384"}
    dim = 384

    def __init__(self) -> None:
        self._random = np.random.default_rng(0)

    def encode_documents(self, texts: Sequence[str]) -> NDArray[np.float32]:
        vectors = self._random.standard_normal((len(texts), self.dim))
        unit: NDArray[np.float32] = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
        return unit

    encode_queries = encode_documents

    def truncated(self, texts: Sequence[str]) -> Sequence[bool]:
        return [False] * len(texts)


def _records(kind: str) -> Iterator[str]:
    chance = random.Random(0)
    words = ["".join(chance.choices(_SYLLABLES, k=chance.randint(1, 4))) for _ in range(5000)]
    number = 0
    while True:
        number += 1
        title, abstract = (" ".join(chance.choices(words, k=k)) for k in (10, chance.randint(60, 260)))
        if kind == "jsonl":
            yield json.dumps({"title": title, "abstract": abstract, "doi": f"10.5555/{number}", "year": 2031}) + "\n"
        else:
            yield (
                f"<PubmedArticle><MedlineCitation><PMID>{number}</PMID><Article><ArticleTitle>{title}</ArticleTitle>"
                f"<Abstract><AbstractText>{abstract}</AbstractText></Abstract><AuthorList><Author><LastName>Falkenrath"
                "</LastName></Author></AuthorList></Article></MedlineCitation></PubmedArticle>\n"
            )


def main(gib: str = "5", kind: str = "jsonl") -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"large.{ {'jsonl': 'jsonl'}.get(kind, 'xml') }"
        with path.open("w", encoding="utf-8") as stream:
            stream.write("" if kind == "jsonl" else "<?xml version='1.0'?>\n<PubmedArticleSet>\n")
            for record in _records(kind):
                stream.write(record)
                if stream.tell() > float(gib) * 2**30:
                    break
            stream.write("" if kind == "jsonl" else "</PubmedArticleSet>\n")
        index = Index(Path(folder) / "index", encoder=RandomEncoder())
        index.add({"title": "everything is imported", "abstract": "and the index is there"})
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        started, size = time.perf_counter(), path.stat().st_size
        report = index.add(path)
        took = time.perf_counter() - started
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        print(
            f"{kind}, {size / 2**30:.2f} GiB: {report.equation}; {took:,.0f} s, {report.read / took:,.0f} records/s; "
            f"peak {peak / 1024:,.0f} MiB, {(peak - before) / 1024:,.0f} MiB above the start; "
            f"{index.status().segments} segments"
        )


if __name__ == "__main__":
    main(*sys.argv[1:])

"""Rate of `index` beside that of plain `SentenceTransformer.encode` on the same texts, in turns, in one run.

scripts/bench embedding FILE [PAPERS] [ROUNDS]
"""

from __future__ import annotations

import itertools
import statistics
import sys
import tempfile
import time

from sentence_transformers import SentenceTransformer

import semsearch
from semsearch.encoders.models import locate
from semsearch.model.paper import Paper
from semsearch.readers import open_sources
from semsearch.text.cleaning import embedded_text


def main(name: str, papers: int = 1024, rounds: int = 3) -> None:
    (source,) = open_sources([name])
    taken = [r for r in itertools.islice(source.records(), papers * rounds) if isinstance(r, Paper)]
    plain = SentenceTransformer(str(locate("all-MiniLM-L6-v2").folder))
    ratios = []
    with tempfile.TemporaryDirectory() as folder:
        index = semsearch.open(folder)
        plain.encode(["warm"] * 32)
        index.encoder.encode_documents(["warm"] * 32)
        for start in range(0, len(taken), papers):
            part = taken[start : start + papers]
            texts = [embedded_text(p.title, p.abstract) for p in part]
            started = time.perf_counter()
            plain.encode(texts, normalize_embeddings=True)
            theirs = time.perf_counter() - started
            started = time.perf_counter()
            report = index.add(part)
            ours = time.perf_counter() - started
            assert report.embedded == len(part)
            ratios.append(theirs / ours)
            rates = f"plain encode {len(part) / theirs:.1f} abstracts/s, index {len(part) / ours:.1f}"
            print(f"{rates}; ratio {theirs / ours:.2f}", flush=True)
    print(f"median ratio {statistics.median(ratios):.2f} over {len(ratios)} rounds of {papers}")


if __name__ == "__main__":
    main(sys.argv[1], *(int(a) for a in sys.argv[2:4]))

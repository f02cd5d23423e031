"""Answers of an index against brute force in float64 over its stored vectors: ids, order and scores.

scripts/bench exactness INDEX [QUERIES] [THRESHOLD]
"""

from __future__ import annotations

import statistics
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

import semsearch
from semsearch.index import IndexDirectory
from semsearch.lexical import analyzer
from semsearch.retrieval import fusion

if TYPE_CHECKING:
    from semsearch.index import IndexReader

Wide = NDArray[np.float64]


def _stored(path: str) -> tuple[list[str], list[str], Wide]:
    with IndexDirectory(Path(path)).reader(vectors=True) as state:
        rows = np.arange(len(state.dense)) if state.live is None else np.flatnonzero(state.live)
        papers = state.documents.papers_at(rows.tolist())
        return [p.id for p in papers], [p.title for p in papers], state.dense.take(rows).astype(np.float64)


def _top(vectors: Wide, query: Wide, k: int, without: int | None = None) -> tuple[NDArray[np.int64], Wide]:
    scores = (vectors * query).sum(axis=1)
    if without is not None:
        scores[without] = -np.inf
    order = np.lexsort((np.arange(len(scores)), -scores))[:k]
    return order, scores[order]


def _hybrid(state: IndexReader, vector: NDArray[np.float32], question: str) -> NDArray[np.int64]:
    """All rows that are papers, by cosine and BM25 of every one."""
    vectors = state.dense
    live = np.arange(len(vectors)) if state.live is None else np.flatnonzero(state.live)
    query = vector.astype(np.float64)
    cosines = np.concatenate(
        [(vectors.rows(a, min(a + 4096, len(vectors))) * query).sum(axis=1) for a in range(0, len(vectors), 4096)]
    )
    bm25 = np.zeros(len(vectors))
    if terms := analyzer.terms(question):
        found = state.lexical.scores(terms)
        bm25[found.rows] = found.scores
    spread = max(float(cosines[live].max()) - round(float(cosines[live].mean()), 3), 0.001)
    keys = cosines + fusion.factor(fusion.bm25_weight(len(vectors)), spread, float(bm25[live].max())) * bm25
    return live[np.lexsort((live, -keys[live]))]


def _tell(what: str, wrong: int, largest: float, times: list[float]) -> None:
    median = statistics.median(times) * 1e3
    print(f"{what}: {wrong} lists differ; largest difference of a score {largest:.1e}; median {median:.1f} ms")


def main(path: str, queries: int = 200, threshold: float = 0.85, k: int = 10) -> None:
    index = semsearch.open(path)
    ids, titles, vectors = _stored(path)
    chosen = np.random.default_rng(0).choice(len(ids), min(queries, len(ids)), replace=False)
    index.search("load the model", 1)

    print(f"{len(ids):,} papers, {len(chosen)} queries of words shuffled out of titles, k = {k}")
    rng, wrong, largest, times = np.random.default_rng(1), 0, 0.0, []
    for row in chosen:
        words = titles[row].split()
        question = " ".join(rng.permutation(words)[: max(3, len(words) // 2)]) or "x"
        started = time.perf_counter()
        hits = index.search(question, k, mode="dense", collapse=False)
        times.append(time.perf_counter() - started)
        expected, scores = _top(vectors, index.encoder.encode_queries([question])[0].astype(np.float64), k)
        wrong += [h.paper.id for h in hits] != [ids[r] for r in expected]
        largest = max(largest, float(np.abs(np.clip(scores, -1, 1) - [h.score for h in hits]).max()))
    _tell("query", wrong, largest, times)

    wrong, times = 0, []
    with IndexDirectory(Path(path)).reader(vectors=True) as state:
        for row in chosen:
            started = time.perf_counter()
            question = titles[row] or "x"
            hits = index.search(question, k, collapse=False)
            times.append(time.perf_counter() - started)
            named = {
                hit.paper.id for hit in hits if hit.named_by
            }  # by the title that the question is: these come first
            rows = _hybrid(state, index.encoder.encode_queries([question])[0], question)[: 2 * k + len(named)]
            expected_ids = [paper.id for paper in state.documents.papers_at(rows.tolist()) if paper.id not in named]
            wrong += [h.paper.id for h in hits if not h.named_by] != expected_ids[: k - len(named)]
    _tell("query, hybrid, against all keys", wrong, 0.0, times)

    wrong, largest, times = 0, 0.0, []
    for row in chosen:
        started = time.perf_counter()
        hits = index.related(ids[row], k, collapse=False)
        times.append(time.perf_counter() - started)
        expected, scores = _top(vectors, vectors[row], k, without=int(row))
        wrong += [h.paper.id for h in hits] != [ids[r] for r in expected]
        largest = max(largest, float(np.abs(np.clip(scores, -1, 1) - [h.score for h in hits]).max()))
    _tell("related", wrong, largest, times)

    started = time.perf_counter()
    with index.compared(threshold) as findings:
        took = time.perf_counter() - started
        near, cosines = findings.collection.near(threshold, None) or ((), ())
        found = {(ids[a], ids[b]): float(score) for (a, b), score in zip(near, cosines, strict=True)}
    expected_pairs = {}
    for start in range(0, len(ids), 1000):
        block = vectors[start : start + 1000] @ vectors.T
        for a, b in np.argwhere(block >= threshold - 1e-12):
            if start + a < b:
                score = float((vectors[start + a] * vectors[b]).sum())
                if score >= threshold:
                    expected_pairs[ids[start + a], ids[b]] = score
    off = max((abs(found[p] - min(1, s)) for p, s in expected_pairs.items() if p in found), default=0.0)
    differ = len(set(found) ^ set(expected_pairs))
    print(f"duplicates >= {threshold}: {len(found):,} pairs, all kinds found in {took:.2f} s")
    print(f"            {differ} pairs differ; largest difference of a score {off:.1e}")


if __name__ == "__main__":
    main(sys.argv[1], *(int(a) for a in sys.argv[2:3]), *(float(a) for a in sys.argv[3:4]))

"""What a user waits for, beside what could be installed instead, in one run; writes docs/performance.md.

scripts/bench speed FILE… [--only PART…] [--rows N]: the papers of the files; parts are embedding, search, pruning,
pairs, start. Each part asserts that the results are right before it times anything. Medians; ratios are what to quote.
"""

from __future__ import annotations

import argparse
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from scripts.benchmarks import peers, speed_page
from scripts.benchmarks.speed_corpus import Matrix, grown, make_index, papers_of
from scripts.benchmarks.speed_machine import forget_peak, machine, peak
from semsearch import encoders, heavy_imports
from semsearch.dense.flat import FlatIndex
from semsearch.dense.pairs import pairs_above
from semsearch.encoders.models import locate
from semsearch.text.cleaning import embedded_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from semsearch.model.paper import Paper

_K = 10
#: Of `embedding`: rounds, and abstracts in each.
_ROUNDS, _ROUND = 4, 512
_THRESHOLD = 0.9
#: How far a score in float32 may be off.
_ROUNDING = 2e-6


def seconds(call: Callable[[], Any], runs: int) -> float:
    """Median of so many runs."""
    took = []
    for _ in range(runs):
        started = time.perf_counter()
        call()
        took.append(time.perf_counter() - started)
    return statistics.median(took)


def embedded(papers: Sequence[Paper], rounds: int) -> Matrix:
    """The vectors that `embedding` returns, where nobody asked for its times."""
    return np.asarray(encoders.load().encode_documents(_texts(papers, rounds)))


def _texts(papers: Sequence[Paper], rounds: int) -> list[str]:
    return [embedded_text(p.title, p.abstract) for p in papers if p.abstract][: rounds * _ROUND]


def embedding(papers: Sequence[Paper], rounds: int = _ROUNDS) -> tuple[Matrix, list[str]]:
    """Abstracts a second, in turns with plain sentence-transformers; returns the vectors too."""
    plain = heavy_imports.sentence_transformers().SentenceTransformer(
        str(locate("all-MiniLM-L6-v2").folder), device="cpu"
    )
    ours = encoders.load()
    texts, size = _texts(papers, rounds), _ROUND
    plain.encode(["warm"] * 32)
    ours.encode_documents(["warm"] * 32)
    vectors, expected, rates = [], [], []
    for start in range(0, len(texts), size):
        part = texts[start : start + size]
        began = time.perf_counter()
        expected.append(plain.encode(part, normalize_embeddings=True))
        middle = time.perf_counter()
        vectors.append(ours.encode_documents(part))
        rates.append((size / (middle - began), size / (time.perf_counter() - middle)))
    mine, theirs = np.concatenate(vectors), np.concatenate(expected)
    cosine = float(np.sum(mine * theirs, axis=1).min())
    overlap = float(np.mean([len(set(a) & set(b)) / _K for a, b in zip(_top(mine), _top(theirs), strict=True)]))
    assert cosine >= 0.9999 and overlap >= 0.995, (cosine, overlap)  # noqa: PT018
    ratio = statistics.median(b / a for a, b in rates)
    slow, fast = (statistics.median(side) for side in zip(*rates, strict=True))
    return mine, [
        f"| `SentenceTransformer.encode`, float32 | {slow:.1f} | |",
        f"| semsearch, {getattr(ours, 'runtime', '')} | {fast:.1f} | {ratio:.2f} |",
        "",
        f"{len(texts):,} abstracts in {rounds} rounds; least cosine to the other's vectors {cosine:.7f}, overlap of "
        f"the first ten among them {overlap:.4f}.",
    ]


def _top(vectors: Matrix) -> Any:
    return np.argsort(-(vectors @ vectors.T), axis=1)[:, :_K]


def titles(papers: Sequence[Paper], count: int = 1000) -> Matrix:
    """Vectors of real titles, of papers that are not among the embedded ones: questions."""
    return np.asarray(encoders.load().encode_queries([p.title for p in papers[::-1] if p.title][:count]))


def search(rows: Matrix, queries: Matrix) -> list[str]:
    """One query, a thousand at once, one of a hundredth of the rows."""
    index = FlatIndex(rows.shape[1], [rows])
    plain = FlatIndex(rows.shape[1], [rows])
    expected = [np.sort(rows @ query)[-_K:][::-1] for query in queries[:20]]
    for query in queries[:200]:  # until it is worth to code the rows
        index.search(query[None], _K)
    begun = time.perf_counter()
    answers = FlatIndex(rows.shape[1], [rows]).search(queries, _K)
    first = time.perf_counter() - begun
    _assert_best(rows, queries, [found for found, _ in answers], expected)
    _assert_best(rows, queries, [plain.search(q[None], _K)[0][0] for q in queries[:20]], expected)
    one = {
        "semsearch": _one(index.search, queries, 40),
        "semsearch, its first questions": _one(lambda q, k: FlatIndex(plain.dim, [rows]).search(q, k), queries, 15),
    }
    batch = {"semsearch": seconds(lambda: index.search(queries, _K), 5)}
    with peers.searchers(rows) as others:
        for name, asked in others:
            found = asked(queries[:20], _K)
            _assert_best(rows, queries, found, expected)
            one[name] = _one(asked, queries, 15)
            if one[name] < 0.15 and "duckdb" not in name:  # the others would take minutes, asked one by one
                batch[name] = seconds(lambda asked=asked: asked(queries, _K), 1)  # type: ignore[misc]
            print(name, one[name], batch.get(name), flush=True)
    filtered = _filtered(rows, queries, index)
    base, base_batch = one["faiss IndexFlatIP"], batch["faiss IndexFlatIP"]
    lines = [
        f"| {name} | {took * 1000:.1f} | {base / took:.1f} | "
        + (f"{batch[name]:.2f} | {base_batch / batch[name]:.1f} |" if name in batch else "| |")
        for name, took in one.items()
    ]
    lines += [
        "",
        f"The first {len(queries):,} questions at once, with the coding of {len(rows):,} rows: {first:.2f} s.",
        "",
    ]
    return [*lines, *filtered]


def _one(asked: Callable[[Matrix, int], object], queries: Matrix, runs: int) -> float:
    turns = iter(queries[-runs:])
    return seconds(lambda: asked(next(turns)[None], _K), runs)


def _filtered(rows: Matrix, queries: Matrix, index: FlatIndex) -> list[str]:
    lines = ["| rows of the filter | semsearch, ms | of its unfiltered | faiss `IDSelectorBitmap`, ms | ratio |"]
    lines += ["| --- | --- | --- | --- | --- |"]
    faiss, random = heavy_imports.faiss(), np.random.default_rng(1)
    flat = faiss.IndexFlatIP(rows.shape[1])
    flat.add(rows)
    whole = _one(index.search, queries, 20)
    for share in (0.001, 0.01, 0.1, 0.5):
        allowed = random.random(len(rows)) < share
        bits = np.packbits(allowed, bitorder="little")
        parameters = faiss.SearchParameters(sel=faiss.IDSelectorBitmap(bits))
        for query in queries[:5]:
            found = index.search(query[None], _K, mask=allowed)[0][0]
            products = np.where(allowed, rows @ query, -2)
            assert allowed[found].all()
            _assert_best(rows, query[None], [found], [np.sort(products)[-_K:][::-1]])
        ours = _one(lambda q, k: index.search(q, k, mask=allowed), queries, 20)  # noqa: B023
        theirs = _one(lambda q, k: flat.search(q, k, params=parameters), queries, 20)  # noqa: B023
        lines.append(
            f"| {share:.1%} | {ours * 1000:.2f} | {ours / whole:.2f} | {theirs * 1000:.1f} | {theirs / ours:.1f} |"
        )
    return lines


def pruning(rows: Matrix, queries: Matrix, runs: int = 40) -> list[str]:
    """One question to FAISS's scans and to ours, in turns, in CPU-time: other work on the machine changes it less.

    FAISS has one thread, as its threads spend CPU-time on waiting for each other. Five copies of the rows are held.
    """
    faiss, index = heavy_imports.faiss(), FlatIndex(rows.shape[1], [rows])
    threads = faiss.omp_get_max_threads()
    index.search(queries, _K)  # enough of them that the rows are coded
    scans = {name: make(rows, Path()) for name, make in peers.SEARCHERS.items() if name.startswith("faiss")}
    asked: dict[str, Any] = {"semsearch": lambda query, k: [found for found, _ in index.search(query, k)]} | scans
    expected = [np.sort(rows @ query)[-_K:][::-1] for query in queries[:runs]]
    took: dict[str, list[float]] = {name: [] for name in asked}
    faiss.omp_set_num_threads(1)
    for turn, query in enumerate(queries[:runs]):
        for place in range(len(asked)):
            name = list(asked)[(turn + place) % len(asked)]
            begun = time.process_time()
            found = asked[name](query[None], _K)
            took[name].append(time.process_time() - begun)
            _assert_best(rows, query[None], found, expected[turn : turn + 1])
    read = {name: _coordinates_read(asked[name], queries[:runs]) for name in asked if "Panorama" in name}
    faiss.omp_set_num_threads(threads)
    middle = {name: statistics.median(times) for name, times in took.items()}
    base = middle["faiss IndexFlatIP"]
    return [
        f"| {name} | {time_ * 1000:.1f} | {base / time_:.1f} | " + (f"{read[name]:.0%} |" if name in read else "|")
        for name, time_ in middle.items()
    ]


def _coordinates_read(panorama: peers.Search, queries: Matrix) -> float:
    """The share of all coordinates that a Panorama index reads; its counters are only right with one thread."""
    counted = heavy_imports.faiss().cvar.indexPanorama_stats
    counted.reset()
    panorama(queries, _K)
    return float(counted.ratio_dims_scanned)


def _assert_best(rows: Matrix, queries: Matrix, found: Iterable[Any], expected: Sequence[Matrix]) -> None:
    """Each row found has the score of its rank in a float32 scan of everything, but for rounding."""
    for query, mine, scores in zip(queries, found, expected, strict=False):
        assert len(set(np.asarray(mine).tolist())) == len(scores)
        np.testing.assert_allclose(rows[np.asarray(mine)] @ query, scores, atol=_ROUNDING)


def all_pairs(rows: Matrix, real: Matrix, large: int) -> list[str]:
    """Every pair at or above .9: beside the peers, and of many rows with the memory that it takes."""
    index = FlatIndex(rows.shape[1], [rows])
    begun = time.perf_counter()
    pairs, scores = pairs_above(index, _THRESHOLD)
    took = {"semsearch": time.perf_counter() - begun}
    took["semsearch"] = statistics.median([took["semsearch"], *(seconds(lambda: _pairs(index), 1) for _ in range(4))])
    mine = dict(zip(map(tuple, pairs.tolist()), scores.tolist(), strict=True))
    differ = {}
    for name, find in peers.pairs().items():
        begun = time.perf_counter()
        found = find(rows, _THRESHOLD)
        took[name] = time.perf_counter() - begun
        other = {pair: float(rows[pair[0]] @ rows[pair[1]]) for pair in found ^ set(mine)}
        differ[name] = sum(abs(score - _THRESHOLD) > _ROUNDING for score in other.values())
        print(name, took[name], len(found), differ[name], flush=True)
    assert not differ["faiss range_search"]
    assert not differ["numpy, tiles of the upper triangle"]
    lines = [
        f"| {name} | {time_:.2f} | {time_ / took['semsearch']:.1f} | {differ.get(name, 0)} |"
        for name, time_ in took.items()
    ]
    script = f"from scripts.benchmarks.speed import large_pairs; large_pairs({large})"
    np.save(Path(tempfile.gettempdir()) / "semsearch-speed.npy", real)
    told = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True).stdout
    return [*lines, "", f"{len(mine):,} pairs. {told.strip()}"]


def _pairs(index: FlatIndex) -> object:
    return pairs_above(index, _THRESHOLD)


def large_pairs(count: int) -> None:
    """In a process of its own, for its memory."""
    rows = grown(np.load(Path(tempfile.gettempdir()) / "semsearch-speed.npy"), count, seed=3)
    forget_peak()  # that of making them
    before = peak()
    begun = time.perf_counter()
    pairs, _ = pairs_above(FlatIndex(rows.shape[1], [rows]), _THRESHOLD)
    took = time.perf_counter() - begun
    above = (peak() - before) / 1024
    print(
        f"Of {count:,} rows: {took:.1f} s, {len(pairs):,} pairs, {above:,.0f} MiB above the {rows.nbytes / 2**20:,.0f} "
        "MiB of the vectors."
    )


def start(papers: Sequence[Paper], real: Matrix, count: int = 100_000, runs: int = 9) -> list[str]:
    """A `query` process, cold; and the memory of `index`."""
    with tempfile.TemporaryDirectory() as folder:
        index = Path(folder) / "index"
        make_index(index, papers, encoders.load(), grown(real, count, seed=4))
        lines = []
        for words in (["query", "how do galaxies lose their gas?"], ["status"], ["--help"]):
            command = [sys.executable, "-m", "semsearch", *words] + (["--index", str(index)] if len(words) > 1 else [])
            command += ["--index", str(index)] if words == ["status"] else []
            cpu, wall = _process(command, runs)
            lines.append(f"| `semsearch {words[0]}` | {cpu:.2f} | {wall:.2f} |")
        return lines


def _process(command: list[str], runs: int) -> tuple[float, float]:
    """Median CPU-seconds and seconds of a process; one run goes before."""
    cpus, walls = [], []
    for _ in range(runs + 1):
        before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        walls.append(time.perf_counter() - began)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpus.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return statistics.median(cpus[1:]), statistics.median(walls[1:])


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("files", nargs="+")
    parser.add_argument("--only", nargs="+", default=list(speed_page.PARTS), choices=list(speed_page.PARTS))
    parser.add_argument("--rows", type=int, default=1_000_000)
    options = parser.parse_args()
    papers = papers_of(options.files)
    random.Random(0).shuffle(papers)  # files are of one field each
    rounds = 1 if options.only == ["start"] else _ROUNDS
    real, told = embedding(papers) if "embedding" in options.only else (embedded(papers, rounds), [])
    parts: dict[str, Callable[[], list[str]]] = {
        "embedding": lambda: told,
        "search": lambda: search(grown(real, options.rows), titles(papers)),
        "pruning": lambda: pruning(grown(real, options.rows), titles(papers)),
        "pairs": lambda: all_pairs(grown(real, options.rows // 10, seed=1), real, options.rows),
        "start": lambda: start(papers, real),
    }
    for name in options.only:
        speed_page.write(name, parts[name](), machine(), " ".join(["scripts/bench speed", *sys.argv[1:]]))
    print(speed_page.PAGE)


if __name__ == "__main__":
    main()

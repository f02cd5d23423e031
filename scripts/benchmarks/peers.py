"""Other libraries' exact search and all-pairs search, behind one signature; those that are installed."""

from __future__ import annotations

import importlib
import importlib.util
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from semsearch import heavy_imports

Matrix = NDArray[np.float32]
#: Rows of the k nearest of each query.
Search = Callable[[Matrix, int], NDArray[np.int64]]
#: Pairs at or above a threshold, or in the neighbourhood where the peer knows no threshold.
Pairs = Callable[[Matrix, float], set[tuple[int, int]]]


def _module(name: str) -> Any:
    return importlib.import_module(name) if importlib.util.find_spec(name) else None


@contextmanager
def searchers(rows: Matrix) -> Iterator[Iterator[tuple[str, Search]]]:
    """Each installed peer with all rows in it, one after the other; what it holds is freed before the next."""
    with tempfile.TemporaryDirectory() as folder:
        yield ((name, found) for name, make in SEARCHERS.items() if (found := make(rows, Path(folder))))


def _faiss(rows: Matrix, _: Path) -> Search:
    flat = heavy_imports.faiss().IndexFlatIP(rows.shape[1])
    flat.add(rows)
    return lambda queries, k: np.asarray(flat.search(queries, k)[1])


def _panorama(levels: int) -> Callable[[Matrix, Path], Search]:
    """FAISS's Cauchy-Schwarz pruning, with this number of slices of the coordinates, after the PCA that it asks for."""

    def make(rows: Matrix, _: Path) -> Search:
        faiss, dim = heavy_imports.faiss(), rows.shape[1]
        rotation = faiss.PCAMatrix(dim, dim)
        rotation.train(rows)
        rotation.have_bias = False  # without the mean subtracted, inner products are kept; with it 1 hit in 20 is right
        index = faiss.IndexPreTransform(rotation, faiss.IndexFlatIPPanorama(dim, levels))
        index.add(rows)
        return lambda queries, k: np.asarray(index.search(queries, k)[1])

    return make


def _numpy(rows: Matrix, _: Path) -> Search:
    def search(queries: Matrix, k: int) -> NDArray[np.int64]:
        out = []
        for start in range(0, len(queries), 64):
            products = queries[start : start + 64] @ rows.T
            best = np.argpartition(products, -k, axis=1)[:, -k:]
            order = np.argsort(-np.take_along_axis(products, best, axis=1), axis=1)
            out.append(np.take_along_axis(best, order, axis=1))
        return np.concatenate(out)

    return search


def _torch(rows: Matrix, _: Path) -> Search:
    torch, util = heavy_imports.torch(), heavy_imports.sentence_transformers().util
    corpus = torch.from_numpy(rows)

    def search(queries: Matrix, k: int) -> NDArray[np.int64]:
        hits = util.semantic_search(
            torch.from_numpy(queries), corpus, top_k=k, score_function=util.dot_score, corpus_chunk_size=len(rows)
        )
        return np.array([[hit["corpus_id"] for hit in found] for found in hits])

    return search


def _usearch(rows: Matrix, _: Path) -> Search | None:
    if (usearch := _module("usearch.index")) is None:
        return None
    metric = usearch.MetricKind.IP
    return lambda queries, k: np.atleast_2d(usearch.search(rows, queries, k, metric, exact=True).keys.astype(np.int64))


def _sqlite_vec(rows: Matrix, folder: Path) -> Search | None:
    extension, apsw = _module("sqlite_vec"), _module("apsw")  # Python's own SQLite may be built without extensions
    if extension is None or apsw is None:
        return None
    connection = apsw.Connection(str(folder / "vec.db"))
    connection.enable_load_extension(True)
    connection.load_extension(extension.loadable_path())
    connection.execute(f"CREATE VIRTUAL TABLE v USING vec0(x float[{rows.shape[1]}] distance_metric=cosine)")
    with connection:
        given = ((n, row.tobytes()) for n, row in enumerate(rows))
        connection.executemany("INSERT INTO v(rowid, x) VALUES (?, ?)", given)
    sql = "SELECT rowid FROM v WHERE x MATCH ? AND k = ? ORDER BY distance"
    return lambda queries, k: np.array([[r for (r,) in connection.execute(sql, (q.tobytes(), k))] for q in queries])


def _lancedb(rows: Matrix, folder: Path) -> Search | None:
    if (lancedb := _module("lancedb")) is None:
        return None
    table = lancedb.connect(str(folder / "lance")).create_table("v", _arrow(rows))

    def search(queries: Matrix, k: int) -> NDArray[np.int64]:
        asked = (
            table.search(q, vector_column_name="x").distance_type("cosine").select(["n"]).limit(k) for q in queries
        )
        return np.array([found.to_arrow()["n"].to_pylist() for found in asked])

    return search


def _duckdb(rows: Matrix, _: Path) -> Search | None:
    if (duckdb := _module("duckdb")) is None:
        return None
    connection = duckdb.connect()
    connection.register("given", _arrow(rows))
    kind = f"FLOAT[{rows.shape[1]}]"
    connection.execute(f"CREATE TABLE v AS SELECT n, x::{kind} AS x FROM given")
    sql = f"SELECT n FROM v ORDER BY array_inner_product(x, ?::{kind}) DESC LIMIT ?"

    def search(queries: Matrix, k: int) -> NDArray[np.int64]:
        return np.array([[n for (n,) in connection.execute(sql, [q.tolist(), k]).fetchall()] for q in queries])

    return search


def _txtai(rows: Matrix, _: Path) -> Search | None:
    if _module("txtai") is None:
        return None
    config = {"backend": "numpy", "dimensions": rows.shape[1]}
    index = importlib.import_module("txtai.ann").ANNFactory.create(config)
    index.index(rows)

    def search(queries: Matrix, k: int) -> NDArray[np.int64]:
        blocks = (queries[start : start + 64] for start in range(0, len(queries), 64))  # it sorts all products
        return np.array([[row for row, _ in found] for block in blocks for found in index.search(block, k)])

    return search


def _arrow(rows: Matrix) -> Any:
    arrow = importlib.import_module("pyarrow")
    vectors = arrow.FixedSizeListArray.from_arrays(arrow.array(rows.ravel()), rows.shape[1])
    return arrow.table({"n": arrow.array(np.arange(len(rows))), "x": vectors})


SEARCHERS: dict[str, Callable[[Matrix, Path], Search | None]] = {
    "faiss IndexFlatIP": _faiss,
    **{f"faiss IndexFlatIPPanorama, {levels} levels after PCA": _panorama(levels) for levels in (8, 16, 32)},
    "numpy": _numpy,
    "torch (sentence-transformers semantic_search)": _torch,
    "usearch, exact": _usearch,
    "txtai, its numpy backend": _txtai,
    "duckdb": _duckdb,
    "sqlite-vec": _sqlite_vec,
    "lancedb, no index": _lancedb,
}


def faiss_range(rows: Matrix, threshold: float) -> set[tuple[int, int]]:
    """`range_search` of every row."""
    flat = heavy_imports.faiss().IndexFlatIP(rows.shape[1])
    flat.add(rows)
    limits, _, found = flat.range_search(rows, threshold)
    return _upper(np.repeat(np.arange(len(rows)), np.diff(limits.astype(np.int64))), found)


def paraphrase_mining(rows: Matrix, threshold: float) -> set[tuple[int, int]]:
    """sentence-transformers' `paraphrase_mining_embeddings`, with room for every pair."""
    util, torch = heavy_imports.sentence_transformers().util, heavy_imports.torch()
    found = util.paraphrase_mining_embeddings(torch.from_numpy(rows), max_pairs=5_000_000, top_k=100)
    return {(min(a, b), max(a, b)) for score, a, b in found if score >= threshold}


def numpy_tiles(rows: Matrix, threshold: float) -> set[tuple[int, int]]:
    """The upper triangle in tiles of float32 products."""
    found: set[tuple[int, int]] = set()
    for a in range(0, len(rows), 2048):
        for b in range(a, len(rows), 2048):
            left, right = np.nonzero(rows[a : a + 2048] @ rows[b : b + 2048].T >= np.float32(threshold))
            found |= _upper(left + a, right + b)
    return found


def usearch_hnsw(rows: Matrix, threshold: float) -> set[tuple[int, int]]:
    """Approximate: an HNSW graph, and each row's 32 nearest in it."""
    index = importlib.import_module("usearch.index").Index(ndim=rows.shape[1], metric="ip", dtype="f32")
    keys = np.arange(len(rows))
    index.add(keys, rows)
    found = index.search(rows, 32)
    left, right = np.repeat(keys, found.keys.shape[1]), found.keys.astype(np.int64).ravel()
    near = 1 - found.distances.ravel() >= threshold
    return _upper(left[near], right[near])


def pairs() -> dict[str, Pairs]:
    """The installed peers that find pairs."""
    found: dict[str, Pairs] = {
        "faiss range_search": faiss_range,
        "sentence-transformers paraphrase_mining": paraphrase_mining,
        "numpy, tiles of the upper triangle": numpy_tiles,
    }
    return found | ({"usearch HNSW (approximate)": usearch_hnsw} if importlib.util.find_spec("usearch") else {})


def _upper(left: NDArray[np.int64], right: NDArray[np.int64]) -> set[tuple[int, int]]:
    low, high = np.minimum(left, right), np.maximum(left, right)
    kept = low < high
    return set(zip(low[kept].tolist(), high[kept].tolist(), strict=True))

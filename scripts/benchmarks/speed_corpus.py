"""What `scripts/bench speed` measures with: real texts, vectors grown from them, and an index of a hundred thousand."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from semsearch.model.paper import Paper
from semsearch.readers import open_sources
from semsearch.service import Index

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from semsearch.model.protocols import Encoder

Matrix = NDArray[np.float32]
_BLOCK = 50_000


def papers_of(names: Sequence[str]) -> list[Paper]:
    """The papers of the files."""
    return [record for source in open_sources(names) for record in source.records() if isinstance(record, Paper)]


def grown(real: Matrix, count: int, seed: int = 0) -> Matrix:
    """So many unit vectors that lie as real ones do.

    Each is a real one and, as much again, a random one with the mean and covariance of the real ones; one in thirty is
    near another: that one with noise, at cosines of about .87 to .99.
    """
    random, out = np.random.default_rng(seed), np.empty((count, real.shape[1]), np.float32)
    mean, root = real.mean(axis=0), np.linalg.cholesky(np.cov(real.T) + 1e-6 * np.eye(real.shape[1])).astype(np.float32)
    for start in range(0, count, _BLOCK):
        block = out[start : start + _BLOCK]
        shape = (len(block), real.shape[1])
        block[:] = real[random.integers(len(real), size=len(block))]
        block += mean + random.standard_normal(shape, np.float32) @ root.T
        block /= np.linalg.norm(block, axis=1, keepdims=True)
        near = np.flatnonzero(random.random(len(block)) < 1 / 30)
        noise = random.standard_normal((len(near), real.shape[1]), np.float32) / np.float32(np.sqrt(real.shape[1]))
        block[near] = block[random.integers(len(block), size=len(near))]
        block[near] += noise * random.uniform(0.15, 0.55, (len(near), 1)).astype(np.float32)
        block[near] /= np.linalg.norm(block[near], axis=1, keepdims=True)
    return out


class GrownEncoder:
    """Says that it is the model, and gives papers the vectors of a matrix, or of another source, one after another."""

    def __init__(self, model: Encoder, vectors: Iterable[Matrix]) -> None:
        self.fingerprint, self.dim, self._model = model.fingerprint, model.dim, model
        self._vectors = iter(vectors)

    def encode_documents(self, texts: Sequence[str]) -> Matrix:
        return np.stack(list(itertools.islice(self._vectors, len(texts))))

    def encode_queries(self, texts: Sequence[str]) -> Matrix:
        return self._model.encode_queries(texts)

    def truncated(self, texts: Sequence[str]) -> Sequence[bool]:
        return [False] * len(texts)


def many(papers: Sequence[Paper], count: int) -> Iterator[Paper]:
    """So many papers: the given ones again and again, each time without identifiers and with another title."""
    for number in range(count):
        again, place = divmod(number, len(papers))
        paper = papers[place]
        yield replace(
            paper, id="", doi=None, arxiv_id=None, arxiv_version=None, url=None, key=f"made-{number}",
            title=f"{paper.title} {again}" if again else paper.title,
        )  # fmt: skip


def make_index(folder: Path, papers: Sequence[Paper], model: Encoder, vectors: Matrix) -> None:
    """An index with real texts, made-up vectors, and the name of the real model, so that a command can ask it."""
    Index(folder, encoder=GrownEncoder(model, vectors)).add(many(papers, len(vectors)))

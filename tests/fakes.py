"""A deterministic encoder that a person can check: one dimension a word, by hash; and an asymmetric one."""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray


class WordEncoder:
    """Unit vectors of word counts; the last dimension is 1 before scaling, so that no text is zero. Cut at 40 words."""

    def __init__(self, dim: int = 64, name: str = "words") -> None:
        self._dim = dim
        self._name = name
        self.encoded: list[str] = []

    @property
    def fingerprint(self) -> Mapping[str, str]:
        return {"model": self._name, "weights": f"{self._name}-{self._dim}", "dim": str(self._dim), "max_tokens": "40"}

    @property
    def dim(self) -> int:
        return self._dim

    def encode_documents(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.encoded += texts
        return self._encode(texts)

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return self._encode(texts)

    def truncated(self, texts: Sequence[str]) -> Sequence[bool]:
        return [len(text.split()) > 40 for text in texts]

    def _encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        counts = np.zeros((len(texts), self._dim))
        counts[:, -1] = 1
        for row, text in enumerate(texts):
            for word in re.findall(r"\w+", text.lower())[:40]:
                counts[row, zlib.crc32(word.encode()) % (self._dim - 1)] += 1
        counts /= np.linalg.norm(counts, axis=1, keepdims=True)
        return counts.astype(np.float32)


class AsymmetricEncoder(WordEncoder):
    """Reads a question's words backwards: finds a paper only if the two sides are not mixed up."""

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return self._encode([text[::-1] for text in texts])


class LengthReranker:
    """Puts longer texts first; remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, list[str]]] = []

    def score(self, question: str, texts: Sequence[str]) -> NDArray[np.float64]:
        self.asked.append((question, list(texts)))
        return np.array([float(len(text)) for text in texts])

"""Collections in which duplicates are searched: papers by position, from files or an index, and their near vectors."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

import numpy as np

from semsearch.dense.flat import FlatIndex
from semsearch.text.cleaning import embedded_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from semsearch.model.index_protocols import ReadableIndex
    from semsearch.model.paper import Paper
    from semsearch.model.protocols import Encoder

    Near = tuple[NDArray[np.int64], NDArray[np.float64]]
    NearPairs = Callable[[float, Callable[[int, int], None] | None], Near | None]


class Collection(Protocol):
    """Papers in a fixed order; no two have the same id."""

    def __len__(self) -> int:
        """Number of papers."""
        ...

    def __iter__(self) -> Iterator[Paper]:
        """All papers, in order."""
        ...

    def at(self, positions: Sequence[int]) -> list[Paper]:
        """The papers at these positions, in their order."""
        ...

    def near(self, threshold: float, on_tile: Callable[[int, int], None] | None) -> Near | None:
        """Find the pairs of papers with near vectors.

        Args:
            threshold: Lowest cosine of a pair.
            on_tile: Told (done, total) as the search goes on; ``None`` for nobody.

        Returns:
            Pairs of positions, int64 ``(pairs, 2)``, lower position first, and their cosines, float64 ``(pairs,)``.
            ``None`` if the papers have no vectors.
        """
        ...


class ListedPapers:
    """Papers in memory; implements `Collection`. The second record with an id gets the id ``ID#2``.

    Args:
        papers: In order.
        near: Finds near vectors. The first papers may have vectors and the rest none.
    """

    def __init__(
        self,
        papers: Iterable[Paper],
        near: NearPairs | None = None,
    ) -> None:
        self.near: NearPairs = near or (lambda *_: None)
        seen = Counter[str]()
        self._papers: list[Paper] = []
        for paper in papers:
            seen[paper.id] += 1
            number = seen[paper.id]
            self._papers.append(replace(paper, id=f"{paper.id}#{number}") if number > 1 else paper)

    def __len__(self) -> int:
        return len(self._papers)

    def __iter__(self) -> Iterator[Paper]:
        return iter(self._papers)

    def at(self, positions: Sequence[int]) -> list[Paper]:
        """See `Collection`."""
        return [self._papers[position] for position in positions]


class IndexedPapers:
    """The papers of an index; implements `Collection`. A position is the rank of the row among those of papers."""

    def __init__(self, index: ReadableIndex) -> None:
        self._index = index
        live = index.live
        self._rows = np.arange(len(index.documents)) if live is None else np.flatnonzero(live)

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[Paper]:
        return self._index.documents.papers()

    def at(self, positions: Sequence[int]) -> list[Paper]:
        """See `Collection`."""
        return self._index.documents.papers_at(self._rows[np.asarray(positions, np.int64)].tolist())

    def near(self, threshold: float, on_tile: Callable[[int, int], None] | None) -> Near | None:
        """See `Collection`."""
        if not len(self):
            return None
        pairs, scores = self._index.dense.pairs(
            threshold, mask=self._index.live, on_step=on_tile, log=self._index.pair_log(threshold)
        )
        return np.searchsorted(self._rows, pairs).reshape(-1, 2), scores


def near_by(papers: Sequence[Paper], encoder: Encoder) -> NearPairs:
    """Near vectors of papers in memory; the papers are embedded once, at the first call.

    Args:
        papers: The papers, in the order of their positions.
        encoder: Embeds them.

    Returns:
        A function like `Collection.near`. It gives ``None`` if there are no papers.
    """
    kept: list[FlatIndex] = []

    def near(threshold: float, on_tile: Callable[[int, int], None] | None) -> Near | None:
        if not papers:
            return None
        if not kept:
            vectors = encoder.encode_documents([embedded_text(p.title, p.abstract) for p in papers])
            kept.append(FlatIndex(encoder.dim, [vectors]))
        return kept[0].pairs(threshold, on_step=on_tile)

    return near

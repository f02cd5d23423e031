"""From pairs to groups: connected components, so that a paper is in one group at most."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np

from semsearch.paper import DuplicateGroup, DuplicatePair, Paper
from semsearch.wording import fold

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

#: Cosine from which two papers are shown as near-duplicates.
DEFAULT_THRESHOLD = 0.9


def group(
    pairs: NDArray[np.int64], scores: NDArray[np.float64], papers_at: Callable[[Iterable[int]], list[Paper]]
) -> list[DuplicateGroup]:
    """The groups of pairs, by descending best score, ties by the first row.

    Args:
        pairs: int64 ``(n, 2)`` rows, lower first, in descending order of score.
        scores: float64 ``(n,)`` cosines.
        papers_at: The papers of rows.
    """
    if not len(pairs):
        return []
    rows, places = np.unique(pairs, return_inverse=True)
    places = places.reshape(pairs.shape)
    labels = _components(places, len(rows))
    members: dict[int, list[int]] = defaultdict(list)
    for place, label in enumerate(labels):
        members[int(label)].append(place)
    links: dict[int, list[int]] = defaultdict(list)
    for number, label in enumerate(labels[places[:, 0]]):
        links[int(label)].append(number)
    papers = papers_at(rows)
    return [
        _group([papers[p] for p in members[label]], [_pair(papers, places[n], scores[n]) for n in numbers])
        for label, numbers in links.items()  # in order of each group's best pair
    ]


def _components(places: NDArray[np.int64], count: int) -> NDArray[np.int32]:
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    graph = coo_array((np.ones(len(places), np.bool_), (places[:, 0], places[:, 1])), shape=(count, count))
    labels: NDArray[np.int32] = connected_components(graph, directed=False)[1]
    return labels


def _pair(papers: list[Paper], places: NDArray[np.int64], score: float) -> DuplicatePair:
    return DuplicatePair(papers[places[0]].id, papers[places[1]].id, min(1.0, float(score)))


def _group(papers: list[Paper], pairs: list[DuplicatePair]) -> DuplicateGroup:
    wordings = {(fold(p.title), fold(p.abstract)) for p in papers}
    return DuplicateGroup("same text" if len(wordings) == 1 else "similar", pairs[0].score, tuple(papers), tuple(pairs))

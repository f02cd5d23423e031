"""Records of one work on one line: those of the same title and nearly the same text go under the first."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from semsearch.wording import fold

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from semsearch.paper import Paper

#: Shortest title that tells works apart: ``Editorial`` does not.
_WORDS, _LETTERS = 3, 15
#: Least cosine between two records of one work that both have an abstract.
_SAME = 0.85


class Folded(NamedTuple):
    """A paper of a result, and what was folded into it."""

    place: int
    """In the order that was folded."""
    paper: Paper
    also: tuple[str, ...]
    """Ids of further records of the same work, in their order."""


def folded(papers: list[Paper], vectors: NDArray[np.float32]) -> list[Folded]:
    """The papers, first ones first, each with the later records of the same work.

    Args:
        papers: In order.
        vectors: Unit rows of these papers.
    """
    works: dict[str, list[list[int]]] = {}  # places of the records of each work, by title
    order: list[list[int]] = []
    for place, paper in enumerate(papers):
        title = fold(paper.title)
        telling = len(title) >= _LETTERS and title.count(" ") + 1 >= _WORDS
        known = works.setdefault(title, []) if telling else []
        # Like each record of the work, not just one: a record without abstract is like many.
        work = next((w for w in known if all(_same(papers, vectors, p, place) for p in w)), None)
        if work is None:
            work = []
            known.append(work)
            order.append(work)
        work.append(place)
    return [Folded(w[0], papers[w[0]], tuple(papers[place].id for place in w[1:])) for w in order]


def _same(papers: list[Paper], vectors: NDArray[np.float32], a: int, b: int) -> bool:
    bare = not papers[a].abstract or not papers[b].abstract
    return bare or float(vectors[a] @ vectors[b]) >= _SAME


def diverse(cosines: NDArray[np.float64], vectors: NDArray[np.float32], count: int, weight: float) -> list[int]:
    """Places in an order that avoids what is like what stands before: maximal marginal relevance.

    Carbonell and Goldstein, "The Use of MMR, Diversity-Based Reranking", SIGIR 1998: the next one has the greatest
    ``(1 - weight) cosine to the question - weight greatest cosine to those before``.
    """
    left, chosen = list(range(len(cosines))), list[int]()
    nearest = [0.0] * len(cosines)
    while left and len(chosen) < count:
        best = max(left, key=lambda p: ((1 - weight) * float(cosines[p]) - weight * nearest[p], -p))
        chosen.append(best)
        left.remove(best)
        for place in left:
            nearest[place] = max(nearest[place], float(vectors[place] @ vectors[best]))
    return chosen

"""What a cosine means in a collection: how near papers are to each other there, and how near nonsense comes.

Both are measured on the collection itself with its own model, so that one rule serves every model and every field.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from semsearch.model.protocols import VectorIndex

#: Fewer papers tell nothing about a collection.
LEAST_PAPERS = 50
#: Papers whose nearest neighbour is looked for.
_SAMPLE = 128
#: Words that belong to no science together; no question of anyone.
NONSENSE = (
    "zebra pancake velocipede submarine trombone",
    "umbrella seventeen marmalade gallop Tuesday",
    "whistle doorknob parliament raspberry tiptoe",
    "carpet lullaby harpoon mustard giggle",
    "bishop yesterday noodle lantern sideways",
    "teapot galoshes avalanche hiccup velvet",
    "pigeon accordion borrowed cellar peppermint",
    "sandal thunder napkin moustache eleven",
    "chimney waltz cucumber passport drowsy",
    "kettle pirate lavender staircase sneeze",
    "bagpipe ladder custard midnight wobble",
    "saddle confetti onion balcony whisper",
    "mitten cathedral walnut yodel puddle",
    "curtain gondola radish birthday stumble",
    "pillow trumpet gravel biscuit Wednesday",
    "lobster hammock sermon buttercup jingle",
    "apron windmill sardine postcard hop",
    "feather turnip ballroom cobbler yawn",
)
#: Share of the way from nonsense to a typical neighbour that the best hit must go. When it was chosen, 2 % of the
#: judged questions of five collections went less far, and 98.7 % of questions of other fields (docs/matching.md).
NEAR_ENOUGH = 0.437
#: With half of the share of the question's weight of words that the best paper by BM25 holds: 1.5 % and 98.6 %.
WITH_WORDS, WORD_SHARE = 0.6, 0.5
#: A few words that one paper holds all of are a match.
FEW_WORDS, ALL_WORDS = 3, 0.99
#: One of the first hits that has an author, the venue or the year of a question needs so much of the weight of all its
#: words, names and year included.
FIRST_HITS, NAMED_WORDS = 10, 0.8


class Calibration(NamedTuple):
    """Two marks on the scale of cosines."""

    noise: float
    """Median, over nonsense, of the cosine of the nearest paper."""
    typical: float
    """Median, over papers, of the cosine of the nearest other paper."""

    def nearness(self, cosine: float) -> float:
        """0 for as near as nonsense comes, 1 for as near as papers are to their nearest neighbours."""
        return (cosine - self.noise) / max(self.typical - self.noise, 1e-6)


def calibrate(
    vectors: VectorIndex, live: NDArray[np.bool_] | None, encode: Callable[[Sequence[str]], NDArray[np.float32]]
) -> Calibration | None:
    """Measure a collection.

    Args:
        vectors: Its vectors.
        live: Rows that are papers; ``None`` for all.
        encode: Vectors of questions.

    Returns:
        ``None`` for fewer than `LEAST_PAPERS` papers.
    """
    rows = np.arange(len(vectors)) if live is None else np.flatnonzero(live)
    if len(rows) < LEAST_PAPERS:
        return None
    # Evenly spaced, so that the same papers give the same marks.
    chosen = rows[np.linspace(0, len(rows) - 1, min(_SAMPLE, len(rows))).astype(np.int64)]
    neighbours = []
    for row in chosen:
        cosines = vectors.cosines(vectors.rows(int(row), int(row) + 1)[0], rows)
        cosines[np.searchsorted(rows, row)] = -1
        neighbours.append(float(cosines.max()))
    noise = [float(vectors.cosines(vector, rows).max()) for vector in encode(list(NONSENSE))]
    return Calibration(round(float(np.median(noise)), 6), round(float(np.median(neighbours)), 6))

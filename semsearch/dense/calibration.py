"""Measures the thresholds of a collection: the cosines that nonsense reaches, and those of nearest neighbours.

They are measured on the collection itself, with its own model. So one rule serves every model and every field.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from semsearch.model.thresholds import Thresholds

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from semsearch.model.index_protocols import DenseIndex

#: Papers below which nothing is measured: so few say nothing about a collection.
LEAST_PAPERS = 50
#: Papers whose nearest neighbour is searched.
_SAMPLE = 128
#: Words that belong together in no science. Nobody asks such a question.
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


def calibrate(
    vectors: DenseIndex, live: NDArray[np.bool_] | None, encode: Callable[[Sequence[str]], NDArray[np.float32]]
) -> Thresholds | None:
    """Measure the thresholds of a collection.

    Args:
        vectors: The vectors of the collection.
        live: bool ``(rows,)``: the rows that are papers; ``None`` for all.
        encode: Embeds questions: n texts to float32 ``(n, dim)``, unit rows.

    Returns:
        Two cosines, rounded to six digits: the median over nonsense questions of the highest cosine to any paper, and
        the median over papers of the cosine to the nearest other paper. ``None`` for fewer than `LEAST_PAPERS` papers.
    """
    rows = np.arange(len(vectors)) if live is None else np.flatnonzero(live)
    if len(rows) < LEAST_PAPERS:
        return None
    # Evenly spaced, so that the same papers give the same thresholds.
    chosen = rows[np.linspace(0, len(rows) - 1, min(_SAMPLE, len(rows))).astype(np.int64)]
    neighbours = []
    for row in chosen:
        cosines = vectors.cosines(vectors.take(np.array([row]))[0], rows)
        cosines[np.searchsorted(rows, row)] = -1
        neighbours.append(float(cosines.max()))
    noise = [float(vectors.cosines(vector, rows).max()) for vector in encode(list(NONSENSE))]
    return Thresholds(round(float(np.median(noise)), 6), round(float(np.median(neighbours)), 6))

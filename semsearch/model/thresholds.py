"""The thresholds of a collection: two measured cosines, which tell what other cosines mean in it."""

from __future__ import annotations

from typing import NamedTuple


class Thresholds(NamedTuple):
    """Two cosines, measured on a collection with its model (`semsearch.dense.calibration`)."""

    noise: float
    """What nonsense reaches: the median, over nonsense questions, of the cosine of the nearest paper."""
    typical: float
    """What papers reach: the median, over papers, of the cosine of the nearest other paper."""

    def normalised(self, cosine: float) -> float:
        """Normalised score of a cosine: 0 for the cosine ``noise``, 1 for the cosine ``typical``."""
        return (cosine - self.noise) / max(self.typical - self.noise, 1e-6)

"""What a cosine means in a collection: two measured points on its scale."""

from __future__ import annotations

from typing import NamedTuple


class Thresholds(NamedTuple):
    """Two cosines, measured on a collection with its own model (`semsearch.dense.calibration`)."""

    noise: float
    """Median, over nonsense, of the cosine of the nearest paper."""
    typical: float
    """Median, over papers, of the cosine of the nearest other paper."""

    def normalised(self, cosine: float) -> float:
        """Normalised score: 0 where nonsense comes as near, 1 where papers are as near to their nearest neighbours."""
        return (cosine - self.noise) / max(self.typical - self.noise, 1e-6)

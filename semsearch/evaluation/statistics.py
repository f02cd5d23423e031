"""How sure a mean over queries is, and whether two means differ."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

_RESAMPLES = 2000
_PERMUTATIONS = 10_000
_SEED = 20260


def interval(values: Sequence[float]) -> tuple[float, float]:
    """95 % interval of the mean, by the bootstrap's percentiles over queries (Efron and Tibshirani, 1993, ch. 13)."""
    sample = np.asarray(values, np.float64)
    chosen = np.random.default_rng(_SEED).integers(0, len(sample), (_RESAMPLES, len(sample)))
    low, high = np.quantile(sample[chosen].mean(axis=1), [0.025, 0.975])
    return float(low), float(high)


def paired_test(values: Sequence[float], others: Sequence[float]) -> float:
    """Two-sided p of the difference of two means over the same queries, by random signs of the differences.

    Fisher's randomisation test, which Smucker, Allan and Carterette recommend (A Comparison of Statistical Significance
    Tests for Information Retrieval Evaluation, CIKM 2007).
    """
    differences = np.asarray(values, np.float64) - np.asarray(others, np.float64)
    observed = abs(differences.mean())
    random = np.random.default_rng(_SEED)
    reached = 0
    for _ in range(_PERMUTATIONS // 1000):
        signs = random.integers(0, 2, (1000, len(differences))) * 2 - 1
        reached += int(np.count_nonzero(np.abs((signs * differences).mean(axis=1)) >= observed - 1e-15))
    return (reached + 1) / (_PERMUTATIONS + 1)

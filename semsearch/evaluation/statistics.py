"""Confidence intervals for means over queries, and a test whether two means differ."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

_RESAMPLES = 2000
_PERMUTATIONS = 10_000
_SEED = 20260
#: Resamples that are made at once. The test needs about 64 bytes for each of them and each query: 24 MB for 1,500
#: queries.
_BATCH = 250


def interval(values: Sequence[float]) -> tuple[float, float]:
    """95 % confidence interval of a mean, by the bootstrap over queries.

    The ends are percentiles of the means of 2,000 resamples (Efron and Tibshirani, An Introduction to the Bootstrap,
    1993, ch. 13). The seed is fixed: equal values give equal intervals.

    Args:
        values: One value for each query, at least one.

    Returns:
        Low end and high end. For a single query both are its value.
    """
    from scipy.stats import bootstrap

    sample = np.asarray(values, np.float64)
    if len(sample) == 1:  # scipy refuses a single value; each resample would be the sample itself
        return float(sample[0]), float(sample[0])
    found = bootstrap(
        (sample,), np.mean, n_resamples=_RESAMPLES, method="percentile", batch=_BATCH, rng=np.random.default_rng(_SEED)
    ).confidence_interval
    return float(found.low), float(found.high)


def paired_test(values: Sequence[float], others: Sequence[float]) -> float:
    """Two-sided p-value of the difference of two means over the same queries.

    This is Fisher's randomisation test: the differences get random signs. Smucker, Allan and Carterette recommend it (A
    Comparison of Statistical Significance Tests for Information Retrieval Evaluation, CIKM 2007). For up to 13 queries
    all combinations of signs are tried, and the p-value is exact. For more queries 10,000 random combinations are
    tried, so the p-value is at least 1/10,001. The seed is fixed: equal values give equal p-values.

    Args:
        values: One value for each query, at least one.
        others: The values to compare with, for the same queries in the same order.

    Returns:
        The share of combinations for which the mean of the differences is at least as far from zero as the real one.
    """
    from scipy.stats import permutation_test

    differences = np.asarray(values, np.float64) - np.asarray(others, np.float64)
    if len(differences) == 1:  # scipy refuses a single value; both signs give a mean that is as far from zero
        return 1.0
    # One-sided on the size of the mean: the two-sided p-value of scipy doubles the smaller tail, so it is never below
    # 2/10,001.
    found = permutation_test(
        (differences,),
        _size_of_mean,
        permutation_type="samples",  # for one sample this means: change signs
        alternative="greater",
        n_resamples=_PERMUTATIONS,
        batch=_BATCH,
        rng=np.random.default_rng(_SEED),
    )
    return float(found.pvalue)


def _size_of_mean(differences: Any, axis: int) -> Any:
    return np.abs(np.mean(differences, axis=axis))

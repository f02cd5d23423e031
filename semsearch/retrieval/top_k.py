"""The exact first rows by fused score: one scan with the other signals added to the cosine, or the threshold algorithm.

There are two ways. They give the same rows, which a test checks.

- *Boost*: every signal beside the cosine gives its scores for all rows, or bounds of them. They are added as a boost in
  the scan of the dense index. This takes one pass and is the faster way.
- *Threshold algorithm*: take more and more of the first rows of each signal, until the k-th best fused score is above
  what any other row can reach (Fagin, Lotem and Naor, "Optimal aggregation algorithms for middleware", 2003). This way
  works with any signal, also with one of another engine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, cast

import numpy as np

from semsearch.model.lazy import lazy
from semsearch.model.policy import RetrievalPolicy
from semsearch.retrieval import fusion

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from semsearch.model.index_protocols import BoostSignal, KnownScores, Mask, Rows, Scores
    from semsearch.retrieval.fusion import Weighted
    from semsearch.retrieval.signals.cosine import Cosine

#: Larger than any difference of fused scores that rounding can make.
_MARGIN = 1e-9
#: Decimals to which the mean cosine is rounded. So the order of the hits does not depend on the order in which the
#: vectors were summed.
_DIGITS = 3


class _Boost(NamedTuple):
    """What the other signals add to the cosine."""

    by_row: Scores
    """float64 ``(rows,)``: the boost of each row that was scored; 0 for all other rows."""
    bound: float
    """The largest boost that a row can have that was not scored."""
    near: int
    """Number of nearest rows that were scored in any case."""
    empty: bool
    """Whether the boost is 0 for all rows."""


class FusedTop:
    """Orders the rows of a question by its fused score: cosine and other signals.

    Args:
        cosine: The cosines to the question.
        others: The other signals with their weights; may be empty.
        mask: Filter mask, bool ``(rows,)``: rows that may be returned; ``None`` for all.
        count: Number of rows of the mask.
        mean: Function that returns the mean cosine of all papers to the question. It is called only if there are other
            signals.
        wanted: How many of the first rows will probably be needed.
        policy: Sizes that change how fast the rows are found; the usual ones if ``None``.
        names: Names of the other signals, for explanations.

    Attributes:
        others: The other signals with their weights.
        names: Their names.
    """

    def __init__(
        self,
        cosine: Cosine,
        others: Sequence[Weighted],
        mask: Mask | None,
        count: int,
        *,
        mean: Callable[[], float],
        wanted: int = 1,
        policy: RetrievalPolicy | None = None,
        names: Sequence[str] = (),
    ) -> None:
        self._cosine, self.others = cosine, others
        self.names = names or tuple(f"signal {number}" for number in range(1, len(others) + 1))
        self._mask, self._count = mask, count
        self._mean = mean
        self._policy = policy or RetrievalPolicy()
        self._wanted = min(wanted, count)
        self._boost: _Boost | None = None

    def top(self, k: int) -> Rows:
        """The first ``k`` rows in order, int64 ``(k,)``; all rows if fewer. Of equal scores the lower row is first."""
        k = min(k, self._count)
        if not k:
            return np.empty(0, np.int64)
        if not self.others:
            return self._cosine.top(k, self._mask).rows[:k]
        if all(hasattr(signal, "known") for signal, _ in self.others):
            return self.by_boost(k)
        return self.by_threshold(k)

    def adds(self, rows: Rows) -> dict[str, Scores]:
        """See `semsearch.retrieval.ranking.Order`: the cosine, and what each other signal adds to it."""
        parts = {"cosine": self._cosine.scores(rows)}
        for name, (signal, _), factor in zip(self.names, self.others, self._factors(), strict=True):
            parts[name] = parts.get(name, np.zeros(len(rows))) + factor * signal.scores(rows)
        return parts

    # -- boost ---------------------------------------------------------------------------------------------------------

    def by_boost(self, k: int) -> Rows:
        """Do what `top` does by one scan with a boost. Every other signal must be a `BoostSignal`.

        Args:
            k: At least 1, and at most the number of rows of the mask.

        Returns:
            The first ``k`` rows in order, int64 ``(k,)``.
        """
        boost = self._boosts(2 * max(k, self._wanted))
        nearest = self._cosine.top(self._reach(k if boost.empty else 2 * k), self._mask)
        if boost.empty:
            return nearest.rows[:k]
        if boost.bound and len(nearest.rows) > boost.near:  # some of the nearest were not scored
            boost = self._boost = self._every()
        rows, keys = self._cosine.dense.search(self._cosine.vector[None], k, mask=self._mask, boost=boost.by_row)[0]
        # A row that was not scored is not one of the nearest, and its boost is at most the bound.
        if boost.bound and nearest.bound + boost.bound >= keys[-1] - _MARGIN:
            self._boost = self._every()
            return self.by_boost(k)
        return rows

    def _reach(self, k: int) -> int:
        return max(k, min(self._count // self._policy.nearest_share, self._policy.nearest_enough))

    def _boosts(self, near: int) -> _Boost:
        if self._boost is None:
            nearest = self._cosine.top(self._reach(near), self._mask).rows
            known = [cast("BoostSignal", signal).known(nearest, self._mask) for signal, _ in self.others]
            # The greatest score is not known; or one signal may have scored a row and another one may not.
            if any(one.bound and (len(known) > 1 or one.bound > one.scores.max(initial=0.0)) for one in known):
                self._boost = self._every()
            else:
                self._boost = self._added(known, len(nearest))
        return self._boost

    def _every(self) -> _Boost:
        return self._added([cast("BoostSignal", signal).every(self._mask) for signal, _ in self.others], self._count)

    def _added(self, known: Sequence[KnownScores], near: int) -> _Boost:
        by_row, bound = np.zeros(len(self._cosine.dense)), 0.0
        for (rows, scores, most), (_, weight) in zip(known, self.others, strict=True):
            factor = fusion.factor(weight, self._spread, float(scores.max(initial=0.0)))
            by_row[rows] += factor * scores
            bound += factor * most
        return _Boost(by_row, bound, near, empty=not bound and not any(len(scores.rows) for scores in known))

    @lazy
    def _spread(self) -> float:
        best = float(self._cosine.top(1, self._mask).scores[0])
        return max(best - round(self._mean(), _DIGITS), 10.0**-_DIGITS)

    # -- threshold algorithm -------------------------------------------------------------------------------------------

    def by_threshold(self, k: int) -> Rows:
        """Do what `top` does by the threshold algorithm.

        Args:
            k: At least 1, and at most the number of rows of the mask.

        Returns:
            The first ``k`` rows in order, int64 ``(k,)``.
        """
        factors = self._factors()
        depth = 2 * k
        while True:
            near = self._cosine.top(min(depth, self._count), self._mask)
            tops = [signal.top(depth, self._mask) for signal, _ in self.others]
            rows = np.unique(np.concatenate([near.rows, *(top.rows for top in tops)]))
            keys = self._cosine.scores(rows) + self._boost_of(rows, factors)
            order = np.lexsort((rows, -keys))[:k]
            unseen = near.bound + sum(f * max(top.bound, 0.0) for f, top in zip(factors, tops, strict=True))
            # A row that was not seen may have exactly the k-th score and come first, since its number is lower.
            if len(rows) == self._count or (len(order) == k and keys[order[-1]] > unseen + _MARGIN):
                return rows[order]
            depth *= 4

    def _factors(self) -> list[float]:
        """For each other signal the factor of its scores."""
        tops = [signal.top(1, self._mask).scores for signal, _ in self.others]
        best = [float(scores[0]) if len(scores) else 0.0 for scores in tops]
        return [fusion.factor(weight, self._spread, most) for (_, weight), most in zip(self.others, best, strict=True)]

    def _boost_of(self, rows: Rows, factors: Sequence[float]) -> Scores:
        added = np.zeros(len(rows))
        for (signal, _), factor in zip(self.others, factors, strict=True):
            added += factor * signal.scores(rows)
        return added

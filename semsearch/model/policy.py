"""Sizes and limits that change how fast an answer is found, never what it is; tests pass in small ones."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class LexicalPolicy:
    """How BM25 is worked out."""

    score_all_below: int = 20_000
    """Papers below which every paper that holds a term is scored."""
    frequent_share: float = 0.3
    """What frequent terms may be worth together at most, of the sum of all idf, to be left out at first. With more,
    fewer papers are scored and the bound does less often: of 150 questions of SciFact it did for 122 with .3, for 65
    with .5, for 28 with .7."""
    counts_kept: int = 4096
    """Terms whose numbers of papers are kept."""


@dataclass(frozen=True, slots=True)
class RetrievalPolicy:
    """How a ranking is worked out."""

    fewest_nearest: int = 64
    """Nearest rows that are asked for at least: little more work than one, and it spares asking again."""
    nearest_share: int = 2000
    """Of very many rows the nearest ones are nearer to each other: one in so many is asked for, …"""
    nearest_enough: int = 512
    """… up to this number. The further they reach, the less can other signals bring forward from behind them."""
    counted_rows: int = 2**15
    """Rows up to which percentiles are counted over all; …"""
    sampled_rows: int = 2**13
    """… of more rows, over the nearest ones and so many others, evenly spaced: a percentile of 50 is then off by .55
    (one standard error), one of 99 by .11."""


@dataclass(frozen=True, slots=True)
class Policy:
    """All of them."""

    lexical: LexicalPolicy = field(default_factory=LexicalPolicy)
    retrieval: RetrievalPolicy = field(default_factory=RetrievalPolicy)

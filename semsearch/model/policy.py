"""Sizes and limits that change how fast an answer is found, never what it is; tests pass in small ones."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class DensePolicy:
    """How nearest vectors, and pairs of near ones, are found."""

    gathered_share: float = 0.03
    """Share of the rows up to which the rows of a filter are scored one by one, where all vectors are in memory; …"""
    gathered_rows: int = 1000
    """… and number of rows, where vectors must be read first. For more rows, quantised vectors are scanned."""
    quantised_hits: int = 1000
    """Hits up to which quantised vectors are scanned."""
    quantised_rows: int = 50_000
    """Vectors that have no quantised ones yet get them in memory from so many rows on, …"""
    quantised_after: int = 40
    """… and after so many questions: quantising takes as long as 40 full scans for one question."""
    code_size: int = 256
    """Bytes of a quantised vector. More take longer to read and leave fewer rows to score: of 1M x 384 rows one
    question that is made like them takes 6, 6 and 8 ms with 128, 192 and 256; a short one (a title), whose best cosines
    are low, 22, 10 and 8."""
    most_left_out: float = 0.1
    """Squared length of a vector that quantising may leave to the residual norm, median. Of all-MiniLM-L6-v2 and
    gte-small it is .02 with 252 leading dimensions of 384, and of 1M rows one in ten thousand is scored; of random
    vectors it is .29, and every row is scored. With more, vectors are not quantised."""
    first_candidates: int = 1024
    """Candidates that there is memory for at first, for one question and thread, at least; …"""
    candidates_per_hit: int = 16
    """… and for each hit: of 1M rows some 100 may reach the tenth best score, 300 the thirtieth, 5,000 the
    thousandth."""
    most_candidates_share: float = 0.02
    """Share of the rows beyond which scoring all is faster: of 1M rows, half were left for a question of one letter."""
    tile_rows: int = 2048
    """Rows of a tile's side, where pairs are found by full products: three tiles of 384 dimensions and their products
    take about 24 MB."""
    quantised_pair_rows: int = 4096
    """Rows from which on pairs are found by quantised vectors."""
    blocks_per_task: int = 48
    """Blocks of quantised vectors that a thread takes at a time in a search for pairs."""
    log_seconds: float = 10.0
    """Seconds of work after which a search for pairs notes in its log what it found; what takes less is not noted."""
    most_pairs: int = 5_000_000
    """Pairs beyond which nobody reads the answer, and memory would not hold it: the search is refused."""


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

    dense: DensePolicy = field(default_factory=DensePolicy)
    lexical: LexicalPolicy = field(default_factory=LexicalPolicy)
    retrieval: RetrievalPolicy = field(default_factory=RetrievalPolicy)

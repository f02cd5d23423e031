"""Sizes and limits that change how fast an answer is found, but not the answer. Tests pass in small ones."""

from __future__ import annotations

from dataclasses import dataclass, field

from semsearch.model.errors import ArgumentError


@dataclass(frozen=True, slots=True)
class DensePolicy:
    """Sizes for the search among vectors: the nearest ones, and all pairs."""

    gathered_share: float = 0.03
    """Largest share of the rows in a filter mask for which the rows are scored one by one, if all vectors are in
    memory. For more rows, quantised vectors are scanned."""
    gathered_rows: int = 1000
    """Largest number of rows in a filter mask for which the rows are scored one by one, if the vectors are not in
    memory. For more rows, quantised vectors are scanned."""
    quantised_hits: int = 1000
    """Largest number of hits for which quantised vectors are scanned."""
    quantised_rows: int = 50_000
    """Least number of rows of an index without quantised vectors for which these are made in memory."""
    quantised_after: int = 40
    """Number of questions after which quantised vectors are made in memory. To make them costs as much as 40 full scans
    for one question."""
    code_size: int = 256
    """Bytes of a quantised vector. Larger ones take longer to read, but leave fewer candidates. Measured on 1M rows of
    384 dimensions, with 128, 192 and 256 bytes: 6, 6 and 8 ms for a question that is like the rows; 22, 10 and 8 ms for
    a short question (a title), whose best cosines are low."""
    most_left_out: float = 0.1
    """Largest squared residual norm (median over the vectors) with which vectors are quantised. With 252 leading
    dimensions of 384 it is .02 for all-MiniLM-L6-v2 and gte-small: then one row in ten thousand is scored, of 1M. For
    random vectors it is .29: then every row would be scored."""
    first_candidates: int = 1024
    """Least number of candidates for which memory is taken at first, for each question and thread. See
    `candidates_per_hit`."""
    candidates_per_hit: int = 16
    """Candidates for which memory is taken at first, for each hit. Of 1M rows about 100 may reach the tenth best score,
    300 the thirtieth, 5,000 the thousandth."""
    most_candidates_share: float = 0.02
    """Largest share of the rows that may be candidates. With more, scoring all rows is faster: for a question of one
    letter half of 1M rows were candidates."""
    tile_rows: int = 2048
    """Rows on each side of a tile, for pairs that are found by full products. Three tiles of 384 dimensions and their
    products take about 24 MB."""
    quantised_pair_rows: int = 4096
    """Least number of rows for which pairs are found by quantised vectors."""
    blocks_per_task: int = 48
    """Blocks of quantised vectors that a thread takes at a time in a search for pairs."""
    log_seconds: float = 10.0
    """Seconds between two entries in the log of a search for pairs. A search that takes less time writes nothing."""
    most_pairs: int = 5_000_000
    """Largest number of pairs that a search may find. Nobody reads more, and they would not fit in memory: the search
    stops with an error."""


@dataclass(frozen=True, slots=True)
class LexicalPolicy:
    """Sizes for BM25."""

    score_all_below: int = 20_000
    """Number of papers from which scores may be left out that are low. Of a smaller collection every score is given."""
    kept_share: float = 0.5
    """Scores are given that are above this share of the best one; the others are below the bound. With a smaller share
    more scores are given; with a larger one the bound is sufficient less often."""
    counts_kept: int = 4096
    """Number of terms for which the number of papers is kept in memory."""


@dataclass(frozen=True, slots=True)
class RetrievalPolicy:
    """Sizes for a ranking."""

    fewest_nearest: int = 64
    """Least number of nearest rows that are searched for. It costs little more than one row, and often spares a second
    search."""
    nearest_share: int = 2000
    """One in so many rows is searched for, since many rows have the nearest ones closer together. See
    `nearest_enough`."""
    nearest_enough: int = 512
    """Largest number of nearest rows that `nearest_share` asks for. The more rows these are, the less can other signals
    move a row forward that is not one of them."""
    counted_rows: int = 2**15
    """Largest number of rows for which percentiles are counted over all rows. See `sampled_rows`."""
    sampled_rows: int = 2**13
    """With more rows, percentiles are estimated from the nearest rows and so many others, evenly spaced. The standard
    error of a percentile is .55 at 50, and .11 at 99."""


@dataclass(frozen=True, slots=True)
class IndexPolicy:
    """How the vectors of an index are kept in files."""

    merged_segments: int = 16
    """So many segments of similar size, one after the other, become one. So the number of files grows with the
    logarithm of the number of rows."""
    small_rows: int = 256
    """Rows of a small segment. Segments of less than `merged_segments` times as many rows are of one size."""
    quantised_segment_rows: int = 4096
    """Fewest rows of a segment that is quantised, …"""
    quantised_rows: int = 20_000
    """… and fewest rows in such segments. To read fewer rows as a whole takes no longer."""
    single_rows_share: float = 0.25
    """A row that is read alone costs three times as much as one that is read with the whole segment. After this share
    of the rows, the whole segment is read."""


@dataclass(frozen=True, slots=True)
class ReadingPolicy:
    """How much of a file is held in memory at once. What is longer is rejected, and its neighbours are read."""

    line_characters: int = 16 * 2**20
    """Longest line."""
    json_characters: int = 2**26
    """Longest JSON value."""
    json_object_characters: int = 2**24
    """A JSON object longer than this is not read as a whole, but looked into for a list of records."""


@dataclass(frozen=True, slots=True)
class Policy:
    """All sizes and limits."""

    dense: DensePolicy = field(default_factory=DensePolicy)
    """Sizes for the search among vectors."""
    index: IndexPolicy = field(default_factory=IndexPolicy)
    """Sizes for the files of vectors."""
    lexical: LexicalPolicy = field(default_factory=LexicalPolicy)
    """Sizes for BM25."""
    retrieval: RetrievalPolicy = field(default_factory=RetrievalPolicy)

    @classmethod
    def given(cls, value: object) -> Policy:
        """The policy that a caller gave; the default one for ``None``.

        Args:
            value: What was given as ``policy``.

        Raises:
            ArgumentError: It is something else.
        """
        if value is not None and not isinstance(value, cls):
            raise ArgumentError(f"policy is of type {type(value).__name__}; give a semsearch.Policy")
        return value or cls()

    """Sizes for a ranking."""

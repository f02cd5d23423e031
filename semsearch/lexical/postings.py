"""Postings: for each term the rows that hold it, how often their title and abstract do, and at which positions.

They are written per term, in ascending order of the terms' UTF-8 bytes. For each term there are, in this order:

- *postings*: for each row the gap to the row before (minus one), as `varints`; then for each row one byte, its
  *frequency code*: occurrences in the title times 32 plus those in the abstract. The code 0 says that these are too
  many; they are listed apart, as *large frequencies*.
- *positions*: for each row the gaps between the positions in its title (minus one), then those in its abstract.

The same documents always give the same bytes. So an index is checked by making it again.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from semsearch.lexical import varints

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from semsearch.lexical.tokens import Tokenizer

#: Fields of a document, in this order.
FIELDS = ("title", "abstract")
#: A frequency code is ``title * _ABSTRACT + abstract``, where both fit.
_ABSTRACT, _MOST_TITLE = 32, 7


class Tokens(NamedTuple):
    """Occurrences of terms, in ascending order of term, row, field and position. All arrays are int64 ``(n,)``."""

    term: NDArray[np.int64]
    """Number of the term."""
    row: NDArray[np.int64]
    """The row."""
    field: NDArray[np.int64]
    """0 for the title, 1 for the abstract."""
    position: NDArray[np.int64]
    """Number of the term in its field, from 0."""


class Encoded(NamedTuple):
    """Postings as bytes."""

    counts: NDArray[np.uint32]
    """Number of rows that hold each term."""
    sizes: NDArray[np.uint32]
    """Bytes of the postings of each term."""
    position_sizes: NDArray[np.uint32]
    """Bytes of the positions of each term."""
    large: NDArray[np.uint32]
    """The large frequencies, uint32 ``(n, 4)``: number of the term, which of its rows it is (from 0), occurrences in
    title and abstract; in order of the first two."""
    postings: NDArray[np.uint8]
    """The postings of all terms."""
    positions: NDArray[np.uint8]
    """The positions of all terms."""


def tokens_of(
    documents: Sequence[tuple[str, str]], tokenizer: Tokenizer
) -> tuple[list[str], Tokens, NDArray[np.uint32]]:
    """The terms of documents.

    Args:
        documents: Title and abstract of each row.
        tokenizer: Cuts them.

    Returns:
        The different terms in ascending order of their UTF-8 bytes; their occurrences; and the lengths of title and
        abstract of each row in terms, uint32 ``(rows, 2)``.
    """
    cut = tokenizer.each(text for document in documents for text in document)
    lengths = np.fromiter(map(len, cut), np.int64, len(cut))
    # Code points have the order of their UTF-8 bytes.
    vocabulary = sorted(set[str]().union(*cut))
    numbers = {term: n for n, term in enumerate(vocabulary)}
    total = int(lengths.sum())
    term = np.fromiter(map(numbers.__getitem__, itertools.chain.from_iterable(cut)), np.int32, total)
    text = np.repeat(np.arange(len(cut)), lengths)
    position = np.arange(total) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    order = np.argsort(term, kind="stable")
    text = text[order]
    found = Tokens(term[order].astype(np.int64), text // len(FIELDS), text % len(FIELDS), position[order])
    return vocabulary, found, lengths.reshape(-1, len(FIELDS)).astype(np.uint32)


def encode(tokens: Tokens, terms: int) -> Encoded:
    """Write postings.

    Args:
        tokens: The occurrences.
        terms: Number of the different terms; each must occur.
    """
    term, row, field, position = tokens
    first = _begins(term, row)  # first occurrence of each posting
    occurrences = np.diff(np.append(first, len(term)))
    in_abstract = np.add.reduceat(field, first) if len(first) else field
    in_title = occurrences - in_abstract
    of_term, rows = term[first], row[first]
    counts = np.bincount(of_term, minlength=terms)

    gaps = np.diff(rows, prepend=-1) - 1
    new_term = np.flatnonzero(np.diff(of_term, prepend=-1))
    gaps[new_term] = rows[new_term]
    large = np.flatnonzero((in_title > _MOST_TITLE) | (in_abstract >= _ABSTRACT))
    codes = in_title * _ABSTRACT + in_abstract
    codes[large] = 0
    gap_sizes = _summed(varints.sizes(gaps), of_term, terms)
    sizes = gap_sizes + counts
    postings = np.empty(int(sizes.sum()), np.uint8)
    codes_before = np.cumsum(counts) - counts
    postings[np.arange(int(gap_sizes.sum())) + np.repeat(codes_before, gap_sizes)] = varints.encoded(gaps)
    postings[np.arange(len(codes)) + np.repeat(np.cumsum(gap_sizes), counts)] = codes

    new_field = np.flatnonzero(np.diff(field, prepend=-1))
    steps = np.diff(position, prepend=-1) - 1
    for begins in (first, new_field):
        steps[begins] = position[begins]
    return Encoded(
        counts.astype(np.uint32),
        sizes.astype(np.uint32),
        _summed(varints.sizes(steps), term, terms).astype(np.uint32),
        np.stack(
            [of_term[large], large - codes_before[of_term[large]], in_title[large], in_abstract[large]], axis=1
        ).astype(np.uint32),
        postings,
        varints.encoded(steps),
    )


def decode(
    postings: NDArray[np.uint8], counts: NDArray[np.int64], sizes: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """Read the postings of terms that follow each other.

    Args:
        postings: uint8 ``(sum(sizes),)``.
        counts: int64 ``(terms,)``: number of rows of each term.
        sizes: int64 ``(terms,)``: bytes of the postings of each term.

    Returns:
        The rows, int64 ``(sum(counts),)``, and their frequency codes, uint8 ``(sum(counts),)``.

    Raises:
        ValueError: The bytes are no postings.
    """
    if (sizes < 2 * counts).any():
        raise ValueError("postings are damaged")
    is_gap = np.repeat(np.tile([True, False], len(counts)), np.stack([sizes - counts, counts], axis=1).ravel())
    gaps = varints.decoded(postings[is_gap])
    if len(gaps) != int(counts.sum()):
        raise ValueError("postings are damaged")
    return _from_gaps(gaps, counts), postings[~is_gap]


def frequencies(codes: NDArray[np.uint8], large: NDArray[np.uint32]) -> NDArray[np.int64]:
    """How often title and abstract of each row hold the term, int64 ``(n, 2)``.

    Args:
        codes: uint8 ``(n,)``: frequency codes.
        large: uint32 ``(number of codes that are 0, 4)``: the large frequencies, in the order of the codes.

    Raises:
        ValueError: There are more or fewer codes 0.
    """
    found = np.stack(np.divmod(codes.astype(np.int64), _ABSTRACT), axis=1)
    apart = codes == 0
    if np.count_nonzero(apart) != len(large):
        raise ValueError("postings are damaged")
    found[apart] = large[:, 2:]
    return found


def decode_positions(positions: NDArray[np.uint8], held: NDArray[np.int64]) -> NDArray[np.int64]:
    """Read positions.

    Args:
        positions: uint8 ``(bytes,)``: of terms that follow each other.
        held: int64 ``(n, 2)``: the `frequencies` of their postings.

    Returns:
        int64 ``(sum(held),)``: the positions in title and abstract of each row, in this order.

    Raises:
        ValueError: The bytes are no positions.
    """
    steps = varints.decoded(positions)
    if len(steps) != int(held.sum()):
        raise ValueError("positions are damaged")
    return _from_gaps(steps, held.ravel())


def occurrences(
    term: NDArray[np.int64], rows: NDArray[np.int64], held: NDArray[np.int64], of: NDArray[np.int64]
) -> Tokens:
    """Put together the occurrences of terms.

    Args:
        term: int64 ``(n,)``: number of the term of each posting.
        rows: int64 ``(n,)``: its row.
        held: int64 ``(n, 2)``: its frequencies.
        of: int64 ``(sum(held),)``: their positions, from `decode_positions`.
    """
    each = held.sum(axis=1)
    field = np.repeat(np.tile(np.arange(len(FIELDS)), len(rows)), held.ravel())
    return Tokens(np.repeat(term, each), np.repeat(rows, each), field, of)


def weights(title: float) -> NDArray[np.float64]:
    """What each frequency code counts, float64 ``(256,)``; 0 for the code of large frequencies.

    Args:
        title: Weight of a word in the title; in the abstract it is 1.
    """
    in_title, in_abstract = np.divmod(np.arange(256), _ABSTRACT)
    found: NDArray[np.float64] = title * in_title + in_abstract
    return found


def _from_gaps(gaps: NDArray[np.int64], counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Add up gaps (minus one) in groups of so many."""
    sums = np.cumsum(gaps + 1)
    ends = np.cumsum(counts)
    before = np.concatenate(([0], sums))[ends - counts]
    found: NDArray[np.int64] = sums - np.repeat(before, counts) - 1
    return found


def _begins(*keys: NDArray[np.int64]) -> NDArray[np.int64]:
    """Where a new combination of keys begins, int64."""
    if not len(keys[0]):
        return np.empty(0, np.int64)
    new = np.zeros(len(keys[0]), np.bool_)
    new[0] = True
    for key in keys:
        new[1:] |= key[1:] != key[:-1]
    return np.flatnonzero(new)


def _summed(values: NDArray[np.int64], of_term: NDArray[np.int64], terms: int) -> NDArray[np.int64]:
    return np.bincount(of_term, values, terms).astype(np.int64)

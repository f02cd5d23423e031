"""A part of an inverted index: the postings of the rows of one segment, with their dictionary; and merging of parts."""

from __future__ import annotations

import itertools
from bisect import bisect_left
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from semsearch.lexical import postings
from semsearch.lexical.postings import FIELDS, Encoded, Tokens

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from semsearch.lexical.tokens import Tokenizer

#: Bytes of the beginning of a term that are compared as one number.
_BEGINNING = 8
#: Occurrences of terms that are merged at once: about 100 MB of memory.
_AT_ONCE = 1_000_000


class Dictionary(NamedTuple):
    """The terms of a part, in ascending order of their UTF-8 bytes, and where their postings lie."""

    beginnings: NDArray[np.uint64]
    """The first eight bytes of each term as a number, the first byte highest; short terms end with zeros."""
    counts: NDArray[np.uint32]
    """Number of rows that hold each term."""
    sizes: NDArray[np.uint32]
    """Bytes of the postings of each term."""
    position_sizes: NDArray[np.uint32]
    """Bytes of the positions of each term."""
    large: NDArray[np.uint32]
    """See `Encoded`."""
    lengths: NDArray[np.uint32]
    """uint32 ``(rows, 2)``: number of terms in title and abstract of each row."""
    term_sizes: NDArray[np.uint16]
    """Bytes of each term."""
    text: NDArray[np.uint8]
    """The bytes of all terms, one after the other."""


class Content(NamedTuple):
    """All of a part, as bytes."""

    dictionary: Dictionary
    """Its dictionary."""
    postings: NDArray[np.uint8]
    """The postings of all terms."""
    positions: NDArray[np.uint8]
    """The positions of all terms."""

    @property
    def arrays(self) -> list[NDArray[np.unsignedinteger]]:
        """All of it, in the order of the fields: the dtypes and shapes said there, as uint32 ``(terms,)``."""
        return [*self.dictionary, self.postings, self.positions]


class PostingsPart:
    """The postings of some rows. Any number of threads may share one.

    Args:
        dictionary: The terms.
        read: Reads bytes of the postings and positions, which lie one after the other: takes the first byte and the
            number of bytes, and returns uint8.
    """

    def __init__(self, dictionary: Dictionary, read: Callable[[int, int], NDArray[np.uint8]]) -> None:
        self._dictionary, self._read = dictionary, read
        self._text = dictionary.text.tobytes()
        self._starts = _starts(dictionary.sizes)
        self._position_starts = _starts(dictionary.position_sizes)
        self._term_starts = _starts(dictionary.term_sizes)

    @classmethod
    def of(cls, content: Content) -> PostingsPart:
        """A part in memory.

        Args:
            content: All of it.
        """
        held = np.concatenate([content.postings, content.positions])
        return cls(content.dictionary, lambda start, size: held[start : start + size])

    def __len__(self) -> int:
        """Number of terms."""
        return len(self._dictionary.counts)

    @property
    def lengths(self) -> NDArray[np.uint32]:
        """Number of terms in title and abstract of each row, uint32 ``(rows, 2)``."""
        return self._dictionary.lengths

    def term(self, number: int) -> bytes:
        """The UTF-8 bytes of a term.

        Args:
            number: Its number, from 0.
        """
        return self._text[int(self._term_starts[number]) : int(self._term_starts[number + 1])]

    def find(self, term: bytes) -> int:
        """The number of a term; -1 if no row holds it.

        Args:
            term: Its UTF-8 bytes.
        """
        number = self.place(term)
        return number if number < len(self) and self.term(number) == term else -1

    def place(self, term: bytes) -> int:
        """The number of the first term that does not come before another one.

        Args:
            term: The UTF-8 bytes of the other one.
        """
        key = np.array([_beginning(term)], np.uint64)
        low = int(np.searchsorted(self._dictionary.beginnings, key, "left")[0])
        high = int(np.searchsorted(self._dictionary.beginnings, key, "right")[0])
        return low + bisect_left(range(low, high), term, key=self.term)

    def count(self, number: int) -> int:
        """Number of rows that hold a term.

        Args:
            number: Number of the term.
        """
        return int(self._dictionary.counts[number])

    def postings(self, number: int) -> NDArray[np.uint8]:
        """The postings of a term, uint8 ``(bytes,)``.

        Args:
            number: Number of the term.
        """
        start = int(self._starts[number])
        return self._read(start, int(self._starts[number + 1]) - start)

    def large(self, number: int) -> NDArray[np.uint32]:
        """The large frequencies of a term, uint32 ``(n, 4)``; see `Encoded`.

        Args:
            number: Number of the term.
        """
        listed = self._dictionary.large
        if not len(listed):
            return listed
        low, high = np.searchsorted(listed[:, 0], np.array([number, number + 1], np.uint32))
        return listed[low:high]

    def tokens(self, first: int, last: int) -> Tokens:
        """All occurrences of terms that follow each other.

        Args:
            first: Number of the first term.
            last: Number of the term after the last one.

        Raises:
            ValueError: The postings are damaged.
        """
        held = slice(first, last)
        counts = self._dictionary.counts[held].astype(np.int64)
        start, stop = int(self._starts[first]), int(self._starts[last])
        content = self._read(start, stop - start)
        rows, codes = postings.decode(content, counts, self._dictionary.sizes[held].astype(np.int64))
        low, high = np.searchsorted(self._dictionary.large[:, 0], np.array([first, last], np.uint32))
        frequencies = postings.frequencies(codes, self._dictionary.large[low:high])
        start, stop = int(self._position_starts[first]), int(self._position_starts[last])
        content = self._read(int(self._starts[-1]) + start, stop - start)
        term = np.repeat(np.arange(first, last), counts)
        return postings.occurrences(term, rows, frequencies, postings.decode_positions(content, frequencies))

    def groups(self, most: int = _AT_ONCE) -> Iterator[int]:
        """Cut the terms into groups of about so many occurrences; yields the number of the first term of each."""
        sums = self._position_starts // most
        yield from np.flatnonzero(np.diff(sums[:-1], prepend=-1)).tolist()


def content_of(documents: Sequence[tuple[str, str]], tokenizer: Tokenizer) -> Content:
    """Make the postings of documents.

    Args:
        documents: Title and abstract of each row.
        tokenizer: Cuts them into terms.
    """
    vocabulary, tokens, lengths = postings.tokens_of(documents, tokenizer)
    return _put_together([term.encode() for term in vocabulary], [postings.encode(tokens, len(vocabulary))], lengths)


def merged(parts: Sequence[tuple[PostingsPart, NDArray[np.int64]]], rows: int, at_once: int = _AT_ONCE) -> Content:
    """Put the postings of several parts together.

    Args:
        parts: Each part, and the new row of each of its rows: int64 ``(rows,)``, -1 for a row that is left out. New
            rows ascend within a part, and from part to part.
        rows: Number of new rows.
        at_once: About so many occurrences of each part are in memory at once.

    Returns:
        What `content_of` makes of the documents of the new rows.

    Raises:
        ValueError: The postings are damaged.
    """
    lengths = np.zeros((rows, len(FIELDS)), np.uint32)
    for part, moved in parts:
        lengths[moved[moved >= 0]] = part.lengths[moved >= 0]
    cuts = sorted({part.term(number) for part, _ in parts for number in part.groups(at_once)})
    vocabulary: list[bytes] = []
    encoded = []
    for low, high in itertools.pairwise([*cuts, None]):
        terms, tokens = _between(parts, low or b"", high)
        if not len(terms):
            continue
        encoded.append(_shifted(postings.encode(tokens, len(terms)), len(vocabulary)))
        vocabulary += terms
    return _put_together(vocabulary, encoded, lengths)


def _between(
    parts: Sequence[tuple[PostingsPart, NDArray[np.int64]]], low: bytes, high: bytes | None
) -> tuple[list[bytes], Tokens]:
    """The terms from ``low`` to before ``high`` (``None``: all others) that new rows hold, and their occurrences."""
    ranges = [(part.place(low), len(part) if high is None else part.place(high)) for part, _ in parts]
    terms = [[part.term(n) for n in range(*of)] for (part, _), of in zip(parts, ranges, strict=True)]
    every = sorted(set(itertools.chain.from_iterable(terms)))
    numbers = {term: n for n, term in enumerate(every)}
    found = []
    for (part, moved), (first, last), held in zip(parts, ranges, terms, strict=True):
        tokens = part.tokens(first, last)
        new = np.array([numbers[term] for term in held], np.int64)
        rows = moved[tokens.row]
        kept = rows >= 0
        found.append(Tokens(new[tokens.term - first], rows, tokens.field, tokens.position))
        if not kept.all():
            found[-1] = Tokens(*(values[kept] for values in found[-1]))
    together = Tokens(*map(np.concatenate, zip(*found, strict=True)))
    order = np.argsort(together.term, kind="stable")
    used, term = np.unique(together.term[order], return_inverse=True)
    rest = (values[order] for values in together[1:])
    return [every[n] for n in used.tolist()], Tokens(term.astype(np.int64), *rest)


def _shifted(encoded: Encoded, terms: int) -> Encoded:
    """The same, for terms whose numbers begin later."""
    large = encoded.large.copy()
    large[:, 0] += terms
    return encoded._replace(large=large)


def _put_together(vocabulary: list[bytes], encoded: Sequence[Encoded], lengths: NDArray[np.uint32]) -> Content:
    nothing = postings.encode(Tokens(*(np.empty(0, np.int64) for _ in Tokens._fields)), 0)
    whole = Encoded(*map(np.concatenate, zip(*(encoded or [nothing]), strict=True)))
    dictionary = Dictionary(
        np.array([_beginning(term) for term in vocabulary], np.uint64),
        whole.counts,
        whole.sizes,
        whole.position_sizes,
        whole.large,
        lengths,
        np.array([len(term) for term in vocabulary], np.uint16),
        np.frombuffer(b"".join(vocabulary), np.uint8),
    )
    return Content(dictionary, whole.postings, whole.positions)


def _beginning(term: bytes) -> int:
    return int.from_bytes(term[:_BEGINNING].ljust(_BEGINNING, b"\0"), "big")


def _starts(sizes: NDArray[np.unsignedinteger]) -> NDArray[np.unsignedinteger]:
    """Where each begins, with the end of the last one; in four bytes each where that is enough."""
    ends = np.cumsum(sizes, dtype=np.uint64)
    wide = len(ends) and int(ends[-1]) >= 2**32
    return np.concatenate(([0], ends)).astype(np.uint64 if wide else np.uint32)

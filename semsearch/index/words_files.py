"""Files of words: the postings of a segment, beside its vectors. Like these they never change.

A file has a head, which is read as a whole: numbers and dictionary. After it come the postings and the positions of all
terms; of these only what a question needs is read. The head has a checksum, and so has every block of the rest. What
is read is checked each time.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import numpy as np
import xxhash

from semsearch.index.segment_files import MAGICS, WORDS_FILE, Written, damaged, put, read_at
from semsearch.lexical import parts
from semsearch.lexical.parts import Content, Dictionary, PostingsPart
from semsearch.lexical.tokens import TOKENS

if TYPE_CHECKING:
    from collections.abc import Iterable
    from io import FileIO
    from pathlib import Path

    from numpy.typing import NDArray

    from semsearch.index.segment_files import Segment

#: Magic; rows, terms, large frequencies, bytes of all terms, of the postings, and of the positions.
_HEADER = struct.Struct("<8s6Q")
_MAGIC = MAGICS[WORDS_FILE]
#: Bytes that have a checksum together.
_BLOCK = 2**14
_DIGEST = 16
#: Documents whose postings are made at once.
_AT_ONCE = 4096


def content_of(documents: Iterable[tuple[str, str]]) -> Content:
    """Make the postings of documents, some thousand at a time.

    Args:
        documents: Title and abstract of each row.
    """
    made: list[tuple[PostingsPart, NDArray[np.int64]]] = []
    batch, rows = list[tuple[str, str]](), 0
    for document in documents:
        batch.append(document)
        if len(batch) == _AT_ONCE:
            made.append((PostingsPart.of(parts.content_of(batch, TOKENS)), np.arange(rows, rows + len(batch))))
            rows += len(batch)
            batch = []
    last = parts.content_of(batch, TOKENS)
    if not made:
        return last
    made.append((PostingsPart.of(last), np.arange(rows, rows + len(batch))))
    return parts.merged(made, rows + len(batch))


def write(index: Path, n: int, content: Content) -> Written:
    """Write the words of a segment, and sync them to disk.

    Args:
        index: The index directory.
        n: Number of the segment.
        content: The postings.

    Raises:
        OSError: The file cannot be written, or there is one of this name.
    """
    dictionary = content.dictionary
    body = np.concatenate([content.postings, content.positions])
    blocks = (body[start : start + _BLOCK].data for start in range(0, len(body), _BLOCK))
    checks = np.fromiter(map(xxhash.xxh3_64_intdigest, blocks), np.uint64)
    numbers = len(dictionary.lengths), len(dictionary.counts), len(dictionary.large), len(dictionary.text)
    header = _HEADER.pack(_MAGIC, *numbers, len(content.postings), len(content.positions))
    head = b"".join([header, checks.tobytes(), *(part.tobytes() for part in dictionary)])
    return put(index, n, WORDS_FILE, [head, xxhash.xxh3_128_digest(head), body.data])


def read(index: Path, stream: FileIO, segment: Segment) -> PostingsPart:
    """Read the head of the words of a segment. The rest is read when it is needed.

    Args:
        index: The index directory, for errors.
        stream: The open file. It has to stay open as long as the result is used.
        segment: The segment.

    Raises:
        IndexDamaged: The file is not as it was committed. The result raises it too, when it reads.
    """
    size = segment.words_size

    def differs() -> Exception:
        return damaged(index, segment, "the checksum differs from the committed one", WORDS_FILE)

    header = np.empty(_HEADER.size, np.uint8)
    if read_at(stream, 0, header) < len(header):
        raise differs()
    magic, rows, terms, large, text, postings, positions = _HEADER.unpack(header.data)
    blocks = -(-(postings + positions) // _BLOCK)
    shapes: list[tuple[type[np.unsignedinteger], tuple[int, ...]]] = [
        *((np.uint64, (blocks,)), (np.uint64, (terms,)), (np.uint32, (terms,)), (np.uint32, (terms,))),
        *((np.uint32, (terms,)), (np.uint32, (large, 4)), (np.uint32, (rows, 2)), (np.uint16, (terms,))),
        (np.uint8, (text,)),
    ]
    bytes_of = [np.dtype(kind).itemsize * int(np.prod(shape, dtype=object)) for kind, shape in shapes]
    head = _HEADER.size + sum(bytes_of)
    if magic != _MAGIC or rows != segment.count or head + _DIGEST + postings + positions != size:
        raise differs()
    content = np.empty(head + _DIGEST, np.uint8)
    whole = read_at(stream, 0, content) == len(content)
    if not whole or xxhash.xxh3_128_digest(content[:head].data) != content[head:].tobytes():
        raise differs()
    columns, at = [], _HEADER.size
    for (kind, shape), length in zip(shapes, bytes_of, strict=True):
        columns.append(np.frombuffer(content[at : at + length].tobytes(), kind).reshape(shape))
        at += length
    checks, dictionary = columns[0].tolist(), Dictionary(*columns[1:])
    body = postings + positions

    def some(start: int, length: int) -> NDArray[np.uint8]:
        first = start // _BLOCK
        last = -(-(start + length) // _BLOCK)
        found = np.empty(max(0, min(last * _BLOCK, body) - first * _BLOCK), np.uint8)
        if read_at(stream, head + _DIGEST + first * _BLOCK, found) < len(found):
            raise differs()
        for block in range(first, last):
            held = found[(block - first) * _BLOCK : (block + 1 - first) * _BLOCK]
            if xxhash.xxh3_64_intdigest(held.data) != checks[block]:
                raise differs()
        return found[start - first * _BLOCK : start - first * _BLOCK + length]

    return PostingsPart(dictionary, some)


def is_whole(stream: FileIO, segment: Segment) -> bool:
    """Whether every byte of the words of a segment is as it was committed.

    Args:
        stream: The open file.
        segment: The segment.
    """
    content = np.empty(segment.words_size, np.uint8)
    whole = read_at(stream, 0, content) == segment.words_size
    return whole and xxhash.xxh3_128_hexdigest(content.data) == segment.words_checksum

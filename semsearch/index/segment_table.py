"""The table ``segments`` and its files: adds, merges and compacts segments, and deletes old files."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import numpy as np

from semsearch.index import quantised_cache, segment_files, segments, words_files
from semsearch.index.connections import OneConnection
from semsearch.index.file_numbers import FileNumbers
from semsearch.index.reader import IndexReader
from semsearch.lexical import parts
from semsearch.model.errors import IndexDamaged

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from semsearch.index.segment_files import Segment, Written
    from semsearch.lexical.parts import Content, PostingsPart
    from semsearch.model.policy import Policy


_PLACED = np.dtype([("row", np.int64), ("seq", np.int64)])


class SegmentTable:
    """The segments of an index, for its only writer.

    Args:
        connection: Connection of the writer.
        folder: The index directory.
        policy: Sizes that change how fast an answer is found. No answer depends on it.
    """

    def __init__(self, connection: sqlite3.Connection, folder: Path, policy: Policy | None = None) -> None:
        self._policy = policy
        self._connection = connection
        self._folder = folder
        self._numbers = FileNumbers(connection, folder)

    def _reader(self) -> IndexReader:
        """A reader of what the writer itself sees now."""
        return IndexReader(OneConnection(self._connection), self._folder, policy=self._policy)

    def prepare(self) -> None:
        """Reserve a file number. To be called before a transaction in which a segment may be written."""
        self._numbers.reserve()

    def close(self) -> None:
        """Give back unused file numbers: the writer makes no more files."""
        self._numbers.release()

    def append(self, vectors: NDArray[np.float32], documents: Sequence[tuple[str, str]]) -> int:
        """Write a segment after the others, inside the transaction of the caller.

        Args:
            vectors: float32 ``(n, dim)``, unit rows.
            documents: Title and abstract of each row.

        Returns:
            Its first row.

        Raises:
            OSError: The file cannot be written.
            StoreError: Another program has put a file in its place.
        """
        first = int(self._connection.execute("SELECT coalesce(max(first_row + count), 0) FROM segments").fetchone()[0])
        self._write(first, vectors, words_files.content_of(documents))
        self._numbers.reserve()  # in this commit, so that the next batch needs no commit for it
        return first

    def _write(self, first: int, vectors: NDArray[np.float32], words: Content) -> None:
        self._enter(first, len(vectors), lambda n: segments.write(self._folder, n, vectors), words)

    def _enter(self, first: int, count: int, write: Callable[[int], Written], words: Content) -> None:
        """Enter a segment of ``count`` rows from ``first`` on; ``write`` makes the vector file with a given number."""
        n = self._numbers.take()
        values = n, first, count, *write(n), *words_files.write(self._folder, n, words)
        self._connection.execute("INSERT INTO segments VALUES (?, ?, ?, ?, ?, ?, ?)", values)

    def _merged_words(self, chosen: Sequence[Segment], rows: NDArray[np.int64]) -> Content:
        """The words of some rows of segments.

        Args:
            chosen: The segments, in the order of their rows.
            rows: int64 ``(n,)``, ascending: the rows that are taken.
        """
        with contextlib.ExitStack() as stack:
            moved: list[tuple[PostingsPart, NDArray[np.int64]]] = []
            for segment in chosen:
                low, high = np.searchsorted(rows, (segment.first_row, segment.first_row + segment.count))
                new = np.full(segment.count, -1, np.int64)
                new[rows[low:high] - segment.first_row] = np.arange(low, high)
                if low < high:
                    stream = stack.enter_context(segment_files.opened(self._folder, segment, segment_files.WORDS_FILE))
                    moved.append((words_files.read(self._folder, stream, segment), new))
            try:
                return parts.merged(moved, len(rows))
            except ValueError as error:
                names = ", ".join(f"{segment.n}{segment_files.WORDS_FILE}" for segment in chosen)
                raise IndexDamaged(str(self._folder), f"one of {names} holds damaged postings") from error

    def merge(self) -> None:
        """Merge many small segments into one, if there are many. Every vector keeps its row."""
        reader = self._reader()
        chosen = segments.to_merge(reader.segments, reader.dim, reader.policy.index) if reader.fingerprint else ()
        if len(chosen) > 1:
            first, count = chosen[0].first_row, sum(segment.count for segment in chosen)

            def write() -> None:
                words = self._merged_words(chosen, np.arange(first, first + count))
                self._enter(first, count, lambda n: segments.merge(self._folder, n, chosen, reader.dim), words)

            self._exchange(chosen, write, 1)

    def compact(self) -> int:
        """Delete the rows that have a tombstone, and merge all segments. Papers get new rows, in the same order.

        Returns:
            Number of rows that were deleted.
        """
        reader = self._reader()
        old, live = reader.segments, reader.live
        dropped = 0 if live is None else int(np.count_nonzero(~live))
        full = len(list(segments.full(sum(s.count for s in old), reader.dim)))
        if dropped or len(old) > full:
            self._exchange(old, lambda: self._rewrite(reader, live), full)
        quantised_cache.clear(self._folder)
        self.quantise()
        return dropped

    def _rewrite(self, reader: IndexReader, live: NDArray[np.bool_] | None) -> None:
        """Write the rows of papers into full segments; one of these is in memory at a time."""
        total = reader.row_count
        rows = np.arange(total) if live is None else np.flatnonzero(live)
        papers = np.fromiter(self._connection.execute("SELECT row, seq FROM papers ORDER BY row"), _PLACED)
        moved = np.flatnonzero(papers["row"] != np.arange(len(papers)))
        # In ascending order, so that no paper gets a row that another paper still has.
        self._connection.executemany(
            "UPDATE papers SET row = ? WHERE seq = ?", zip(moved.tolist(), papers["seq"][moved].tolist(), strict=True)
        )
        self._connection.execute("DELETE FROM tombstones")
        first = 0
        for count in segments.full(len(rows), reader.dim):
            taken = rows[first : first + count]
            self._write(first, reader.gathered(taken), self._merged_words(reader.segments, taken))
            first += count

    def quantise(self) -> None:
        """Bring the cache of quantised vectors up to date."""
        quantised_cache.update(self._folder, self._reader())

    def _exchange(self, old: Sequence[Segment], write: Callable[[], None], new: int) -> None:
        """Replace segments in one commit, then delete their files. ``write`` writes at most ``new`` segments."""
        self._numbers.reserve(new)
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            self._numbers.leave(s.n for s in old)
            self._connection.executemany("DELETE FROM segments WHERE n = ?", [(s.n,) for s in old])
            write()
            self._connection.execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise
        self.sweep()

    def sweep(self) -> None:
        """Delete segment files that no commit names."""
        self._numbers.sweep()

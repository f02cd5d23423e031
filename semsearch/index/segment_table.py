"""The table ``segments`` and its files: appending, merging, compacting, sweeping."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from semsearch.index import quantising, segments
from semsearch.index.connections import OneConnection
from semsearch.index.file_numbers import FileNumbers
from semsearch.index.reader import IndexReader

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from semsearch.index.segments import Segment
    from semsearch.model.policy import Policy


_PLACED = np.dtype([("row", np.int64), ("seq", np.int64)])


class SegmentTable:
    """The segments of an index, for its one writer.

    Args:
        connection: The writer's.
        folder: The index directory.
        policy: Sizes that change how fast an answer is found, never what it is.
    """

    def __init__(self, connection: sqlite3.Connection, folder: Path, policy: Policy | None = None) -> None:
        self._policy = policy
        self._connection = connection
        self._folder = folder
        self._numbers = FileNumbers(connection, folder)

    def _reader(self) -> IndexReader:
        """What the writer itself sees now."""
        return IndexReader(OneConnection(self._connection), self._folder, policy=self._policy)

    def prepare(self) -> None:
        """Before a transaction in which a segment may be written."""
        self._numbers.reserve()

    def close(self) -> None:
        """The writer makes no more files."""
        self._numbers.release()

    def append(self, vectors: NDArray[np.float32]) -> int:
        """Write a segment behind the others, inside the caller's transaction; returns its first row.

        Args:
            vectors: float32 ``(n, dim)``, unit rows.
        """
        first = int(self._connection.execute("SELECT coalesce(max(first_row + count), 0) FROM segments").fetchone()[0])
        self._write(first, vectors)
        self._numbers.reserve()  # in this commit, so that the next one needs none of its own
        return first

    def _write(self, first: int, vectors: NDArray[np.float32]) -> None:
        self._enter(first, len(vectors), lambda n: segments.write(self._folder, n, vectors))

    def _enter(self, first: int, count: int, write: Callable[[int], tuple[int, str]]) -> None:
        """Enter a segment of ``count`` rows from ``first`` on, whose file ``write`` makes under the number given."""
        n = self._numbers.take()
        size, checksum = write(n)
        self._connection.execute("INSERT INTO segments VALUES (?, ?, ?, ?, ?)", (n, first, count, size, checksum))

    def merge(self) -> None:
        """Make one segment of many small ones, where there are; rows keep their numbers."""
        reader = self._reader()
        chosen = segments.to_merge(reader.segments, reader.dim) if reader.fingerprint else ()
        if len(chosen) > 1:
            rows = sum(segment.count for segment in chosen)
            self._exchange(
                chosen,
                lambda: self._enter(
                    chosen[0].first_row, rows, lambda n: segments.merge(self._folder, n, chosen, reader.dim)
                ),
                1,
            )

    def compact(self) -> int:
        """Drop tombstoned rows and merge all segments; papers get new rows in the same order. Returns rows dropped."""
        reader = self._reader()
        old, live = reader.segments, reader.live
        dropped = 0 if live is None else int(np.count_nonzero(~live))
        full = len(list(segments.full(sum(s.count for s in old), reader.dim)))
        if dropped or len(old) > full:
            self._exchange(old, lambda: self._rewrite(reader, live), full)
        quantising.clear(self._folder)
        self.quantise()
        return dropped

    def _rewrite(self, reader: IndexReader, live: NDArray[np.bool_] | None) -> None:
        """Write the rows that are papers into full segments, one of these in memory at a time."""
        total = reader.row_count
        rows = np.arange(total) if live is None else np.flatnonzero(live)
        papers = np.fromiter(self._connection.execute("SELECT row, seq FROM papers ORDER BY row"), _PLACED)
        moved = np.flatnonzero(papers["row"] != np.arange(len(papers)))
        # Ascending, so that no row is given while another paper still has it.
        self._connection.executemany(
            "UPDATE papers SET row = ? WHERE seq = ?", zip(moved.tolist(), papers["seq"][moved].tolist(), strict=True)
        )
        self._connection.execute("DELETE FROM tombstones")
        first = 0
        for count in segments.full(len(rows), reader.dim):
            self._write(first, reader.gathered(rows[first : first + count]))
            first += count

    def quantise(self) -> None:
        """Bring the codes up to date."""
        quantising.update(self._folder, self._reader())

    def _exchange(self, old: Sequence[Segment], write: Callable[[], None], new: int) -> None:
        """Replace segments by what ``write`` writes, ``new`` at most, in one commit; then delete their files."""
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
        """Delete files that no committed row names."""
        self._numbers.sweep()

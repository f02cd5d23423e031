"""A reader of one commit of an index: its records, words, vectors and filters. They never change.

What is computed from the commit (which rows are papers, filter masks, loaded vectors) is computed once, and kept as
long as the reader exists (`Memo`). So a row of one commit is never used with the vectors of another.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import xxhash

from semsearch.dense.flat import FlatIndex
from semsearch.dense.parts import MemoryPart
from semsearch.index import segment_files, segments
from semsearch.index.documents import Documents
from semsearch.index.filter_masks import FilterMasks
from semsearch.index.memo import Memo
from semsearch.index.pair_log import PairFile
from semsearch.index.segment_cache import SegmentCache
from semsearch.index.segment_files import Segment
from semsearch.index.segment_part import StoredPart
from semsearch.lexical.inverted import InvertedIndex
from semsearch.model.errors import IndexDamaged
from semsearch.model.lazy import lazy
from semsearch.model.policy import Policy
from semsearch.model.thresholds import Thresholds

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from semsearch.index.connections import Connections
    from semsearch.model.filters import Filter


#: The columns of the table ``segments``, as in `Segment`.
_COLUMNS = "n, first_row, count, size, checksum, words_size, words_checksum"


class IndexReader:
    """One commit of an index; implements `ReadableIndex`. Any number of threads may share it.

    Args:
        connections: To the commit. If they lead to the open transaction of a writer, the reader must be used at once,
            since that does change.
        folder: The index directory.
        cache: Segments that readers of the index share; its own by default.
        policy: Sizes that change how fast an answer is found. No answer depends on it.
    """

    def __init__(
        self,
        connections: Connections,
        folder: Path,
        cache: SegmentCache | None = None,
        policy: Policy | None = None,
    ) -> None:
        self.connections = connections
        self._folder = folder
        self._cache = cache or SegmentCache()
        self.policy = policy or Policy()
        self._memo = Memo()

    # -- parts ---------------------------------------------------------------------------------------------------------

    @property
    def documents(self) -> Documents:
        """See `ReadableIndex`."""
        return self._memo.once("documents", lambda: Documents(self.connections, self._folder, self._row_of))

    @property
    def lexical(self) -> InvertedIndex:
        """See `ReadableIndex`. Raises the errors of `dense`."""
        return self._memo.once("lexical", self._all_words)

    def _all_words(self) -> InvertedIndex:
        def damaged(place: int) -> IndexDamaged:
            what = "its postings are damaged"
            return segment_files.damaged(self._folder, self.segments[place], what, segment_files.WORDS_FILE)

        parts = [(segment.first_row, part.words) for segment, part in zip(self.segments, self._parts, strict=True)]
        return InvertedIndex(parts, self.live, self.policy.lexical, damaged)

    @property
    def dense(self) -> FlatIndex:
        """See `ReadableIndex`. All rows, those of removed papers too.

        Raises:
            IndexDamaged: A segment is not as it was committed.
            FileNotFoundError: A segment file is gone: it was lost, or a writer merged it before it was opened.
        """
        return self._memo.once("dense", self._all_vectors)

    def _all_vectors(self) -> FlatIndex:
        self._cache.keep_only(self.segments)
        return FlatIndex(self.dim, self._parts, self.policy.dense)

    @property
    def _parts(self) -> list[StoredPart]:
        """All segments. They are kept here: once a newer commit is read, the cache drops those that it replaced."""
        return self._memo.once("parts", lambda: [self.load(segment) for segment in self.segments])

    def filter_mask(self, condition: Filter) -> NDArray[np.bool_]:
        """See `ReadableIndex`."""
        masks = FilterMasks(
            self.connections, self._row_of, self.row_count, lambda words: self.lexical.phrase(words, "title").rows
        )
        return self._memo.mask(condition, lambda: masks.mask(condition))

    def pair_log(self, threshold: float) -> PairFile:
        """See `ReadableIndex`."""
        return PairFile(self._folder, self.rows_digest, threshold)

    # -- facts ---------------------------------------------------------------------------------------------------------

    def __len__(self) -> int:
        return self._memo.once("papers", lambda: int(self.connections.rows("SELECT count(*) FROM papers")[0][0]))

    def meta(self, key: str) -> str | None:
        """A value of the table ``meta``; ``None`` if there is none."""
        rows = self.connections.rows("SELECT value FROM meta WHERE key = ?", key)
        return str(rows[0][0]) if rows else None

    @lazy
    def fingerprint(self) -> Mapping[str, str] | None:
        """Fingerprint of the encoder of the index; ``None`` before the first commit."""
        value = self.meta("encoder")
        return dict(json.loads(value)) if value else None

    @lazy
    def thresholds(self) -> Thresholds | None:
        """See `ReadableIndex`."""
        value = self.meta("calibration")
        return Thresholds(**json.loads(value)) if value else None

    @property
    def dim(self) -> int:
        """Length of a vector; 0 for an index without a paper."""
        return int(self.fingerprint["dim"]) if self.fingerprint else 0

    @lazy
    def segments(self) -> list[Segment]:
        """The segments, in the order of their rows.

        Raises:
            IndexDamaged: A row is missing between them, or belongs to two.
        """
        rows = self.connections.rows(f"SELECT {_COLUMNS} FROM segments ORDER BY first_row")
        found = [Segment(*row) for row in rows]
        expected = 0
        for segment in found:
            if segment.first_row != expected:
                raise IndexDamaged(
                    str(self._folder), f"segment {segment.n} begins at row {segment.first_row}, not {expected}"
                )
            expected += segment.count
        return found

    @property
    def row_count(self) -> int:
        """Number of rows, with those of removed papers."""
        return sum(segment.count for segment in self.segments)

    @property
    def live(self) -> NDArray[np.bool_] | None:
        """See `ReadableIndex`."""
        return self._memo.once("live", self._live)

    def _live(self) -> NDArray[np.bool_] | None:
        found = self.connections.rows("SELECT row FROM tombstones")
        mask = np.ones(self.row_count, np.bool_)
        mask[np.fromiter((row for (row,) in found), np.int64, len(found))] = False
        return mask if found else None

    @property
    def mean(self) -> NDArray[np.float64]:
        """See `ReadableIndex`."""
        return self._memo.once("mean", lambda: self.dense.mean(self.live))

    @property
    def rows_digest(self) -> str:
        """A name for the vectors, and for which of them belong to papers: xxh3-128, hex."""
        digest = xxhash.xxh3_128("".join(segment.checksum for segment in self.segments).encode())
        if self.live is not None:
            digest.update(np.packbits(self.live).tobytes())
        return digest.hexdigest()

    @property
    def paper_rows(self) -> NDArray[np.int64]:
        """The rows of all papers, int64 ``(papers,)``, ascending."""
        rows = self._row_of()
        return np.sort(rows[rows >= 0])

    def _row_of(self) -> NDArray[np.int64]:
        """The row of each paper, int64 by ``seq``; -1 if there is no such paper."""
        return self._memo.once("row_of", self._all_rows)

    def _all_rows(self) -> NDArray[np.int64]:
        count, first, last, least, most = self.connections.rows(
            "SELECT count(*), min(seq), max(seq), min(row - seq), max(row - seq) FROM papers"
        )[0]
        rows = np.full((last or 0) + 1, -1, np.int64)
        whole = count and least == most and last - first + 1 == count
        if whole:  # nothing was ever removed: no need to read each
            rows[first:] = np.arange(first, last + 1) + least
        else:
            pairs = np.array(self.connections.rows("SELECT seq, row FROM papers"), np.int64).reshape(-1, 2)
            rows[pairs[:, 0]] = pairs[:, 1]
        return rows

    # -- vectors, some at a time ---------------------------------------------------------------------------------------

    def load(self, segment: Segment) -> StoredPart:
        """The vectors of one segment. Raises the errors of `dense`."""
        return self._cache.part(segment, lambda: StoredPart(self._folder, segment, self.dim, self.policy.index))

    def forget(self, segment: Segment) -> None:
        """Drop the vectors of a segment from the cache."""
        self._cache.forget(segment)

    def gathered(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """Read the vectors of some rows, with one segment in memory at a time.

        Args:
            rows: int64 ``(n,)``, ascending.

        Returns:
            float32 ``(n, dim)``.

        Raises:
            IndexDamaged: A segment is not as it was committed.
        """
        out = np.empty((len(rows), self.dim), np.float32)
        for segment in self.segments:
            inside = slice(*np.searchsorted(rows, (segment.first_row, segment.first_row + segment.count)))
            if inside.start < inside.stop:
                vectors = MemoryPart(segments.load(self._folder, segment, self.dim))
                vectors.take(rows[inside] - segment.first_row, out[inside])
        return out

    def sample(self, rows: int) -> tuple[FlatIndex, NDArray[np.bool_] | None]:
        """Read the vectors of evenly spaced whole segments. Only the sample is in memory.

        Args:
            rows: About how many rows to read. An index that has fewer is read as a whole.

        Returns:
            The vectors; and bool ``(rows of the sample,)``: which of them belong to papers, ``None`` for all.
        """
        step = -(-self.row_count // rows)
        chosen = self.segments[::step] if step > 1 else self.segments
        live = self.live
        parts = None if live is None else [live[s.first_row : s.first_row + s.count] for s in chosen]
        flat = FlatIndex(self.dim, [segments.load(self._folder, s, self.dim) for s in chosen])
        return flat, np.concatenate(parts) if parts else None

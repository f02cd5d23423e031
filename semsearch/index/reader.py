"""One committed state of an index, for reading: papers by row, id or any dressing of an identifier, and the vectors."""

from __future__ import annotations

import json
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import xxhash

from semsearch.dense.calibration import Calibration
from semsearch.dense.flat import FlatIndex
from semsearch.dense.parts import MemoryPart
from semsearch.index import checksums, segments
from semsearch.index.filter_masks import RowMasks
from semsearch.index.meta import get_meta
from semsearch.index.pair_log import PairFile
from semsearch.index.records import checked_paper, text_digest
from semsearch.index.schema import UNCHECKED_VERSION
from semsearch.index.segment_part import StoredPart
from semsearch.index.segments import Segment
from semsearch.index.shared import Kept, Shared
from semsearch.model.errors import IndexDamaged, UnknownPaper
from semsearch.model.paper import Paper, Rejected, Remark, Repaired, Source
from semsearch.text import identifiers
from semsearch.text.cleaning import embedded_text
from semsearch.text.folding import fold
from semsearch.text.surrogates import without_surrogates

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from semsearch.model.filters import Filter
    from semsearch.text.identifiers import Identifier

_REMARKS = {kind.kind: kind for kind in (Rejected, Repaired)}
#: What a word in the title counts beside one in the abstract (docs/quality.md).
TITLE_WEIGHT = 2.0
_MATCH = np.dtype([("seq", np.int64), ("score", np.float64)])
#: Parameters of one SQL statement.
_CHUNK = 500
#: Places in `checksums.PAPER`.
_ROW, _TEXT_DIGEST = 2, 6
#: Shortest beginning of a ``sem:`` id that names a paper.
_PREFIX = 4


class Found(NamedTuple):
    """A paper's place in the index."""

    id: str
    seq: int
    row: int


class Snapshot:
    """What one SQLite transaction sees. Valid until the transaction ends.

    Args:
        connection: Inside a read transaction.
        folder: The index directory.
        shared: What other snapshots of the index have loaded and worked out; nothing by default.
    """

    def __init__(self, connection: sqlite3.Connection, folder: Path, shared: Shared | None = None) -> None:
        self._connection = connection
        self._folder = folder
        self._shared = shared or Shared()

    @property
    def connection(self) -> sqlite3.Connection:
        """The connection, for checks that are written in SQL."""
        return self._connection

    @cached_property
    def fingerprint(self) -> Mapping[str, str] | None:
        """Of the encoder that made the index; ``None`` before the first paper."""
        value = self.meta("encoder")
        return dict(json.loads(value)) if value else None

    def meta(self, key: str) -> str | None:
        """A value of the table ``meta``."""
        return get_meta(self._connection, key)

    @cached_property
    def calibration(self) -> Calibration | None:
        """What cosines mean in this collection; ``None`` where it is too small."""
        value = self.meta("calibration")
        return Calibration(**json.loads(value)) if value else None

    @cached_property
    def segments(self) -> list[Segment]:
        """The segments in order of their rows."""
        rows = self._connection.execute("SELECT n, first_row, count, size, checksum FROM segments ORDER BY first_row")
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
    def vectors(self) -> FlatIndex:
        """All rows, those of removed papers too (see `live`).

        Raises:
            IndexDamaged: A segment's bytes are not those that were committed.
        """
        return self._kept.once("vectors", self._all_vectors)

    def _all_vectors(self) -> FlatIndex:
        self._shared.keep_only(self.segments)
        return FlatIndex(self.dim, [self.load(segment) for segment in self.segments])

    def pair_log(self, threshold: float) -> PairFile:
        """Where a long search of this state for pairs notes what it has found."""
        return PairFile(self._folder, self.rows_digest, threshold)

    @property
    def rows_digest(self) -> str:
        """A name for the vectors and which of them are papers: xxh3-128, hex."""
        digest = xxhash.xxh3_128("".join(segment.checksum for segment in self.segments).encode())
        if self.live is not None:
            digest.update(np.packbits(self.live).tobytes())
        return digest.hexdigest()

    @property
    def mean(self) -> NDArray[np.float64]:
        """Mean of the papers' vectors, float64 ``(dim,)``."""
        return self._kept.once("mean", lambda: self.vectors.mean(self.live))

    def gathered(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """Vectors of ascending rows, with one segment in memory at a time."""
        out = np.empty((len(rows), self.dim), np.float32)
        for segment in self.segments:
            inside = slice(*np.searchsorted(rows, (segment.first_row, segment.first_row + segment.count)))
            if inside.start < inside.stop:
                vectors = MemoryPart(segments.load(self._folder, segment, self.dim))
                vectors.take(rows[inside] - segment.first_row, out[inside])
        return out

    def sample(self, rows: int) -> tuple[FlatIndex, NDArray[np.bool_] | None]:
        """Vectors of whole segments, evenly spaced, of about so many rows; and which of these rows are papers.

        All of them where there are no more; else the memory stays that of the sample.
        """
        step = -(-sum(s.count for s in self.segments) // rows)
        chosen = self.segments[::step] if step > 1 else self.segments
        live = self.live
        parts = None if live is None else [live[s.first_row : s.first_row + s.count] for s in chosen]
        flat = FlatIndex(self.dim, [segments.load(self._folder, s, self.dim) for s in chosen])
        return flat, np.concatenate(parts) if parts else None

    @property
    def dim(self) -> int:
        """Length of a vector; 0 before the first paper."""
        return int(self.fingerprint["dim"]) if self.fingerprint else 0

    def load(self, segment: Segment) -> StoredPart:
        """The vectors of one segment."""
        return self._shared.part(segment, lambda: StoredPart(self._folder, segment, self.dim))

    def forget(self, segment: Segment) -> None:
        """Let go of the vectors of a segment."""
        self._shared.forget(segment)

    @property
    def live(self) -> NDArray[np.bool_] | None:
        """Bool ``(rows,)``: which rows are papers; ``None`` when all are."""
        return self._kept.once("live", self._live)

    def _live(self) -> NDArray[np.bool_] | None:
        dead = np.fromiter((row for (row,) in self._connection.execute("SELECT row FROM dead")), np.int64)
        mask = np.ones(sum(s.count for s in self.segments), np.bool_)
        mask[dead] = False
        return mask if len(dead) else None

    @cached_property
    def _kept(self) -> Kept:
        """A place for what is worth keeping as long as nothing is committed."""
        # Compacting gives rows new numbers; another index in the same place may have counted as far.
        return self._shared.of_state((self.meta("generation"), self.meta("changed"), tuple(self.segments)))

    @property
    def row_of(self) -> NDArray[np.int64]:
        """int64 by ``seq``: the row of the paper, -1 where there is none."""
        return self._kept.once("row_of", self._row_of)

    def _row_of(self) -> NDArray[np.int64]:
        count, first, last, least, most = self.query(
            "SELECT count(*), min(seq), max(seq), min(row - seq), max(row - seq) FROM papers"
        )[0]
        rows = np.full((last or 0) + 1, -1, np.int64)
        whole = count and least == most and last - first + 1 == count
        if whole:  # nothing was ever removed: no need to ask for each
            rows[first:] = np.arange(first, last + 1) + least
        else:
            pairs = np.array(self.query("SELECT seq, row FROM papers"), np.int64).reshape(-1, 2)
            rows[pairs[:, 0]] = pairs[:, 1]
        return rows

    def where(self, condition: Filter) -> NDArray[np.bool_]:
        """Bool ``(rows,)``: the rows that a filter holds for, those of removed papers maybe among them (see `live`)."""
        rows = sum(s.count for s in self.segments)
        return self._kept.mask(condition, lambda: RowMasks(self._connection, self.row_of, rows).mask(condition))

    def matching(
        self, expression: str, only: str = "", also: NDArray[np.int64] | None = None
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Rows whose words match an FTS5 expression, and their BM25 (k1 1.2, b .75; title weighs double).

        Args:
            expression: What they are scored by.
            only: Only rows that match this one too, at a tenth of the cost of a row;
            also: and these rows, where they match the first.

        Returns:
            int64 and float64 ``(n,)``, in no order: sorting half of all papers would take longer than matching them.
        """
        sql = f"SELECT rowid, -bm25(words, {TITLE_WEIGHT}, 1.0) FROM words WHERE words MATCH ?"
        values = [expression]
        if only:  # the plus sign keeps SQLite from asking FTS5 anew for each row
            sql += (
                " AND +rowid IN (SELECT rowid FROM words WHERE words MATCH ? UNION ALL "
                "SELECT seq FROM papers WHERE row IN (SELECT value FROM json_each(?)))"
            )
            values += [only, json.dumps([] if also is None else also.tolist())]
        found = np.fromiter(self._connection.execute(sql, values), _MATCH)
        return self.row_of[found["seq"]], found["score"]

    def match_count(self, expression: str, row: int | None = None) -> int:
        """How many papers match an FTS5 expression; of one row, whether it does. BM25 is not worked out for that."""
        sql = "SELECT count(*) FROM words WHERE words MATCH ?"
        if row is None:
            return int(self.query(sql, expression)[0][0])
        return int(self.query(f"{sql} AND rowid = (SELECT seq FROM papers WHERE row = ?)", expression, row)[0][0])

    def titled(self, title: str) -> NDArray[np.int64]:
        """Rows of papers with just this title, both folded; int64, ascending."""
        rows, scores = self.matching(f'title : "{title}"')
        rows = rows[np.lexsort((rows, -scores))][:_CHUNK]
        same = [row for row, paper in zip(rows, self.papers_at(rows), strict=True) if fold(paper.title) == title]
        return np.sort(self.as_rows(same))

    def row_of_identifier(self, identifier: Identifier) -> int | None:
        """The row of the paper that an identifier belongs to."""
        found = self._select("seq = (SELECT seq FROM identifiers WHERE scheme = ? AND value = ?)", *identifier)
        return found[0].row if found else None

    @staticmethod
    def as_rows(rows: Iterable[int]) -> NDArray[np.int64]:
        """Rows as an array."""
        return np.fromiter(rows, np.int64)

    def named(self, expression: str) -> NDArray[np.int64]:
        """Rows whose authors, venues, categories or tags match an FTS5 expression; int64, ascending."""
        found = self._connection.execute("SELECT rowid FROM names WHERE names MATCH ?", (expression,))
        return np.sort(self.row_of[np.fromiter((seq for (seq,) in found), np.int64)])

    def count_named(self, expression: str) -> int:
        """How many papers have authors, venues, categories or tags that match an FTS5 expression."""
        return int(self.query("SELECT count(*) FROM names WHERE names MATCH ?", expression)[0][0])

    def count_of_year(self, year: int) -> int:
        """How many papers are of a year."""
        return int(self.query("SELECT count(*) FROM papers WHERE year = ?", year)[0][0])

    def __len__(self) -> int:
        return int(self._connection.execute("SELECT count(*) FROM papers").fetchone()[0])

    def query(self, sql: str, *values: str | int) -> list[tuple[Any, ...]]:
        """All rows of a query."""
        return self._connection.execute(sql, values).fetchall()

    def counts(self) -> dict[str, int]:
        """Papers; of these without abstract and truncated; rejected and repaired records."""
        bare, cut = (
            self.query(f"SELECT count(*) FROM papers WHERE {condition}")[0][0]
            for condition in ("has_abstract = 0", "truncated")
        )
        remarks = dict(self.query("SELECT kind, count(*) FROM remarks GROUP BY kind"))
        return {
            "papers": len(self),
            "without_abstract": bare,
            "truncated": cut,
            **{kind: remarks.get(kind, 0) for kind in _REMARKS},
        }

    def text_digests(self) -> Iterator[tuple[bytes, bytes]]:
        """For each paper the digest of the text that was embedded, and that of the text it has now."""
        for row in self._connection.execute(self._papers):
            paper = checked_paper(row, self._folder)
            yield row[_TEXT_DIGEST], text_digest(embedded_text(paper.title, paper.abstract))

    def papers_at(self, rows: Iterable[int]) -> list[Paper]:
        """The papers of these rows, in this order."""
        wanted = [int(row) for row in rows]
        found: dict[int, Paper] = {}
        for start in range(0, len(wanted), _CHUNK):
            part = wanted[start : start + _CHUNK]
            marks = ",".join("?" * len(part))
            rows = self._connection.execute(f"{self._papers} WHERE row IN ({marks})", part)
            found.update((row[_ROW], checked_paper(row, self._folder)) for row in rows)
        if missing := [row for row in wanted if row not in found]:
            raise IndexDamaged(str(self._folder), f"row {missing[0]} has no paper; 'semsearch verify' tells more")
        return [found[row] for row in wanted]

    def papers(self) -> Iterator[Paper]:
        """Every paper, in order of its vector's row."""
        for row in self._connection.execute(f"{self._papers} ORDER BY row"):
            yield checked_paper(row, self._folder)

    def numbered(self, after: int, count: int) -> list[tuple[int, Paper]]:
        """The papers that follow a ``seq``, at most so many, each with its own ``seq``, ascending."""
        rows = self.query(f"{self._papers} WHERE seq > ? ORDER BY seq LIMIT ?", after, count)
        return [(row[0], checked_paper(row, self._folder)) for row in rows]

    @cached_property
    def has_checksums(self) -> bool:
        """Whether each row has a checksum; an index of format 2 gets them from the next run that writes."""
        return int(self.query("PRAGMA user_version")[0][0]) > UNCHECKED_VERSION

    @cached_property
    def _papers(self) -> str:
        """Asks for whole rows of papers, for `checked_paper`."""
        return f"SELECT {checksums.PAPER}, {'checksum' if self.has_checksums else 'NULL'} FROM papers"

    def readings(self, seq: int) -> list[Source]:
        """Every place where the paper was read, the first one first."""
        rows = self._connection.execute(
            "SELECT file, line FROM readings WHERE seq = ? ORDER BY record IS NOT NULL, file, line", (seq,)
        )
        return [Source(*row) for row in rows]

    def files(self) -> list[str]:
        """Every file that papers were read from, by its absolute path; members of an archive below it."""
        rows = self._connection.execute("SELECT DISTINCT file FROM readings ORDER BY file")
        return [file for (file,) in rows]

    def remarks(self) -> Iterator[Remark]:
        """Every rejected and every repaired record of the files as they were last read."""
        for kind, name, line, reason, raw in self._connection.execute(
            "SELECT kind, name, line, reason, raw FROM remarks ORDER BY rowid"
        ):
            yield _REMARKS[kind](Source(name, line), reason, raw)

    def find(self, reference: str) -> Found:
        """The paper of an id, a DOI, arXiv id or PMID in any dressing, its own key, or the beginning of a ``sem:`` id.

        Raises:
            UnknownPaper: None, or several, are meant.
        """
        reference = without_surrogates(reference.strip())
        if found := self._select("id = ?", reference):
            return found[0]
        for identifier in identifiers.parse(reference):
            if found := self._select("seq = (SELECT seq FROM identifiers WHERE scheme = ? AND value = ?)", *identifier):
                return found[0]
        found = self._select("key = ?", reference)
        if not found and reference.startswith("sem:") and len(reference) >= len("sem:") + _PREFIX:
            found = self._select("id >= ? AND id < ?", reference, reference + "g")
        if len(found) == 1:
            return found[0]
        raise UnknownPaper(reference, tuple(f.id for f in found))

    def _select(self, condition: str, *values: str) -> Sequence[Found]:
        rows = self._connection.execute(
            f"SELECT id, seq, row FROM papers WHERE {condition} ORDER BY seq LIMIT 6", values
        )
        return [Found(*row) for row in rows]

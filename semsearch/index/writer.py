"""The writer of an index: it enters records in commit batches, and each batch is one atomic commit.

The papers of a batch are entered in an open SQLite transaction, which also tells whether a record is new, changed,
unchanged or a second reading of a known paper. Then their vectors are written to a segment file, and this file is
synced to disk before the transaction commits.
"""

from __future__ import annotations

import enum
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from semsearch.identity import ids
from semsearch.index import checksums, commit_mark
from semsearch.index.connections import OneConnection
from semsearch.index.database import translated
from semsearch.index.meta import set_meta
from semsearch.index.pruning import drop_readings, source_exists
from semsearch.index.reader import IndexReader
from semsearch.index.readings import Readings
from semsearch.index.record_matching import IdentifierClaims, Matcher
from semsearch.index.records import checked_paper, record_digest, text_digest, to_json
from semsearch.index.segment_table import SegmentTable
from semsearch.index.text_tables import TextTable
from semsearch.index.write_access import WriteAccess
from semsearch.model.paper import Paper, Remark
from semsearch.model.reports import Update
from semsearch.text.cleaning import embedded_text
from semsearch.text.file_names import real_name, shown_name
from semsearch.text.surrogates import without_surrogates

if TYPE_CHECKING:
    from semsearch.model.policy import Policy
    from semsearch.model.thresholds import Thresholds

#: Vectors, float32 ``(n, dim)``; and for each of them whether its text was truncated.
Encoded = tuple[NDArray[np.float32], Sequence[bool]]


class PutResult(enum.Enum):
    """What the writer did with a record."""

    NEW = "new"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    DUPLICATE = "duplicate of an id"


class IndexWriter:
    """The only writer of an index. It is a context manager: at its end, what was not committed is dropped.

    For one thread. An index that does not exist is made.

    Args:
        folder: The index directory.
        policy: Sizes that change how fast an answer is found. No answer depends on it.

    Raises:
        IndexBusy: Another process is writing.
        IndexFormat: A file under one of our names was not made by semsearch.
        IndexDamaged: The database is damaged, or its last commits are missing.
        StoreError: The folder cannot be written, or the disk is full.
    """

    def __init__(self, folder: Path, policy: Policy | None = None) -> None:
        self.folder = folder
        self._access = WriteAccess(folder)
        self._connection = self._access.connection
        try:
            #: The segments of the index.
            self.segments = SegmentTable(self._connection, folder, policy)
            self._text_table = TextTable(self._connection)
            self._readings = Readings(self._connection, folder)
            self._holders = IdentifierClaims(self._connection)
            self._matcher = Matcher(self._connection, self._holders, self._held, self._readings.is_seen)
            with translated(folder):
                commit_mark.refuse_lost(folder, commit_mark.read(folder), self._commits())
                self.segments.sweep()
                self._connection.execute("CREATE TEMP TABLE seen (file TEXT, digest BLOB)")
        except BaseException:
            self._access.close()
            raise
        self._texts: dict[int, tuple[str, str]] = {}
        self._files: dict[str, str] = {}
        self._updates: list[Update] = []

    def __enter__(self) -> IndexWriter:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Drop what was not committed, and release the lock."""
        try:
            with translated(self.folder):
                self.rollback()
                self.segments.close()
        finally:
            self._access.close()

    def reader(self) -> IndexReader:
        """A reader of what the writer itself sees now. Use it at once: the next change makes it invalid."""
        return IndexReader(OneConnection(self._connection), self.folder)

    def set_fingerprint(self, fingerprint: Mapping[str, str]) -> None:
        """Tie the index to an encoder.

        Args:
            fingerprint: Of the encoder; see `semsearch.model.protocols.Encoder`.
        """
        with translated(self.folder):
            set_meta(self._connection, "encoder", json.dumps(dict(fingerprint), sort_keys=True))

    def set_thresholds(self, thresholds: Thresholds | None) -> None:
        """Keep the thresholds of the collection (``None`` for none), and the number of papers now."""
        with translated(self.folder):
            value = "" if thresholds is None else json.dumps(thresholds._asdict())
            set_meta(self._connection, "calibration", value)
            set_meta(self._connection, "calibrated", str(len(self.reader())))

    def needs_thresholds(self) -> bool:
        """Whether the number of papers has changed by more than a tenth since thresholds were measured."""
        measured, now = int(self.reader().meta("calibrated") or 0), len(self.reader())
        return abs(now - measured) > measured / 10

    def _commits(self) -> int:
        return int(self.reader().meta("generation") or 0)

    def _commit(self) -> None:
        """Commit the open transaction, with the number and the time of this commit."""
        commits = self._commits() + 1
        set_meta(self._connection, "changed", datetime.now(UTC).isoformat(timespec="seconds"))
        set_meta(self._connection, "generation", str(commits))
        self._connection.execute("COMMIT")
        commit_mark.write(self.folder, commits)

    # -- one commit batch ----------------------------------------------------------------------------------------------

    def begin(self) -> None:
        """Open a commit batch."""
        with translated(self.folder):
            self.segments.prepare()
            self._connection.execute("BEGIN IMMEDIATE")
        self._texts = {}

    def rollback(self) -> None:
        """Drop the open commit batch."""
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")

    def put(self, paper: Paper) -> PutResult:
        """Enter a record into the open commit batch. `commit` embeds its text if that is needed.

        Args:
            paper: The record as it was read.

        Returns:
            Whether the record is new, changed, unchanged, or a further reading of a paper.

        Raises:
            IndexDamaged: What the index holds of this paper is not as it was committed.
            StoreError: The disk is full, or the folder cannot be written.
        """
        with translated(self.folder):
            file, digest = self._file(paper.source.file), record_digest(paper)
            self._connection.execute("INSERT INTO seen VALUES (?, ?)", (file, digest))
            known = self._row("SELECT seq FROM readings WHERE file = ? AND digest = ?", file, digest)
            if known:
                again = self._readings.mark(known[0], file)
                first = self._row("SELECT file = ? AND digest = ? FROM papers WHERE seq = ?", file, digest, known[0])
                return PutResult.UNCHANGED if first and first[0] and not again else PutResult.DUPLICATE
            return self._put_unknown(paper, file, digest)

    def _put_unknown(self, paper: Paper, file: str, digest: bytes) -> PutResult:
        found = self._matcher.find(paper, file)
        if found is None:
            return self._put_new(paper, file, digest)
        seq, current = found
        first_file, again = self._matcher.first_file(seq), self._readings.mark(seq, file)
        if first_file == file and not again:
            return self._replace(seq, paper, current, file, digest, former=None)
        if not first_file.startswith("<") and not source_exists(first_file):  # the file has moved
            return self._replace(seq, paper, current, file, digest, former=None)
        if first_file != file and self._readings.is_newer(file, first_file) and self._can_replace(paper, current):
            return self._replace(seq, paper, current, file, digest, former=current.unfilled())
        self._readings.add(seq, file, digest, paper.source.line, paper)
        self._store(seq, current.filled_from(paper))
        return PutResult.DUPLICATE

    def _put_new(self, paper: Paper, file: str, digest: bytes) -> PutResult:
        """Enter a paper that is not there yet. If another paper has its id, it gets the next free one."""
        for id_ in ids.free_ids(paper):
            seq = self._holders.of_id(id_)
            if seq is None:
                self._insert(paper, file, digest, id_)
                return PutResult.NEW
        assert seq is not None  # all ids are taken, so a paper is equal in everything by which records differ
        self._readings.mark(seq, file)
        self._readings.add(seq, file, digest, paper.source.line, paper)
        return PutResult.DUPLICATE

    def _insert(self, paper: Paper, file: str, digest: bytes, id_: str) -> None:
        stored = Paper.from_dict(paper.to_dict() | {"id": id_})
        text = embedded_text(stored.title, stored.abstract)
        cursor = self._connection.execute(
            "INSERT INTO papers (id, key, file, digest, text_digest, record) VALUES (?, ?, ?, ?, ?, ?)",
            (stored.id, stored.key, file, digest, text_digest(text), to_json(stored)),
        )
        seq = int(cursor.lastrowid or 0)
        self._readings.mark(seq, file)
        self._holders.claim(seq, stored)
        self._text_table.enter(seq, stored)
        self._readings.add(seq, file, digest, paper.source.line)
        self._texts[seq] = stored.title, stored.abstract

    def _replace(
        self, seq: int, paper: Paper, current: Paper, file: str, digest: bytes, former: Paper | None
    ) -> PutResult:
        """Let a record be the reading of a paper that counts. Its other readings fill gaps.

        Args:
            seq: Number of the paper.
            paper: The record.
            current: The paper as the index has it.
            file: Absolute path of the file of the record.
            digest: Digest of the record.
            former: The record that counted until now, if it is another reading; ``None`` if this record was edited in
                its file, or the file has moved.
        """
        held = self._row("SELECT digest FROM papers WHERE seq = ?", seq)
        merged = paper if former is None else paper.filled_from(former)
        for reading in self._readings.further(seq):
            merged = merged.filled_from(reading)
        id_ = self._holders.id_of_changed(seq, merged, paper, current)
        self._connection.execute(
            "UPDATE papers SET id = ?, key = ?, file = ?, digest = ? WHERE seq = ?",
            (id_, paper.key, file, digest, seq),
        )
        self._readings.lead(seq, file, digest, paper.source.line, former)
        self._holders.release(seq)
        self._store(seq, Paper.from_dict(merged.to_dict() | {"id": id_}))
        update = Update.between(current, replace(merged, id=id_))
        if former is not None and not update.replaces:
            return PutResult.DUPLICATE  # it repeats the paper, and may fill gaps
        if held and held[0] == digest:
            return PutResult.UNCHANGED
        self._updates.append(update)
        return PutResult.UPDATED

    @staticmethod
    def _can_replace(paper: Paper, current: Paper) -> bool:
        from semsearch.identity.rule import can_replace  # imported here, since it loads rapidfuzz

        return can_replace(paper, current)

    def take_updates(self) -> list[Update]:
        """What changed in the papers that were updated since the last call."""
        taken, self._updates = self._updates, []
        return taken

    def _store(self, seq: int, paper: Paper) -> None:
        """Write the record of a paper. If its text has changed, it gets a new row: the words of a row never change."""
        text, before = embedded_text(paper.title, paper.abstract), self._held(seq)
        self._text_table.enter(seq, paper, before)
        self._connection.execute(
            "UPDATE papers SET record = ?, text_digest = ? WHERE seq = ?", (to_json(paper), text_digest(text), seq)
        )
        self._holders.claim(seq, paper)
        if (paper.title, paper.abstract) != (before.title, before.abstract):
            self._tombstone([(seq,)])
            self._connection.execute("UPDATE papers SET row = NULL WHERE seq = ?", (seq,))
            self._texts[seq] = paper.title, paper.abstract

    def remark(self, remark: Remark) -> None:
        """Keep a rejected or repaired record of the open commit batch."""
        with translated(self.folder):
            source = remark.source
            texts = (source.file, source.line, without_surrogates(remark.reason), without_surrogates(remark.raw))
            into = "INSERT INTO diagnostics (kind, file, name, line, reason, raw) VALUES (?, ?, ?, ?, ?, ?)"
            self._connection.execute(into, (remark.kind, self._file(source.file), *texts))

    def start_file(self, name: str) -> None:
        """Drop the diagnostics of earlier runs on a file that is read again now. Inside a commit batch."""
        with translated(self.folder):
            self._connection.execute("DELETE FROM diagnostics WHERE file = ?", (self._file(name),))

    def commit(self, encode: Callable[[list[str]], Encoded]) -> int:
        """Embed the new texts of the commit batch, and commit it.

        Args:
            encode: Embeds n texts: float32 ``(n, dim)``, unit rows, and for each text whether it was truncated.

        Returns:
            Number of texts that were embedded.

        Raises:
            StoreError: The disk is full, or the folder cannot be written. The last commit is whole.
        """
        texts = list(self._texts.items())
        vectors, truncated = encode([embedded_text(*text) for _, text in texts]) if texts else (None, ())
        with translated(self.folder):
            try:
                if vectors is not None:
                    first = self.segments.append(vectors, [text for _, text in texts])
                    rows = [
                        (first + n, int(cut), seq)
                        for n, ((seq, _), cut) in enumerate(zip(texts, truncated, strict=True))
                    ]
                    self._connection.executemany("UPDATE papers SET row = ?, truncated = ? WHERE seq = ?", rows)
                self._commit()
            except BaseException:
                self.rollback()
                raise
            if vectors is not None:
                self.segments.merge()
        self._texts = {}
        return len(texts)

    def compact(self) -> int:
        """Delete the vectors of removed papers, merge all segments, and make the database smaller.

        Returns:
            Number of vectors that were deleted.

        Raises:
            IndexDamaged: A segment is not as it was committed.
            StoreError: The disk is full, or the folder cannot be written. The last commit is whole.
        """
        with translated(self.folder):
            dropped = self.segments.compact()
            self._connection.execute("VACUUM")
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return dropped

    # -- removing ------------------------------------------------------------------------------------------------------

    def remove(self, ids: Iterable[str]) -> None:
        """Remove the papers with these ids, in one commit. Unknown ids are ignored."""
        with translated(self.folder):
            self._connection.execute("BEGIN IMMEDIATE")
            found = (self._row("SELECT seq FROM papers WHERE id = ?", id_) for id_ in dict.fromkeys(ids))
            self._delete([row for row in found if row])
            self._commit()

    def prune(self, files: Sequence[str], folders: Sequence[str]) -> int:
        """Remove the papers that their files no longer hold, in one commit.

        Args:
            files: Names of files that were read to their end in this run.
            folders: Files below these folders count too, if they no longer exist.

        Returns:
            Number of papers removed.
        """
        with translated(self.folder):
            self._connection.execute("BEGIN IMMEDIATE")
            orphans = drop_readings(self._connection, {self._file(f) for f in files}, folders)
            self._delete(orphans)
            self._commit()
        return len(orphans)

    def _delete(self, seqs: Sequence[tuple[int]]) -> None:
        self._tombstone(seqs)
        for (seq,) in seqs:
            self._text_table.remove(seq, self._held(seq))
        self._connection.executemany("DELETE FROM papers WHERE seq = ?", seqs)

    def _tombstone(self, seqs: Sequence[tuple[int]]) -> None:
        """Add a tombstone for the vector of each paper."""
        self._connection.executemany(
            "INSERT OR IGNORE INTO tombstones SELECT row FROM papers WHERE seq = ? AND row IS NOT NULL", seqs
        )

    # -- small things --------------------------------------------------------------------------------------------------

    def _row(self, sql: str, *values: Any) -> tuple[Any, ...] | None:
        row: tuple[Any, ...] | None = self._connection.execute(sql, values).fetchone()
        return row

    def _held(self, seq: int) -> Paper:
        """The record of a paper in the database."""
        row = self._row(f"SELECT {checksums.PAPER}, checksum FROM papers WHERE seq = ?", seq)
        assert row
        return checked_paper(row, self.folder)

    def _file(self, name: str) -> str:
        if name not in self._files:
            is_file = not name.startswith("<") and "\0" not in name  # no file has NUL in its name
            self._files[name] = shown_name(str(Path(real_name(name)).resolve()) if is_file else name)
        return self._files[name]

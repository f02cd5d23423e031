"""An index directory: reads its newest commit, checks it, and changes it."""

from __future__ import annotations

import contextlib
import json
import logging
from dataclasses import asdict, dataclass, field
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Any

from semsearch.index import commit_mark, quantised_files
from semsearch.index.connections import PinnedConnections
from semsearch.index.database import connect, translated
from semsearch.index.meta import get_meta
from semsearch.index.ownership import DATABASE
from semsearch.index.reader import IndexReader
from semsearch.index.segment_cache import SegmentCache
from semsearch.index.segment_files import MAGICS, path_of
from semsearch.index.writer import IndexWriter
from semsearch.model.errors import IndexDamaged, IndexFormat, IndexMissing, SemsearchError
from semsearch.model.forking import fork_aware
from semsearch.model.policy import Policy
from semsearch.text.file_names import shown_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from semsearch.index.segment_files import Segment

_log = logging.getLogger("semsearch")


@dataclass(frozen=True, slots=True)
class Status:
    """What an index holds."""

    path: str
    """The directory."""
    papers: int
    """Papers that can be found."""
    without_abstract: int
    """Of these, papers with a title only."""
    truncated: int
    """Of these, papers whose text was truncated."""
    rejected: int
    """Records that are not papers, in the files as they were last read."""
    repaired: int
    """Records, or lines of them, that were not as their format wants them and were read all the same."""
    model: str | None
    """Model of the encoder; ``None`` before the first commit."""
    encoder: dict[str, str]
    """The whole fingerprint of the encoder."""
    rows: int
    """Vectors on disk, with those of removed papers, which ``compact`` deletes."""
    segments: int
    """Number of vector files."""
    bytes: int
    """Size on disk."""
    changed: str | None
    """Time of the last commit, UTC, ISO 8601."""
    computes: dict[str, str] = field(default_factory=dict)
    """What computes on this machine: ``embedding`` (the model) and ``scans``. `Index.status` fills it in."""

    def to_dict(self) -> dict[str, Any]:
        """The fields as JSON values, by name."""
        return asdict(self)


class _Lease:
    """A reader that several calls share, its connections, and the number of calls that use it now."""

    def __init__(self, folder: Path, cache: SegmentCache, policy: Policy) -> None:
        self.connections = PinnedConnections(folder)
        self.reader = IndexReader(self.connections, folder, cache, policy)
        self.users = 0


class IndexDirectory:
    """The index in a folder. Nothing is opened before it is used. Any number of threads may share one.

    Args:
        path: The folder.
        policy: Sizes that change how fast an answer is found. No answer depends on it.
    """

    def __init__(self, path: Path, policy: Policy | None = None) -> None:
        self.path = path
        self._policy = policy or Policy()
        self._cache = SegmentCache()
        self._lock = RLock()
        self._newest: _Lease | None = None
        self._looked = False
        fork_aware(self)

    def __del__(self) -> None:
        with contextlib.suppress(Exception):  # at the end of the process, parts of Python may be gone already
            self.close()

    def model(self) -> str | None:
        """Name of the model of the index, whatever format it has; ``None`` if there is no index yet."""
        try:
            return self._fingerprint().get("model")
        except IndexMissing:  # also if the first build was killed, or met a full disk
            return None

    def require(self) -> None:
        """Check that there is an index, of any format. Called by runs that must not make one.

        Raises:
            IndexMissing: There is none.
            IndexDamaged: It is not as it was committed.
        """
        self._fingerprint()

    def _fingerprint(self) -> Mapping[str, str]:
        try:
            with self.reader() as reader:
                return reader.fingerprint or {}
        except IndexFormat:  # it must be migrated before it is read, but its fingerprint can be read now
            with translated(self.path), contextlib.closing(connect(self.path)) as connection:
                held = get_meta(connection, "encoder")
            if held is None:
                raise IndexMissing(str(self.path)) from None
            return dict(json.loads(held))

    @contextlib.contextmanager
    def reader(self, *, vectors: bool = False) -> Iterator[IndexReader]:
        """A reader of the newest commit. Calls share it until there is a newer commit.

        Args:
            vectors: Whether to open the vectors at once. A writer deletes merged segment files after its commit, so an
                older commit may miss files. In this case the newest commit is opened again.

        Yields:
            The reader. It may be used inside the ``with`` block only.

        Raises:
            IndexMissing: There is no index.
            IndexFormat: The database was not made by semsearch.
            IndexDamaged: The index is not as it was committed.
            StoreError: The folder cannot be read.
        """
        before: list[Segment] | None = None
        while True:
            lease = self._leased()
            try:
                if vectors:
                    try:
                        with translated(self.path, files=False), self._diagnosed(lease.reader):
                            _ = lease.reader.dense
                    except FileNotFoundError as error:
                        if lease.reader.segments == before:  # the newest commit names this file too
                            name = Path(str(error.filename)).name
                            raise IndexDamaged(
                                str(self.path), f"{name} is missing; restore it from a copy, or index the files again"
                            ) from error
                        before = lease.reader.segments
                        self._drop(lease)
                        continue
                with translated(self.path, files=False), self._diagnosed(lease.reader):
                    yield lease.reader
                return
            finally:
                self._release(lease)

    def _leased(self) -> _Lease:
        """The reader of the newest commit; it is counted as used until `_release`."""
        with self._lock:
            lease, self._newest = self._newest, None
            if lease is not None:
                lease.users += 1
                if lease.connections.is_newest(pinned=lease.users > 1):
                    self._newest = lease
                    return lease
                self._release(lease)
            marked = None if self._looked else commit_mark.read(self.path)  # read before the commit is opened
            lease = self._opened(marked)
            lease.users = 1
            if lease.connections.notices_commits:
                self._newest = lease
            return lease

    def _opened(self, marked: int | None) -> _Lease:
        with translated(self.path):
            lease = _Lease(self.path, self._cache, self._policy)
            try:
                reader = lease.reader
                with self._diagnosed(reader):
                    if reader.fingerprint is None:
                        if len(reader):
                            raise IndexDamaged(str(self.path), "its database does not say which model made it")
                        raise IndexMissing(str(self.path))  # a build was killed before its first commit
                    self._look(marked, reader)
            except BaseException:
                lease.connections.close()
                raise
        return lease

    def _release(self, lease: _Lease) -> None:
        with self._lock:
            lease.users -= 1
            if lease.users:
                return
            if lease is self._newest:
                lease.connections.unpin()
            else:
                lease.connections.close()

    def _drop(self, lease: _Lease) -> None:
        """Make the next call open the newest commit."""
        with self._lock:
            if lease is self._newest:
                self._newest = None

    def close(self) -> None:
        """Close everything that is open and not in use; the next call opens it again."""
        with self._lock:
            lease, self._newest = self._newest, None
            if lease is not None and not lease.users:
                lease.connections.close()
            self._cache = SegmentCache()

    def after_fork(self) -> None:
        """Make new locks and connections in a child process, where threads that hold the old locks do not exist."""
        self._lock = RLock()
        if self._newest is not None:
            self._newest.connections.after_fork()
            self._newest = None
        self._cache = SegmentCache()  # so are those of segments that were being loaded

    def _look(self, marked: int | None, reader: IndexReader) -> None:
        """Warn, once, if the last commits are missing."""
        if not self._looked:
            self._looked = True
            if marked and (found := commit_mark.problems(marked, int(reader.meta("generation") or 0))):
                _log.warning("index %s: %s", self.path, found[0])

    @contextlib.contextmanager
    def _diagnosed(self, reader: IndexReader) -> Iterator[None]:
        """Raise `IndexDamaged` for an error that damaged values in the database cause; pass on all other errors."""
        try:
            yield
        except SemsearchError:
            raise
        except (ArithmeticError, LookupError, TypeError, ValueError) as error:
            from semsearch.index import checking  # 10 ms that a command without damage need not pay

            found = checking.database_problems(reader)
            if not found:
                raise
            raise IndexDamaged(str(self.path), f"{found[0]}; 'semsearch verify' tells more") from error

    def writer(self) -> IndexWriter:
        """The only writer of the index. If there is no index, it is made.

        Raises:
            SemsearchError: The errors of `IndexWriter`.
        """
        return IndexWriter(self.path, self._policy)

    def status(self) -> Status:
        """What the index holds. No vectors are read. Raises the errors of `reader`."""
        with self.reader() as reader:
            encoder = dict(reader.fingerprint or {})
            named = (path_of(self.path, s.n, kind) for s in reader.segments for kind in MAGICS)
            files = [self.path / DATABASE, *named, *quantised_files.files(self.path)]
            return Status(
                path=shown_name(str(self.path)),
                model=encoder.get("model"),
                encoder=encoder,
                rows=reader.row_count,
                segments=len(reader.segments),
                bytes=sum(map(_size, files)),
                changed=reader.meta("changed"),
                computes={},
                **reader.documents.counts(),
            )

    def verify(self) -> list[str]:
        """Find everything that is not as it was committed. One commit is checked, so a writer can go on meanwhile.

        Returns:
            One line for each problem; empty if all is well.
        """
        self.close()  # what is in memory may differ from what is on disk
        anew = IndexDirectory(self.path)
        try:
            return anew._problems(commit_mark.read(self.path))
        except IndexDamaged as error:
            return [str(error)]
        except (ArithmeticError, LookupError, TypeError, ValueError) as error:
            # A value has a type that is never written there: damage that no check expects.
            return [f"semsearch.db: a check found a value that makes no sense ({error})"]
        finally:
            anew.close()

    def _problems(self, marked: int | None, before: list[Segment] | None = None) -> list[str]:
        from semsearch.index import checking

        with self.reader() as reader, checking.opened_files(reader, self.path) as files:
            named = reader.segments
            # A writer may have merged a missing file meanwhile; then a newer commit does not name it.
            if None not in files.values() or named == before:
                commits = int(reader.meta("generation") or 0)
                return commit_mark.problems(marked, commits) + checking.problems(reader, self.path, files)
        return self._problems(marked, named)


def _size(path: Path) -> int:
    """Size of a file in bytes; 0 if there is none. A writer deletes the files that it has merged."""
    try:
        return path.stat().st_size if path.is_file() else 0
    except FileNotFoundError:
        return 0

"""An index directory: read its newest commit, check it, change it."""

from __future__ import annotations

import contextlib
import json
import logging
from dataclasses import asdict, dataclass, field
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Any

from semsearch.index import checking, commit_mark, quantised_files, segments
from semsearch.index.connections import PinnedConnections
from semsearch.index.database import connect, translated
from semsearch.index.meta import get_meta
from semsearch.index.ownership import DATABASE
from semsearch.index.reader import IndexReader
from semsearch.index.segment_cache import SegmentCache
from semsearch.index.writer import IndexWriter
from semsearch.model.errors import IndexDamaged, IndexFormat, IndexMissing, SemsearchError
from semsearch.model.forking import fork_aware
from semsearch.model.policy import Policy
from semsearch.text.file_names import shown_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from semsearch.index.segments import Segment

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
    """Of these, papers whose text the model read only the beginning of."""
    rejected: int
    """Records of the files as they were last read that are no papers."""
    repaired: int
    """Records, or lines of them, that were not as their format wants them and were read all the same."""
    model: str | None
    """Encoder's model; ``None`` before the first paper."""
    encoder: dict[str, str]
    """The encoder's whole fingerprint."""
    rows: int
    """Vectors on disk, those of removed papers too; ``compact`` drops these."""
    segments: int
    """Vector files."""
    bytes: int
    """Size on disk."""
    changed: str | None
    """Time of the last commit, UTC, ISO 8601."""
    computes: dict[str, str] = field(default_factory=dict)
    """What computes here: ``embedding`` the vectors, ``scans`` the nearest ones; filled by `Index.status`."""

    def to_dict(self) -> dict[str, Any]:
        """JSON shape."""
        return asdict(self)


class _Lease:
    """A reader that calls share, its connections, and how many calls use it now."""

    def __init__(self, folder: Path, cache: SegmentCache, policy: Policy) -> None:
        self.connections = PinnedConnections(folder)
        self.reader = IndexReader(self.connections, folder, cache, policy)
        self.users = 0


class IndexDirectory:
    """The index at ``path``. Nothing is opened until it is used. Any number of threads may share one.

    Args:
        path: Directory.
        policy: Sizes that change how fast an answer is found, never what it is.
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
        with contextlib.suppress(Exception):  # at the end of the process half of what this needs may be gone
            self.close()

    def model(self) -> str | None:
        """Name of the model that made the index, of whatever format it is; ``None`` where there is no index yet."""
        try:
            return self._fingerprint().get("model")
        except IndexMissing:  # also what a first build leaves that was killed, or met a full disk
            return None

    def require(self) -> None:
        """For a run that must not make an index: raise `IndexMissing` where there is none, of whatever format."""
        self._fingerprint()

    def _fingerprint(self) -> Mapping[str, str]:
        try:
            with self.reader() as reader:
                return reader.fingerprint or {}
        except IndexFormat:  # where it must be migrated before it is read, this can be
            with translated(self.path), contextlib.closing(connect(self.path)) as connection:
                held = get_meta(connection, "encoder")
            if held is None:
                raise IndexMissing(str(self.path)) from None
            return dict(json.loads(held))

    @contextlib.contextmanager
    def reader(self, *, vectors: bool = False) -> Iterator[IndexReader]:
        """A reader of the newest commit. Calls share it as long as nothing newer is committed.

        Args:
            vectors: Open the vectors at once. A writer deletes merged segment files after its commit, so a commit older
                than that may find its files gone; the newest one is opened then.

        Raises:
            IndexMissing: There is no index.
            IndexFormat: It is not ours.
            IndexDamaged: Its bytes are not what was committed.
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
                        if lease.reader.segments == before:  # the newest commit names the file, too
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
        """The reader of the newest commit, in use from now on."""
        with self._lock:
            lease, self._newest = self._newest, None
            if lease is not None:
                lease.users += 1
                if lease.connections.is_newest(pinned=lease.users > 1):
                    self._newest = lease
                    return lease
                self._release(lease)
            marked = None if self._looked else commit_mark.read(self.path)  # before the commit is opened
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
                        raise IndexMissing(str(self.path))  # killed before its first commit
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
        """Let the next call open a newer commit."""
        with self._lock:
            if lease is self._newest:
                self._newest = None

    def close(self) -> None:
        """Close what is open and not in use; the next call opens it again."""
        with self._lock:
            lease, self._newest = self._newest, None
            if lease is not None and not lease.users:
                lease.connections.close()
            self._cache = SegmentCache()

    def after_fork(self) -> None:
        """In a child process: begin anew, since locks may be held by threads that are not here."""
        self._lock = RLock()
        if self._newest is not None:
            self._newest.connections.after_fork()
            self._newest = None
        self._cache = SegmentCache()  # so are those of segments that were being loaded

    def _look(self, marked: int | None, reader: IndexReader) -> None:
        """Say so, once, where the last commits are missing."""
        if not self._looked:
            self._looked = True
            if marked and (found := commit_mark.problems(marked, int(reader.meta("generation") or 0))):
                _log.warning("index %s: %s", self.path, found[0])

    @contextlib.contextmanager
    def _diagnosed(self, reader: IndexReader) -> Iterator[None]:
        """An error that comes of damaged values in the database is told as damage; any other goes on as it is."""
        try:
            yield
        except SemsearchError:
            raise
        except (ArithmeticError, LookupError, TypeError, ValueError) as error:
            found = checking.database_problems(reader)
            if not found:
                raise
            raise IndexDamaged(str(self.path), f"{found[0]}; 'semsearch verify' tells more") from error

    def writer(self) -> IndexWriter:
        """The one writer; makes the index if there is none.

        Raises:
            IndexBusy: Another process is writing.
        """
        return IndexWriter(self.path, self._policy)

    def status(self) -> Status:
        """What the index holds; reads no vectors."""
        with self.reader() as reader:
            encoder = dict(reader.fingerprint or {})
            vectors = (segments.path_of(self.path, s.n) for s in reader.segments)
            files = [self.path / DATABASE, *vectors, *quantised_files.files(self.path)]
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
        """Everything that is not as it was committed, a line each; empty when all is well.

        All of it is read from one commit, so that a writer can go on meanwhile.
        """
        self.close()  # what was read already may be another thing on the disk
        anew = IndexDirectory(self.path)
        try:
            return anew._problems(commit_mark.read(self.path))
        except IndexDamaged as error:
            return [str(error)]
        except (ArithmeticError, LookupError, TypeError, ValueError) as error:
            # A value of another type than any that is written there: damage that no check expects.
            return [f"semsearch.db: a check met a value that makes no sense ({error})"]
        finally:
            anew.close()

    def _problems(self, marked: int | None, before: list[Segment] | None = None) -> list[str]:
        with self.reader() as reader, checking.opened_files(reader, self.path) as files:
            named = reader.segments
            # A writer may have merged a missing file since; a newer commit does not name it any more.
            if None not in files.values() or named == before:
                commits = int(reader.meta("generation") or 0)
                return commit_mark.problems(marked, commits) + checking.problems(reader, self.path, files)
        return self._problems(marked, named)


def _size(path: Path) -> int:
    """Bytes of a file; 0 where there is none (any more: a writer deletes what it has merged)."""
    try:
        return path.stat().st_size if path.is_file() else 0
    except FileNotFoundError:
        return 0

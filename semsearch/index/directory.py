"""An index directory: open it, look at it, check it, change it."""

from __future__ import annotations

import contextlib
import logging
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from semsearch.index import checking, commit_mark, quantised_files, segments
from semsearch.index.database import connect, translated
from semsearch.index.ownership import DATABASE
from semsearch.index.reader import Snapshot
from semsearch.index.shared import Shared
from semsearch.index.writer import Writer
from semsearch.model.errors import IndexDamaged, IndexMissing, SemsearchError
from semsearch.text.file_names import shown_name

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator

    from semsearch.index.segments import Segment


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

    def to_dict(self) -> dict[str, Any]:
        """JSON shape."""
        return asdict(self)


class Store:
    """The index at ``path``. Nothing is opened until it is used. Any number of threads may share one.

    Args:
        path: Directory.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._shared = Shared()
        self._looked = False

    def model(self) -> str | None:
        """Name of the model that made the index; ``None`` where there is no index yet."""
        try:
            with self.snapshot() as state:
                return (state.fingerprint or {}).get("model")
        except IndexMissing:  # also what a first build leaves that was killed, or met a full disk
            return None

    @contextlib.contextmanager
    def snapshot(self, *, vectors: bool = False) -> Iterator[Snapshot]:
        """One committed state for reading; writers go on meanwhile.

        Args:
            vectors: Load the vectors at once. A writer deletes merged segment files after its commit, so a state older
                than that commit may find its files gone; it is then opened anew.

        Raises:
            IndexMissing: There is no index.
            IndexFormat: It is not ours.
            IndexDamaged: Its bytes are not what was committed.
        """
        before: list[Segment] | None = None
        marked = None if self._looked else commit_mark.read(self.path)  # before the state is opened
        while True:
            # A new connection each time: one to a private copy would see the same state again.
            with contextlib.closing(connect(self.path)) as connection, self._diagnosed(connection):
                with translated(self.path):
                    connection.execute("BEGIN")
                state = Snapshot(connection, self.path, self._shared)
                try:
                    with translated(self.path):
                        if state.fingerprint is None:
                            if len(state):
                                raise IndexDamaged(str(self.path), "its database does not say which model made it")
                            raise IndexMissing(str(self.path))  # killed before its first commit
                        if vectors:
                            _load(state)
                        self._look(marked, state)
                except _GoneError as error:
                    if state.segments == before:  # the newest commit names the file, too
                        raise IndexDamaged(
                            str(self.path), f"{error} is missing; restore it from a copy, or index the files again"
                        ) from error
                    before = state.segments
                    continue
                with translated(self.path, files=False):
                    yield state
                return

    def _look(self, marked: int | None, state: Snapshot) -> None:
        """Say so, once, where the last commits are missing."""
        if not self._looked:
            self._looked = True
            if marked and (found := commit_mark.problems(marked, int(state.meta("generation") or 0))):
                logging.getLogger("semsearch").warning("index %s: %s", self.path, found[0])

    @contextlib.contextmanager
    def _diagnosed(self, connection: sqlite3.Connection) -> Iterator[None]:
        """An error that comes of damaged values in the database is told as damage; any other goes on as it is."""
        try:
            yield
        except SemsearchError:
            raise
        except (ArithmeticError, LookupError, TypeError, ValueError) as error:
            found = checking.database_problems(Snapshot(connection, self.path))
            if not found:
                raise
            raise IndexDamaged(str(self.path), f"{found[0]}; 'semsearch verify' tells more") from error

    def writer(self) -> Writer:
        """The one writer; makes the index if there is none.

        Raises:
            IndexBusy: Another process is writing.
        """
        return Writer(self.path)

    def status(self) -> Status:
        """What the index holds; reads no vectors."""
        with self.snapshot() as state:
            counts = state.counts()
            encoder = dict(state.fingerprint or {})
            vectors = (segments.path_of(self.path, s.n) for s in state.segments)
            files = [self.path / DATABASE, *vectors, *quantised_files.files(self.path)]
            return Status(
                path=shown_name(str(self.path)),
                model=encoder.get("model"),
                encoder=encoder,
                rows=sum(s.count for s in state.segments),
                segments=len(state.segments),
                bytes=sum(map(_size, files)),
                changed=state.meta("changed"),
                **counts,
            )

    def verify(self) -> list[str]:
        """Everything that is not as it was committed, a line each; empty when all is well.

        All of it is read in one transaction, so that a writer can go on meanwhile.
        """
        try:
            return self._problems(commit_mark.read(self.path))
        except IndexDamaged as error:
            return [str(error)]
        except (ArithmeticError, LookupError, TypeError, ValueError) as error:
            # A value of another type than any that is written there: damage that no check expects.
            return [f"semsearch.db: a check met a value that makes no sense ({error})"]

    def _problems(self, marked: int | None, before: list[Segment] | None = None) -> list[str]:
        with self.snapshot() as state, checking.opened_files(state, self.path) as files:
            named = state.segments
            # A writer may have merged a missing file since; a newer state does not name it any more.
            if None not in files.values() or named == before:
                commits = int(state.meta("generation") or 0)
                return commit_mark.problems(marked, commits) + checking.problems(state, self.path, files)
        return self._problems(marked, named)


def _size(path: Path) -> int:
    """Bytes of a file; 0 where there is none (any more: a writer deletes what it has merged)."""
    try:
        return path.stat().st_size if path.is_file() else 0
    except FileNotFoundError:
        return 0


class _GoneError(Exception):
    """A segment file that a committed row names is not there."""


def _load(state: Snapshot) -> None:
    try:
        _ = state.vectors
    except FileNotFoundError as error:
        raise _GoneError(Path(error.filename).name) from error

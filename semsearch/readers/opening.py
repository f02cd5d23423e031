"""Opens what the user named (files, folders, archives, standard input) and decodes the text."""

from __future__ import annotations

import codecs
import io
import os
import re
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, NamedTuple, TextIO, cast

from semsearch.model.errors import MalformedSource, SourceError
from semsearch.model.paper import Repaired, Source
from semsearch.model.policy import ReadingPolicy
from semsearch.readers.compression import DAMAGE, expanded, members
from semsearch.text.file_names import shown_name
from semsearch.text.surrogates import without_surrogates

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

#: End of the text of a line that was cut, as it is longer than `ReadingPolicy.line_characters`. Its reader rejects it.
OVERLONG = "\ufffe overlong"
#: Name of standard input.
STDIN = "<stdin>"
#: Number of characters from which a format is recognised.
HEAD = 2**16

#: Bytes that are not valid in the encoding, as the error handler ``surrogateescape`` represents them.
_STRAY = re.compile("[\udc80-\udcff]+")
_REPLACED = "\ufffd"
#: Most characters that are kept of a repaired line.
_RAW_LIMIT = 2**12


def _windows_1252(match: re.Match[str]) -> str:
    """Bytes that are not valid, decoded as Windows-1252; as Latin-1 if Windows-1252 does not define them."""
    stray = match[0].encode("utf-8", "surrogateescape")
    try:
        return stray.decode("cp1252")
    except UnicodeDecodeError:
        return stray.decode("latin-1")


_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


class OpenedFile:
    """A source file; implements `semsearch.model.protocols.Opened`.

    Args:
        path: The file on disk.
        name: Its name in `Source.file`.
        encoding: Text encoding. ``None`` is UTF-8, or what a BOM says; bytes that are not valid are then read as
            Windows-1252.
        member: Name of a file inside the zip archive at ``path``; ``None`` if the file is not an archive.
        columns: See `Opened`.
        policy: See `Opened`.

    Attributes:
        repairs: What was noted with `repaired` since the last `take_repairs`.
        stray: Number of bytes so far that are not valid in the encoding.
    """

    def __init__(
        self,
        path: Path,
        name: str,
        encoding: str | None = None,
        member: str | None = None,
        columns: Mapping[str, str] | None = None,
        policy: ReadingPolicy | None = None,
    ) -> None:
        self.path = path
        self.name = name
        self.size = path.stat().st_size
        self.repairs: list[Repaired] = []
        self.stray = 0
        self.temporary = name == STDIN
        self._encoding = encoding
        self._member = member
        self.columns = columns or {}
        self.policy = policy or ReadingPolicy()
        self._raw: BinaryIO | None = None
        self._replacing = False

    @property
    def position(self) -> int:
        """Number of bytes of the file on disk that have been read, before decompression."""
        if self._raw is None:
            return 0
        return self.size if self._raw.closed else self._raw.tell()

    def binary(self) -> BinaryIO:
        """See `Opened`."""
        self.close()
        self._raw = self.path.open("rb")
        return cast("BinaryIO", expanded(self._raw, self._member))

    def text(self) -> TextIO:
        """See `Opened`."""
        stream = cast("io.BufferedReader", self.binary())
        encoding, errors = self._encoding, "replace"
        if encoding is None:
            start = stream.peek(4)
            encoding = next((name for bom, name in _BOMS if start.startswith(bom)), "utf-8")
            errors = "surrogateescape" if encoding.startswith("utf-8") else "replace"
        self._replacing = errors == "replace"
        return io.TextIOWrapper(stream, encoding=encoding, errors=errors, newline=None)

    def lines(self) -> Iterator[tuple[int, str]]:
        """See `Opened`.

        Raises:
            MalformedSource: The compressed data is damaged or its end is missing. The lines before it were yielded.
        """
        with self.text() as text:
            number, limit = 0, self.policy.line_characters
            try:
                while line := text.readline(limit):
                    number += 1
                    if len(line) == limit and not line.endswith("\n"):
                        line = line[: limit // 16] + OVERLONG
                        while (rest := text.readline(limit)) and not rest.endswith("\n"):
                            pass
                    yield number, self._decoded(number, line.removesuffix("\n"))
            except DAMAGE as error:
                raise MalformedSource(
                    self.name, f"compressed data is damaged or cut short after line {number}: {error}"
                ) from error

    def chunks(self) -> Iterator[str]:
        """See `Opened`.

        Raises:
            MalformedSource: The compressed data is damaged or its end is missing. The text before it was yielded.
        """
        with self.text() as text:
            line = 1
            try:
                while chunk := text.read(HEAD):
                    yield self._decoded(line, chunk)
                    line += chunk.count("\n")
            except DAMAGE as error:
                raise MalformedSource(self.name, f"compressed data is damaged or cut short: {error}") from error

    def _decoded(self, number: int, line: str) -> str:
        """The text with all bytes decoded. If some were not valid, that is noted under the number of its first line."""
        if line.isascii():
            return line
        if self._replacing:
            stray, how = line.count(_REPLACED), "replaced by U+FFFD"
        else:
            stray, how = sum(len(match[0]) for match in _STRAY.finditer(line)), "read as Windows-1252"
            line = _STRAY.sub(_windows_1252, line) if stray else line
        if stray:
            self.stray += stray
            self.repaired(number, f"bytes that are not {self._encoding or 'UTF'}: {stray}, {how}", line)
        return without_surrogates(line)  # some encodings, such as UTF-7, can produce surrogates

    def repaired(self, line: int, reason: str, raw: str) -> None:
        """See `Opened`."""
        self.repairs.append(Repaired(Source(self.name, line), reason, raw[:_RAW_LIMIT]))

    def take_repairs(self) -> list[Repaired]:
        """The repairs that were noted since the last call."""
        taken, self.repairs = self.repairs, []
        return taken

    def head(self) -> str:
        """See `Opened`. Damage of compressed data is not reported here, but when the file is read."""
        pieces: list[str] = []
        try:
            with self.text() as text:
                while sum(map(len, pieces)) < HEAD and (piece := text.read(4096)):
                    pieces.append(piece)
        except DAMAGE:
            pass  # the text before the damage can be enough to recognise the format
        finally:
            self.close()
            self._raw = None
        return _STRAY.sub(_windows_1252, "".join(pieces))

    def close(self) -> None:
        """Close the file."""
        if self._raw:
            self._raw.close()

    def dispose(self) -> None:
        """Close the file. If it is the copy of standard input, delete it."""
        self.close()
        if self.temporary:
            self.path.unlink(missing_ok=True)


#: Files of an index. They are not opened: when a process closes any descriptor of a database, POSIX drops all its locks
#: on that file, those of SQLite too (docs/architecture.md).
_DATABASE = "semsearch.db"
_OF_INDEX = re.compile(r"semsearch\.(db(-wal|-shm|-journal)?|lock|commits)|decisions\.(jsonl|end)")
#: How a line of a ledger of decisions begins; see `semsearch.index.ledger_file`.
_DECISION = re.compile(rb'{"number": "[0-9a-f]{12}", "kind": "[a-z]+", ')


class FoundFile(NamedTuple):
    """A file to read."""

    path: Path
    """Path on disk."""
    name: str
    """Path as given, made printable by `shown_name`. A file in an archive is ``archive.zip/member``."""
    named: bool
    """Whether the user named this file itself. Then an unknown format is an error; else the file is left out."""
    member: str | None = None
    """Name inside the zip archive at ``path``; ``None`` if the file is not in an archive."""


def find_files(names: Iterable[str]) -> Iterator[FoundFile]:
    """Find the files to read. A folder stands for its files, sorted, without hidden ones; an archive for its members.

    Standard input is copied to a temporary file, so that it can be read twice. Links to folders are not followed. In a
    BEIR folder only ``corpus.jsonl`` has papers. Files of decisions on duplicates are left out too.

    Args:
        names: Paths of files and folders; ``-`` is standard input.

    Raises:
        SourceError: A path is neither a file nor a folder, or cannot be read.
    """
    for given in names:
        path, name = Path(given), shown_name(given)
        if given == "-":
            yield FoundFile(_spooled(sys.stdin.buffer), STDIN, named=True)
        elif path.is_dir():
            files = list(_walk(path))
            if not files and (path / _DATABASE).is_file():
                raise SourceError(name, "is an index; 'semsearch export' writes its papers into a file")
            for file in files:
                yield from _unpacked(file, shown_name(str(file)), named=False)
        elif path.is_file():
            if not os.access(path, os.R_OK):
                raise SourceError(name, "cannot be read; check its permissions")
            if _OF_INDEX.fullmatch(path.name) and (path.parent / _DATABASE).is_file():
                raise SourceError(name, "is a file of an index; 'semsearch export' writes the papers into a file")
            yield from _unpacked(path, name, named=True)
        else:
            raise SourceError(name, "no such file or folder" if not path.exists() else "not a regular file")


def _unpacked(path: Path, name: str, *, named: bool) -> Iterator[FoundFile]:
    held = members(path) if os.access(path, os.R_OK) else None
    if held == [] and named:
        raise MalformedSource(name, "an empty or damaged zip archive")
    if not held:  # not an archive; or a damaged one in a folder, which is left out without an error
        yield FoundFile(path, name, named)
    for member in held or ():
        yield FoundFile(path, f"{name}/{without_surrogates(member)}", named=False, member=member)


def _walk(folder: Path) -> Iterator[Path]:
    for parent, folders, files in os.walk(folder):
        is_beir = {"corpus.jsonl", "queries.jsonl"} <= set(files)
        is_index = _DATABASE in files
        left_out = {"qrels"} if is_beir else {"vectors", "codes"} if is_index else set()
        folders[:] = sorted(f for f in folders if not f.startswith(".") and f not in left_out)
        for file in sorted(files):
            if is_index and _OF_INDEX.fullmatch(file):
                continue
            path = Path(parent) / file
            of_beir = is_beir and (file == "queries.jsonl" or file.startswith("qrels"))
            if not file.startswith(".") and not of_beir and path.is_file() and not _is_ledger(path):
                yield path


def _is_ledger(path: Path) -> bool:
    """Whether a file has decisions on duplicates, which may lie beside the files that they are about."""
    if path.suffix != ".jsonl" or not os.access(path, os.R_OK):
        return False
    with path.open("rb") as stream:
        return bool(_DECISION.match(stream.read(80)))


def _spooled(stream: BinaryIO) -> Path:
    with tempfile.NamedTemporaryFile(prefix="semsearch-stdin-", delete=False) as copy:
        shutil.copyfileobj(stream, copy)
    return Path(copy.name)

"""gzip, zstd and zip: streamed, given out as far as they go when the end is missing, refused as bombs."""

from __future__ import annotations

import gzip
import importlib
import importlib.util
import io
import re
import zipfile
import zlib
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from semsearch.model.errors import MissingExtra

if TYPE_CHECKING:
    from pathlib import Path

#: What reading damaged data raises; `Expanded` turns the errors of other libraries into `zlib.error`.
DAMAGE = (EOFError, gzip.BadGzipFile, zlib.error, zipfile.BadZipFile)
#: Text shrinks five to twenty times; what grows more than this, and beyond the allowance, is made to fill memory.
_RATIO, _ALLOWANCE = 200, 64 * 2**20
_GZIP, _ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
_READ = 2**16


class Expanded(io.RawIOBase):
    """Decompressed bytes as they come: buffered readers drop up to a buffer of good data before a damaged end.

    Args:
        source: Has ``read1``.
        raw: The compressed file, to see how much of it was used.
    """

    def __init__(self, source: Any, raw: BinaryIO) -> None:
        self._read = source.read1
        self._raw = raw
        self._start = raw.tell()
        self._given = 0

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: Any) -> int:
        """See `io.RawIOBase`; raises one of `DAMAGE` for damaged data."""
        try:
            content = self._read(len(buffer))
        except DAMAGE:
            raise
        except Exception as error:  # zstandard's own, and zipfile's RuntimeError for a password
            raise zlib.error(str(error)) from error
        self._given += len(content)
        if self._given > _ALLOWANCE and self._given > _RATIO * max(1, self._raw.tell() - self._start):
            raise zlib.error(f"it expands more than {_RATIO} times, as bombs do")
        buffer[: len(content)] = content
        return len(content)


def expanded(raw: BinaryIO, member: str | None = None) -> io.BufferedReader:
    """A file's bytes, out of a zip archive (``member``) and decompressed where they are gzip or zstd.

    Args:
        raw: The file.
        member: Name of a file inside the archive.

    Raises:
        MissingExtra: zstd, and its package is absent.
    """
    stream = cast("io.BufferedReader", raw)
    if member is not None:
        stream = io.BufferedReader(Expanded(_member(raw, member), raw), _READ)
    start = stream.peek(4)
    if start.startswith(_GZIP):
        return io.BufferedReader(Expanded(gzip.GzipFile(fileobj=stream), raw), _READ)
    if start.startswith(_ZSTD):
        return io.BufferedReader(Expanded(_ZstdFrames(stream), raw), _READ)
    return stream


class _ZstdFrames:
    """Content of zstd frames; EOFError where the last is cut short, of which zstandard's own reader says nothing."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._library = _zstandard()
        self._frame: Any = None
        self._left = io.BytesIO()

    def read1(self, size: int) -> bytes:
        """At most ``size`` bytes; none at the end."""
        while not (given := self._left.read(size)):
            ended = self._frame is None or self._frame.eof
            # A kibibyte at a time: it can stand for tens of megabytes.
            content = (self._frame.unused_data if ended and self._frame else b"") or self._stream.read(2**10)
            if not content and ended:
                return b""
            if not content:
                raise EOFError("the end of the data is missing")
            if ended:
                self._frame = self._library.ZstdDecompressor().decompressobj()
            self._left = io.BytesIO(self._frame.decompress(content))
        return given


def _member(raw: BinaryIO, member: str) -> Any:
    try:
        return zipfile.ZipFile(raw).open(member)
    except (RuntimeError, NotImplementedError, KeyError) as error:  # a password, a method that zipfile does not know
        raise zipfile.BadZipFile(str(error)) from error


def _zstandard() -> Any:
    if importlib.util.find_spec("zstandard") is None:
        raise MissingExtra("zstd", "zstd")
    return importlib.import_module("zstandard")


def seekable(stream: BinaryIO) -> BinaryIO:
    """The stream itself, or, where it comes out of an archive, all of it in memory."""
    return stream if stream.seekable() else io.BytesIO(stream.read())


def refuse_bomb(archive: zipfile.ZipFile) -> None:
    """Raise `zlib.error` where the members of an archive that is read as a whole expand as bombs do."""
    sizes = [(info.file_size, info.compress_size) for info in archive.infolist()]
    whole, packed = sum(size for size, _ in sizes), sum(size for _, size in sizes)
    if whole > _ALLOWANCE and whole > _RATIO * max(1, packed):
        raise zlib.error(f"it expands more than {_RATIO} times, as bombs do")


def members(path: Path) -> list[str] | None:
    """The files in a zip archive, sorted, without hidden ones; ``None`` for no archive (XLSX is none)."""
    with path.open("rb") as stream:
        if stream.read(4) not in (b"PK\x03\x04", b"PK\x05\x06"):
            return None
    try:
        with zipfile.ZipFile(path) as archive:
            names = sorted(info.filename for info in archive.infolist() if not info.is_dir())
    except (zipfile.BadZipFile, UnicodeDecodeError):  # a name that is said to be UTF-8 and is not
        return []
    if "[Content_Types].xml" in names:  # Office Open XML
        return None
    return [name for name in names if not _is_hidden(name)]


def _is_hidden(member: str) -> bool:
    r"""Whether a member is a hidden file, or in a hidden folder; ``./`` and ``../`` hide nothing, nor does ``.\``."""
    parts = re.split(r"[/\\]", member)
    return any(part == "__MACOSX" or (part.startswith(".") and part not in (".", "..")) for part in parts)

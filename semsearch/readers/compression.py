"""Reads gzip, zstd and zip as streams. Incomplete data is read as far as it goes; decompression bombs are refused."""

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

#: Errors that mean damaged data. `Expanded` turns the errors of other libraries into `zlib.error`.
DAMAGE = (EOFError, gzip.BadGzipFile, zlib.error, zipfile.BadZipFile)
#: Data that becomes more than this many times as large, and larger than this many bytes, is a decompression bomb: it is
#: made to fill the memory. Text becomes five to twenty times as large.
_RATIO, _ALLOWANCE = 200, 64 * 2**20
_GZIP, _ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
_READ = 2**16


class Expanded(io.RawIOBase):
    """A stream of decompressed bytes that returns all good data before a damaged end. A buffered reader loses some.

    Args:
        source: The stream to read, with a method ``read1``.
        raw: The compressed file. Its position tells how many bytes were used.
    """

    def __init__(self, source: Any, raw: BinaryIO) -> None:
        self._read = source.read1
        self._raw = raw
        self._start = raw.tell()
        self._given = 0

    def readable(self) -> bool:
        """``True``."""
        return True

    def readinto(self, buffer: Any) -> int:
        """See `io.RawIOBase`. For damaged data it raises one of `DAMAGE`."""
        try:
            content = self._read(len(buffer))
        except DAMAGE:
            raise
        except Exception as error:  # errors of zstandard; RuntimeError of zipfile if there is a password
            raise zlib.error(str(error)) from error
        self._given += len(content)
        if self._given > _ALLOWANCE and self._given > _RATIO * max(1, self._raw.tell() - self._start):
            raise zlib.error(f"it expands to more than {_RATIO} times its size, as decompression bombs do")
        buffer[: len(content)] = content
        return len(content)


def expanded(raw: BinaryIO, member: str | None = None) -> io.BufferedReader:
    """The bytes of a file, or of a file in a zip archive, decompressed if they are gzip or zstd.

    Args:
        raw: The file.
        member: Name of a file inside it, if it is a zip archive.

    Returns:
        A stream of the decompressed bytes. It raises one of `DAMAGE` if they are damaged.

    Raises:
        MissingExtra: The data is zstd, and the package for it is not installed.
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
    """The content of zstd frames. If the end is missing, it raises EOFError, unlike the reader of zstandard."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._library = _zstandard()
        self._frame: Any = None
        self._left = io.BytesIO()

    def read1(self, size: int) -> bytes:
        """Read at most ``size`` bytes; none at the end."""
        while not (given := self._left.read(size)):
            ended = self._frame is None or self._frame.eof
            # One kibibyte at a time, since it can become tens of megabytes.
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
    except (RuntimeError, NotImplementedError, KeyError) as error:  # a password, an unknown method of compression
        raise zipfile.BadZipFile(str(error)) from error


def _zstandard() -> Any:
    if importlib.util.find_spec("zstandard") is None:
        raise MissingExtra("zstd", "zstd")
    return importlib.import_module("zstandard")


def seekable(stream: BinaryIO) -> BinaryIO:
    """The stream itself if it is seekable; else, as from an archive, a copy of it in memory."""
    return stream if stream.seekable() else io.BytesIO(stream.read())


def refuse_bomb(archive: zipfile.ZipFile) -> None:
    """Raise `zlib.error` if the files in an archive would become as large together as those of a decompression bomb."""
    sizes = [(info.file_size, info.compress_size) for info in archive.infolist()]
    whole, packed = sum(size for size, _ in sizes), sum(size for _, size in sizes)
    if whole > _ALLOWANCE and whole > _RATIO * max(1, packed):
        raise zlib.error(f"it expands to more than {_RATIO} times its size, as decompression bombs do")


def members(path: Path) -> list[str] | None:
    """Names of the files in a zip archive, sorted, without hidden files.

    Returns:
        The names; none for a damaged archive. ``None`` if the file is not a zip archive, or is an XLSX workbook.
    """
    with path.open("rb") as stream:
        if stream.read(4) not in (b"PK\x03\x04", b"PK\x05\x06"):
            return None
    try:
        with zipfile.ZipFile(path) as archive:
            names = sorted(info.filename for info in archive.infolist() if not info.is_dir())
    except (zipfile.BadZipFile, UnicodeDecodeError):  # UnicodeDecodeError: a name should be UTF-8, but is not
        return []
    if "[Content_Types].xml" in names:  # Office Open XML
        return None
    return [name for name in names if not _is_hidden(name)]


def _is_hidden(member: str) -> bool:
    r"""Whether a file is hidden or in a hidden folder. ``./``, ``../`` and ``.\`` are not hidden folders."""
    parts = re.split(r"[/\\]", member)
    return any(part == "__MACOSX" or (part.startswith(".") and part not in (".", "..")) for part in parts)

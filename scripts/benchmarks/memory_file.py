"""Reading a file that is only in memory, for fuzzing and timing without a disk."""

from __future__ import annotations

import io
import time
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from semsearch.model.paper import Paper, Rejected
from semsearch.readers import SourceFile
from semsearch.readers.compression import expanded
from semsearch.readers.opening import OpenedFile

if TYPE_CHECKING:
    from semsearch.readers import Format


class MemoryFile(OpenedFile):
    """A source file that is on no disk."""

    def __init__(self, content: bytes) -> None:
        super().__init__(Path(__file__), "memory")
        self._content = content

    def binary(self) -> BinaryIO:
        self.close()
        self._raw = cast("BinaryIO", io.BufferedReader(cast("io.RawIOBase", io.BytesIO(self._content))))
        return cast("BinaryIO", expanded(self._raw))


def read(content: bytes, kind: Format) -> float:
    """Recognise and read the content in a format, checking each record; the seconds it took."""
    started = time.perf_counter()
    source = SourceFile(MemoryFile(content), kind)
    kind.reader.recognise(source.opened.head())
    for record in source.records():
        assert isinstance(record, Paper | Rejected)
        if isinstance(record, Paper):
            assert record.id
            assert record.title or record.abstract
    return time.perf_counter() - started

"""Where results go: standard output, or a file that is there whole or not at all."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from semsearch.errors import SourceError


@contextlib.contextmanager
def output_stream(path: Path | None) -> Iterator[TextIO]:
    """The file at ``path``, which takes its place when it is complete; standard output for ``None``."""
    if path is None:
        yield sys.stdout
        return
    temporary = path.with_name(f".{path.name}.part")
    if path.exists() and not path.is_file():  # a pipe or a device
        temporary = path
    try:
        with temporary.open("w", encoding="utf-8", newline="") as stream:
            yield stream
        if temporary is not path:
            temporary.replace(path)
    except OSError as error:
        raise SourceError(str(path), f"cannot be written: {error.strerror}") from error
    finally:
        if temporary is not path:
            temporary.unlink(missing_ok=True)

"""Damaged files: whatever the bytes are, a reader returns papers and rejected records, and does so quickly."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest

from semsearch.model.errors import SourceError
from semsearch.model.paper import Paper, Rejected
from semsearch.readers import FORMATS, open_sources
from tests.conftest import DATA

#: Bytes that have a meaning in some of the formats.
_PIECES = [
    b"\n\n",
    b"\x00",
    b"\xff",
    b'"',
    b"{",
    b"}",
    b"@article{",
    b"TY  - ",
    b"ER  - ",
    b"<a>",
    b"]]>",
    b"&x;",
    b"\\",
    b"$",
    b",",
    b"[",
    b"\r",
    b"%0 ",
]


def _damaged(content: bytes, rng: random.Random) -> bytes:
    out = bytearray(content)
    for _ in range(rng.randint(1, 8)):
        place = rng.randrange(len(out) + 1)
        kind = rng.randrange(4)
        if kind == 0:
            del out[place : place + rng.choice([1, 2, 10, 200])]
        elif kind == 1:
            out[place:place] = rng.choice(_PIECES)
        elif kind == 2:
            out[place:place] = out[place : place + rng.choice([5, 50, 500])]
        elif place < len(out):
            out[place] = rng.randrange(256)
    return bytes(out)


@pytest.mark.parametrize("path", sorted(p for p in DATA.glob("*.*") if p.name != "bomb.bib"), ids=lambda p: p.name)
def test_damage(path: Path, tmp_path: Path) -> None:
    rng = random.Random(path.name)
    content = path.read_bytes()
    target = tmp_path / path.name
    read = 0
    for _ in range(60):
        target.write_bytes(_damaged(content, rng))
        started = time.monotonic()
        try:
            (source,) = open_sources([str(target)])
            records = list(source.records())
        except SourceError as error:
            assert "\n" not in str(error)
            continue
        read += bool(records)
        assert all(isinstance(r, Paper | Rejected) for r in records)
        assert time.monotonic() - started < 5
    assert read >= 30, "most damage leaves something that is read or rejected"


@pytest.mark.parametrize("kind", [f.name for f in FORMATS])
@pytest.mark.parametrize("size", [0, 1, 3000])
def test_noise_forced_through_every_reader(kind: str, size: int, tmp_path: Path) -> None:
    rng = random.Random(size)
    for number in range(10):
        path = tmp_path / f"noise-{number}"
        path.write_bytes(rng.randbytes(size))
        (source,) = open_sources([str(path)], kind=kind)
        records = list(source.records())
        assert all(isinstance(r, Paper | Rejected) for r in records)
        assert records or size < 2, "no noise ends as nothing read"

"""Fuzz one reader, in a process of its own: python -m scripts.benchmarks.fuzz_one READER RUNS. See fuzz.py."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["semsearch.readers", "semsearch.text.cleaning"]):
    from scripts.benchmarks.memory_file import read
    from semsearch.readers import FORMATS

DATA = Path(__file__).parents[2] / "tests" / "data"
LIMIT = 2**16
#: Seeds of other formats are small ones, so that most inputs are.
SEED_LIMIT = 2**11


def main(name: str, runs: str) -> None:
    kind = next(f for f in FORMATS if f.name == name)

    def test(content: bytes) -> None:
        took = read(content, kind)
        if took > max(1.0, len(content) / LIMIT):
            print(f"SLOW {took:.2f} s for {len(content)} bytes: {content[:80]!r}", file=sys.stderr, flush=True)

    with tempfile.TemporaryDirectory() as corpus:
        for path in DATA.iterdir():
            if path.is_file() and (path.suffix in kind.suffixes or path.stat().st_size < SEED_LIMIT):
                (Path(corpus) / path.name).write_bytes(path.read_bytes()[:LIMIT])
        options = [f"-runs={runs}", f"-max_len={LIMIT}", "-timeout=30", "-rss_limit_mb=4000", "-len_control=200"]
        artifacts = f"-artifact_prefix={tempfile.gettempdir()}/fuzz-{name}-"
        atheris.Setup([sys.argv[0], *options, artifacts, corpus], test)
        atheris.Fuzz()


if __name__ == "__main__":
    main(*sys.argv[1:])

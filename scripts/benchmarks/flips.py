"""One bit of the database flipped at random, many times: does an answer change while `verify` says that all is well?

scripts/bench flips [COUNT [SEED]]
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections import Counter
from pathlib import Path

from tests.index.test_flips import build, flips


def main(count: int = 1000, seed: int = 0) -> None:
    folder = Path(tempfile.mkdtemp(prefix="semsearch-flips-"))
    path = build(folder)
    found = Counter[str]()
    for place, outcome in flips(path, count, seed):
        found[outcome] += 1
        if outcome == "SILENT":
            print(f"bit {place}: other answers, and verify says that all is well", flush=True)
    print(f"{count} flips of a database of {(path / 'semsearch.db').stat().st_size:,} bytes: {dict(found)}")
    shutil.rmtree(folder)


if __name__ == "__main__":
    main(*(int(a) for a in sys.argv[1:3]))

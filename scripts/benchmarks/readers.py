"""Readers of another user, who may write nothing, beside a writer that adds, removes and compacts.

scripts/bench readers [SECONDS]. Needs root, which becomes nobody.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from tests.beside import can_become_nobody, watched


def main(seconds: float = 120) -> None:
    if not can_become_nobody():
        raise SystemExit("needs root")
    folder = Path(tempfile.mkdtemp(prefix="semsearch-readers-"))
    seen = watched(folder / "index", seconds)
    for error in seen.errors:
        print(f"  {error}")
    print(
        f"{seconds:.0f} s: {seen.commits:,} states committed, {seen.answers:,} answers of {seen.states:,} of them, "
        f"{len(seen.errors)} kinds of errors"
    )
    shutil.rmtree(folder)


if __name__ == "__main__":
    main(*map(float, sys.argv[1:2]))

"""Readers of another user, who may write nothing, beside a writer that adds, removes and compacts.

Every answer must be that of one commit. The writer notes what it committed, the readers what they saw.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import random
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
NOBODY = 65534
_TOPICS = 7
#: Papers at the beginning: enough for a reader to be slower than a commit.
_FIRST = 1000


class Seen(NamedTuple):
    """What readers met."""

    commits: int
    """States that the writer made."""
    answers: int
    """Answers that the readers got."""
    states: int
    """Different states among these."""
    errors: list[str]
    """What went wrong, each once."""


def can_become_nobody() -> bool:
    """Root may become any user, but not in a user namespace that maps root alone."""
    script = f"import os; os.setuid({NOBODY})"
    return (
        hasattr(os, "getuid")
        and os.getuid() == 0
        and not subprocess.run([sys.executable, "-c", script], capture_output=True, check=False).returncode
    )


def become_nobody() -> None:
    """Give up the rights of root, for good."""
    os.setgroups([])
    os.setgid(NOBODY)
    os.setuid(NOBODY)


def let_in(folder: Path) -> None:
    """Let every user look into a folder of root's and those above it."""
    for parent in (folder, *folder.parents):
        if parent.stat().st_uid == 0 and parent != Path("/"):
            parent.chmod(parent.stat().st_mode | 0o055)


def with_temporary_folder(folder: Path) -> dict[str, str]:
    """The environment with a folder for temporary files that every user may write to (`/tmp` may be closed to some)."""
    folder.mkdir(exist_ok=True)
    let_in(folder)
    folder.chmod(0o1777)
    return {**os.environ, "TMPDIR": str(folder)}


def watched(index: Path, seconds: float, readers: int = 2) -> Seen:
    """Let readers look at an index that this process changes all the while."""
    from semsearch.service import Index
    from tests.fakes import WordEncoder

    index.mkdir()
    let_in(index)
    writer = Index(index, encoder=WordEncoder())
    held = set(range(_FIRST))
    writer.add(map(_paper, held))
    committed = {_told(writer)}
    words = [sys.executable, "-m", "tests.beside", str(index), str(seconds)]
    environment = with_temporary_folder(index.parent / "temporary")
    watching = [
        subprocess.Popen(
            [*words, str(n)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=ROOT, env=environment
        )
        for n in range(readers)
    ]
    for reader in watching:
        assert reader.stdout
        assert reader.stdout.readline() == "ready\n"
    end = time.monotonic() + seconds
    chance, number = random.Random(0), _FIRST
    while time.monotonic() < end:
        step = chance.random()
        if step < 0.5 or len(held) < _FIRST // 2:
            added = [number := number + 1 for _ in range(chance.randint(1, _FIRST // 5))]
            writer.add([_paper(n) for n in added])
            held |= set(added)
        elif step < 0.8:
            gone = chance.sample(sorted(held), chance.randint(1, len(held) // 4))
            writer.remove([f"doi:10.5555/{n}" for n in gone])
            held -= set(gone)
        elif step < 0.9:
            writer.compact()
        else:  # another program: the last one to close deletes the log and its index
            with contextlib.closing(sqlite3.connect(index / "semsearch.db")) as other:
                other.execute("SELECT count(*) FROM papers").fetchone()
            time.sleep(0.1)
        committed.add(_told(writer))
    seen: list[list[str]] = []
    errors: set[str] = set()
    for reader in watching:
        out, _ = reader.communicate()
        for line in out.splitlines():
            if line.startswith("["):
                seen.append(json.loads(line))
            else:
                errors.add(line)
    errors |= {f"no commit held {answer}" for _, answer in seen if answer not in committed}
    return Seen(len(committed), len(seen), len({answer for _, answer in seen}), sorted(errors))


def _paper(number: int) -> dict[str, str]:
    return {"doi": f"10.5555/{number}", "title": f"Paper {number} of topic {number % _TOPICS}", "abstract": "moss " * 9}


def _told(index: object, *, search: bool = False) -> str:
    """What tells one state's papers from another's."""
    from semsearch.service import Index

    assert isinstance(index, Index)
    if search:
        ids = sorted(hit.paper.id for hit in index.search("moss", 10**6, collapse=False))
    else:
        ids = sorted(paper.id for paper in index)
    twice = len(ids) - len(set(ids))
    return f"{len(ids)} papers, {twice} twice, {hashlib.sha256(' '.join(ids).encode()).hexdigest()[:16]}"


def _read(path: str, seconds: float, number: int) -> None:
    import faiss  # noqa: F401 - before rights are given up, in case the environment is root's alone

    from semsearch.retrieval import Searcher  # noqa: F401
    from semsearch.service import Index
    from tests.fakes import WordEncoder

    become_nobody()
    chance = random.Random(number)
    kept = Index(path, encoder=WordEncoder())
    print("ready", flush=True)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        index = kept if chance.random() < 0.5 else Index(path, encoder=WordEncoder())
        search = chance.random() < 0.5
        try:
            answer = _told(index, search=search)
            index.status()
        except Exception as error:
            print(f"{type(error).__name__}: {error} ({'search' if search else 'list'})".replace("\n", " "), flush=True)
        else:
            print(json.dumps(["search" if search else "list", answer]), flush=True)


if __name__ == "__main__":
    _read(sys.argv[1], float(sys.argv[2]), int(sys.argv[3]))

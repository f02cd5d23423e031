"""Runs the command line, with faults at any system call on the files of an index: strace kills it, or fails the call.

A server process imports everything once and forks a child for each run, so that hundreds of runs take a minute. The
command line opens the index as it always does; only the encoder is a fake, and commit batches are small.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parents[1]
#: What changes a disk, and what opens a file to do so.
CALLS = (
    "openat", "mkdir", "write", "writev", "pwrite64", "ftruncate", "fallocate", "fsync", "fdatasync", "rename",
    "renameat", "renameat2", "unlink", "unlinkat", "rmdir", "link", "linkat", "flock", "fchown", "fchmod", "chmod",
)  # fmt: skip
SAMPLE = ROOT / "semsearch" / "sample" / "papers.jsonl"
#: Records a commit.
BATCH = 8


class Ended(NamedTuple):
    """How a run ended."""

    code: int
    """Exit code; minus the signal."""
    out: str
    """Standard output and error."""


def available() -> bool:
    """Whether strace is here and may trace."""
    if not shutil.which("strace"):
        return False
    return subprocess.run(["strace", "-o", os.devnull, "true"], capture_output=True, check=False).returncode == 0


class Runs:
    """Runs of the command line. A context manager.

    Args:
        folder: For files of its own.
        index: The index directory.
    """

    def __init__(self, folder: Path, index: Path) -> None:
        self.index = index
        self._log = folder / "calls.log"
        self._server = subprocess.Popen(
            [sys.executable, "-m", "tests.faults"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
        )

    def __enter__(self) -> Runs:
        return self

    def __exit__(self, *_: object) -> None:
        self._server.communicate()

    def command(self, *words: str, inject: str = "") -> Ended:
        """``semsearch WORDS --index INDEX``, with a fault as strace describes it: ``write:error=ENOSPC:when=3+``."""
        return Ended(*self._ask(words=[*words, "--index", str(self.index)], inject=inject))

    def calls(self, *words: str) -> Counter[str]:
        """How often a command that meets no fault makes each system call on the index."""
        self._log.unlink(missing_ok=True)
        code, out = self._ask(words=[*words, "--index", str(self.index)], log=str(self._log))
        assert code == 0, out
        return Counter(re.match(r"\w+", line)[0] for line in self._log.read_text().splitlines() if line[0].isalpha())  # type: ignore[index]

    def state(self) -> str:
        """A digest of the papers and their vectors."""
        code, out = self._ask(state=str(self.index))
        assert code == 0, out
        return out

    def _ask(self, **order: Any) -> tuple[int, str]:
        stdin, stdout = self._server.stdin, self._server.stdout
        assert stdin
        assert stdout
        stdin.write(json.dumps(order | {"index": str(self.index)}) + "\n")
        stdin.flush()
        code, out = json.loads(stdout.readline())
        return code, out


def points(counts: Counter[str], calls: tuple[str, ...] = CALLS) -> Iterator[tuple[str, int]]:
    """Each call by its name and number, in no order that means anything."""
    for call in calls:
        yield from ((call, number) for number in range(1, counts[call] + 1))


def listing(index: Path) -> list[str]:
    """What lies there; vector files without their numbers."""
    names = (path.relative_to(index) for path in index.rglob("*"))
    return sorted(str(name.with_stem("n") if name.suffix in (".faiss", ".tmp") else name) for name in names)


def _serve() -> None:
    import faiss  # noqa: F401

    import semsearch.service
    import semsearch.workflows.indexing
    from semsearch import encoders
    from tests.fakes import WordEncoder

    def load(model: str | None = None, *, device: str | None = None) -> WordEncoder:
        return WordEncoder()

    encoders.load = load
    semsearch.workflows.indexing.BATCH = BATCH
    for name in _imported():
        with contextlib.suppress(Exception):
            importlib.import_module(name)
    for line in sys.stdin:
        print(json.dumps(_forked(json.loads(line))), flush=True)


def _imported() -> list[str]:
    """What the commands import when they run: with it in place, a child imports nothing. Nothing is run here itself."""
    with tempfile.TemporaryDirectory() as folder:
        words = [["index", str(SAMPLE)], ["query", "barley"], ["verify"]]
        order = {"index": folder, "names": [[*w, "--index", f"{folder}/index"] for w in words]}
        return _forked(order)[1].splitlines()[-1].split()


def _forked(order: dict[str, Any]) -> tuple[int, str]:
    go, went = os.pipe()
    read, written = os.pipe()
    child = os.fork()
    if not child:
        os.close(went)
        os.dup2(written, 1)
        os.dup2(written, 2)
        # Those of before think that they write to files, in which one can seek.
        sys.stdout, sys.stderr = (open(number, "w", 1, encoding="utf-8", closefd=False) for number in (1, 2))  # noqa: SIM115
        os.read(go, 1)
        code = 99
        with contextlib.suppress(BaseException):
            if "names" in order:
                code = max(map(_command, order["names"]))
                print("\n" + " ".join(sys.modules))
            else:
                code = _state(order["state"]) if "state" in order else _command(order["words"])
        with contextlib.suppress(BaseException):
            sys.stdout.flush()
        os._exit(code)
    os.close(written)
    os.close(go)
    tracer = _traced(child, order) if order.get("inject") or order.get("log") else None
    os.close(went)
    with os.fdopen(read, "rb") as stream:
        out = stream.read().decode("utf-8", "replace")
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if tracer:
        tracer.communicate()
    return code, out


def _traced(child: int, order: dict[str, Any]) -> subprocess.Popen[str]:
    index = Path(order["index"])
    names = ["", "semsearch.db", "semsearch.db-wal", "semsearch.db-journal", "semsearch.db-shm", "semsearch.lock"]
    names += ["vectors", *(f"vectors/{n}{suffix}" for n in range(1, 9) for suffix in (".tmp", ".faiss"))]
    words = ["strace", "-p", str(child), "-o", order.get("log") or os.devnull, "-e", f"trace={','.join(CALLS)}"]
    for name in names:
        words += ["-P", str(index / name)]
    if order.get("inject"):
        words += ["-e", f"inject={order['inject']}"]
    tracer = subprocess.Popen(words, stderr=subprocess.PIPE, text=True)
    assert tracer.stderr
    assert "attached" in (told := tracer.stderr.readline()), told
    return tracer


def _command(words: list[str]) -> int:
    import traceback

    from semsearch.cli import main

    sys.argv = ["semsearch", *words]
    try:
        main()
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else int(bool(stop.code))
    except BaseException:
        traceback.print_exc()
        return 98
    return 0


def _state(index: str) -> int:
    from semsearch.index import IndexDirectory

    with IndexDirectory(Path(index)).reader(vectors=True) as state:
        ids = [paper.id for paper in state.documents.papers()]
        vectors = state.dense.rows(0, len(state.dense)).tobytes()
        print(len(ids), hashlib.sha256(repr(ids).encode() + vectors).hexdigest(), end="")
    return 0


if __name__ == "__main__":
    _serve()

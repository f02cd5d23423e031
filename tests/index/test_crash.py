"""Killed at any step of a build: the next one completes it, embeds at most one commit batch again, and ends the same."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

import semsearch
from semsearch.service import Index
from tests.conftest import ROOT
from tests.fakes import WordEncoder

_RECORDS = 60
_BATCH = 10

#: Builds an index with small commit batches and merges, killing itself at the n-th of the calls that change the disk.
_BUILD = """
import os, signal, sys
import semsearch, semsearch.workflows.indexing, semsearch.index.segments as segments
from pathlib import Path
from semsearch.model.policy import IndexPolicy
from tests.fakes import WordEncoder
semsearch.workflows.indexing.BATCH = {batch}
policy = semsearch.Policy(index=IndexPolicy(merged_segments=3, small_rows={batch}))
left = int(sys.argv[2])
def killing(call):
    def wrapped(*arguments, **options):
        global left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return call(*arguments, **options)
    return wrapped
os.fsync = killing(os.fsync)
os.open = killing(os.open)
Path.replace = killing(Path.replace)
Path.unlink = killing(Path.unlink)
segments.write = killing(segments.write)
encoder = WordEncoder()
papers = [dict(title=f"paper {{n}} about topic {{n % 7}}", doi=f"10.5555/{{n}}") for n in range({records})]
print(semsearch.open(sys.argv[1], encoder=encoder, policy=policy).add(papers).embedded, left)
"""


def _build(path: Path, kill_at: int) -> subprocess.CompletedProcess[str]:
    script = _BUILD.format(batch=_BATCH, records=_RECORDS)
    return subprocess.run(
        [sys.executable, "-c", script, str(path), str(kill_at)], capture_output=True, text=True, cwd=ROOT, check=False
    )


def _state(index: Index) -> tuple[list[str], bytes]:
    with index._directory.reader(vectors=True) as state:
        vectors = np.ascontiguousarray(state.dense.rows(0, len(state.dense)))
        return [p.id for p in state.documents.papers()], vectors.tobytes()


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory: pytest.TempPathFactory) -> tuple[Index, int]:
    path = tmp_path_factory.mktemp("whole") / "index"
    done = _build(path, 10**9)
    embedded, left = map(int, done.stdout.split())
    assert embedded == _RECORDS
    return semsearch.open(path, encoder=WordEncoder()), 10**9 - left


def test_killed_at_every_step(tmp_path: Path, uninterrupted: tuple[Index, int]) -> None:
    whole, steps = uninterrupted
    assert steps > 20
    expected = _state(whole)
    for step in range(1, steps + 1, 1 if steps < 60 else 2):
        path = tmp_path / str(step)
        assert _build(path, step).returncode == -signal.SIGKILL
        crashed = semsearch.open(path, encoder=WordEncoder())
        held = 0
        if (path / "semsearch.db").exists():
            try:
                held = len(crashed)
                assert held % _BATCH == 0  # a prefix of the history, in whole commit batches
                assert crashed.verify() == []
            except semsearch.SemsearchError as error:
                assert "does not exist yet" in str(error)
        resumed = _build(path, 10**9)
        assert int(resumed.stdout.split()[0]) == _RECORDS - held
        assert _state(crashed) == expected
        assert crashed.verify() == []
        names = {p.name for p in (path / "vectors").iterdir()}
        assert len(names) == 2 * crashed.status().segments


def test_an_interrupt_inside_a_function_of_sqlite_is_an_interrupt(tmp_path: Path) -> None:
    """sqlite3 turns what is raised there into an OperationalError; `index` would then end as after an error."""
    from semsearch.index.database import translated

    def interrupted() -> int:
        raise KeyboardInterrupt

    with closing(sqlite3.connect(":memory:")) as connection:
        connection.create_function("interrupted", 0, interrupted)
        with pytest.raises(KeyboardInterrupt), translated(tmp_path):
            connection.execute("SELECT interrupted()").fetchone()

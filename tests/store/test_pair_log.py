"""A search for pairs that was stopped goes on, and finds what one that was not stopped finds."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from semsearch.engine import Index
from semsearch.store import code_files
from semsearch.store.pair_log import PairFile
from semsearch.vectors import kernels, pairs
from semsearch.vectors.flat import FlatIndex
from tests import oracle

pytestmark = pytest.mark.skipif(kernels.compiled is None, reason="the package was installed without a compiler")


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pairs, "_CODED_ROWS", 0)
    monkeypatch.setattr(pairs, "_PANELS", 2)
    monkeypatch.setattr(pairs, "_NOTE_EVERY", -1.0)


def _index() -> FlatIndex:
    rng = np.random.default_rng(0)
    centres = rng.normal(size=(150, 32))
    return FlatIndex(32, [oracle.unit(centres[rng.integers(150, size=900)] + rng.normal(size=(900, 32)) * 0.15)])


def _stop_after(steps: int) -> object:
    def on_tile(done: int, total: int) -> None:
        nonlocal steps
        steps -= 1
        if steps == 0:
            raise KeyboardInterrupt

    return on_tile


@pytest.mark.parametrize("stopped", [[1], [3, 5], [12], [2, 2, 2, 2]])
def test_it_goes_on_where_it_was_stopped(tmp_path: Path, stopped: list[int]) -> None:
    among = np.random.default_rng(1).random(900) < 0.9
    index, expected = _index(), pairs.pairs_above(_index(), 0.8, among=among)
    for steps in stopped:
        log = PairFile(tmp_path, "state", 0.8)
        with pytest.raises(KeyboardInterrupt):
            pairs.pairs_above(index, 0.8, among=among, on_tile=_stop_after(steps), log=log)  # type: ignore[arg-type]
    assert PairFile(tmp_path, "state", 0.8).known()[0] == 64 * sum(stopped)
    seen: list[int] = []
    found = pairs.pairs_above(
        index, 0.8, among=among, on_tile=lambda done, _: seen.append(done), log=PairFile(tmp_path, "state", 0.8)
    )
    for mine, theirs in zip(found, expected, strict=True):
        np.testing.assert_array_equal(mine, theirs)
    assert len(seen) == -(-among.sum() // 64) - sum(stopped), "what was done is not done again"
    again = pairs.pairs_above(index, 0.8, among=among, on_tile=lambda *_: pytest.fail("all is known"), log=PairFile(tmp_path, "state", 0.8))  # fmt: skip
    np.testing.assert_array_equal(again[0], expected[0])
    assert PairFile(tmp_path, "state", 0.81).known() == (0, [])


@pytest.mark.parametrize(
    "damage", [lambda b: b[:-5], lambda b: b + b"torn", lambda b: b[:700] + b"x" + b[701:], os.urandom]
)
def test_a_damaged_note_is_not_believed(tmp_path: Path, damage: object) -> None:
    expected = pairs.pairs_above(_index(), 0.8)
    pairs.pairs_above(_index(), 0.8, log=PairFile(tmp_path, "state", 0.8))
    (path,) = (tmp_path / "codes").iterdir()
    content = path.read_bytes()
    path.write_bytes(damage(content) if damage is not os.urandom else os.urandom(500))  # type: ignore[operator]
    for _ in range(2):  # what is noted behind the damage is read again
        found = pairs.pairs_above(_index(), 0.8, log=PairFile(tmp_path, "state", 0.8))
        np.testing.assert_array_equal(found[0], expected[0])
        np.testing.assert_array_equal(found[1], expected[1])
    assert PairFile(tmp_path, "state", 0.8).known()[0] == 900


def test_duplicates_of_an_index(index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(code_files, "LEAST", 100)
    monkeypatch.setattr(code_files, "LEAST_ROWS", 100)
    words = ["moss", "kelp", "dune", "fen", "tide", "reef", "sand", "silt"]
    index.add({"title": f"{a} {b} {c}", "abstract": f"{c} {b} {a}"} for a in words for b in words for c in words)

    def logs() -> list[Path]:
        return list((index.path / "codes").glob("*.pairs"))

    groups = index.duplicates(0.95)
    (log,) = logs()
    size = log.stat().st_size
    assert index.duplicates(0.95) == groups
    assert (logs(), log.stat().st_size) == ([log], size)
    index.add([])  # nothing new: what was found stays true
    assert logs() == [log]
    index.remove([next(iter(index)).id])
    index.duplicates(0.95)
    assert len(logs()) == 2
    index.add({"title": "one more"})
    assert logs() == []


def test_where_nothing_can_be_noted(tmp_path: Path) -> None:
    (tmp_path / "codes").write_text("in the way")
    found = pairs.pairs_above(_index(), 0.8, log=PairFile(tmp_path, "state", 0.8))
    np.testing.assert_array_equal(found[0], pairs.pairs_above(_index(), 0.8)[0])

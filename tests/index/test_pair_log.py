"""A search for pairs that was stopped goes on, and finds what one that was not stopped finds."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from semsearch.dense.flat import FlatIndex
from semsearch.dense.scanners import native
from semsearch.index.pair_log import PairFile
from semsearch.model.policy import DensePolicy, IndexPolicy, Policy
from semsearch.service import Index
from tests import oracle
from tests.fakes import WordEncoder

Pairs = tuple[NDArray[np.int64], NDArray[np.float64]]

pytestmark = pytest.mark.skipif(native.compiled is None, reason="the package was installed without a compiler")


#: Two blocks of rows at a time, each noted at once, however few the rows.
SMALL = DensePolicy(quantised_pair_rows=0, blocks_per_task=2, log_seconds=-1.0)


def _index() -> FlatIndex:
    rng = np.random.default_rng(0)
    centres = rng.normal(size=(150, 32))
    rows = oracle.unit(centres[rng.integers(150, size=900)] + rng.normal(size=(900, 32)) * 0.15)
    return FlatIndex(32, [rows], SMALL)


def _stop_after(steps: int) -> object:
    def on_tile(done: int, total: int) -> None:
        nonlocal steps
        steps -= 1
        if steps == 0:
            raise KeyboardInterrupt

    return on_tile


@pytest.mark.parametrize("stopped", [[1], [3, 5], [12], [2, 2, 2, 2]])
def test_it_goes_on_where_it_was_stopped(tmp_path: Path, stopped: list[int]) -> None:
    mask = np.random.default_rng(1).random(900) < 0.9
    index, expected = _index(), _index().pairs(0.8, mask=mask)
    for steps in stopped:
        log = PairFile(tmp_path, "digest", 0.8)
        with pytest.raises(KeyboardInterrupt):
            index.pairs(0.8, mask=mask, on_step=_stop_after(steps), log=log)  # type: ignore[arg-type]
    assert PairFile(tmp_path, "digest", 0.8).known()[0] == 64 * sum(stopped)
    seen: list[int] = []
    found = index.pairs(
        0.8, mask=mask, on_step=lambda done, _: seen.append(done), log=PairFile(tmp_path, "digest", 0.8)
    )
    for mine, theirs in zip(found, expected, strict=True):
        np.testing.assert_array_equal(mine, theirs)
    assert len(seen) == -(-mask.sum() // 64) - sum(stopped), "what was done is not done again"
    again = index.pairs(0.8, mask=mask, on_step=lambda *_: pytest.fail("all is known"), log=PairFile(tmp_path, "digest", 0.8))  # fmt: skip
    np.testing.assert_array_equal(again[0], expected[0])
    assert PairFile(tmp_path, "digest", 0.81).known() == (0, [])


@pytest.mark.parametrize(
    "damage", [lambda b: b[:-5], lambda b: b + b"torn", lambda b: b[:700] + b"x" + b[701:], os.urandom]
)
def test_a_damaged_note_is_not_believed(tmp_path: Path, damage: object) -> None:
    expected = _index().pairs(0.8)
    _index().pairs(0.8, log=PairFile(tmp_path, "digest", 0.8))
    (path,) = (tmp_path / "codes").iterdir()
    content = path.read_bytes()
    path.write_bytes(damage(content) if damage is not os.urandom else os.urandom(500))  # type: ignore[operator]
    for _ in range(2):  # what is noted behind the damage is read again
        found = _index().pairs(0.8, log=PairFile(tmp_path, "digest", 0.8))
        np.testing.assert_array_equal(found[0], expected[0])
        np.testing.assert_array_equal(found[1], expected[1])
    assert PairFile(tmp_path, "digest", 0.8).known()[0] == 900


def test_duplicates_of_an_index(index: Index) -> None:
    policy = Policy(dense=SMALL, index=IndexPolicy(quantised_segment_rows=100, quantised_rows=100))
    index = Index(index.path, encoder=WordEncoder(), policy=policy)
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


def test_two_searches_that_note_in_one_log(tmp_path: Path) -> None:
    def pair(*rows: int) -> Pairs:  # each row with the next one
        return np.array([[row, row + 1] for row in rows], np.int64).reshape(-1, 2), np.array(rows, np.float64) / 100

    def known() -> tuple[int, list[int]]:
        position, found = PairFile(tmp_path, "digest", 0.8).known()
        return position, sorted(row for pairs, _ in found for row in pairs[:, 0].tolist())

    one, other = PairFile(tmp_path, "digest", 0.8), PairFile(tmp_path, "digest", 0.8)
    assert (one.known(), other.known()) == ((0, []), (0, []))
    one.note(10, *pair(3, 9))
    other.note(15, *pair(3, 9, 12))
    assert known() == (15, [3, 9, 12])
    one.note(20, *pair(12, 17))
    other.note(18, *pair(17))
    assert known() == (20, [3, 9, 12, 17])
    (path,) = (tmp_path / "codes").iterdir()
    path.write_bytes(path.read_bytes()[:-3])  # the last one is torn
    one.note(30, *pair(25))
    assert known() == (20, [3, 9, 12, 17])  # and takes with it what was noted behind it
    one.note(40, *pair(35))
    assert known() == (20, [3, 9, 12, 17]), "what lies between 20 and 30 is not known"
    third = PairFile(tmp_path, "digest", 0.8)
    assert third.known()[0] == 20
    third.note(40, *pair(25, 35))
    assert known() == (40, [3, 9, 12, 17, 25, 35])


def test_where_nothing_can_be_noted(tmp_path: Path) -> None:
    (tmp_path / "codes").write_text("in the way")
    found = _index().pairs(0.8, log=PairFile(tmp_path, "digest", 0.8))
    np.testing.assert_array_equal(found[0], _index().pairs(0.8)[0])

"""Beside a writer, every answer is that of one commit, and of one that was the newest while the question was asked."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.one_commit import watched
from tests.one_commit_judged import RIGHT, Commit, Given, Judge


@pytest.fixture
def folder() -> Iterator[Path]:
    """Not pytest's own: the next pytest that starts shuts other users out of that, and readers are of another user."""
    with tempfile.TemporaryDirectory(prefix="semsearch-tests-") as name:
        yield Path(name)


def test_readers_in_threads_and_processes_beside_a_writer(folder: Path) -> None:
    seen = watched(folder, 0, threads=3, processes=2, questions=40, copies=2)
    assert seen.problems == []
    assert seen.verified == []
    assert [set(found.counts) for found in seen.kinds.values()] == [{RIGHT}] * len(seen.kinds)
    assert sorted(count for found in seen.kinds.values() for count in found.readers) == [40] * 5
    assert (seen.commits > 1, seen.copies > 0, seen.is_well) == (True, True, True)


#: Commits that began and were done at these seconds, each with the answers to two questions.
COMMITS = [Commit(0, 1, ["a", "x"]), Commit(4, 6, ["b", "x"]), Commit(8, 9, ["c", "x"])]


@pytest.mark.parametrize(
    ("started", "ended", "answer", "verdict"),
    [
        (2, 3, "a", RIGHT),
        (2, 3, "b", "question 0: answer of commits [1], but the newest was one of 0 to 0"),
        (5, 5.5, "a", RIGHT),  # a commit can be seen before its writer hears that it is done
        (5, 5.5, "b", RIGHT),
        (6.5, 7, "a", "question 0: answer of commits [0], but the newest was one of 1 to 1"),
        (3, 10, "c", RIGHT),
        (10, 11, "b", "question 0: answer of commits [1], but the newest was one of 2 to 2"),
        (3, 10, "d", "question 0: answer of no commit: d"),
    ],
)
def test_an_answer_is_right_at_its_time_only(started: float, ended: float, answer: str, verdict: str) -> None:
    judge = Judge(COMMITS)
    judge.hear("readers", [Given(0, 0, started, ended, answer, "")], "")
    assert dict(judge.kinds["readers"].counts) == {verdict: 1}


def test_what_is_counted_beside() -> None:
    judge = Judge(COMMITS)
    given = [Given(0, 1, 2, 3, "x", ""), Given(0, 0, 5, 7, "b", ""), Given(1, 0, 5, 7, "", "OSError: no moss")]
    judge.hear("readers", given, "hangs")
    judge.compare({0: Path("0"), 2: Path("2")}, [["a", "x"], ["c", "y"]])
    found = judge.kinds["readers"]
    assert (dict(found.counts), found.during, found.readers) == ({RIGHT: 2, "OSError: no moss": 1}, 1, [2, 1])
    assert judge.problems == ["a reader of 'readers' hangs", "a copy of commit 2 answers otherwise than it did"]

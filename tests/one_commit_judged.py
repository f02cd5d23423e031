"""Whether answers that readers got beside a writer are those of one commit; see `tests.one_commit`."""

from __future__ import annotations

import bisect
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

RIGHT = "right"


class Commit(NamedTuple):
    """A commit, and what an index answers that is opened between it and the next one."""

    before: float
    """When the writer began; seconds."""
    after: float
    """When it was done: the commit can be seen from some moment between the two on."""
    answers: list[str]
    """By question."""


class Given(NamedTuple):
    """What a reader was told."""

    reader: int
    which: int
    """The question."""
    started: float
    ended: float
    answer: str
    error: str
    """Instead of an answer."""


@dataclass
class Kind:
    """What readers of one kind were told."""

    counts: Counter[str] = field(default_factory=Counter)
    """`RIGHT`, or what was wrong, by how often."""
    during: int = 0
    """Right answers to questions during which a commit was made."""
    readers: list[int] = field(default_factory=list)
    """Questions of each reader."""


class Seen(NamedTuple):
    """What readers met."""

    seconds: float
    steps: Counter[str]
    """What the writer did."""
    commits: int
    kinds: Mapping[str, Kind]
    """By what kind of readers they are."""
    copies: int
    """Commits that were copied and asked again."""
    problems: list[str]
    """What is wrong beside the answers: readers that hang, copies that answer otherwise."""
    verified: list[str]
    """What `semsearch.Index.verify` tells at the end."""

    @property
    def is_well(self) -> bool:
        """Whether there was no error, and every answer was that of one commit."""
        return not self.problems and not self.verified and all({*k.counts} == {RIGHT} for k in self.kinds.values())


class Judge:
    """Compares answers with those of the commits."""

    def __init__(self, commits: Sequence[Commit]) -> None:
        self.kinds: dict[str, Kind] = {}
        self.problems: list[str] = []
        self._commits = commits
        self._befores, self._afters = ([commit[place] for commit in commits] for place in (0, 1))

    def hear(self, kind: str, given: Iterable[Given], wrong: str) -> None:
        """Judge what the readers of one process were told."""
        found, readers = self.kinds.setdefault(kind, Kind()), Counter[int]()
        for one in given:
            first, last = self._possible(one)
            verdict = self._verdict(one, first, last)
            found.counts[verdict] += 1
            found.during += verdict == RIGHT and first < last
            readers[one.reader] += 1
        found.readers += readers.values()
        if wrong:
            self.problems.append(f"a reader of '{kind}' {wrong}")

    def compare(self, copies: Mapping[int, Path], answers: Sequence[Sequence[str]]) -> None:
        """Judge what copies of some commits answer."""
        for commit, given in zip(copies, answers, strict=True):
            if given != self._commits[commit].answers:
                self.problems.append(f"a copy of commit {commit} answers otherwise than it did")

    def _possible(self, given: Given) -> tuple[int, int]:
        """The first and the last commit that may have been the newest at some moment of a question.

        Not the first one, if another was done before the question; not the last, if it began after the answer.
        """
        return bisect.bisect_right(self._afters, given.started) - 1, bisect.bisect_right(self._befores, given.ended) - 1

    def _verdict(self, given: Given, first: int, last: int) -> str:
        if given.error:
            return given.error
        if any(self._commits[n].answers[given.which] == given.answer for n in range(first, last + 1)):
            return RIGHT
        of = [n for n, commit in enumerate(self._commits) if commit.answers[given.which] == given.answer]
        if not of:
            return f"question {given.which}: answer of no commit: {given.answer[:120]}"
        return f"question {given.which}: answer of commits {of[:3]}, but the newest was one of {first} to {last}"

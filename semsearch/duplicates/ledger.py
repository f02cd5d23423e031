"""The ledger of decisions: what people decided about pairs of records, in a file that is only ever appended to.

Each line is a decision, in JSON. It names a record by its id, and by digests of what is compared of it (identifiers,
folded title, surnames, year, venue, volume, issue, pages). These are the same in whatever format and order the record
is read again (`decided_records`), so decisions outlive the index, and an edited field. A line is complete on disk
before the next key is read; `semsearch.index.ledger_file` says how lines are kept whole.
"""

from __future__ import annotations

import uuid
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from semsearch.duplicates.decided_records import DecidedRecords, record_key
from semsearch.identity.verdict import DECIDED
from semsearch.index.ledger_file import FILE, Damage, appending, line_of, parse, problems, read, split
from semsearch.model.errors import ArgumentError, QueryError, SourceError
from semsearch.model.paper import Paper

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from semsearch.index.ledger_file import Appending
    from semsearch.model.results import Relation

    Pair = tuple[Paper, Paper, Relation]

__all__ = ["FILE", "SKIPPED", "UNDO", "Decided", "Decision", "Ledger", "pairs_decided", "problems", "record_key"]

#: Kinds of decisions beside those of relations: the pair was looked at and left open; a decision is withdrawn.
SKIPPED, UNDO = "skipped", "undo"


@dataclass(frozen=True, slots=True)
class Decision:
    """A line of the ledger."""

    number: str
    """The name of this decision."""
    kind: str
    """A kind of relation, ``skipped``, or ``undo``."""
    a: dict[str, str]
    """``content`` digest, ``id`` and, for people, ``title`` of a record."""
    b: dict[str, str]
    time: str
    """UTC, ISO 8601."""
    undone: str = ""
    """Number of the decision that an ``undo`` withdraws."""

    def to_dict(self) -> dict[str, Any]:
        """As it is in the file, without checksums."""
        shape: dict[str, Any] = {"number": self.number, "kind": self.kind, "time": self.time}
        return shape | ({"undone": self.undone} if self.kind == UNDO else {"a": self.a, "b": self.b})


class Ledger:
    """The decisions in a file. Several processes may write to it; each write first reads what the others wrote.

    Args:
        path: The file. The first decision makes it.

    Raises:
        SourceError: A line is not a decision, or was changed since it was written. A torn last line is ignored.
    """

    def __init__(self, path: str | Path) -> None:
        self._path = path = Path(path)
        self._content = b""
        self._decisions: list[Decision] = []
        self._take_in(read(path))

    def in_force(self) -> list[Decision]:
        """The decisions in force, in the order made: not undone, and the last one of each pair."""
        undone = {d.undone for d in self._decisions if d.kind == UNDO}
        last: dict[frozenset[str], Decision] = {}
        for decision in self._decisions:
            if decision.kind != UNDO and decision.number not in undone:
                pair = frozenset((decision.a["content"], decision.b["content"]))
                last.pop(pair, None)
                last[pair] = decision
        return list(last.values())

    def undecided(self, pairs: Iterable[Pair]) -> list[Pair]:
        """The pairs that nobody has looked at yet: neither decided on nor skipped.

        Args:
            pairs: With their relation, as `Findings.links` gives them.
        """
        known = {frozenset((d.a["content"], d.b["content"])) for d in self.in_force()}
        return [
            (a, b, relation)
            for a, b, relation in pairs
            if not relation.decided and frozenset((record_key(a)["content"], record_key(b)["content"])) not in known
        ]

    def decide(self, a: Paper, b: Paper, kind: str) -> Decision:
        """Append a decision.

        Args:
            a: A paper.
            b: Another paper.
            kind: What the two are to each other (`semsearch.identity.verdict.DECIDED`), or ``skipped``.

        Raises:
            ArgumentError: One of the two is not a paper.
            QueryError: There is no such kind, or the two are one record.
            SourceError: The file cannot be written.
        """
        for paper in (a, b):
            if not isinstance(paper, Paper):
                raise ArgumentError(
                    f"a decision is on papers, and this is of type {type(paper).__name__}; give a Paper"
                )
        if a == b:
            raise QueryError(f"'{a.id}' is one paper; a decision is on two")
        if kind not in (*DECIDED, SKIPPED):
            raise QueryError(f"no kind '{kind}'; there are {', '.join(DECIDED)}")
        decision = Decision(_number(), kind, record_key(a), record_key(b), _now())
        with self._writing() as file:
            self._append(file, [decision])
        return decision

    def undo(self, number: str | None = None) -> Decision:
        """Withdraw a decision, by default the last one, and return it.

        Raises:
            QueryError: There is no decision, or none with this number.
        """
        if not self._path.exists():  # and none is made
            return self._to_undo(number)
        with self._writing() as file:
            chosen = self._to_undo(number)
            self._append(file, [Decision(_number(), UNDO, {}, {}, _now(), undone=chosen.number)])
        return chosen

    def _to_undo(self, number: str | None) -> Decision:
        undone = {d.undone for d in self._decisions if d.kind == UNDO}
        open_ = [d for d in self._decisions if d.kind != UNDO and d.number not in undone]
        chosen = [d for d in open_ if number in (None, d.number)]
        if not chosen:
            raise QueryError(f"no decision {number} in force" if number else "no decision to undo")
        return chosen[-1]

    def take(self, path: str | Path) -> int:
        """Append the decisions of another ledger that this one does not have; returns how many lines these were.

        Raises:
            SourceError: There is no such file, or a line of it is not a decision.
        """
        if not Path(path).is_file():
            raise SourceError(str(path), "no such file")
        theirs = Ledger(path)._decisions
        if not theirs:
            return 0
        with self._writing() as file:
            new = self._lacking(theirs)
            if new:
                self._append(file, new)
        return len(new)

    def missing_of(self, path: Path) -> int:
        """How many decisions of a file this ledger does not have; 0 if the file is no ledger.

        Args:
            path: A file, which may be missing.
        """
        try:
            theirs = Ledger(path)._decisions if path.is_file() else ()
        except SourceError:
            return 0
        return len(self._lacking(theirs))

    def _lacking(self, theirs: Iterable[Decision]) -> list[Decision]:
        """Those of other decisions that this ledger does not have."""
        known = {d.number for d in self._decisions}
        return [d for d in theirs if d.number not in known]

    def lines(self) -> list[str]:
        """Every line, for export; together they are a ledger."""
        lines, mark = [], ""
        for decision in self._decisions:
            line, mark = line_of(decision.to_dict(), mark)
            lines.append(line)
        return lines

    @contextmanager
    def _writing(self) -> Iterator[Appending]:
        """The file, for this process alone, after reading what is new in it."""
        with appending(self._path) as file:
            self._take_in(file.content)
            yield file

    def _append(self, file: Appending, new: list[Decision]) -> None:
        file.append([decision.to_dict() for decision in new])
        self._content = file.content
        self._decisions += new

    def _take_in(self, content: bytes) -> None:
        """Read what is new in the file, or all of it if it is another file now."""
        known = self._content if content.startswith(self._content) else b""
        held, first = split(content[len(known) :]), known.count(b"\n") + 1
        new = [_decision(raw, number, self._path) for number, raw in enumerate(held.lines, first) if raw.strip()]
        self._decisions = [*self._decisions, *new] if known else new
        self._content = content[: len(known) + held.size] if held.closed else b""


class Decided:
    """Looks up what was decided about two papers; for lists of results, in which there are few papers.

    Args:
        decisions: Those in force.
    """

    def __init__(self, decisions: Iterable[Decision]) -> None:
        self._kinds: dict[frozenset[str], str] = {}
        for decision in decisions:
            if decision.kind != SKIPPED:
                for name in ("id", "content"):
                    pair = frozenset((decision.a[name], decision.b[name]))
                    if len(pair) == 2:
                        self._kinds[pair] = decision.kind
        self._keys: dict[str, dict[str, str]] = {}

    def __bool__(self) -> bool:
        return bool(self._kinds)

    def between(self, a: Paper, b: Paper) -> str | None:
        """The kind that a person gave to two papers; ``None`` if nobody did.

        Args:
            a: A paper.
            b: Another paper. The order of the two does not matter.
        """
        for paper in (a, b):
            if paper.id not in self._keys:
                self._keys[paper.id] = record_key(paper)
        one, other = self._keys[a.id], self._keys[b.id]
        by_content = self._kinds.get(frozenset((one["content"], other["content"])))
        return by_content or self._kinds.get(frozenset((one["id"], other["id"])))


def pairs_decided(decisions: Iterable[Decision], papers: Iterable[Paper]) -> dict[tuple[int, int], Decision]:
    """The decisions on pairs of these papers, by positions, the lower first.

    `DecidedRecords` says how a record is found.

    Args:
        decisions: In the order in which they were made; the last decision on a pair counts.
        papers: In the order of their positions.
    """
    wanted = list(decisions)
    if not wanted:
        return {}
    records = DecidedRecords([side for d in wanted for side in (d.a, d.b)], papers)
    found: dict[tuple[int, int], Decision] = {}
    for decision in wanted:
        by_id = decision.a["id"] != decision.b["id"]
        a, b = (records.positions(side, by_id=by_id) for side in (decision.a, decision.b))
        found.update({(min(x, y), max(x, y)): decision for x in a for y in b if x != y})
    return found


def _decision(raw: bytes, number: int, path: Path) -> Decision:
    """The decision in a line.

    Raises:
        SourceError: It is not a decision, or was changed since it was written.
    """
    try:
        shape = parse(raw).shape
        kind = shape["kind"]
        a, b = ({}, {}) if kind == UNDO else (_named(shape["a"]), _named(shape["b"]))
        complete = kind == UNDO or all(side.keys() >= {"content", "id"} for side in (a, b))
        texts = (shape["number"], shape["time"], shape.get("undone", ""), *a.values(), *b.values())
        if kind not in (*DECIDED, SKIPPED, UNDO) or not complete or not all(isinstance(text, str) for text in texts):
            raise Damage("other keys")
        return Decision(shape["number"], kind, a, b, shape["time"], shape.get("undone", ""))
    except Damage as error:
        told = f"line {number} is no decision, or was changed ({error})"
        raise SourceError(str(path), f"{told}; put back a copy, take it out, or give another file") from error
    except (KeyError, TypeError, AttributeError) as error:
        raise SourceError(str(path), f"line {number} is no decision; take it out, or give another file") from error


def _named(side: dict[str, str]) -> dict[str, str]:
    return side | {"title": side.get("title", "")}


def _number() -> str:
    return uuid.uuid4().hex[:12]


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")

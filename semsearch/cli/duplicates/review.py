"""``semsearch duplicates review``: show what may be one publication; one key decides a whole cluster."""

from __future__ import annotations

import os
import shutil
import sys
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from semsearch.cli.duplicates.source import (
    ALL_KINDS,
    DEFAULT_KEEP,
    Against,
    DecisionsPath,
    Files,
    Keep,
    Kinds,
    Meaning,
    Source,
    Threshold,
)
from semsearch.cli.options import DEFAULT_INDEX, IndexPath, count_of, note
from semsearch.model.errors import QueryError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from semsearch import Ledger
    from semsearch.model.paper import Paper
    from semsearch.model.results import DuplicateGroup, Relation

_KEYS = {"s": "same", "v": "version", "n": "notice", "p": "part", "r": "reprint", "d": "different"}
_HELP = "s same · d different · v version · n notice · p part · r reprint · k later · u undo · q quit"
#: Clears the screen and what has scrolled out of it (ECMA-48, "erase in display"), and goes to its first line.
_CLEAR = "\x1b[2J\x1b[3J\x1b[H"
_SPLIT = "x pair by pair · "


def run(
    files: Files = None,
    kind: Kinds = "doubtful",
    every: Annotated[
        bool, typer.Option("--all", help="Show all kinds, also those that the rules are sure of.")
    ] = False,
    threshold: Threshold = 0.9,
    keep: Keep = DEFAULT_KEEP,
    against: Against = None,
    meaning: Meaning = False,
    decisions: DecisionsPath = None,
    index: IndexPath = DEFAULT_INDEX,
) -> None:
    """Decide on doubtful clusters, one key for each.

    The most uncertain come first. Each decision is saved at once. A later review goes on with what is left.
    """
    source = Source(files or [], index, against or [], decisions, threshold, keep, meaning)
    ledger = source.needed_ledger()
    with source.compared() as findings:
        clusters = _clusters(findings.groups((ALL_KINDS if every else kind).split(",")))
        note(f"{count_of(len(clusters), 'cluster')} to decide; {_HELP}")
        if not clusters and not every:
            note("--all shows what the rules are sure of")
        left = _decide(clusters, ledger)
    note(f"{count_of(len(clusters) - left, 'cluster')} decided, {left:,} left")


@dataclass(frozen=True, slots=True)
class _Cluster:
    """Records that get one decision."""

    papers: tuple[Paper, ...]
    relations: tuple[Relation, ...]

    def pairs(self) -> Iterator[tuple[Paper, Paper, Relation]]:
        """Each relation with its two papers."""
        papers = {paper.id: paper for paper in self.papers}
        for relation in self.relations:
            yield papers[relation.a], papers[relation.b], relation

    def split(self) -> list[_Cluster]:
        """Each pair by itself."""
        return [_Cluster((a, b), (relation,)) for a, b, relation in self.pairs()]

    def certainty(self) -> float:
        """0 if both answers are equally likely, to 0.5; 1 if the rules are sure."""
        return min((abs(x.chance - 0.5) for x in self.relations if x.chance is not None), default=1.0)


def _clusters(groups: Iterable[DuplicateGroup]) -> list[_Cluster]:
    """What nobody has decided yet, the most uncertain first."""
    found = []
    for group in groups:
        relations = tuple(relation for relation in group.relations if not relation.decided)
        named = {name for relation in relations for name in (relation.a, relation.b)}
        if relations:
            found.append(_Cluster(tuple(paper for paper in group.papers if paper.id in named), relations))
    return sorted(found, key=_Cluster.certainty)


def _decide(clusters: list[_Cluster], ledger: Ledger) -> int:
    """Ask until all is decided or the user quits.

    Returns:
        How many clusters are left.
    """
    waiting = deque(clusters)
    made: list[tuple[_Cluster, list[str]]] = []
    told = ""
    while clusters:
        _show(waiting[0] if waiting else None, len(waiting), told)
        told = ""
        key = _pressed()
        if key == "u" and made:
            cluster, numbers = made.pop()
            waiting.appendleft(cluster)
            told = _withdraw(numbers, ledger)
        elif key == "u":
            told = "nothing to undo here; see 'semsearch duplicates undo'"
        elif key in ("q", "") or not waiting:
            break
        elif key == "k":
            waiting.rotate(-1)
        elif key == "x" and len(waiting[0].relations) > 1:
            waiting.extendleft(reversed(waiting.popleft().split()))
        elif key in _KEYS:
            cluster = waiting.popleft()
            made.append((cluster, [ledger.decide(a, b, _KEYS[key]).number for a, b, _ in cluster.pairs()]))
        else:
            told = "no such key; the keys are above" if sys.stdout.isatty() else _HELP
    return len({cluster.papers[0].id for cluster in waiting})


def _withdraw(numbers: list[str], ledger: Ledger) -> str:
    """Withdraw decisions by their numbers, as another process may have made later ones; returns what went wrong."""
    told = ""
    for number in reversed(numbers):
        try:
            ledger.undo(number)
        except QueryError as error:  # another process has withdrawn it already
            told = str(error)
    return told


def _show(cluster: _Cluster | None, left: int, told: str) -> None:
    """Show a cluster; on a terminal, nothing else stays on the screen."""
    from semsearch.writers.side_by_side import WIDTH, write_cluster, write_pair

    is_terminal = sys.stdout.isatty()
    width = shutil.get_terminal_size().columns if is_terminal else WIDTH
    if is_terminal and os.environ.get("TERM") != "dumb":
        getattr(sys.stdout, "styled", sys.stdout).write(_CLEAR)  # the screen writes no control characters
    if cluster is None:
        print("nothing left; press u to undo, any other key to end")
    else:
        more = _SPLIT if len(cluster.relations) > 1 else ""
        print(f"{left} left · {count_of(len(cluster.papers), 'record')}\n")
        if len(cluster.papers) == 2:
            write_pair(*cluster.papers, cluster.relations[0], sys.stdout, width)
        else:
            write_cluster(cluster.papers, cluster.relations, sys.stdout, width)
        if is_terminal:
            print(f"\n{_wrapped(more + _HELP, width)}")
    if told:
        note(told)


def _wrapped(text: str, width: int) -> str:
    """The keys in lines that are no wider than the screen, no key cut in two."""
    lines = [""]
    for part in text.split(" · "):
        joined = f"{lines[-1]} · {part}" if lines[-1] else part
        lines[-1:] = [joined] if len(joined) <= width else [lines[-1], part]
    return "\n".join(lines)


def _pressed() -> str:
    """The next key; from a pipe the next letter that is not a space; an empty text at the end."""
    if not sys.stdin.isatty():
        while (letter := sys.stdin.read(1)).isspace():
            pass
        return letter.lower()
    print("> ", end="", flush=True)
    key = str(typer.getchar()).lower()
    print(key)
    return key

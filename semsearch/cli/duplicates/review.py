"""``semsearch duplicates review``: show pairs side by side; one key makes a decision."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

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
    from semsearch import Ledger
    from semsearch.model.paper import Paper
    from semsearch.model.results import Relation

_KEYS = {"s": "same", "v": "version", "n": "notice", "p": "part", "r": "reprint", "d": "different", "k": "skipped"}
_HELP = "s same · v version · n notice · p part · r reprint · d different · k skip · u undo · q quit"


def run(
    files: Files = None,
    kind: Kinds = ALL_KINDS,
    threshold: Threshold = 0.9,
    keep: Keep = DEFAULT_KEEP,
    against: Against = None,
    meaning: Meaning = False,
    decisions: DecisionsPath = None,
    index: IndexPath = DEFAULT_INDEX,
) -> None:
    """Decide pair by pair; each decision is saved at once.

    A later review goes on with the pairs that are left.
    """
    source = Source(files or [], index, against or [], decisions, threshold, keep, meaning)
    ledger = source.needed_ledger()
    with source.compared() as findings:
        pairs = ledger.undecided(findings.links(kind.split(",")))
        note(f"{count_of(len(pairs), 'pair')} to decide; {_HELP}")
        made = _decide(pairs, ledger)
    note(f"{count_of(made, 'decision')} made, {count_of(len(pairs) - made, 'pair')} left")


def _decide(pairs: list[tuple[Paper, Paper, Relation]], ledger: Ledger) -> int:
    from semsearch.writers.side_by_side import write_pair

    position = 0
    made: list[str] = []
    while pairs:
        if position < len(pairs):
            print(f"\n{position + 1} of {len(pairs)}")
            write_pair(*pairs[position], sys.stdout)
        else:
            note("no pair left; press u to undo, any other key to end")
        key = _pressed()
        if key == "u" and position:
            position -= 1
            try:
                ledger.undo(made.pop())  # name the decision: another process may have made a later one
            except QueryError as error:  # another process has withdrawn it already
                note(str(error))
        elif key == "u":
            note("nothing to undo in this review; 'semsearch duplicates undo' withdraws earlier decisions")
        elif key in ("q", "") or position == len(pairs):
            break
        elif key in _KEYS:
            made.append(ledger.decide(*pairs[position][:2], _KEYS[key]).number)
            position += 1
        else:
            note(_HELP)
    return position


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

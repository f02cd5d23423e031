"""Which paper of an index a record is another reading of: `Holders` finds candidates, the rule of `identity` decides.

An identifier names one paper, the first to claim it: ``(scheme, value)`` in the table ``identifiers``. A chapter under
the DOI of its book, or an erratum under that of its article, is a paper of its own, and its claim is kept beside, as
``(scheme+, value title seq)``. So the next record of that chapter finds it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import xxhash

from semsearch.identity import ids
from semsearch.text.folding import fold

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from semsearch.model.paper import Paper

#: Papers of one title under one identifier that are looked at.
_SAME_TITLE = 40
#: Papers under one identifier up to which those of other titles are looked at too. If there are more, the identifier is
#: that of a volume, and each of its thousand chapters would be compared with all before it.
_FEW = 8


class Holders:
    """The claims of papers to their identifiers.

    Args:
        connection: The writer's, inside a transaction of its own.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def claim(self, seq: int, paper: Paper) -> None:
        """Enter the identifiers of a paper; what another paper is named by stays with that one.

        Args:
            seq: The paper's number.
            paper: The paper.
        """
        for scheme, value in ids.identifiers(paper):
            self._insert(scheme, value, seq)
            if self._named(scheme, value) != seq:
                self._insert(f"{scheme}+", f"{value} {_title_key(paper)} {seq}", seq)

    def release(self, seq: int) -> None:
        """Drop all claims of a paper."""
        self._connection.execute("DELETE FROM identifiers WHERE seq = ?", (seq,))

    def named(self, paper: Paper) -> Iterator[int]:
        """The papers (``seq``) that the identifiers of a record name."""
        for identifier in ids.identifiers(paper):
            if (seq := self._named(*identifier)) is not None:
                yield seq

    def kept_apart(self, paper: Paper) -> Iterator[int]:
        """Papers under an identifier of a record that names another one: first those with the title of the record."""
        title = _title_key(paper)
        for scheme, value in ids.identifiers(paper):
            yield from self._beginning(scheme, f"{value} {title} ", _SAME_TITLE)
            others = self._beginning(scheme, f"{value} ", _FEW + 1)
            if len(others) <= _FEW:
                yield from others

    def of_id(self, id_: str) -> int | None:
        """The paper of an id, if there is one."""
        row = self._connection.execute("SELECT seq FROM papers WHERE id = ?", (id_,)).fetchone()
        return int(row[0]) if row else None

    def _named(self, scheme: str, value: str) -> int | None:
        row = self._connection.execute(
            "SELECT seq FROM identifiers WHERE scheme = ? AND value = ?", (scheme, value)
        ).fetchone()
        return int(row[0]) if row else None

    def _beginning(self, scheme: str, start: str, count: int) -> list[int]:
        """The first papers of further claims whose value begins so; no identifier has a space in it."""
        end = start[:-1] + "!"  # the character behind the space
        rows = self._connection.execute(
            "SELECT seq FROM identifiers WHERE scheme = ? AND value > ? AND value < ? ORDER BY value LIMIT ?",
            (f"{scheme}+", start, end, count),
        )
        return [int(seq) for (seq,) in rows]

    def _insert(self, scheme: str, value: str, seq: int) -> None:
        self._connection.execute(
            "INSERT OR IGNORE INTO identifiers (scheme, value, seq) VALUES (?, ?, ?)", (scheme, value, seq)
        )


class Matcher:
    """Finds the paper that a record is another reading of.

    Args:
        connection: The writer's.
        holders: Of the same connection.
        held: What the index holds of a paper (``seq``).
        is_seen: Whether a paper (``seq``) was met in this run.
    """

    def __init__(
        self,
        connection: sqlite3.Connection,
        holders: Holders,
        held: Callable[[int], Paper],
        is_seen: Callable[[int], bool],
    ) -> None:
        self._connection = connection
        self._holders = holders
        self._held = held
        self._is_seen = is_seen

    def find(self, paper: Paper, file: str) -> tuple[int, Paper] | None:
        """The paper (``seq``) that a record of a file is another reading of, and what is held of it; if there is one.

        That is the first paper with the same id, or with an identifier in common, that the rule calls the same paper.
        If there is none, it may be that the record has changed since it was read from this file: then the rule does not
        matter.

        Args:
            paper: The paper.
            file: The file that it was read in.
        """
        named = [*self._holders.named(paper), *self._with_id(paper.id)]
        apart = [*self._holders.kept_apart(paper), *self._with_id(ids.content_id(paper))]
        held: dict[int, Paper] = {}
        if named or apart:
            from semsearch.identity.rule import is_same_paper  # not before there is a pair: it loads rapidfuzz

            for seq in dict.fromkeys((*named, *apart)):
                held[seq] = self._held(seq)
                if is_same_paper(paper, held[seq]):
                    return seq, held[seq]
        changed = self._changed_record(paper, file, named, held)
        return None if changed is None else (changed, held.get(changed) or self._held(changed))

    def _changed_record(self, paper: Paper, file: str, named: Sequence[int], held: Mapping[int, Paper]) -> int | None:
        """The paper of this file that was not met in this run, and has the key or the identifier of the record."""
        fresh = [seq for seq in held if not self._is_seen(seq) and self.first_file(seq) == file]
        for seq in fresh:
            if paper.key and held[seq].key == paper.key:
                return seq
        if fresh or not (paper.key and ids.is_content_id(paper.id)):
            return next((seq for seq in fresh if seq in named), None)
        rows = self._connection.execute(
            "SELECT seq FROM papers WHERE key = ? AND file = ? ORDER BY seq", (paper.key, file)
        )
        return next((seq for (seq,) in rows if not self._is_seen(seq)), None)

    def first_file(self, seq: int) -> str:
        """The file in which a paper was read first."""
        row = self._connection.execute("SELECT file FROM papers WHERE seq = ?", (seq,)).fetchone()
        return str(row[0]) if row else ""

    def _with_id(self, id_: str) -> list[int]:
        seq = self._holders.of_id(id_)
        return [] if seq is None else [seq]


def _title_key(paper: Paper) -> str:
    return xxhash.xxh3_64_hexdigest(fold(paper.title).encode("utf-8", "replace"))

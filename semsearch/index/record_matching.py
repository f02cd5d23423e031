"""Record matching: finds the paper of the index that an incoming record is, by id, identifier or file and key.

An identifier names one paper: the first paper that claimed it, ``(scheme, value)`` in the table ``identifiers``. But a
chapter may have the DOI of its book, and an erratum that of its article. Such a record is a paper of its own. Its claim
is kept as ``(scheme+, value title seq)``, so that the next record of that chapter finds it.
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

#: Largest number of papers with the same identifier and title that are compared.
_SAME_TITLE = 40
#: Largest number of papers with the same key that are compared. Keys such as ``1`` are in many files.
_SAME_KEY = 8
#: Number of papers with the same identifier up to which other titles are compared too. If there are more, it is the
#: identifier of a volume, and each of a thousand chapters would be compared with all chapters before it.
_FEW = 8


class IdentifierClaims:
    """The claims of papers to their identifiers.

    Args:
        connection: Connection of the writer, inside its transaction.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def claim(self, seq: int, paper: Paper) -> None:
        """Enter the identifiers of a paper. One that already names another paper goes on naming that one.

        Args:
            seq: Number of the paper.
            paper: Its record.
        """
        for scheme, value in ids.identifiers(paper):
            self._insert(scheme, value, seq)
            if self._named(scheme, value) != seq:
                self._insert(f"{scheme}+", f"{value} {_title_key(paper)} {seq}", seq)

    def release(self, seq: int) -> None:
        """Delete all claims of a paper."""
        self._connection.execute("DELETE FROM identifiers WHERE seq = ?", (seq,))

    def named(self, paper: Paper) -> Iterator[int]:
        """The ``seq`` of each paper that an identifier of the record names."""
        for identifier in ids.identifiers(paper):
            if (seq := self._named(*identifier)) is not None:
                yield seq

    def kept_apart(self, paper: Paper) -> Iterator[int]:
        """The ``seq`` of papers that have an identifier of the record, which names another paper; same titles first."""
        title = _title_key(paper)
        for scheme, value in ids.identifiers(paper):
            yield from self._beginning(scheme, f"{value} {title} ", _SAME_TITLE)
            others = self._beginning(scheme, f"{value} ", _FEW + 1)
            if len(others) <= _FEW:
                yield from others

    def of_id(self, id_: str) -> int | None:
        """The ``seq`` of the paper with an id; ``None`` if there is none."""
        row = self._connection.execute("SELECT seq FROM papers WHERE id = ?", (id_,)).fetchone()
        return int(row[0]) if row else None

    def id_of_changed(self, seq: int, merged: Paper, paper: Paper, current: Paper) -> str:
        """The id that a paper has after its record was edited: the present one if it still names the paper.

        An id that was made of the content still names it if the record has the same key and the same title or abstract.

        Args:
            seq: Number of the paper.
            merged: The paper as it will be.
            paper: The record, as it was read.
            current: The paper as it was.
        """
        if current.id in {str(identifier) for identifier in ids.identifiers(merged)}:
            return current.id
        has_key = paper.key is not None and paper.key == current.key
        is_known = paper.title == current.title or paper.abstract == current.abstract
        if has_key and is_known and ids.is_content_id(current.id) and ids.is_content_id(paper.id):
            return current.id
        return next((id_ for id_ in ids.free_ids(paper) if self.of_id(id_) in (None, seq)), current.id)

    def _named(self, scheme: str, value: str) -> int | None:
        row = self._connection.execute(
            "SELECT seq FROM identifiers WHERE scheme = ? AND value = ?", (scheme, value)
        ).fetchone()
        return int(row[0]) if row else None

    def _beginning(self, scheme: str, start: str, count: int) -> list[int]:
        """The papers of further claims whose value begins with ``start``, which ends with a space."""
        end = start[:-1] + "!"  # the character after the space; no identifier contains a space
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
    """Finds the paper of which a record is a further reading.

    Args:
        connection: Connection of the writer.
        holders: Claims to identifiers, over the same connection.
        held: Gives the record of a paper in the index, by ``seq``.
        is_seen: Tells whether a paper was read from a file in this run, by ``seq`` and path.
    """

    def __init__(
        self,
        connection: sqlite3.Connection,
        holders: IdentifierClaims,
        held: Callable[[int], Paper],
        is_seen: Callable[[int, str], bool],
    ) -> None:
        self._connection = connection
        self._holders = holders
        self._held = held
        self._is_seen = is_seen

    def find(self, paper: Paper, file: str) -> tuple[int, Paper] | None:
        """Find the paper of a record.

        It is the first paper with the same id, or with an identifier in common, that is the same paper by the rule. If
        there is none, the record may have changed since it was read from this file. Then the rule does not matter.

        Args:
            paper: The record.
            file: The file from which it was read.

        Returns:
            The ``seq`` of the paper, and its record in the index; ``None`` if the record is a new paper.
        """
        named = [*self._holders.named(paper), *self._with_id(paper.id)]
        apart = [*self._holders.kept_apart(paper), *self._with_id(ids.content_id(paper))]
        held: dict[int, Paper] = {}
        if named or apart:
            from semsearch.identity.rule import is_same_paper  # imported here, since it loads rapidfuzz

            for seq in dict.fromkeys((*named, *apart)):
                held[seq] = self._held(seq)
                if is_same_paper(paper, held[seq]):
                    return seq, held[seq]
        changed = self._changed_record(paper, file, named, held)
        return None if changed is None else (changed, held.get(changed) or self._held(changed))

    def _changed_record(self, paper: Paper, file: str, named: Sequence[int], held: Mapping[int, Paper]) -> int | None:
        """The paper that an edited record was before: of the same file, with the same key or identifier.

        With another file, such as a later export of the same library, the key alone is no proof: the rule decides.
        """
        fresh = [seq for seq in held if not self._is_seen(seq, file) and self.first_file(seq) == file]
        for seq in fresh:
            if paper.key and held[seq].key == paper.key:
                return seq
        if fresh or not paper.key:
            return next((seq for seq in fresh if seq in named), None)
        rows = self._connection.execute(
            "SELECT seq, file FROM papers WHERE key = ? ORDER BY file <> ?, seq LIMIT ?", (paper.key, file, _SAME_KEY)
        ).fetchall()
        has_id = not ids.is_content_id(paper.id)
        for seq, first_file in rows:
            if self._is_seen(seq, file):
                continue
            if (first_file == file and not has_id) or self._is_same(paper, self._held(seq)):
                return int(seq)
        return None

    @staticmethod
    def _is_same(paper: Paper, other: Paper) -> bool:
        """Whether two records with the same key are one. Two that both have identifiers have been compared before."""
        if ids.identifiers(paper) and ids.identifiers(other):
            return False
        from semsearch.identity.rule import is_same_record  # imported here, since it loads rapidfuzz

        return is_same_record(paper, other)

    def first_file(self, seq: int) -> str:
        """The file of the first reading of a paper (``seq``)."""
        row = self._connection.execute("SELECT file FROM papers WHERE seq = ?", (seq,)).fetchone()
        return str(row[0]) if row else ""

    def _with_id(self, id_: str) -> list[int]:
        seq = self._holders.of_id(id_)
        return [] if seq is None else [seq]


def _title_key(paper: Paper) -> str:
    return xxhash.xxh3_64_hexdigest(fold(paper.title).encode("utf-8", "replace"))

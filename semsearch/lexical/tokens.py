"""Cuts texts into terms: words folded and stemmed, exactly as SQLite's FTS5 does it.

The tokenizer is ``porter unicode61 remove_diacritics 2`` (sqlite.org/fts5.html, 4.3). FTS5 itself stems each different
word once, in a database in memory, and the result is kept. So there is one analyzer, for papers and for questions.
"""

from __future__ import annotations

import itertools
import re
import sqlite3
from threading import Lock
from typing import TYPE_CHECKING

from semsearch.model.forking import fork_aware, no_fork

if TYPE_CHECKING:
    from collections.abc import Iterable

#: The tokenizer, in FTS5's notation.
TOKENIZER = "porter unicode61 remove_diacritics 2"
#: What lies between ASCII characters that are neither letter nor digit. FTS5 never joins two of these to one term, and
#: what it makes of one does not depend on the others.
_PIECE = re.compile(r"[^\x00-/:-@\[-`{-\x7f]+")
#: Most pieces whose terms are kept. They take about 100 MB; then they are dropped.
_KEPT = 500_000


class Tokenizer:
    """Cuts texts into terms. Any number of threads may share one.

    Args:
        kept: Most pieces whose terms are kept.
    """

    def __init__(self, kept: int = _KEPT) -> None:
        self._most = kept
        self._known: dict[str, tuple[str, ...]] = {}
        self.after_fork()
        fork_aware(self)

    def after_fork(self) -> None:
        """Make the lock and the database anew: SQLite forbids to use a connection of a parent process."""
        self._lock = Lock()
        self._connection: sqlite3.Connection | None = None

    def terms(self, text: str) -> list[str]:
        """The terms of a text, in order.

        Args:
            text: Any text.
        """
        return self.each([text])[0]

    def each(self, texts: Iterable[str]) -> list[list[str]]:
        """The terms of several texts. This is much faster than one text at a time.

        Args:
            texts: Any texts.

        Returns:
            For each text its terms, in order.
        """
        pieces = [_PIECE.findall(text) for text in texts]
        known = self._known  # another thread may replace it meanwhile
        unknown = set[str]().union(*pieces).difference(known)
        if unknown:
            known = self._learned(unknown, known)
        return [list(itertools.chain.from_iterable(map(known.__getitem__, found))) for found in pieces]

    def _learned(self, unknown: Iterable[str], known: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        """Let FTS5 cut pieces; returns what is known of these and of the other pieces."""
        with no_fork(), self._lock:  # a child could never use SQLite if it were forked while a thread is inside of it
            cut = self._cut(list(unknown))
            if len(self._known) + len(cut) > self._most:
                self._known = {}
                return known | cut
            if known is self._known:
                known.update(cut)
                return known
            self._known.update(cut)
            return known | cut

    def _cut(self, pieces: list[str]) -> dict[str, tuple[str, ...]]:
        if self._connection is None:
            self._connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
            self._connection.execute(f"CREATE VIRTUAL TABLE cut USING fts5 (text, content='', tokenize='{TOKENIZER}')")
            self._connection.execute("CREATE VIRTUAL TABLE terms USING fts5vocab (cut, instance)")
        run = self._connection.execute
        run("BEGIN")
        try:
            self._connection.executemany("INSERT INTO cut (rowid, text) VALUES (?, ?)", enumerate(pieces))
            found: list[list[tuple[int, str]]] = [[] for _ in pieces]
            for doc, offset, term in run("SELECT doc, offset, term FROM terms"):
                found[doc].append((offset, term))
        finally:
            run("ROLLBACK")
        return {piece: tuple(term for _, term in sorted(cut)) for piece, cut in zip(pieces, found, strict=True)}


#: The tokenizer that all indexes of a process share.
TOKENS = Tokenizer()

"""The records of one commit of an index: by row, by id or any notation of an identifier, by author and year."""

from __future__ import annotations

import contextlib
import sqlite3
from typing import TYPE_CHECKING

import numpy as np

from semsearch.index import checksums
from semsearch.index.records import checked_paper, text_digest
from semsearch.index.schema import UNCHECKED_VERSION
from semsearch.index.text_tables import BETWEEN
from semsearch.model.errors import IndexDamaged, UnknownPaper
from semsearch.model.index_protocols import Found
from semsearch.model.paper import Paper, Rejected, Remark, Repaired, Source
from semsearch.text import identifiers
from semsearch.text.cleaning import embedded_text
from semsearch.text.folding import fold
from semsearch.text.surrogates import without_surrogates

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from semsearch.index.connections import Connections
    from semsearch.model.identifier import Identifier

_DIAGNOSTICS = {kind.kind: kind for kind in (Rejected, Repaired)}
#: Number of parameters of one SQL statement, and of records that are read at once.
_CHUNK = 500
#: Positions of columns in `checksums.PAPER`.
_SEQ, _ROW, _TEXT_DIGEST = 0, 2, 6
#: Fewest characters after ``sem:`` with which the beginning of a content id can name a paper.
_PREFIX = 4


class Documents:
    """The records of the papers; implements `DocumentStore`. Any number of threads may share one.

    Args:
        connections: To one commit.
        folder: The index directory, for messages.
        row_of: Gives the row of each paper: int64 by ``seq``, -1 if there is no such paper.
    """

    def __init__(self, connections: Connections, folder: Path, row_of: Callable[[], NDArray[np.int64]]) -> None:
        self._connections = connections
        self._folder = folder
        self._row_of = row_of
        version = int(connections.rows("SELECT user_version FROM pragma_user_version")[0][0])
        #: Whether each row has a checksum. An index of format 1 or 2 has none until the next run that writes.
        self.has_checksums = version > UNCHECKED_VERSION
        self._papers = f"SELECT {checksums.PAPER}, {'checksum' if self.has_checksums else 'NULL'} FROM papers"

    def __len__(self) -> int:
        return int(self._connections.rows("SELECT count(*) FROM papers")[0][0])

    # -- records -------------------------------------------------------------------------------------------------------

    def papers(self) -> Iterator[Paper]:
        """See `DocumentStore`."""
        last = -1
        while rows := self._connections.rows(f"{self._papers} WHERE row > ? ORDER BY row LIMIT {_CHUNK}", last):
            last = rows[-1][_ROW]
            for row in rows:
                yield checked_paper(row, self._folder)

    def papers_at(self, rows: Iterable[int]) -> list[Paper]:
        """See `DocumentStore`.

        Raises:
            IndexDamaged: A row has no paper, or its record is not as it was committed.
        """
        wanted = [int(row) for row in rows]
        found: dict[int, Paper] = {}
        for start in range(0, len(wanted), _CHUNK):
            part = wanted[start : start + _CHUNK]
            marks = ",".join("?" * len(part))
            records = self._connections.rows(f"{self._papers} WHERE row IN ({marks})", *part)
            found.update((record[_ROW], checked_paper(record, self._folder)) for record in records)
        if missing := [row for row in wanted if row not in found]:
            raise IndexDamaged(str(self._folder), f"row {missing[0]} has no paper; 'semsearch verify' tells more")
        return [found[row] for row in wanted]

    def numbered(self, after: int, count: int) -> list[tuple[int, Paper]]:
        """Read papers in the order in which they were entered.

        Args:
            after: Papers with a larger ``seq`` are read.
            count: Largest number of papers.

        Returns:
            Pairs of ``seq`` and paper, ascending.
        """
        rows = self._connections.rows(f"{self._papers} WHERE seq > ? ORDER BY seq LIMIT ?", after, count)
        return [(row[_SEQ], checked_paper(row, self._folder)) for row in rows]

    def text_digests(self) -> Iterator[tuple[bytes, bytes]]:
        """For each paper the digest of the text that was embedded, and the digest of the text that it has now."""
        last = -1
        while rows := self._connections.rows(f"{self._papers} WHERE seq > ? ORDER BY seq LIMIT {_CHUNK}", last):
            last = rows[-1][_SEQ]
            for row in rows:
                paper = checked_paper(row, self._folder)
                yield row[_TEXT_DIGEST], text_digest(embedded_text(paper.title, paper.abstract))

    # -- by what names a paper -----------------------------------------------------------------------------------------

    def find(self, reference: str) -> Found:
        """Find the paper that a text names.

        Args:
            reference: An id; a DOI, arXiv id or PMID in any notation; the key of a paper in its file; or the beginning
                of a content id, such as ``sem:04c1``.

        Raises:
            UnknownPaper: It names no paper, or several.
        """
        reference = without_surrogates(reference.strip())
        if found := self._select("id = ?", reference):
            return found[0]
        for identifier in identifiers.parse(reference):
            if found := self._of_identifier(identifier):
                return found[0]
        found = self._select("key = ?", reference)
        if not found and reference.startswith("sem:") and len(reference) >= len("sem:") + _PREFIX:
            found = self._select("id >= ? AND id < ?", reference, reference + "g")
        if len(found) == 1:
            return found[0]
        raise UnknownPaper(reference, tuple(f.id for f in found))

    def row_of_identifier(self, identifier: Identifier) -> int | None:
        """See `DocumentStore`."""
        found = self._of_identifier(identifier)
        return found[0].row if found else None

    def _of_identifier(self, identifier: Identifier) -> Sequence[Found]:
        return self._select("seq = (SELECT seq FROM identifiers WHERE scheme = ? AND value = ?)", *identifier)

    def _select(self, condition: str, *values: str) -> Sequence[Found]:
        sql = f"SELECT id, row FROM papers WHERE {condition} ORDER BY seq LIMIT 6"
        return [Found(*row) for row in self._connections.rows(sql, *values)]

    def rows_of_author(self, names: Sequence[str]) -> NDArray[np.int64]:
        """See `DocumentStore`."""
        expression = " OR ".join(dict.fromkeys(f'author : "{name}"' for name in names))
        found = self._connections.rows("SELECT rowid FROM names WHERE names MATCH ?", expression)
        return np.sort(self._row_of()[np.fromiter((seq for (seq,) in found), np.int64, len(found))])

    def count_named(self, word: str) -> int:
        """See `DocumentStore`."""
        expression = f'{{author venue category}} : "{word}"'
        return int(self._connections.rows("SELECT count(*) FROM names WHERE names MATCH ?", expression)[0][0])

    def count_of_year(self, year: int) -> int:
        """See `DocumentStore`."""
        return int(self._connections.rows("SELECT count(*) FROM papers WHERE year = ?", year)[0][0])

    def words_of(self, field: str) -> list[str]:
        """See `DocumentStore`. An index of an earlier format, which is read by views, has no list of words."""
        if field in ("year", "language"):
            sql = f"SELECT DISTINCT {field} FROM papers WHERE {field} IS NOT NULL ORDER BY {field}"
            return [str(value) for (value,) in self._connections.rows(sql)]
        if field in ("type", "key"):
            value = "key" if field == "key" else "json_extract(record, '$.type')"
            found = self._connections.rows(f"SELECT DISTINCT {value} FROM papers WHERE {value} IS NOT NULL ORDER BY 1")
            return [fold(name) for (name,) in found if name]
        columns = ("tag", "category") if field == "tag" else (field,)
        with contextlib.suppress(sqlite3.OperationalError), self._connections.borrow() as connection:
            connection.execute("CREATE VIRTUAL TABLE IF NOT EXISTS temp.vocabulary USING fts5vocab(main, names, col)")
            sql = f"SELECT DISTINCT term FROM temp.vocabulary WHERE col IN ({', '.join('?' * len(columns))})"
            return [term for (term,) in connection.execute(sql, columns) if term != BETWEEN]
        return []

    # -- the files that were read --------------------------------------------------------------------------------------

    def counts(self) -> dict[str, int]:
        """Numbers of papers, of papers without abstract, of truncated papers, and of rejected and repaired records."""
        bare, cut = (
            self._connections.rows(f"SELECT count(*) FROM papers WHERE {condition}")[0][0]
            for condition in ("has_abstract = 0", "truncated")
        )
        remarks = dict(self._connections.rows("SELECT kind, count(*) FROM diagnostics GROUP BY kind"))
        return {
            "papers": len(self),
            "without_abstract": bare,
            "truncated": cut,
            **{kind: remarks.get(kind, 0) for kind in _DIAGNOSTICS},
        }

    def readings(self, id_: str) -> list[Source]:
        """All readings of the paper with an id: file and line, the first reading first."""
        rows = self._connections.rows(
            "SELECT file, line FROM readings WHERE seq = (SELECT seq FROM papers WHERE id = ?) "
            "ORDER BY record IS NOT NULL, file, line",
            id_,
        )
        return [Source(*row) for row in rows]

    def files(self) -> list[str]:
        """The absolute path of every file from which papers were read. A member of an archive is a path below it."""
        return [file for (file,) in self._connections.rows("SELECT DISTINCT file FROM readings ORDER BY file")]

    def remarks(self) -> Iterator[Remark]:
        """All diagnostics: rejected and repaired records of the files, as they were last read."""
        some = f"WHERE rowid > ? ORDER BY rowid LIMIT {_CHUNK}"
        sql, last = f"SELECT rowid, kind, name, line, reason, raw FROM diagnostics {some}", -1
        while rows := self._connections.rows(sql, last):
            last = rows[-1][0]
            for _, kind, name, line, reason, raw in rows:
                yield _DIAGNOSTICS[kind](Source(name, line), reason, raw)

"""Filter masks: each test of a filter asks SQLite once, and the masks of the tests are combined."""

from __future__ import annotations

import functools
import json
import unicodedata
from typing import TYPE_CHECKING

import numpy as np

from semsearch.lexical.analyzer import words
from semsearch.model.errors import QueryError
from semsearch.model.filters import All, FieldTest, Not
from semsearch.text.file_names import storable_name
from semsearch.text.folding import fold, fold_tag
from semsearch.text.publication_types import kind_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from semsearch.index.connections import Connections
    from semsearch.model.filters import Filter

    Mask = NDArray[np.bool_]

#: A date with this at its end sorts after all dates with the same beginning.
_BEHIND = "~"
#: The lists of a record that hold the values of a field. BibTeX and RIS have tags in their keywords.
_LISTS = {"author": ("authors",), "category": ("keywords",), "tag": ("tags", "keywords")}


class FilterMasks:
    """Computes filter masks for one commit of an index. Any number of threads may share one.

    Args:
        connections: To the commit.
        row_of: Gives the row of each paper: int64 by ``seq``, -1 if there is no such paper.
        count: Number of rows, with those of removed papers.
        titled: Gives the rows of the papers whose title has words next to each other: int64 ``(n,)``.
    """

    def __init__(
        self,
        connections: Connections,
        row_of: Callable[[], NDArray[np.int64]],
        count: int,
        titled: Callable[[Sequence[str]], NDArray[np.int64]],
    ) -> None:
        self._titled = titled
        self._connections = connections
        self._row_of = row_of
        self._count = count

    def mask(self, part: Filter) -> Mask:
        """Compute the mask of a filter.

        Args:
            part: The filter, or a part of it.

        Returns:
            bool ``(rows,)``. It may be true for rows of removed papers; `IndexReader.live` is false for these.

        Raises:
            QueryError: A value of the filter has no letter or digit.
        """
        if isinstance(part, FieldTest):
            return self._test(part)
        if isinstance(part, Not):
            return ~self.mask(part.part)
        combine = np.logical_and if isinstance(part, All) else np.logical_or
        found = self.mask(part.parts[0])
        for other in part.parts[1:]:
            found = combine(found, self.mask(other))
        return found

    def _test(self, test: FieldTest) -> Mask:
        if test.operator == "!=":
            return ~self._test(FieldTest(test.field, ":", test.value))
        if test.operator == "has":
            return self._has(test.field)
        by_field = {
            "year": self._year,
            "date": self._date,
            "language": self._language,
            "source": self._source,
            "tag": self._tag,
            "title": self._title,
            "type": self._type,
            "key": self._key,
        }
        return by_field.get(test.field, self._name)(test)

    def _year(self, test: FieldTest) -> Mask:
        operator = "=" if test.operator == ":" else test.operator
        return self._rows(f"SELECT row FROM papers WHERE year {operator} ?", int(test.value))

    def _title(self, test: FieldTest) -> Mask:
        wanted = _folded(test)
        if test.operator == "=":
            return self._of_values("json_extract(record, '$.title')", lambda title: fold(title) == wanted)
        return self._set(self._titled(words(test.value)))

    def _type(self, test: FieldTest) -> Mask:
        """By the type as its source calls it, and as the standard lists of BibTeX, RIS and CSL do."""
        wanted = _joined(_folded(test))

        def fits(kind: str) -> bool:
            if test.operator == "~":
                return wanted in _joined(kind)
            known = kind_of(kind)
            return wanted in {_joined(name) for name in (kind, known.ris, known.bibtex, known.csl)}

        return self._of_values("json_extract(record, '$.type')", fits)

    def _key(self, test: FieldTest) -> Mask:
        wanted = test.value.casefold()
        return self._of_values(
            "key", lambda key: wanted in key.casefold() if test.operator == "~" else wanted == key.casefold()
        )

    def _of_values(self, expression: str, fits: Callable[[str], bool]) -> Mask:
        """The rows whose value of an SQL expression fits; each value is asked once."""
        asked = functools.cache(fits)
        with self._connections.borrow() as connection:
            found = connection.execute(f"SELECT row, {expression} FROM papers")
            return self._set(np.array([row for row, value in found if value and asked(value)], np.int64))

    def _language(self, test: FieldTest) -> Mask:
        value = _folded(test)
        return self._rows("SELECT row FROM papers WHERE substr(language, 1, ?) = ?", len(value), value)

    def _source(self, test: FieldTest) -> Mask:
        files = "SELECT file FROM (SELECT DISTINCT file FROM readings) WHERE instr(lower(file), lower(?))"
        return self._seqs(f"SELECT seq FROM readings WHERE file IN ({files})", storable_name(test.value))

    def _date(self, test: FieldTest) -> Mask:
        """Dates as text: 2031 comes before 2031-05, and this before 2031-05-17."""
        first, behind = test.value, test.value + _BEHIND
        condition, *values = {
            ":": ("date >= ? AND date < ?", first, behind),
            ">": ("date >= ?", behind),
            ">=": ("date >= ?", first),
            "<": ("date < ?", first),
            "<=": ("date < ?", behind),
        }[test.operator]
        return self._rows(f"SELECT row FROM papers WHERE {condition}", *values)

    def _name(self, test: FieldTest) -> Mask:
        value = _folded(test)
        return self._seqs("SELECT rowid FROM names WHERE names MATCH ?", f'{test.field} : "{value}"')

    def _tag(self, test: FieldTest) -> Mask:
        """Compare whole tags: the inverted index finds papers that may have the tag, and their records decide."""
        if test.operator == "~":
            return self._seqs("SELECT rowid FROM names WHERE names MATCH ?", f'{{category tag}} : "{_folded(test)}"')
        wanted, parts = fold_tag(test.value), fold(test.value)
        if not wanted:
            raise QueryError("filter tag: a tag is expected, not an empty text")
        lists = (f"json_extract(record, '$.{name}')" for name in _LISTS["tag"])
        sql, given = f"SELECT seq, {', '.join(lists)} FROM papers", list[str]()
        # For FTS5, signs and letters newer than its Unicode 6.1 are gaps between words. A tag without a word must be
        # looked for in all papers.
        if any(unicodedata.ucd_3_2_0.category(c)[0] in "LN" for c in parts):
            sql += " WHERE seq IN (SELECT rowid FROM names WHERE names MATCH ?)"
            given = [f'{{category tag}} : "{parts}"']

        @functools.cache  # many papers have the same list
        def has_tag(tags: str | None) -> bool:
            return any(fold_tag(tag) == wanted for tag in json.loads(tags or "[]"))

        with self._connections.borrow() as connection:
            found = [seq for seq, *held in connection.execute(sql, given) if any(map(has_tag, held))]
        return self._set(self._row_of()[np.array(found, np.int64)])

    def _has(self, field: str) -> Mask:
        if field in ("year", "date", "language"):
            return self._rows(f"SELECT row FROM papers WHERE {field} IS NOT NULL")
        if field == "abstract":
            return self._rows("SELECT row FROM papers WHERE has_abstract = 1")
        if field in ("venue", "title", "type", "key"):
            value = "key" if field == "key" else f"json_extract(record, '$.{field}')"
            return self._rows(f"SELECT row FROM papers WHERE {value} != ''")
        if field == "source":
            return np.ones(self._count, np.bool_)
        counts = (f"json_array_length(record, '$.{name}') > 0" for name in _LISTS[field])
        return self._rows(f"SELECT row FROM papers WHERE {' OR '.join(counts)}")

    def _rows(self, sql: str, *values: str | int) -> Mask:
        with self._connections.borrow() as connection:
            return self._set(np.fromiter((row for (row,) in connection.execute(sql, values)), np.int64))

    def _seqs(self, sql: str, *values: str) -> Mask:
        with self._connections.borrow() as connection:
            seqs = np.fromiter((seq for (seq,) in connection.execute(sql, values)), np.int64)
        return self._set(self._row_of()[seqs])

    def _set(self, rows: NDArray[np.int64]) -> Mask:
        mask = np.zeros(self._count, np.bool_)
        mask[rows[rows >= 0]] = True
        return mask


def _joined(text: str) -> str:
    return fold(text).replace(" ", "")


def _folded(test: FieldTest) -> str:
    """The folded value. An empty one is refused, since every value begins with it."""
    value = fold(test.value)
    if not value:
        raise QueryError(f"filter {test.field}: '{test.value[:40]}' holds no letter or digit")
    return value

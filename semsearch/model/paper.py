"""What a file is read into: `Paper`, the place where it was read, and notes on faulty records.

All classes are frozen. ``to_dict`` returns the JSON form that docs/json.md documents; a key never changes its meaning.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, Field, dataclass, field, fields, replace
from typing import Any, ClassVar

from semsearch.model.errors import QueryError

#: Keys that the JSON of every paper has, in this order; null if the value is unknown.
CORE = ("id", "title", "abstract", "authors", "year", "venue", "doi", "arxiv_id", "pmid", "url")

#: Fields that belong to one reading of a paper. They never fill the gaps of another reading.
_FIELDS_OF_READING = frozenset({"id", "source", "key", "extra", "origins"})


@dataclass(frozen=True, slots=True)
class Source:
    """Where a record was read."""

    file: str
    """Path as it was given, or ``<stdin>`` for standard input."""
    line: int = 0
    """Line in which the record begins, from 1; 0 if the format has no lines."""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Paper:
    """One publication. A missing text is ``""``; a missing number or identifier is ``None``."""

    id: str = ""
    """Id that never changes: ``arxiv:…``, ``doi:…``, ``pmid:…``, ``pmcid:…``, ``acl:…``, or ``sem:`` and 16 hexadecimal
    digits that are computed from the content."""
    title: str = ""
    """Plain text, one line."""
    abstract: str = ""
    """Plain text, one line."""
    authors: tuple[str, ...] = ()
    """Names of the authors as printed, in order."""
    year: int | None = None
    """Year of publication; for an arXiv paper the year of submission."""
    date: str = ""
    """Date in ISO 8601 if the file proves one: ``2031-03-15``, ``2031-03``; else as in the file: ``Spring 2031``. Empty
    if only the year is known."""
    venue: str = ""
    """Journal, conference or book."""
    volume: str = ""
    """Volume, as in the file."""
    issue: str = ""
    """Issue or number, as in the file."""
    pages: str = ""
    """Pages, as in the file."""
    doi: str | None = None
    """DOI in lower case, without the address of a resolver: ``10.…/…``."""
    arxiv_id: str | None = None
    """arXiv id without version: ``2405.14488`` or ``hep-th/9901001``."""
    arxiv_version: int | None = None
    """Version of the arXiv paper that was read, 1 or more."""
    pmid: str | None = None
    """PubMed id, digits only."""
    pmcid: str | None = None
    """PubMed Central id: ``PMC`` and digits."""
    acl_id: str | None = None
    """ACL Anthology id: ``N19-1423`` or ``2019.acl-main.1``."""
    issn: str = ""
    """ISSN or ISBN, as in the file."""
    url: str | None = None
    """Web address, as in the file."""
    language: str = ""
    """Language, as in the file."""
    keywords: tuple[str, ...] = ()
    """Author keywords, subject headings, arXiv categories."""
    tags: tuple[str, ...] = ()
    """The user's own tags and collections."""
    type: str = ""
    """Type of publication, as in the file."""
    comment: str = ""
    """Comment of the authors, as on arXiv."""
    key: str | None = None
    """Key of the record in its file: a citation key, or the value of an ID column."""
    extra: Mapping[str, str] = field(default_factory=dict)
    """Values of all other fields, under the names that they have in the file."""
    source: Source = Source("")
    """Where the reading of the paper that counts was read: in the file that was changed last."""
    origins: Mapping[str, Source] = field(default_factory=dict)
    """Fields whose values came from another reading of the same paper, and the place of that reading. The name of an
    extra field is ``extra.NAME``."""

    def __repr__(self) -> str:
        return f"Paper({self.id!r}, {self.heading[:80]!r}, {self.year})"

    @property
    def heading(self) -> str:
        """The title, or the first words of the abstract if there is no title, or the id if there is neither."""
        if self.title or not self.abstract:
            return self.title or self.id
        words = self.abstract.split()
        return " ".join(words[:20]) + (" …" if len(words) > 20 else "")

    def filled_from(self, other: Paper) -> Paper:
        """A copy of this paper whose empty fields are filled from another reading of the same paper.

        Fields that have a value keep it. `origins` of the copy says where each new value was read.
        """
        gaps = {
            f.name: getattr(other, f.name)
            for f in fields(self)
            if f.name not in _FIELDS_OF_READING and not getattr(self, f.name) and getattr(other, f.name)
        }
        further = {name: value for name, value in other.extra.items() if name not in self.extra}
        filled = [*gaps, *(f"extra.{name}" for name in further)]
        if not filled:
            return self
        origins = {**self.origins, **{name: other.origins.get(name, other.source) for name in filled}}
        return replace(self, **gaps, extra={**further, **self.extra}, origins=origins)

    def unfilled(self) -> Paper:
        """A copy of this paper without the values that came from other readings. It undoes `filled_from`."""
        gaps = {f.name: _missing(f) for f in fields(self) if f.name in self.origins}
        extra = {name: value for name, value in self.extra.items() if f"extra.{name}" not in self.origins}
        return replace(self, **gaps, extra=extra, origins={})

    def to_dict(self) -> dict[str, Any]:
        """JSON form: always the keys of `CORE`, ``source`` and ``key``; then every other field that has a value."""
        shape: dict[str, Any] = {name: _plain(getattr(self, name)) for name in CORE}
        for name in ("title", "abstract", "venue"):
            shape[name] = shape[name] or None
        shape["source"] = {"file": self.source.file, "line": self.source.line}
        shape["key"] = self.key
        for f in fields(self):
            if f.name not in shape and getattr(self, f.name):
                shape[f.name] = _plain(getattr(self, f.name))
        if self.origins:
            shape["origins"] = {name: {"file": s.file, "line": s.line} for name, s in self.origins.items()}
        return shape

    @classmethod
    def from_dict(cls, shape: Mapping[str, Any]) -> Paper:
        """The paper that `to_dict` returned this for.

        Args:
            shape: JSON form of a paper. Keys may be missing.

        Returns:
            The paper. Types of values are not checked.

        Raises:
            QueryError: A key is not the name of a field.
        """
        known = {f.name: f for f in fields(cls)}
        if unknown := sorted(set(shape) - set(known)):
            raise QueryError(f"a paper has no such field: {', '.join(unknown)}")
        values = {name: value for name, value in shape.items() if value is not None}
        for name in ("authors", "keywords", "tags"):
            if name in values:
                values[name] = tuple(values[name])
        if "source" in values:
            values["source"] = Source(**values["source"])
        if "origins" in values:
            values["origins"] = {name: Source(**origin) for name, origin in values["origins"].items()}
        return cls(**values)


def _missing(of: Field[Any]) -> Any:
    """The value of a field of `Paper` that is missing."""
    return of.default_factory() if of.default is MISSING and of.default_factory is not MISSING else of.default


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return list(value)
    return dict(value) if isinstance(value, Mapping) else value


@dataclass(frozen=True, slots=True)
class Remark:
    """A diagnostic: what is wrong with a record, and the text of the record."""

    kind: ClassVar[str]
    """``rejected`` or ``repaired``."""
    source: Source
    """File and line of the record."""
    reason: str
    """What is wrong, in one line."""
    raw: str = ""
    """Text of the record, cut at 64 Ki characters."""

    def to_dict(self) -> dict[str, Any]:
        """JSON form."""
        source = {"file": self.source.file, "line": self.source.line}
        return {"kind": self.kind, **source, "reason": self.reason, "raw": self.raw}


@dataclass(frozen=True, slots=True)
class Rejected(Remark):
    """A record that cannot be read as a paper. Its text is kept."""

    kind = "rejected"
    named: Paper | None = field(default=None, compare=False, repr=False)
    """What was read of a record that has an identifier and nothing to search in: neither title nor abstract. Such
    records take part in the search for duplicates."""


class Repaired(Remark):
    """A record, or a line of a record, that breaks the rules of its format and was read all the same."""

    __slots__ = ()
    kind = "repaired"

"""The nouns: what goes in (`Paper`, `Rejected`) and what comes out (`Hit`, `Hits`, `DuplicateGroup`).

All are frozen. ``to_dict`` gives the documented JSON shape (docs/json.md); keys never change meaning.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, ClassVar

from semsearch.model.errors import QueryError

#: Keys that every paper's JSON has, in this order, null when unknown.
CORE = ("id", "title", "abstract", "authors", "year", "venue", "doi", "arxiv_id", "pmid", "url")

#: Fields that belong to one reading of a paper and never fill another's gaps.
_OF_THE_READING = frozenset({"id", "source", "key", "extra", "origins"})


@dataclass(frozen=True, slots=True)
class Source:
    """Where a record was read."""

    file: str
    """Path as given on the command line, or ``<stdin>``."""
    line: int = 0
    """1-based line of the record's first character; 0 when the format has no lines."""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Paper:
    """The thing searched. Absent text is ``""``, absent numbers and identifiers are ``None``."""

    id: str = ""
    """Stable id: ``arxiv:…``, ``doi:…``, ``pmid:…``, ``pmcid:…``, ``acl:…``, ``sem:`` + 16 hex digits of content."""
    title: str = ""
    """Plain text, one line."""
    abstract: str = ""
    """Plain text, one line."""
    authors: tuple[str, ...] = ()
    """Names as printed, in order."""
    year: int | None = None
    """Year of publication, or of submission for an arXiv paper."""
    date: str = ""
    """Date as given."""
    venue: str = ""
    """Journal, conference or book."""
    volume: str = ""
    """Volume as printed."""
    issue: str = ""
    """Issue or number as printed."""
    pages: str = ""
    """Pages as printed."""
    doi: str | None = None
    """Lower-case, without resolver: ``10.…/…``."""
    arxiv_id: str | None = None
    """Without version: ``2405.14488`` or ``hep-th/9901001``."""
    arxiv_version: int | None = None
    """The version that was read, 1 or more."""
    pmid: str | None = None
    """Digits."""
    pmcid: str | None = None
    """``PMC`` and digits."""
    acl_id: str | None = None
    """ACL Anthology: ``N19-1423`` or ``2019.acl-main.1``."""
    issn: str = ""
    """ISSN or ISBN as printed."""
    url: str | None = None
    """As given."""
    language: str = ""
    """As given."""
    keywords: tuple[str, ...] = ()
    """Author keywords, subject headings, arXiv categories."""
    tags: tuple[str, ...] = ()
    """The user's own tags and collections."""
    type: str = ""
    """Kind of publication, as given."""
    comment: str = ""
    """The authors' comment, as arXiv has it."""
    key: str | None = None
    """The record's own key in its file: citation key, ID column."""
    extra: Mapping[str, str] = field(default_factory=dict)
    """Fields that no name above fits, under their own names."""
    source: Source = Source("")
    """Where it was read first."""
    origins: Mapping[str, Source] = field(default_factory=dict)
    """Fields that came from another reading of the same paper, and where that was; ``extra.NAME`` for extra fields."""

    def __repr__(self) -> str:
        return f"Paper({self.id!r}, {self.heading[:80]!r}, {self.year})"

    @property
    def heading(self) -> str:
        """Title, or the first words of the abstract where there is no title."""
        if self.title:
            return self.title
        words = self.abstract.split()
        return " ".join(words[:20]) + (" …" if len(words) > 20 else "")

    def filled_from(self, other: Paper) -> Paper:
        """This paper with its gaps filled from another reading of the same paper; what it has, it keeps."""
        gaps = {
            f.name: getattr(other, f.name)
            for f in fields(self)
            if f.name not in _OF_THE_READING and not getattr(self, f.name) and getattr(other, f.name)
        }
        further = {name: value for name, value in other.extra.items() if name not in self.extra}
        filled = [*gaps, *(f"extra.{name}" for name in further)]
        if not filled:
            return self
        origins = {**self.origins, **{name: other.origins.get(name, other.source) for name in filled}}
        return replace(self, **gaps, extra={**further, **self.extra}, origins=origins)

    def to_dict(self) -> dict[str, Any]:
        """JSON shape: the core keys always, ``source`` and ``key``, then every other field that has a value."""
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
        """Inverse of `to_dict`; unknown keys are refused.

        Raises:
            QueryError: A key that is no field of a paper.
        """
        known = {f.name: f for f in fields(cls)}
        if unknown := sorted(set(shape) - set(known)):
            raise QueryError(f"no such field of a paper: {', '.join(unknown)}")
        values = {name: value for name, value in shape.items() if value is not None}
        for name in ("authors", "keywords", "tags"):
            if name in values:
                values[name] = tuple(values[name])
        if "source" in values:
            values["source"] = Source(**values["source"])
        if "origins" in values:
            values["origins"] = {name: Source(**place) for name, place in values["origins"].items()}
        return cls(**values)


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return list(value)
    return dict(value) if isinstance(value, Mapping) else value


@dataclass(frozen=True, slots=True)
class Remark:
    """Something wrong with a record, and the record's own text."""

    kind: ClassVar[str]
    """``rejected`` or ``repaired``."""
    source: Source
    """File and line."""
    reason: str
    """Why, in one line."""
    raw: str = ""
    """The record's text, cut at 64 KiB."""

    def to_dict(self) -> dict[str, Any]:
        """JSON shape."""
        place = {"file": self.source.file, "line": self.source.line}
        return {"kind": self.kind, **place, "reason": self.reason, "raw": self.raw}


class Rejected(Remark):
    """A record that is no paper; nothing of it is lost."""

    __slots__ = ()
    kind = "rejected"


class Repaired(Remark):
    """A record, or a line of one, that is not as its format wants it, and was read all the same."""

    __slots__ = ()
    kind = "repaired"

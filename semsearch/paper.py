"""The nouns: what goes in (`Paper`, `Rejected`) and what comes out (`Hit`, `Hits`, `DuplicateGroup`).

All are frozen. ``to_dict`` gives the documented JSON shape (docs/json.md); keys never change meaning.
"""

from __future__ import annotations

import html
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any, ClassVar, overload

from semsearch.errors import QueryError
from semsearch.screen import shown

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


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a paper is among the hits."""

    sentence: str
    """Of its abstract (its title where it has none), the nearest one; empty where only papers were asked for."""
    sentence_score: float | None
    """That sentence's cosine."""
    words: tuple[str, ...]
    """The question's words that title or abstract hold in one form or another, but for stop words."""
    dense_rank: int
    """1-based place by cosine alone."""
    lexical_rank: int | None
    """1-based place by BM25 alone; ``None`` where no word matches."""

    def to_dict(self) -> dict[str, Any]:
        """JSON shape."""
        score = None if self.sentence_score is None else round(self.sentence_score, 6)
        ranks = {"dense_rank": self.dense_rank, "lexical_rank": self.lexical_rank}
        return {"sentence": self.sentence, "sentence_score": score, "words": list(self.words), **ranks}


@dataclass(frozen=True, slots=True)
class Hit:
    """One result."""

    rank: int
    """1-based."""
    score: float
    """Cosine similarity in [-1, 1], higher is better."""
    paper: Paper
    """The paper found."""
    percentile: float | None = None
    """How many of all other papers are less near, in per cent, whatever the filter: what the cosine means here."""
    named_by: str = ""
    """``identifier``, ``title`` or ``author`` where the question names the paper; such hits come first."""
    also: tuple[str, ...] = ()
    """Ids of further records of the same work, folded into this hit."""
    nearest: Mapping[str, float] = field(default_factory=dict)
    """Cosine to each of several seeds, by id."""
    explanation: Explanation | None = None
    """Where it was asked for."""

    def to_dict(self) -> dict[str, Any]:
        """JSON shape: ``rank``, ``score``, ``percentile``, what is known beside, then the paper's own keys."""
        shape: dict[str, Any] = {"rank": self.rank, "score": round(self.score, 6)}
        if self.percentile is not None:
            shape["percentile"] = round(self.percentile, 3)
        if self.named_by:
            shape["named_by"] = self.named_by
        if self.also:
            shape["also"] = list(self.also)
        if self.nearest:
            shape["nearest"] = {name: round(score, 6) for name, score in self.nearest.items()}
        if self.explanation:
            shape["explanation"] = self.explanation.to_dict()
        return shape | self.paper.to_dict()


@dataclass(frozen=True, slots=True)
class Hits(Sequence[Hit]):
    """The hits of one query, best first; a sequence that shows as a table in a notebook."""

    query: str
    """The question, or the ids of the seeds."""
    hits: tuple[Hit, ...]
    """Best first."""
    match: bool = True
    """Whether anything here answers the question; ``False`` tells that these are only the least far away."""

    @overload
    def __getitem__(self, position: int) -> Hit: ...
    @overload
    def __getitem__(self, position: slice) -> tuple[Hit, ...]: ...
    def __getitem__(self, position: int | slice) -> Hit | tuple[Hit, ...]:
        return self.hits[position]

    def __len__(self) -> int:
        return len(self.hits)

    def __iter__(self) -> Iterator[Hit]:
        return iter(self.hits)

    def __repr__(self) -> str:
        lines = [f"{len(self.hits)} hits for {self.query[:70]!r}"]
        lines += [
            f"{h.rank:>3}  {h.score:+.3f}  {h.paper.year or '':>4}  {h.paper.heading[:80]}  [{h.paper.id}]"
            for h in self
        ]
        return shown("\n".join(lines))

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{h.rank}</td><td>{h.score:.3f}</td><td>{html.escape(h.paper.heading)}</td>"
            f"<td>{h.paper.year or ''}</td><td>{html.escape(h.paper.id)}</td></tr>"
            for h in self
        )
        head = "<tr><th>rank</th><th>score</th><th>paper</th><th>year</th><th>id</th></tr>"
        return f"<p>{html.escape(self.query[:200])}</p><table>{head}{rows}</table>"

    def to_dict(self) -> dict[str, Any]:
        """JSON shape: ``{"query": …, "match": …, "hits": […]}``."""
        return {"query": self.query, "match": self.match, "hits": [h.to_dict() for h in self]}


@dataclass(frozen=True, slots=True)
class Relation:
    """What two papers are to each other, and why."""

    a: str
    """Id of the paper that comes first in the collection."""
    b: str
    """Id of the other."""
    kind: str
    """``same``, ``version``, ``notice``, ``part``, ``reprint``, ``similar`` or ``different``."""
    rule: str
    """The rule that decided, in words."""
    score: float | None
    """Cosine similarity of the two, in [-1, 1], where it was needed and there are vectors."""
    evidence: Mapping[str, float | bool] = field(default_factory=dict)
    """By field: a similarity in [0, 1], ``True`` for what agrees, ``False`` for what clashes; no missing fields."""
    decided: bool = False
    """Whether a person decided it."""

    def to_dict(self) -> dict[str, Any]:
        """JSON shape."""
        shape: dict[str, Any] = {"a": self.a, "b": self.b, "kind": self.kind, "rule": self.rule}
        shape["score"] = None if self.score is None else round(self.score, 6)
        shape["evidence"] = {n: v if isinstance(v, bool) else round(v, 4) for n, v in self.evidence.items()}
        return shape | {"decided": self.decided}


@dataclass(frozen=True, slots=True, repr=False)
class DuplicateGroup:
    """Papers of one kind of relation; of ``same``, records of one publication."""

    kind: str
    """That of its relations."""
    papers: tuple[Paper, ...]
    """Two or more; the keeper first, then in order of the collection."""
    relations: tuple[Relation, ...]
    """Those found in the group, in order of the collection."""
    merged: Paper
    """The keeper with its gaps filled from the others; its ``origins`` tell from where. The keeper, of other kinds."""

    @property
    def keeper(self) -> str:
        """Id of the paper that stands for the group."""
        return self.papers[0].id

    @property
    def score(self) -> float | None:
        """Highest cosine of its relations, where there is any."""
        return max((r.score for r in self.relations if r.score is not None), default=None)

    def __repr__(self) -> str:
        lines = [f"{self.kind}:"]
        return shown("\n".join([*lines, *(f"    {p.year or '':>4}  {p.heading[:80]}  [{p.id}]" for p in self.papers)]))

    def to_dict(self) -> dict[str, Any]:
        """JSON shape."""
        return {
            "kind": self.kind,
            "score": None if self.score is None else round(self.score, 6),
            "keeper": self.keeper,
            "papers": [p.to_dict() for p in self.papers],
            "relations": [r.to_dict() for r in self.relations],
            "merged": self.merged.to_dict(),
        }

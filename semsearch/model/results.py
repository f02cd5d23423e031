"""What comes out of a search: `Hit`, `Hits`, `Explanation`; and of duplicates: `Relation`, `DuplicateGroup`.

All are frozen. ``to_dict`` gives the documented JSON shape (docs/json.md); keys never change meaning.
"""

from __future__ import annotations

import html
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, overload

from semsearch.model.printable import shown

if TYPE_CHECKING:
    from semsearch.model.paper import Paper


#: Kinds of duplicate groups, the closest first. Beside these, people and rules say ``different`` of two papers.
GROUP_KINDS = ("same", "version", "notice", "part", "reprint", "similar")


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
    """0 to 100: the share of all other papers that are less similar, in per cent, whatever the filter."""
    named_by: str = ""
    """``identifier``, ``title`` or ``author`` where the question names the paper; such hits come first."""
    also: tuple[str, ...] = ()
    """Ids of further records of the same paper, collapsed into this hit."""
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

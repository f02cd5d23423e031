"""Results of a search (`Hit`, `Hits`, `Explanation`) and of `duplicates` (`Relation`, `DuplicateGroup`).

All classes are frozen. ``to_dict`` returns the JSON form that docs/json.md documents; a key never changes its meaning.
"""

from __future__ import annotations

import html
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, overload

from semsearch.model.printable import shown

if TYPE_CHECKING:
    from semsearch.model.paper import Paper


#: Kinds of duplicate groups, the closest kind first. A relation can also have the kind ``different``.
GROUP_KINDS = ("same", "doubtful", "version", "notice", "part", "reprint", "similar")


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a paper is among the hits."""

    sentence: str
    """The sentence of the abstract that is most similar to the question; without an abstract, the title. Empty if the
    search had only papers as seeds."""
    sentence_score: float | None
    """Cosine of that sentence, in [-1, 1]; ``None`` if there is no sentence."""
    words: tuple[str, ...]
    """Words of the question that the title or the abstract contains in any word form; no stop words."""
    dense_rank: int
    """Rank by cosine alone, from 1."""
    lexical_rank: int | None
    """Rank by BM25 alone, from 1; ``None`` if no word matches."""
    names: tuple[str, ...] = ()
    """Words of the question that name its authors, venue, keywords or year."""
    spans: tuple[tuple[int, int], ...] = ()
    """Where the sentence has these words, in order: ``(start, end)`` in characters, the end not included."""
    adds: Mapping[str, float] = field(default_factory=dict)
    """What each signal adds to the sum by which hits are ordered: ``cosine``, ``bm25``, ``names``, ``verbatim``,
    signals of users by name, and ``feedback``, what the likeness to the first works changes. With the mode ``bm25``
    only ``bm25``."""
    ordered_by: str = "sum"
    """What gave the hit its place: ``sum`` (of `adds`), ``name``, ``reranker`` or ``diversity``."""
    verbatim: str = ""
    """The longest part of the question that its title or abstract has word for word, in lower case without punctuation;
    empty if that is fewer than six words or less than half of the question."""

    def to_dict(self) -> dict[str, Any]:
        """JSON form; scores have 6 decimals."""
        score = None if self.sentence_score is None else round(self.sentence_score, 6)
        ranks = {"dense_rank": self.dense_rank, "lexical_rank": self.lexical_rank}
        shape: dict[str, Any] = {"sentence": self.sentence, "sentence_score": score, "words": list(self.words), **ranks}
        shape["spans"] = [list(span) for span in self.spans]
        shape |= {"adds": {n: round(v, 6) for n, v in self.adds.items()}, "ordered_by": self.ordered_by}
        shape |= {"names": list(self.names)} if self.names else {}
        return shape | ({"verbatim": self.verbatim} if self.verbatim else {})


#: The columns of an explained hit in a table, beside those of every hit and those of its paper.
EXPLAINED_COLUMNS = (
    *("percentile", "named_by", "also", "sentence", "sentence_score", "spans", "words", "names", "verbatim", "adds"),
    *("ordered_by", "dense_rank", "lexical_rank"),
)


@dataclass(frozen=True, slots=True)
class Hit:
    """One result of a search."""

    rank: int
    """Position among the hits, from 1."""
    score: float
    """Cosine similarity to the question, in [-1, 1]; higher is better."""
    paper: Paper
    """The paper found. If it stands for several records (`also`), with the best value of each field of all."""
    percentile: float | None = None
    """Share of all other papers that are less similar to the question, 0 to 100. Filters do not change it."""
    named_by: str = ""
    """``identifier``, ``title`` or ``author`` if the question names the paper; such hits come first."""
    also: tuple[str, ...] = ()
    """Ids of other records of the same work that are collapsed into this hit."""
    nearest: Mapping[str, float] = field(default_factory=dict)
    """Cosine to each seed, by the id of the seed, if there are several seeds."""
    explanation: Explanation | None = None
    """Why the paper was found, if the search was asked for it."""

    def to_dict(self) -> dict[str, Any]:
        """JSON form: ``rank``, ``score``, ``percentile``, the other fields that have a value, the keys of the paper."""
        shape: dict[str, Any] = {"rank": self.rank, "score": round(self.score, 6)}
        if self.percentile is not None:
            shape["percentile"] = round(self.percentile, 6)
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
    """The hits of one query, best first. A sequence; a notebook shows it as a table."""

    query: str
    """The question, or the ids of the seeds."""
    hits: tuple[Hit, ...]
    """Best first."""
    match: bool = True
    """Whether anything in the collection answers the question. If ``False``, the hits are only the most similar papers
    that there are."""
    feedback: tuple[str, ...] = ()
    """Ids of the papers towards which the question was moved for the order; empty without pseudo-relevance feedback."""
    excluded: tuple[str, ...] = ()
    """Words and phrases that the question leaves out: no hit has one of them in its title or abstract."""
    reason: str = ""
    """Why there is no hit, if no paper passes the filter: the test that none passes, in one line."""

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
        """JSON form: ``{"query": …, "match": …, "hits": […]}``, and ``reason``, ``excluded``, ``feedback`` if any."""
        shape: dict[str, Any] = {"query": self.query, "match": self.match}
        if self.reason:
            shape["reason"] = self.reason
        if self.excluded:
            shape["excluded"] = list(self.excluded)
        if self.feedback:
            shape["feedback"] = list(self.feedback)
        return shape | {"hits": [h.to_dict() for h in self]}


@dataclass(frozen=True, slots=True)
class Relation:
    """What two papers are to each other, and why."""

    a: str
    """Id of the paper that comes first in the collection."""
    b: str
    """Id of the other paper."""
    kind: str
    """``same``, ``doubtful``, ``version``, ``notice``, ``part``, ``reprint``, ``similar`` or ``different``."""
    rule: str
    """The rule that decided, in words."""
    score: float | None
    """Cosine similarity of the two papers, in [-1, 1]; ``None`` if it was not needed or there are no vectors."""
    evidence: Mapping[str, float | bool] = field(default_factory=dict)
    """For each field that both papers have: a similarity in [0, 1], ``True`` if the values agree, or ``False`` if they
    contradict each other."""
    decided: bool = False
    """Whether a person decided it."""
    chance: float | None = None
    """With the kind ``doubtful``: about the share of such pairs that are one publication, 0 to 1."""

    def to_dict(self) -> dict[str, Any]:
        """JSON form; the cosine has 6 decimals, each similarity has 4."""
        shape: dict[str, Any] = {"a": self.a, "b": self.b, "kind": self.kind, "rule": self.rule}
        shape["score"] = None if self.score is None else round(self.score, 6)
        shape["evidence"] = {n: v if isinstance(v, bool) else round(v, 4) for n, v in self.evidence.items()}
        shape["decided"] = self.decided
        return shape if self.chance is None else shape | {"chance": round(self.chance, 2)}


@dataclass(frozen=True, slots=True, repr=False)
class DuplicateGroup:
    """Papers that belong together by relations of one kind. With the kind ``same``, they are one publication."""

    kind: str
    """Kind of all relations in the group."""
    papers: tuple[Paper, ...]
    """Two papers or more: the keeper first, then the others in the order of the collection."""
    relations: tuple[Relation, ...]
    """Relations between these papers, in the order of the collection."""
    merged: Paper
    """With the kind ``same``: the keeper, its gaps filled from the others; its ``origins`` say from which one. With
    another kind: the keeper as it is."""

    @property
    def keeper(self) -> str:
        """Id of the paper that represents the group."""
        return self.papers[0].id

    @property
    def score(self) -> float | None:
        """Highest cosine of the relations; ``None`` if no relation has one."""
        return max((r.score for r in self.relations if r.score is not None), default=None)

    def __repr__(self) -> str:
        lines = [f"{self.kind}:"]
        return shown("\n".join([*lines, *(f"    {p.year or '':>4}  {p.heading[:80]}  [{p.id}]" for p in self.papers)]))

    def to_dict(self) -> dict[str, Any]:
        """JSON form; the cosine has 6 decimals."""
        return {
            "kind": self.kind,
            "score": None if self.score is None else round(self.score, 6),
            "keeper": self.keeper,
            "papers": [p.to_dict() for p in self.papers],
            "relations": [r.to_dict() for r in self.relations],
            "merged": self.merged.to_dict(),
        }

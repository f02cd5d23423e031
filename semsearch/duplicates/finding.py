"""The search for duplicates: from a collection to groups of papers, and to the collection without duplicates."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from semsearch.duplicates.databases import DatabaseCounts, count_databases
from semsearch.duplicates.grouping import Group, clusters, components, groups
from semsearch.duplicates.ledger import SKIPPED, pairs_decided
from semsearch.duplicates.linking import Linker
from semsearch.identity.merging import DEFAULT_RULES, best, merged
from semsearch.identity.rule import SIMILAR_FROM
from semsearch.identity.verdict import DIFFERENT, DOUBTFUL, KINDS, SAME, VERSION, Verdict
from semsearch.model.errors import QueryError
from semsearch.model.lazy import lazy
from semsearch.model.reports import ReadingReport
from semsearch.model.results import DuplicateGroup, Relation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from semsearch.duplicates.collection import Collection
    from semsearch.duplicates.ledger import Decision
    from semsearch.duplicates.linking import Link
    from semsearch.identity.comparison import Comparison
    from semsearch.model.paper import Paper

#: False merges for each record among the pairs that are ``same``: the highest of the judged collections of
#: docs/duplicates.md in which all records were judged (EJIS, 2 of 3,785).
SURE_ERROR = 2 / 3785
#: Cosine from which different papers are shown as similar.
DEFAULT_THRESHOLD = SIMILAR_FROM


@dataclass(frozen=True)
class Findings:
    """What was found in a collection. Papers are read from it when they are asked for."""

    collection: Collection
    labels: NDArray[np.int64]
    """int64 ``(papers,)``: the publication of each position, named by the lowest position of its records."""
    found: Sequence[Group]
    decided: Mapping[tuple[int, int], Decision]
    near: NDArray[np.float64]
    """Cosines of the pairs at or above the threshold, descending."""
    old: int = 0
    """How many positions, the last ones, are papers that are known already."""
    rejected: int = 0
    """How many records of the files are no papers; those of known files are not counted."""
    keep: Sequence[str] = DEFAULT_RULES
    """Rules for which record of a publication is kept."""
    folded: int = 0
    """How many publications were folded into others as versions of them."""
    reading: ReadingReport = field(default_factory=ReadingReport)
    """What became of the files that were read for it."""

    def groups(self, kinds: Iterable[str] = KINDS) -> Iterator[DuplicateGroup]:
        """The groups of these kinds, the closest kind first, then in order of the collection."""
        wanted = set(kinds)
        return (self._group(group) for group in self.found if group.kind in wanted)

    def links(self, kinds: Iterable[str] = KINDS) -> Iterator[tuple[Paper, Paper, Relation]]:
        """Each relation of these kinds with its two papers, in order of the groups."""
        for group in self.groups(kinds):
            papers = {paper.id: paper for paper in group.papers}
            for relation in group.relations:
                yield papers[relation.a], papers[relation.b], relation

    @lazy
    def counts(self) -> dict[str, int]:
        """For a PRISMA diagram: records, duplicates among them, publications that are left; and groups of each kind.

        Rejected records come beside these. With known papers, also how many of the publications are known, and how many
        are new.
        """
        new = self._new
        publications = np.unique(new)
        known = int(np.isin(publications, self._known).sum())
        duplicates = len(new) - len(publications) - self.folded
        told = {"records": len(new), "duplicates": duplicates, "publications": len(publications)}
        told |= {"folded": self.folded} if self.folded else {}
        told |= {"known": known, "new": len(publications) - known} if self.old else {}
        told |= {"rejected": self.rejected} if self.rejected else {}
        return told | dict(Counter(group.kind for group in self.found))

    def databases(self) -> DatabaseCounts:
        """How many records each database gave, and how many duplicates lie within one and between two."""
        return count_databases(self.collection, self._new.tolist())

    @property
    def _new(self) -> NDArray[np.int64]:
        """Labels of the papers that were not known."""
        return self.labels[: len(self.labels) - self.old]

    @property
    def _known(self) -> NDArray[np.int64]:
        """Publications with a record that was known."""
        return np.unique(self.labels[len(self.labels) - self.old :])

    def publications(self) -> Iterator[Paper]:
        """The collection without duplicates and known papers, in order: each publication once, as its merged record."""
        together = {int(self.labels[group.members[0]]): group.members for group in self.found if group.kind == SAME}
        firsts = np.unique(self._new)
        if self.old:
            firsts = np.setdiff1d(firsts, self._known)
        for first in firsts.tolist():
            yield merged(self.collection.at(together.get(first, (first,))))

    def with_versions(self) -> Findings:
        """The same with the versions of a work as one publication: a preprint is folded into the article.

        The published record is kept. ``folded`` says how many publications went into others.
        """
        whole = self._joined([group for group in self.found if group.kind == VERSION], ("published", *self.keep))
        return replace(whole, folded=self.folded + len(np.unique(self._new)) - len(np.unique(whole._new)))

    def within_risk(self, limit: float) -> Findings:
        """The same with doubtful pairs merged, the likeliest first, while few enough false merges are to be expected.

        Expected are `SURE_ERROR` for each record, and for each doubtful pair that is merged the share of such pairs
        that are two publications. Clusters of three or more stay: their links contradict each other.

        Args:
            limit: Most false merges for each record, such as 0.001.
        """
        left = (limit - SURE_ERROR) * len(self._new)
        pairs = [group for group in self.found if group.kind == DOUBTFUL and len(group.members) == 2]
        chosen = []
        for group in sorted(pairs, key=lambda group: -_chance(group)):
            left -= 1 - _chance(group)
            if left < 0:
                break
            chosen.append(group)
        return self._joined(chosen, self.keep) if chosen else self

    def _joined(self, joined: Sequence[Group], keep: Sequence[str]) -> Findings:
        """The same with each of these groups as one publication."""
        count = len(self.labels)
        pairs = [(int(self.labels[x]), int(self.labels[y])) for group in joined for x, y in pairwise(group.members)]
        labels = components(pairs, count)[self.labels]
        chosen = set(map(id, joined))  # groups have long lists of links, which would be compared
        one = [group for group in self.found if group.kind == SAME or id(group) in chosen]
        others = [group for group in self.found if group.kind != SAME and id(group) not in chosen]
        records: dict[int, list[int]] = {int(labels[group.members[0]]): [] for group in one}
        for position, label in enumerate(labels.tolist()):
            if label in records:
                records[label].append(position)
        links: dict[int, list[Link]] = defaultdict(list)
        for group in one:
            links[int(labels[group.members[0]])] += group.links
        whole = [Group(SAME, self._kept_first(records[label], keep), tuple(links[label])) for label in sorted(records)]
        return replace(self, labels=labels, found=[*whole, *others])

    def _kept_first(self, members: Sequence[int], keep: Sequence[str]) -> tuple[int, ...]:
        keeper = members[best(self.collection.at(members), keep)]
        return (keeper, *(member for member in members if member != keeper))

    def histogram(self) -> list[tuple[float, int]]:
        """Numbers of pairs by cosine, in steps of 0.01 from 1 down to the threshold: (lower bound, pairs)."""
        hundredths = np.floor(self.near * 100 + 1e-9).astype(np.int64).clip(max=99)
        return [(value / 100, count) for value, count in sorted(Counter(hundredths.tolist()).items(), reverse=True)]

    def _group(self, group: Group) -> DuplicateGroup:
        papers = dict(zip(group.members, self.collection.at(group.members), strict=True))
        missing = sorted({p for x in group.links for p in (x.a, x.b)} - set(papers))
        papers |= dict(zip(missing, self.collection.at(missing), strict=True)) if missing else {}
        relations = tuple(self._relation(x, papers) for x in group.links)
        members = tuple(papers[m] for m in (*group.members, *missing))
        whole = merged(members) if group.kind == SAME else members[0]
        return DuplicateGroup(group.kind, members, relations, whole)

    def _relation(self, link: Link, papers: Mapping[int, Paper]) -> Relation:
        decision = self.decided.get((link.a, link.b))
        verdict = Verdict(decision.kind, f"decided {decision.time}") if decision else link.verdict
        told = _evidence(link.comparison)
        return Relation(
            papers[link.a].id, papers[link.b].id, verdict.kind, verdict.rule, link.comparison.cosine, told,
            decided=decision is not None, chance=verdict.chance,
        )  # fmt: skip


def find_duplicates(
    collection: Collection,
    *,
    threshold: float = DEFAULT_THRESHOLD,
    decisions: Iterable[Decision] = (),
    keep: Sequence[str] = DEFAULT_RULES,
    old: int = 0,
    on_step: Callable[[int, int], None] | None = None,
) -> Findings:
    """What the papers of a collection are to each other.

    Args:
        collection: The papers.
        threshold: Cosine in [-1, 1] from which two different papers are similar.
        decisions: What people decided. It comes before all rules.
        keep: Rules for which record of a publication is kept, the most important first.
        old: How many papers, the last ones, are known already.
        on_step: Called with (done, total) as the comparison goes on.

    Raises:
        QueryError: The threshold is out of range or so low that millions of pairs reach it.
    """
    if not -1 <= threshold <= 1:
        raise QueryError(f"threshold {threshold}; give a cosine between -1 and 1, such as 0.9")
    linker = Linker(collection, similar=threshold)
    near = collection.near(threshold, on_step)
    links = linker.links(near, on_step)
    given = [decision for decision in decisions if decision.kind != SKIPPED]
    decided = pairs_decided(given, collection) if given else {}
    kinds = {pair: decision.kind for pair, decision in decided.items()}
    linked = {(x.a, x.b) for x in links}
    links += [linker.link(*pair) for pair, kind in kinds.items() if pair not in linked and kind != DIFFERENT]
    labels = clusters(links, len(linker), linker.link, kinds)

    cosines = np.empty(0) if near is None else near[1]

    def keeper(members: Sequence[int]) -> int:
        return members[best(collection.at(members), keep)] if len(members) > 1 else members[0]

    return Findings(collection, labels, groups(links, labels, keeper, kinds), decided, cosines, old, keep=keep)


def _chance(group: Group) -> float:
    return max(link.verdict.chance or 0.0 for link in group.links)


def _evidence(comparison: Comparison) -> dict[str, float | bool]:
    told = comparison._asdict()
    if told["years"] is not None:
        told["year"] = told["years"] == 0
    quiet = ("cosine", "authors_of_longer", "years", "title_contained", "substituted", "contrasted", "first_author")
    return {name: value for name, value in told.items() if value is not None and name not in quiet}

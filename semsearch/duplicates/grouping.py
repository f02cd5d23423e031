"""From relations to groups: clusters of records of one publication, without contradictions, and their relations."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from semsearch.identity.verdict import DIFFERENT, DOUBTFUL, KINDS, SAME, SIMILAR, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from semsearch.duplicates.linking import Link

#: Records in a cluster up to which all its pairs are checked for contradictions.
_CHECKED = 200
#: Strengths of links that differ by less are equal.
_TIE = 0.1

Pair = tuple[int, int]


class Group(NamedTuple):
    """Positions of one kind of relation, and the links that were found among them."""

    kind: str
    members: tuple[int, ...]
    links: tuple[Link, ...]


def clusters(
    links: Sequence[Link], count: int, link: Callable[[int, int], Link], decided: Mapping[Pair, str]
) -> NDArray[np.int64]:
    """The publication of each position: int64 ``(count,)``, the lowest position of its records.

    Records that are linked as the same are one publication (a connected component). But in a chain, two records of a
    component may be something else to each other: a version, a part, a notice. Then the strongest links are kept, and
    those that would join these two are left out.

    Args:
        links: Of the collection.
        count: Number of positions.
        link: Gives the relation of two positions.
        decided: Kinds that people gave, by pair, the lower position first. They come before the links.
    """
    joins = {(x.a, x.b): x for x in links if x.verdict.kind == SAME and decided.get((x.a, x.b), SAME) == SAME}
    pairs = [*joins, *(pair for pair, kind in decided.items() if kind == SAME and pair not in joins)]
    labels = components(pairs, count)
    own: dict[int, list[Pair]] = defaultdict(list)
    for pair in pairs:
        own[int(labels[pair[0]])].append(pair)
    for members in _members(labels, [p for p in decided if decided[p] != SAME], pairs):
        for cluster in _without_chains(members, own[int(labels[members[0]])], joins, link, decided):
            labels[cluster] = min(cluster)
    return labels


def components(pairs: Sequence[Pair], count: int) -> NDArray[np.int64]:
    """Connected components: int64 ``(count,)``, for each position the lowest position of its component.

    Args:
        pairs: Positions that are joined.
        count: Number of positions.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    ends = np.array(pairs, np.int64).reshape(-1, 2)
    graph = coo_array((np.ones(len(ends), np.bool_), (ends[:, 0], ends[:, 1])), shape=(count, count))
    labels = connected_components(graph, directed=False)[1]
    first = np.full(labels.max(initial=-1) + 1, count, np.int64)
    np.minimum.at(first, labels, np.arange(count))
    lowest: NDArray[np.int64] = first[labels]
    return lowest


def _members(labels: NDArray[np.int64], apart: Sequence[Pair], pairs: Sequence[Pair]) -> list[list[int]]:
    """Components that may have a contradiction: of three or more records, or with a pair that a person separated."""
    groups: dict[int, list[int]] = defaultdict(list)
    for position in sorted({p for pair in pairs for p in pair}):
        groups[int(labels[position])].append(position)
    parted = {int(labels[a]) for a, b in apart if labels[a] == labels[b]}
    return [m for label, m in groups.items() if (len(m) > 2 or label in parted) and len(m) <= _CHECKED]


def _without_chains(
    members: list[int],
    pairs: Sequence[Pair],
    joins: Mapping[Pair, Link],
    link: Callable[[int, int], Link],
    decided: Mapping[Pair, str],
) -> list[list[int]]:
    """Clusters without two records that contradict each other; the strongest links are kept.

    A record without authors and identifiers that fits two such records equally well stays by itself.
    """
    clashing = {
        pair for i, a in enumerate(members) for b in members[i + 1 :] if _clash(pair := (a, b), link, decided, joins)
    }
    if not clashing:
        return [members]
    cluster_of = {member: [member] for member in members}
    torn = _torn(pairs, joins, clashing, decided)
    pairs = [pair for pair in pairs if pair in decided or torn.isdisjoint(pair)]
    for a, b in sorted(pairs, key=lambda pair: (decided.get(pair) != SAME, -_strength(joins.get(pair)), pair)):
        one, other = cluster_of[a], cluster_of[b]
        if one is other or any((min(x, y), max(x, y)) in clashing for x in one for y in other):
            continue
        one.extend(other)
        for member in other:
            cluster_of[member] = one
    return [sorted(cluster) for cluster in {id(c): c for c in cluster_of.values()}.values()]


def _torn(
    pairs: Sequence[Pair], joins: Mapping[Pair, Link], clashing: set[Pair], decided: Mapping[Pair, str]
) -> set[int]:
    """Bare records whose strongest links, equally strong, lead to records that contradict each other."""
    bare: dict[int, dict[int, float]] = defaultdict(dict)
    for a, b in pairs:
        x = joins.get((a, b))
        c = x.comparison if x else None
        if c and c.authors is None and not (c.doi or c.pmid or c.arxiv) and (a, b) not in decided:
            bare[a][b] = bare[b][a] = _strength(x)
    torn = set()
    for member, strengths in bare.items():
        least = max(strengths.values()) - _TIE
        best = sorted(other for other, strength in strengths.items() if strength >= least)
        if any((x, y) in clashing for i, x in enumerate(best) for y in best[i + 1 :]):
            torn.add(member)
    return torn


def _clash(
    pair: Pair, link: Callable[[int, int], Link], decided: Mapping[Pair, str], joins: Mapping[Pair, Link]
) -> bool:
    """Whether two records cannot be the same."""
    if pair in decided:
        return decided[pair] != SAME
    if pair in joins:
        return False
    verdict, c = link(*pair)[2:]
    other = c.doi is False or c.registry is False or c.other_authors
    if verdict.kind == DOUBTFUL:
        return other or not c.numbers
    return verdict.kind not in (SAME, SIMILAR, DIFFERENT) or (verdict.kind == DIFFERENT and other)


def _strength(link: Link | None) -> float:
    """How much the two records agree: title, authors, venue, and a point for each other field that agrees."""
    if link is None:
        return 0.0
    c = link.comparison
    agreements = (c.doi, c.pmid, c.pages, c.volume, c.issue, c.first_author)
    return c.title + (c.authors_of_longer or 0) + (c.venue or 0) + sum(bool(value) for value in agreements)


def groups(
    links: Sequence[Link],
    labels: NDArray[np.int64],
    keeper: Callable[[Sequence[int]], int],
    decided: Mapping[Pair, str],
) -> list[Group]:
    """Groups by kind, the closest first, then in order of the collection.

    The records of a publication are a group ``same``. For each other kind, publications that are linked by it are a
    group (a connected component), and each is shown by its keeper.

    Args:
        links: Of the collection.
        labels: int64 ``(papers,)``: for each position the label of its publication.
        keeper: Chooses which record of a publication is kept.
        decided: Kinds that people gave, by pair.
    """
    records: dict[int, list[int]] = defaultdict(list)
    for position in sorted({p for x in links for p in (x.a, x.b)} | {p for pair in decided for p in pair}):
        records[int(labels[position])].append(position)
    chosen = {label: keeper(members) for label, members in records.items()}
    by_kind: dict[str, dict[Pair, list[Link]]] = {kind: defaultdict(list) for kind in KINDS}
    settled = {_ordered(int(labels[a]), int(labels[b])) for a, b in decided}
    for x in links:
        kind = decided.get((x.a, x.b), x.verdict.kind)
        one, other = int(labels[x.a]), int(labels[x.b])
        if one == other:
            by_kind[SAME][one, one].append(x)
        elif (x.a, x.b) not in decided and kind in (SAME, DOUBTFUL):
            if _ordered(one, other) not in settled:
                by_kind[DOUBTFUL][_ordered(one, other)].append(x if kind == DOUBTFUL else _cut(x))
        elif kind not in (SAME, DIFFERENT):
            by_kind[kind][_ordered(one, other)].append(x)
    found = []
    for label, members in records.items():
        if len(members) > 1:
            first = chosen[label]
            ordered = (first, *(m for m in members if m != first))
            found.append(Group(SAME, ordered, tuple(by_kind[SAME].get((label, label), ()))))
    closer = set[Pair]()  # two publications have one relation, the closest
    for kind in KINDS[1:-1]:
        edges = {pair: xs for pair, xs in by_kind[kind].items() if pair not in closer}
        closer |= set(edges)
        found += _linked(kind, edges, chosen)
    return found


def _ordered(a: int, b: int) -> Pair:
    return min(a, b), max(a, b)


def _cut(link: Link) -> Link:
    """A link that was left out, as its record also fits another publication: somebody has to say which."""
    told = f"{link.verdict.rule}; but the record fits another publication as well"
    return link._replace(verdict=Verdict(DOUBTFUL, told, 0.5))


def _linked(kind: str, edges: Mapping[Pair, list[Link]], chosen: Mapping[int, int]) -> list[Group]:
    names = sorted({label for pair in edges for label in pair})
    place = {label: number for number, label in enumerate(names)}
    joined = components([(place[a], place[b]) for a, b in edges], len(names)) if names else np.empty(0, np.int64)
    members: dict[int, list[int]] = defaultdict(list)
    links: dict[int, list[Link]] = defaultdict(list)
    for label in names:
        members[int(joined[place[label]])].append(chosen[label])
    for (a, _), xs in edges.items():
        links[int(joined[place[a]])].append(max(xs, key=_strength))
    return [Group(kind, tuple(members[c]), tuple(sorted(links[c], key=lambda x: (x.a, x.b)))) for c in sorted(members)]

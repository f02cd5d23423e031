"""The names by which the ledger finds a record again: in another order or format, or with a field that was edited."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import TYPE_CHECKING

import xxhash

from semsearch.identity.comparable import comparable
from semsearch.identity.comparison import title_similarity
from semsearch.identity.titles import fold_title

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from semsearch.model.paper import Paper

#: Hexadecimal digits of the digest of a field; what stands for a field that the record lacks.
_DIGITS, _NONE = 8, "-"
#: Fields in which an edited record may differ, and of these, fields that both have. One is edited, one may get lost.
_DIFFERENT, _CLASHING = 2, 1
#: Places in ``fields`` of DOI, other identifiers, title and first page; similarity of a title that was edited.
_TELLING, _ALIKE = (0, 1, 2, 8), 0.55


def record_key(paper: Paper) -> dict[str, str]:
    """What the ledger names a record by.

    Args:
        paper: A record.

    Returns:
        ``content``: digest of all that is compared. ``id``. ``fields``: digests of DOI, other identifiers, title,
        surnames, year, journal, volume, issue and first page, with spaces between them. ``title``, for people.
    """
    c = comparable(paper)
    told = (
        [c.doi, c.pmid, c.pmcid, c.arxiv_id, c.arxiv_version, paper.acl_id],
        [c.title, c.notice, c.surnames, c.year, c.venue, c.volume, c.issue, c.first_page, c.last_page],
    )
    digest = xxhash.xxh3_128_hexdigest(json.dumps(told).encode())
    numbers = " ".join(filter(None, (c.pmid, c.pmcid, c.arxiv_id, c.acl_id)))
    year = str(c.year or "")
    title, surnames = f"{c.title} {c.notice}".strip(), " ".join(c.surnames)
    fields = (c.doi_key, numbers, title, surnames, year, c.venue, c.volume, c.issue, c.first_page)
    return {
        "content": digest,
        "id": paper.id.split("#")[0],
        "fields": " ".join(map(_digest, fields)),
        "title": paper.heading[:80],
    }


def _digest(value: str) -> str:
    return xxhash.xxh3_64_hexdigest(value.encode("utf-8", "replace"))[:_DIGITS] if value else _NONE


class DecidedRecords:
    """The positions of the records that decisions name, in a collection.

    Args:
        sides: What the decisions name the records by.
        papers: The collection, in order.
    """

    def __init__(self, sides: Iterable[dict[str, str]], papers: Iterable[Paper]) -> None:
        wanted = list(sides)
        names = {value for side in wanted for value in (side["content"], side["id"])}
        blocks = {block for side in wanted for block in _blocks(side)}
        self._known = {side["content"] for side in wanted}
        self._places: dict[str, list[int]] = defaultdict(list)
        self._edited: dict[tuple[str, ...], list[tuple[int, dict[str, str]]]] = defaultdict(list)
        for position, paper in enumerate(papers):
            key = record_key(paper)
            for value in {key["content"], key["id"]} & names:
                self._places[value].append(position)
            if key["content"] not in self._known:
                for block in blocks.intersection(_blocks(key)):
                    self._edited[block].append((position, key))

    def positions(self, side: dict[str, str], *, by_id: bool) -> Sequence[int]:
        """The positions of the record; all of them if the collection has it several times.

        A record is found by its content. If its content has changed, it is found by its id; or it is the one record
        that differs from it in no more than a field that was edited and one that was lost or added.

        Args:
            side: What the decision names the record by.
            by_id: Whether its id tells it from the other record of the decision.
        """
        if found := self._places.get(side["content"], []):
            return found
        if by_id and (found := self._places.get(side["id"], [])):
            return found
        edited = {at: key for block in _blocks(side) for at, key in self._edited.get(block, ())}
        near = {at: _differences(side, key) for at, key in edited.items() if _may_be_one(side, key)}
        near = {at: far for at, far in near.items() if sum(far) <= _DIFFERENT and far[0] <= _CLASHING}
        least = [at for at, far in near.items() if far == min(near.values())]
        return least if len(least) == 1 else []


def _blocks(key: dict[str, str]) -> Iterator[tuple[str, ...]]:
    """What two readings of a record have in common, whichever single field was edited."""
    parts = key.get("fields", "").split()
    if len(parts) < 5:  # a line of an older version
        return
    doi, numbers, title, names, year = parts[:5]
    yield from ((kind, value) for kind, value in zip("dnt", (doi, numbers, title), strict=True) if value != _NONE)
    if _NONE not in (names, year):
        yield "a", names, year


def _may_be_one(one: dict[str, str], other: dict[str, str]) -> bool:
    """Whether the title, an identifier or the first page agrees: a team has several papers a year in one journal."""
    a, b = one["fields"].split(), other["fields"].split()
    if any(a[n] == b[n] != _NONE for n in _TELLING if n < min(len(a), len(b))):
        return True
    return title_similarity(fold_title(one["title"]), fold_title(other["title"])) >= _ALIKE


def _differences(one: dict[str, str], other: dict[str, str]) -> tuple[int, int]:
    """In how many fields two records differ: in such that both have, and in such that one lacks."""
    pairs = [(a, b) for a, b in zip(one["fields"].split(), other["fields"].split(), strict=False) if a != b]
    lost = sum(_NONE in pair for pair in pairs)
    return len(pairs) - lost, lost

"""Pairs worth comparing: records that share an identifier, a title, a place in print, or rare words and an author.

This is the blocking of record linkage. Each record has a key of each kind; the records with the same key are a block. A
block that is too large is sorted by title, and each record is compared with its neighbours (sorted neighbourhood,
Hernández and Stolfo 1995). Keys are 64-bit hashes: 8 MB a kind for a million records. Two keys with the same hash cost
a comparison, and nothing else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import xxhash
from rapidfuzz import fuzz, process

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from semsearch.identity.comparable import Comparable

#: Records in a block up to which all pairs are compared; and in a larger block, neighbours that each is compared with.
_BLOCK, _NEIGHBOURS = 40, 8
#: Least similarity of titles, in per cent, for a pair without an identifier in common.
_TITLES = 55
#: Pairs whose titles are compared at once.
_CHUNK = 2**18
#: Letters at the beginning of an abstract that make it a key.
_ABSTRACT = 80
#: Letters of a word in a key, so that its endings do not count.
_STEM = 6
#: The first kinds of keys name a record, and their pairs are all compared.
_SURE = 7


def candidates(papers: Sequence[Comparable]) -> NDArray[np.int64]:
    """Pairs of positions that may be related: int64 ``(n, 2)``, the lower position first, ascending, each pair once."""
    if len(papers) < 2:
        return np.empty((0, 2), np.int64)
    table = np.array([_keys(paper) for paper in papers], np.uint64)
    rank = np.empty(len(papers), np.int64)  # of the titles in order
    rank[sorted(range(len(papers)), key=lambda place: papers[place].title)] = np.arange(len(papers))
    sure: list[NDArray[np.int64]] = []
    maybe: list[NDArray[np.int64]] = []
    for kind, column in enumerate(table.T):
        (sure if kind < _SURE else maybe).extend(_block_pairs(column, rank))
    certain = _unique(sure, len(papers))
    possible = np.setdiff1d(_unique(maybe, len(papers)), certain, assume_unique=True)
    near = [_of_like_titles(papers, possible[start : start + _CHUNK]) for start in range(0, len(possible), _CHUNK)]
    codes = np.unique(np.concatenate([certain, *near]))
    return np.stack([codes // len(papers), codes % len(papers)], axis=1)


def _keys(paper: Comparable) -> list[int]:
    """The hash of the key of each kind; 0 if there is no key."""
    words = [word for word in paper.words if len(word) > 3]
    surname = paper.surnames[0] if paper.surnames else ""
    rarest = sorted(words, key=lambda word: (-len(word), word))[:3]
    leads = (words + [""] * 3)[:3]
    keys = (
        paper.doi_key,
        paper.pmid or "",
        paper.arxiv_id or "",
        paper.pmcid or "",
        paper.acl_id or "",
        paper.content,
        f"{paper.volume} {paper.first_page} {paper.last_page} {surname}" if paper.last_page and surname else "",
        paper.title.replace(" ", ""),
        f"{paper.volume} {paper.first_page}" if paper.volume and paper.first_page else "",
        f"{paper.year} {paper.first_page}" if paper.year and len(paper.first_page) > 1 else "",
        f"{surname} {paper.year}" if surname and paper.year else "",
        *(f"{word} {surname}" if word and surname else "" for word in leads),
        " ".join(word[:_STEM] for word in words[:4]),
        " ".join(word[:_STEM] for word in words[-4:]),
        " ".join(rarest) if len(words) > 5 else "",
        paper.halves[0] if paper.halves else "",
        paper.abstract[:_ABSTRACT] if len(paper.abstract) > _ABSTRACT else "",
    )
    return [xxhash.xxh3_64_intdigest(key.encode("utf-8", "replace")) | 1 if key else 0 for key in keys]


def _block_pairs(column: NDArray[np.uint64], rank: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
    """Pairs of positions with the same key: int64 ``(n, 2)`` each."""
    order = np.lexsort((rank, column))
    order = order[column[order] != 0]
    keys = column[order]
    starts = np.flatnonzero(np.r_[True, keys[1:] != keys[:-1]]) if len(keys) else np.empty(0, np.int64)
    sizes = np.diff(np.r_[starts, len(keys)])
    reach = np.repeat(np.where(sizes <= _BLOCK, sizes - 1, _NEIGHBOURS), sizes)
    ends = np.repeat(starts + sizes, sizes)
    places = np.arange(len(keys))
    for step in range(1, int(reach.max(initial=0)) + 1):
        here = places[(reach >= step) & (places + step < ends)]
        yield np.stack([order[here], order[here + step]], axis=1)


def _unique(parts: list[NDArray[np.int64]], count: int) -> NDArray[np.int64]:
    """Pairs as single numbers (``a * count + b``), ascending, each once."""
    if not parts:
        return np.empty(0, np.int64)
    pairs = np.sort(np.concatenate(parts), axis=1)
    return np.unique(pairs[:, 0] * count + pairs[:, 1])


def _of_like_titles(papers: Sequence[Comparable], codes: NDArray[np.int64]) -> NDArray[np.int64]:
    """The pairs (as single numbers) with similar titles, or with titles or abstracts that begin alike."""
    a, b = [papers[c] for c in codes // len(papers)], [papers[c] for c in codes % len(papers)]
    left, right = [p.title for p in a], [p.title for p in b]
    kept = np.zeros(len(codes), np.bool_)
    for scorer in (fuzz.ratio, fuzz.token_sort_ratio):
        kept |= process.cpdist(left, right, scorer=scorer, score_cutoff=_TITLES, workers=-1) > 0
    for place in np.flatnonzero(~kept):
        one, other = a[place], b[place]
        short, long = sorted((one.title, other.title), key=len)
        begins = short.count(" ") >= 2 and long.startswith(short)
        abstracts = len(one.abstract) > _ABSTRACT and one.abstract[:_ABSTRACT] == other.abstract[:_ABSTRACT]
        kept[place] = begins or abstracts or bool(one.halves or other.halves)
    return codes[kept]

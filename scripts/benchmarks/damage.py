"""Sensitivity and false merges of `semsearch duplicates` on 20,000 records that we damaged as databases do; seeded.

scripts/bench damage ../shared/data/bulk [RECORDS]: titles, authors and abstracts are those of the JSONL files there;
journal, volume, issue, pages and DOI are made up for each, so that all truth is known. Each work has one to four
copies, each through the error model of one source. Beside them stand works that are easily merged: recurring headings
of one editor, meeting abstracts under the DOI of their proceedings, parts of a series, and equal titles by others.
bib-dedupe and ASReview 1 are measured on the same records where they are installed.
"""

from __future__ import annotations

import random
import sys
import time
from collections import Counter
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scripts.benchmarks.duplicates import Score, _by_records, peers
from semsearch.duplicates import ListedPapers, find_duplicates
from semsearch.identity.ids import with_id
from semsearch.model.paper import Paper
from semsearch.readers import open_sources

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Copy = tuple[Paper, str]

_JOURNALS = {
    "Journal of Imagined Botany": "J Imag Bot", "Annals of Hedge Research": "Ann Hedge Res",
    "International Review of Ledgers": "Int Rev Ledgers", "European Archives of Slate": "Eur Arch Slate",
    "Proceedings of the Society for Moss": "Proc Soc Moss", "Bulletin of Coastal Engineering": "Bull Coast Eng",
    "Acta Geographica Borealis": "Acta Geogr Boreal", "Quarterly Journal of Harbours": "Q J Harb",
    "Letters on Computation": "Lett Comput", "Zeitschrift für Gärten": "Z Gart",
}  # fmt: skip
_HEADINGS = ("Editorial", "Book Reviews", "Introduction", "From the Editor", "News and Notes", "Letters to the Editor")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_OCR = str.maketrans({"l": "1", "o": "0", "é": "e", "m": "rn"})


def main(place: str, count: str = "20000") -> None:
    draw = random.Random(15)
    papers, gold, damage = _collection(Path(place), int(count), draw)
    print("| collection | tool | records or pairs | precision | sensitivity | F1 | false (per 1,000) | missed | s |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    started = time.perf_counter()
    found = find_duplicates(ListedPapers(papers))
    labels = found.labels.tolist()
    print(_score(labels, gold, started).line("damaged", "semsearch"), flush=True)
    for tool, score in peers(papers, gold, _by_records):
        print(score.line("damaged", tool), flush=True)
    _by_damage(labels, gold, damage)
    print(f"doubtful: {found.counts.get('doubtful', 0)} clusters, for a person")


def _score(labels: list[int], gold: list[int], started: float) -> Score:
    return _by_records(labels, gold, time.perf_counter() - started)


def _by_damage(labels: list[int], gold: list[int], damage: list[str]) -> None:
    """How many copies of each error model do not lie with the most copies of their work."""
    of_work: dict[int, Counter[int]] = {}
    for label, truth in zip(labels, gold, strict=True):
        of_work.setdefault(truth, Counter())[label] += 1
    alone: Counter[str] = Counter()
    mixed: Counter[str] = Counter()
    owner: dict[int, int] = {}
    for label, truth, name in zip(labels, gold, damage, strict=True):
        alone[name] += label != of_work[truth].most_common(1)[0][0]
        mixed[name] += owner.setdefault(label, truth) != truth
    for name, number in Counter(damage).most_common():
        print(
            f"{name:<28} {number:>6,} records, {alone[name]:>4} apart from their work, {mixed[name]:>3} merged wrongly"
        )


# -- the collection ----------------------------------------------------------------------------------------------------


def _collection(place: Path, count: int, draw: random.Random) -> tuple[list[Paper], list[int], list[str]]:
    clean = _clean(place, draw)
    found: list[tuple[Paper, int, str]] = []
    work = 0
    while len(found) < count:
        work += 1
        kind = draw.random()
        if kind < 0.9:
            paper = next(clean)
            copies = _copies(paper, draw)
            found += [(copy, work, name) for copy, name in copies]
        else:
            for paper, name in draw.choice((_headings, _meeting, _series, _namesakes))(clean, draw):
                work += 1
                found.append((paper, work, name))
    draw.shuffle(found)
    papers = [with_id(replace(paper, id="", key=None)) for paper, _, _ in found[:count]]
    return papers, [truth for _, truth, _ in found[:count]], [name for _, _, name in found[:count]]


def _clean(place: Path, draw: random.Random) -> Iterator[Paper]:
    """Records with a place in print, one for each title."""
    known = set[str]()
    for source in open_sources([str(place)]):
        for record in source.records():
            if isinstance(record, Paper) and len(record.title.split()) > 3 and record.title.lower() not in known:
                known.add(record.title.lower())
                yield _placed(record, draw)


def _placed(paper: Paper, draw: random.Random) -> Paper:
    year, first = draw.randint(1990, 2024), draw.randint(1, 1900)
    journal = draw.choice(list(_JOURNALS))
    doi = f"10.{draw.randint(1000, 9999)}/{journal[:3].lower()}.{year}.{draw.randint(1000, 99999)}"
    return Paper(
        title=paper.title, abstract=paper.abstract, authors=paper.authors, year=year, venue=journal,
        volume=str(year - 1975), issue=str(draw.randint(1, 12)), pages=f"{first}-{first + draw.randint(4, 20)}",
        doi=doi, type="article",
    )  # fmt: skip


def _copies(paper: Paper, draw: random.Random) -> list[Copy]:
    names = list(_SOURCES)
    chosen = draw.sample(names, draw.choice((1, 1, 2, 2, 3, 4)), counts=[_SOURCES[name][0] for name in names])
    return [(_SOURCES[name][1](paper, draw), name) for name in chosen]


# -- error models of sources -------------------------------------------------------------------------------------------


def _initials(name: str) -> str:
    given, _, surname = name.rpartition(" ")
    return f"{surname}, {' '.join(part[0] + '.' for part in given.split())}" if given else name


def _index_medicus(paper: Paper, draw: random.Random) -> Paper:
    """Abbreviated journal, initials, short last page, ``[Title].`` as is; the DOI is often missing."""
    first, last = paper.pages.split("-")
    short = last[-2:] if len(last) == len(first) > 2 and last[:-2] == first[:-2] else last
    return replace(
        paper, venue=_JOURNALS[paper.venue], authors=tuple(map(_initials, paper.authors)), title=paper.title + ".",
        pages=f"{first}-{short}", doi=None if draw.random() < 0.4 else paper.doi,
    )  # fmt: skip


def _large(paper: Paper, draw: random.Random) -> Paper:
    """Title in capitals in part, cut abstract, DOI as a link, first page only in part."""
    return replace(
        paper, title=paper.title.upper() if draw.random() < 0.3 else paper.title, abstract=paper.abstract[:300] + "...",
        doi=None if draw.random() < 0.1 else paper.doi,
        pages=paper.pages if draw.random() < 0.7 else paper.pages.split("-")[0],
    )  # fmt: skip


def _citations(paper: Paper, draw: random.Random) -> Paper:
    """Few authors, no abstract, no DOI, title with the rest of a citation."""
    authors = tuple(_initials(name) for name in paper.authors[:3]) + (("et al.",) if len(paper.authors) > 3 else ())
    tail = draw.choice(("", "", " [J]", ", in press", " (in press)"))
    year = None if draw.random() < 0.05 else paper.year
    return replace(paper, authors=authors, abstract="", doi=None, title=paper.title + tail, year=year, issue="")


def _scanned(paper: Paper, draw: random.Random) -> Paper:
    """Reading errors in the title, no DOI."""
    words = paper.title.split()
    for place in draw.sample(range(len(words)), min(len(words), draw.choice((1, 1, 2)))):
        words[place] = words[place].translate(_OCR)
    return replace(
        paper, title=" ".join(words), doi=None, abstract="", issue="" if draw.random() < 0.5 else paper.issue
    )


def _spreadsheet(paper: Paper, draw: random.Random) -> Paper:
    """Pages that became a date, in some cells; given names and surnames exchanged in some."""
    first, last = (int(page) for page in paper.pages.split("-"))
    is_date = first <= 12 and last <= 31
    authors = paper.authors
    if draw.random() < 0.3:
        authors = tuple(", ".join(name.rpartition(" ")[::2]) if " " in name else name for name in authors)
    return replace(
        paper, pages=f"{last:02}-{_MONTHS[first - 1]}" if is_date else paper.pages, authors=authors, abstract=""
    )


def _early(paper: Paper, draw: random.Random) -> Paper:
    """Ahead of print: no volume and issue, pages from 1, the year before in some."""
    first, last = (int(page) for page in paper.pages.split("-"))
    year = (paper.year or 0) - (draw.random() < 0.4)
    return replace(paper, volume="", issue="", pages=f"1-{last - first + 1}" if draw.random() < 0.5 else "", year=year)


def _mistyped(paper: Paper, draw: random.Random) -> Paper:
    """One letter too few or exchanged in the title, a lost field."""
    at = draw.randrange(1, len(paper.title) - 2)
    title = paper.title[:at] + draw.choice(
        (paper.title[at + 1 :], paper.title[at + 1] + paper.title[at] + paper.title[at + 2 :])
    )
    lost: dict[str, Any] = {draw.choice(("volume", "issue", "pages", "venue", "abstract")): ""}
    return replace(paper, title=title, doi=None if draw.random() < 0.5 else paper.doi, **lost)


def _translated(paper: Paper, draw: random.Random) -> Paper:
    """A title in another language: no word in common."""
    words = (
        "".join(chr(ord("a") + (ord(c) * 7 + 3) % 26) if c.isalpha() else c for c in w.lower())
        for w in paper.title.split()
    )
    return replace(
        paper, title=" ".join(words).capitalize(), abstract="", doi=paper.doi if draw.random() < 0.5 else None
    )


#: Error models of sources, and how many in 39 copies come from each.
_SOURCES: dict[str, tuple[int, Callable[[Paper, random.Random], Paper]]] = {
    "as it is": (6, lambda paper, _: paper), "index medicus": (6, _index_medicus), "large database": (6, _large),
    "list of citations": (6, _citations), "spreadsheet": (6, _spreadsheet), "ahead of print": (3, _early),
    "mistyped": (3, _mistyped), "scanned": (2, _scanned), "translated title": (1, _translated),
}  # fmt: skip


# -- works that are easily merged --------------------------------------------------------------------------------------


def _headings(clean: Iterator[Paper], draw: random.Random) -> list[Copy]:
    one = next(clean)
    return [
        (replace(one, title=draw.choice(_HEADINGS), authors=one.authors[:1], abstract="", issue=str(n),
                 volume=str(9 + n % 3), year=2000 + n % 3, doi=None, pages="" if n % 2 else f"{n}-{n + 2}"), "heading")
        for n in range(1, 5)
    ]  # fmt: skip


def _meeting(clean: Iterator[Paper], draw: random.Random) -> list[Copy]:
    papers = list(islice(clean, 4))
    shared = papers[0]
    return [
        (replace(p, doi=shared.doi, venue=shared.venue, volume=shared.volume, year=shared.year, issue="", abstract="",
                 pages=f"S{draw.randint(1, 400)}" if draw.random() < 0.7 else ""), "meeting abstract")
        for p in papers
    ]  # fmt: skip


def _series(clean: Iterator[Paper], draw: random.Random) -> list[Copy]:
    one = next(clean)
    parts = [_placed(replace(one, title=f"{one.title}. Part {n}"), draw) for n in ("I", "II", "III")]
    return [(replace(p, venue=one.venue, doi=None, abstract=""), "part of a series") for p in parts]


def _namesakes(clean: Iterator[Paper], _: random.Random) -> list[Copy]:
    one, other = next(clean), next(clean)
    return [(one, "equal title"), (replace(other, title=one.title, abstract=""), "equal title")]


if __name__ == "__main__":
    main(*sys.argv[1:])

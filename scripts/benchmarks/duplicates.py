"""Precision, sensitivity and F1 of `semsearch duplicates` on judged collections, beside bib-dedupe on the same files.

scripts/bench duplicates PLACE…: each place is one collection, known by what lies in it:

- a folder with ``records_pre_merged.csv`` and ``merged_record_ids.csv`` (clusters), or with other ``records*`` files
- a folder with ``clusters.json`` (records by FILE/KEY) and BibTeX files
- EndNote XML whose caption ``Duplicate`` marks every record of which there is another
- a folder of ``train.txt``, ``valid.txt``, ``test.txt``: pairs of ``COL … VAL …`` records and 1 or 0
- a folder with ``verify.csv`` and ``release/``: pairs of catalogue entries, EXACT and STRONG being one work

or a folder of such places. Clusters are scored by records, as a reviewer counts: a record is rightly dropped if one of
its gold cluster stays, and wrongly if none does. Marked records are right in a group and unmarked ones wrong. Pairs are
scored as pairs; `same` counts as yes, and on the catalogue, where preprint and journal version are one work, `version`.
"""

from __future__ import annotations

import csv
import json
import re
import sys
import time
from collections import Counter, defaultdict
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from scripts.benchmarks import dedup_peers
from semsearch.duplicates import ListedPapers, find_duplicates
from semsearch.duplicates.grouping import components
from semsearch.identity.comparable import comparable, mark_recurring
from semsearch.identity.rule import judge
from semsearch.model.paper import Paper
from semsearch.readers import open_sources
from semsearch.text.identifiers import parse_arxiv

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from semsearch.duplicates import Findings

_RECORDS = ("records_pre_merged.csv", "records.csv", "records.ris", "records.bib", "records.jsonl")


class Score(NamedTuple):
    """Counts of a collection."""

    right: int
    wrong: int
    missed: int
    records: int
    seconds: float

    def line(self, name: str, tool: str) -> str:
        precision = self.right / max(1, self.right + self.wrong)
        sensitivity = self.right / max(1, self.right + self.missed)
        f1 = 2 * precision * sensitivity / max(1e-9, precision + sensitivity)
        return (
            f"| {name} | {tool} | {self.records:,} | {precision:.4f} | {sensitivity:.4f} | {f1:.4f} | {self.wrong} "
            f"({1000 * self.wrong / max(1, self.records):.2f}) | {self.missed} | {self.seconds:.1f} |"
        )


def main(*places: str) -> None:
    print("| collection | tool | records or pairs | precision | sensitivity | F1 | false (per 1,000) | missed | s |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    for place in (p for name in places for p in _expanded(Path(name))):
        for tool, score in _scores(place):
            print(score.line(place.stem, tool), flush=True)


def _expanded(place: Path) -> list[Path]:
    if place.is_dir() and not _is_collection(place):
        return [p for p in sorted(place.iterdir()) if p.suffix == ".xml" or (p.is_dir() and _is_collection(p))]
    return [place]


def _is_collection(place: Path) -> bool:
    return any((place / name).exists() for name in ("merged_record_ids.csv", "clusters.json", "test.txt", "verify.csv"))


def _scores(place: Path) -> Iterator[tuple[str, Score]]:
    listed = (place / "clusters.json").exists()
    if place.suffix == ".xml" or listed or (place / "merged_record_ids.csv").exists():
        by_marks = place.suffix == ".xml"
        papers, gold = _marked(place) if by_marks else _listed(place) if listed else _clustered(place)
        score = _by_marks if by_marks else _by_records
        started = time.perf_counter()
        found = find_duplicates(ListedPapers(papers))
        took = time.perf_counter() - started
        yield "semsearch", score(found.labels.tolist(), gold, took)
        yield "semsearch, with versions and notices", score(_with_versions_and_notices(found), gold, took)
        yield from peers(papers, gold, score)
    else:
        catalogue = (place / "verify.csv").exists()
        pairs = list(_catalogue_pairs(place) if catalogue else _column_pairs(place))
        yield "semsearch", _by_pairs(pairs, ("same", "version") if catalogue else ("same",))


def _with_versions_and_notices(found: Findings) -> list[int]:
    """The clusters as gold standards have them that count an abstract, an erratum or a reply as its article."""
    groups = [group.members for group in found.found if group.kind in ("version", "notice")]
    labels = found.labels
    pairs = [(int(labels[a]), int(labels[b])) for members in groups for a, b in pairwise(members)]
    return [int(label) for label in components(pairs, len(labels))[labels]]


def peers(
    papers: Sequence[Paper], gold: Sequence[int], score: Callable[[Sequence[int], Sequence[int], float], Score]
) -> Iterator[tuple[str, Score]]:
    """The scores of the other tools that are installed.

    Args:
        papers: The records.
        gold: The true cluster of each, or whether it is a duplicate, as `score` reads it.
        score: How clusters are scored.
    """
    if dedup_peers.is_installed("bib_dedupe"):
        started = time.perf_counter()
        labels = dedup_peers.bib_dedupe(papers)
        yield "bib-dedupe", score(labels, gold, time.perf_counter() - started)
    if dedup_peers.is_installed("asreview") and score is _by_records:
        started = time.perf_counter()
        dropped = dedup_peers.asreview(papers)
        yield "ASReview", _by_dropped(dropped, gold, time.perf_counter() - started)


# -- scores ------------------------------------------------------------------------------------------------------------


def _by_records(labels: Sequence[int], gold: Sequence[int], seconds: float) -> Score:
    clusters: dict[int, list[int]] = defaultdict(list)
    for label, truth in zip(labels, gold, strict=True):
        clusters[label].append(truth)
    right = wrong = 0
    for truths in clusters.values():
        kept = {truths[0]}
        for truth in truths[1:]:
            right, wrong = (right + 1, wrong) if truth in kept else (right, wrong + 1)
            kept.add(truth)
    return Score(right, wrong, len(gold) - len(set(gold)) - right, len(gold), seconds)


def _by_dropped(dropped: Sequence[bool], gold: Sequence[int], seconds: float) -> Score:
    """A tool that says only what it drops: false are the works of which it keeps nothing."""
    kept = {truth for truth, gone in zip(gold, dropped, strict=True) if not gone}
    lost = len(set(gold) - kept)
    right = sum(dropped) - lost
    return Score(right, lost, len(gold) - len(set(gold)) - right, len(gold), seconds)


def _by_marks(labels: Sequence[int], gold: Sequence[int], seconds: float) -> Score:
    sizes = Counter(labels)
    grouped = [sizes[label] > 1 for label in labels]
    right = sum(found and bool(mark) for found, mark in zip(grouped, gold, strict=True))
    return Score(right, sum(grouped) - right, sum(gold) - right, len(gold), seconds)


def _by_pairs(pairs: Sequence[tuple[Paper, Paper, bool]], kinds: Iterable[str]) -> Score:
    started = time.perf_counter()
    papers = list({repr(p.to_dict()): p for a, b, _ in pairs for p in (a, b)}.items())
    forms = dict(zip([name for name, _ in papers], mark_recurring([comparable(p) for _, p in papers]), strict=True))
    counts: dict[tuple[bool, bool], int] = defaultdict(int)
    for one, other, truth in pairs:
        a, b = forms[repr(one.to_dict())], forms[repr(other.to_dict())]
        counts[judge(a, b)[0].kind in kinds, truth] += 1
    took = time.perf_counter() - started
    return Score(counts[True, True], counts[True, False], counts[False, True], len(pairs), took)


# -- collections -------------------------------------------------------------------------------------------------------


def _read(path: Path) -> list[Paper]:
    (source,) = open_sources([str(path)])
    return [record for record in source.records() if isinstance(record, Paper)]


def _clustered(place: Path) -> tuple[list[Paper], list[int]]:
    path = next(place / name for name in _RECORDS if (place / name).exists())
    papers = _read(path)
    cluster: dict[str, int] = {}
    with (place / "merged_record_ids.csv").open(encoding="utf-8-sig", newline="") as stream:
        for number, row in enumerate(csv.reader(stream), 1):
            cluster.update((name.strip(), number) for name in (row[0].split(";") if row else ()))
    return papers, [cluster.get(p.key or "", -place) for place, p in enumerate(papers, 1)]


def _listed(place: Path) -> tuple[list[Paper], list[int]]:
    """Records of BibTeX files; those without a title that are in no cluster are left out, as nobody judged them."""
    clusters = json.loads((place / "clusters.json").read_text("utf-8"))
    cluster = {name: number for number, names in enumerate(clusters, 1) for name in names}
    named = [(f"{path.name}/{p.key}", p) for path in sorted(place.glob("*.bib")) for p in _read(path)]
    kept = [(cluster.get(name, 0), paper) for name, paper in named if name in cluster or paper.title]
    return [paper for _, paper in kept], [number or -at for at, (number, _) in enumerate(kept, 1)]


def _marked(path: Path) -> tuple[list[Paper], list[int]]:
    papers = _read(path)
    return papers, [int(paper.extra.get("caption") == "Duplicate") for paper in papers]


def _column_pairs(place: Path) -> Iterator[tuple[Paper, Paper, bool]]:
    for name in ("train.txt", "valid.txt", "test.txt"):
        if (place / name).exists():
            for line in (place / name).read_text("utf-8").splitlines():
                one, other, truth = line.split("\t")
                yield _column_paper(one), _column_paper(other), truth == "1"


def _column_paper(text: str) -> Paper:
    def character(match: re.Match[str]) -> str:  # the tokeniser has put blanks around entities
        letter = chr(int(match[2]))
        return (match[1] if letter.isupper() else "") + letter

    text = re.sub(r"(\s*)&#(\d+);\s*", character, text)
    cells = {name: value.strip() for name, value in re.findall(r"COL (\w+) VAL (.*?)(?= COL |$)", text)}
    year = cells.get("year", "")
    return Paper(
        title=cells.get("title", ""),
        authors=tuple(filter(None, (name.strip() for name in cells.get("authors", "").split(",")))),
        venue=cells.get("venue", ""),
        year=int(year) if year.isdigit() else None,
    )


def _catalogue_pairs(place: Path) -> Iterator[tuple[Paper, Paper, bool]]:
    entries = {p.name: _catalogue_paper(json.loads(p.read_text("utf-8"))) for p in (place / "release").iterdir()}
    with (place / "verify.csv").open(encoding="utf-8", newline="") as stream:
        for one, other, status, *_ in csv.reader(stream):
            if status in ("Status.EXACT", "Status.STRONG", "Status.DIFFERENT"):
                yield entries[one], entries[other], status != "Status.DIFFERENT"


def _catalogue_paper(entry: dict[str, Any]) -> Paper:
    extra = entry.get("extra") or {}
    subtitle = entry.get("subtitle") or extra.get("subtitle") or ""
    subtitle = (subtitle[0] if subtitle else "") if isinstance(subtitle, list) else subtitle
    names = entry.get("ext_ids") or {}
    arxiv = parse_arxiv(names["arxiv"]) if names.get("arxiv") else None
    container = (entry.get("container") or {}).get("name") or entry.get("container_name") or extra.get("container_name")
    return Paper(
        title=entry.get("title", "") + (f": {subtitle}" if subtitle else ""),
        authors=tuple(c["raw_name"] for c in entry.get("contribs", []) if c.get("raw_name")),
        year=entry.get("release_year"),
        venue=container or "",
        volume=entry.get("volume") or "",
        issue=entry.get("issue") or "",
        pages=entry.get("pages") or "",
        doi=names.get("doi"),
        pmid=names.get("pmid"),
        pmcid=names.get("pmcid"),
        arxiv_id=arxiv[0] if arxiv else None,
        arxiv_version=arxiv[1] if arxiv else None,
        type=entry.get("release_type") or "",
    )


if __name__ == "__main__":
    main(*sys.argv[1:])

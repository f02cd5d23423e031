"""Publications are clusters without contradictions; what people decided comes first; the merged record tells sources."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from semsearch.duplicates import Findings, Ledger, ListedPapers, find_duplicates, parse_rules
from semsearch.identity.ids import with_id
from semsearch.model.errors import QueryError
from semsearch.model.paper import Paper, Source

TITLE = "Moss growth on slate roofs of the northern valleys"
AUTHORS = ("Quillmont, Dario", "Brannigal, K.")
FULL = Paper(
    id="a", title=TITLE, authors=AUTHORS, year=2031, venue="Journal of Imagined Botany", volume="12", pages="101-118",
    abstract="Moss grows.", source=Source("a.ris", 1),
)  # fmt: skip
BARE = Paper(id="b", title=TITLE, authors=AUTHORS, year=2031, doi="10.5555/m.1", source=Source("b.ris", 9))
LATER = Paper(
    id="c",
    title=TITLE,
    authors=AUTHORS,
    year=2031,
    venue="Roofs Today",
    volume="3",
    pages="7-9",
    source=Source("c.ris", 4),
)
OTHER = Paper(id="d", title="Lichens upon tiles of the southern coast", authors=("Marrick, T.",), year=2030)


def _found(papers: list[Paper], ledger: Ledger | None = None, **options: object) -> Findings:
    decisions = ledger.in_force() if ledger else ()
    return find_duplicates(ListedPapers(papers), decisions=decisions, **options)  # type: ignore[arg-type]


def _clusters(findings: Findings) -> list[list[str]]:
    return [sorted(p.id for p in g.papers) for g in findings.groups(["same"])]


def test_a_chain_whose_ends_contradict_each_other_is_cut() -> None:
    """b is the same as a and as c, which are in two journals: it stays with the one that it agrees with more."""
    findings = _found([FULL, replace(BARE, volume="12"), LATER])
    assert _clusters(findings) == [["a", "b"]]
    (version,) = findings.groups(["version"])
    assert "c" in {p.id for p in version.papers}
    assert findings.counts == {"records": 3, "duplicates": 1, "publications": 2, "same": 1, "version": 1}


def test_the_order_of_the_collection_does_not_change_clusters() -> None:
    papers = [FULL, replace(BARE, volume="12"), LATER, OTHER]
    for turned in (papers, papers[::-1], papers[2:] + papers[:2]):
        assert _clusters(_found(turned)) == [["a", "b"]]


def test_the_keeper_and_the_merged_record() -> None:
    (group,) = _found([BARE, FULL, OTHER]).groups(["same"])
    assert group.keeper == "a", "it has an abstract"
    assert group.merged.doi == "10.5555/m.1"
    assert group.merged.origins == {"doi": Source("b.ris", 9)}
    assert group.merged.abstract == "Moss grows."
    (group,) = _found([FULL, BARE], keep=parse_rules("doi")).groups(["same"])
    assert group.keeper == "b"
    assert [p.id for p in _found([BARE, OTHER, FULL]).publications()] == ["a", "d"]
    with pytest.raises(QueryError, match="no rule 'best'"):
        parse_rules("doi,best")


def test_decisions_come_before_rules_and_undoing_restores_every_byte(tmp_path: Path) -> None:
    papers = [FULL, BARE, LATER, OTHER]
    ledger = Ledger(tmp_path / "decisions.jsonl")

    def told() -> str:
        found = _found(papers, ledger)
        return json.dumps([[g.to_dict() for g in found.groups()], [p.to_dict() for p in found.publications()]])

    before = told()
    ledger.decide(FULL, BARE, "different")
    assert ["a", "b"] not in _clusters(_found(papers, ledger))
    ledger.decide(FULL, OTHER, "same")
    found = _found(papers, ledger)
    assert ["a", "d"] in _clusters(found)
    assert next(r for g in found.groups(["same"]) for r in g.relations if r.b == "d").decided
    ledger.undo()
    ledger.undo()
    assert told() == before


def test_a_person_can_join_what_rules_keep_apart_within_a_cluster(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "d.jsonl")
    ledger.decide(FULL, LATER, "same")
    assert _clusters(_found([FULL, LATER], ledger)) == [["a", "c"]]


def test_what_is_new_beside_what_is_known() -> None:
    found = _found([FULL, OTHER, BARE], old=1)
    assert found.counts["known"] == 1
    assert found.counts["new"] == 1
    assert [p.id for p in found.publications()] == ["d"]


def test_records_of_one_id_are_told_apart() -> None:
    listed = ListedPapers([FULL, FULL, FULL])
    assert [p.id for p in listed] == ["a", "a#2", "a#3"]
    assert find_duplicates(listed).counts["duplicates"] == 2


_HARES = "Prevalence and determinants of garden hares among adults in urban areas"


@pytest.mark.parametrize(
    ("records", "labels"),
    [
        ([{"authors": ("Abel, Ada",)}, {}, {"authors": ("Quist, Ole",)}], [0, 1, 2]),
        ([{}, {"authors": ("Quist, Ole",)}, {"authors": ("Abel, Ada",)}], [0, 1, 2]),
        ([{"authors": ("Abel, Ada",)}, {}, {"authors": ("Abel, A.",)}], [0, 0, 0]),
        ([{"authors": ("Abel, Ada",), "venue": "Annals of One"}, {"venue": "Annals of One"},
          {"authors": ("Quist, Ole",), "venue": "Journal of Two"}], [0, 0, 2]),
        ([{"authors": ("Abel, Ada",), "doi": "10.9999/a"}, {}, {"authors": ("Quist, Ole",), "doi": "10.9999/b"}], [0, 1, 2]),
        ([{"authors": ("Abel, Ada",), "volume": "3"}, {"volume": "3"}, {"authors": ("Quist, Ole",), "volume": "4"}], [0, 0, 2]),
    ],
)  # fmt: skip
def test_a_bare_record_joins_no_two_that_clash(records: list[dict[str, Any]], labels: list[int]) -> None:
    papers = [with_id(Paper(title=_HARES, year=2015, **record)) for record in records]
    assert find_duplicates(ListedPapers(papers)).labels.tolist() == labels

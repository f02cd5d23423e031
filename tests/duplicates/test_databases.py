"""Records and duplicates by database."""

from __future__ import annotations

from semsearch.duplicates.databases import count_databases
from semsearch.model.databases import database_of
from semsearch.model.paper import Paper, Source


def test_the_database_that_a_record_names() -> None:
    file = Source("exports/embase.ris", 3)
    assert database_of(Paper(extra={"DB": "Embase"}, source=file)) == "Embase"
    assert database_of(Paper(extra={"DP": "Ovid"}, source=file)) == "Ovid"
    assert database_of(Paper(extra={"remote-database-name": "CINAHL"})) == "CINAHL"
    assert database_of(Paper(source=file)) == "embase.ris"


def test_duplicates_within_and_between() -> None:
    papers = [Paper(extra={"DB": name}) for name in ("A", "A", "B", "B", "C", "A")]
    counts = count_databases(papers, [0, 0, 0, 0, 4, 4])
    assert counts.records == {"A": 3, "B": 2, "C": 1}
    assert (counts.within, counts.between) == (2, 2)
    assert count_databases([], []) == ({}, 0, 0)

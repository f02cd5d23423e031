"""The handed files on which earlier versions were wrong. They are not ours; where they are absent the tests skip."""

from __future__ import annotations

from pathlib import Path

import pytest

import semsearch
from semsearch.duplicates import ListedPapers, find_duplicates
from semsearch.model.paper import Paper
from semsearch.readers import open_sources

_FOLDER = Path(__file__).parents[2] / ".." / "shared" / "fails" / "duplicates"
pytestmark = pytest.mark.skipif(not _FOLDER.is_dir(), reason="../shared/fails/duplicates is absent")


def test_records_with_an_identifier_only_are_counted() -> None:
    found = semsearch.find_duplicates(_FOLDER / "p10_doi_only.0.csv")
    assert found.counts == {"records": 3, "duplicates": 0, "publications": 3}


def test_the_bare_record_of_a_chain_is_doubtful() -> None:
    (source,) = open_sources([str(_FOLDER / "chain_through_bare_record.ris")])
    found = find_duplicates(ListedPapers(record for record in source.records() if isinstance(record, Paper)))
    assert [(group.kind, len(group.papers)) for group in found.groups()] == [("doubtful", 3)]


@pytest.mark.parametrize(
    ("name", "publications"),
    [
        ("shared_doi_abstracts.ris", 3), ("generic_column_two_dois.ris", 6), ("chain_through_bare_record.ris", 3),
        ("meeting_abstract_same_volume.bib", 2), ("registry_two_trials.ris", 2), ("p04_editions.0.bib", 2),
        ("two_dois_one_place.bib", 1), ("translated_title_same_place.ris", 1), ("inpress_pages.bib", 1),
        ("excel_pages.ris", 1), ("no_year_subtitle.bib", 2), ("swapped_names.bib", 1), ("conference_acronym.bib", 1),
        ("merged_loses_abstract.ris", 1),
    ],
)  # fmt: skip
def test_publications(name: str, publications: int) -> None:
    (source,) = open_sources([str(_FOLDER / name)])
    papers = [record for record in source.records() if isinstance(record, Paper)]
    assert find_duplicates(ListedPapers(papers)).counts["publications"] == publications

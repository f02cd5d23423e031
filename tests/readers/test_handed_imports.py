"""The inputs of ../shared/fails/import that were once read wrongly; skipped with a reason where they are absent."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from semsearch.model.paper import Paper, Rejected
from semsearch.readers import open_sources

_MOSS = (
    "Moss samples from forty roofs were weighed in spring and autumn; mass rose by a third where slates faced north."
)
_TWO = ("Garcia, Ana", "Novak, Petr")
_PLACE: dict[str, Any] = {"venue": "Journal of Roofs", "volume": "7", "pages": "11-19", "year": 2031}

#: For each file the papers in it, and the values of some fields of each.
CASES: dict[str, list[dict[str, Any]]] = {
    "02_zotero_textless.bib": [
        {
            "title": "Roofs of Bryum superbum: angles",
            "abstract": "Mass rose (p < 0.05) in 12 of 40 roofs (>30%), P<0.01.",
        }
    ],
    "03_zotero_textbackslash_tex.bib": [
        {"title": "A new roof", "abstract": "We build a MossNet on 64×64 tiles, in line with a."}
    ],
    "04_zotero_vphantom_braces.bib": [{"title": "Set {1, 2} of roofs"}],
    "06_refworks_tsv_title_lost.tsv": [
        {"title": "Moss on roofs", "authors": ("Garcia,Ana", "Novak,Petr"), "abstract": _MOSS, "doi": "10.5555/roof.1"}
        | _PLACE
    ],
    "07_embase_preamble.csv": [
        {"title": "Moss on roofs", "abstract": _MOSS, "pmid": "91234567", "authors": ("Garcia A.", "Novak P.")} | _PLACE
    ],
    "08_dimensions_preamble.csv": [
        {"title": "Moss on roofs", "abstract": _MOSS, "doi": "10.5555/roof.1", "pmid": "91234567", "authors": _TWO} | _PLACE
    ],
    "09_excel_sep_line.csv": [{"title": "Moss on roofs", "abstract": _MOSS, "authors": ("Garcia, A.", "Novak, P.")}],
    "10_R_NA_cells.csv": [
        {"title": "Moss on roofs", "abstract": "", "authors": (), "venue": "", "doi": None, "year": None, "extra": {}},
        {"title": "Rain in gutters", "abstract": _MOSS, "authors": ("Garcia A",)},
    ],
    "11_placeholder_abstracts.ris": [{"title": "Moss on roofs", "abstract": ""}, {"title": "Rain", "abstract": ""}],
    "12_ris_without_TY.ris": [{"title": "Moss on roofs", "abstract": _MOSS, "year": 2031}, {"title": "Rain in gutters"}],
    "14_endnote_ris_keywords_glued.ris": [
        {"title": "Moss on roofs", "keywords": ("moss", "roof tiles", "slate", "north-facing walls"), "year": 2031}
    ],
    "15_ris_joined_authors.ris": [
        {"authors": ("Garcia, Ana", "Novak, Petr", "Dijk, Jan")},
        {"authors": ("Garcia, A.", "Novak, P.")},
    ],
    "16_authors_comma_initials.csv": [{"authors": ("Garcia, A.N.", "Novak, P.", "van Dijk, J.")}],
    "18_pubmed_csv.csv": [
        {"venue": "J Roofs", "pmid": "91234567", "pmcid": "PMC9912345", "doi": "10.5555/roof.1", "year": 2031},
        {"venue": "J Roofs", "authors": ("Dijk J", "UNICEF", "Garcia A"), "year": 2032},
    ],
    "19_python_list_cells.csv": [{"authors": _TWO, "keywords": ("moss", "roofs"), "abstract": _MOSS}],
    "22_proquest_text_junk.txt": [
        {"title": "Moss on roofs", "authors": ("Garcia, Ana",), "abstract": _MOSS, "doi": "10.5555/roof.1", "year": 2031},
        {"title": "Rain in gutters", "authors": ("Novak, Petr",)},
    ],
    "25_google_scholar_csv.csv": [{"venue": "Journal of Roofs", "authors": _TWO, "issue": "2", "pages": "11-19"}],
    "27_excel_text_cells.csv": [{"issn": "12345678", "abstract": _MOSS, "venue": "Journal of Roofs"}],
    "29_two_dois.bib": [{"doi": "10.5555/978-3-030-1_24"}],
    "30_editors_only.bib": [{"title": "Handbook of moss", "authors": _TWO, "year": 2031}],
    "32_ads_macros.bib": [
        {"venue": "The Astrophysical Journal", "arxiv_id": "3103.21501", "doi": "10.5555/apj.1", "date": "2031-08"},
        {"venue": "Monthly Notices of the Royal Astronomical Society", "title": "Old stars"},
        {"venue": "Astronomy and Astrophysics", "title": "Cold stars"},
    ],
    "33_non_latin_headings_column_option.csv": [
        {"title": "Moss on roofs", "abstract": _MOSS, "authors": ("Ana Garcia", "Petr Novak"), "year": 2031}
    ],
    "34_zotero_rdf.rdf": [{"title": "Moss on roofs", "venue": "Journal of Roofs", "doi": "10.5555/roof.1"}],
    "36_dblp_homonym_numbers.bib": [{"authors": ("Wei Garcia", "Petr Novak"), "doi": "10.5555/roof.1"}],
    "37_json_apis/p26_europepmc.json": [
        {"title": "Moss on roofs.", "pmid": "91234567", "pmcid": "PMC9912345", "doi": "10.5555/roof.1",
         "keywords": ("moss", "roofs"), "issue": "2"} | _PLACE
    ],
    "37_json_apis/p27_dblp.json": [
        {"title": "Moss on roofs.", "authors": ("Wei Garcia", "Petr Novak"), "venue": "ROOF", "doi": "10.5555/roof.1"}
    ],
    "37_json_apis/p29_esummary.json": [
        {"title": "Moss on roofs.", "pmid": "91234567", "doi": "10.5555/roof.1", "authors": ("Garcia A", "Novak P")}
    ],
    "37_json_apis/p35_inspire.json": [
        {"title": "Moss fields on curved roofs", "abstract": _MOSS, "authors": _TWO, "arxiv_id": "3103.21501",
         "doi": "10.5555/roof.1", "venue": "J.Roofs", "year": 2031, "volume": "7"}
    ],
    "37_json_apis/p36_hal.json": [
        {"title": "Moss on roofs", "abstract": _MOSS, "authors": ("Ana Garcia", "Petr Novak"), "year": 2031,
         "venue": "Journal of Roofs", "doi": "10.5555/roof.1"}
    ],
    "37_json_apis/p37_biorxiv.json": [
        {"title": "Moss on roofs", "abstract": _MOSS, "doi": "10.5555/2031.03.03.1", "authors": ("Garcia, A.", "Novak, P.")}
    ],
    "37_json_apis/p38_ads.json": [
        {"title": "Dust at z=6", "abstract": _MOSS, "arxiv_id": "3103.21501", "doi": "10.5555/apj.1", "pages": "602",
         "venue": "The Astrophysical Journal", "year": 2031}
    ],
    "37_json_apis/p39_lens.json": [
        {"title": "Moss on roofs", "authors": _TWO, "venue": "Journal of Roofs", "year": 2031,
         "doi": "10.5555/roof.1", "pmid": "91234567", "issn": "12345678"}
    ],
    "37_json_apis/p40_eppi.json": [
        {"title": "Moss on roofs", "authors": ("Garcia A", "Novak P"), "venue": "Journal of Roofs", "doi": "10.5555/roof.1"}
    ],
    "37_json_apis/p47_datacite.json": [
        {"title": "Moss on roofs", "abstract": _MOSS, "authors": ("Garcia, Ana",), "doi": "10.5555/roof.1", "year": 2031}
    ],
    "37_json_apis/t10_pubmed_json.json": [
        {"title": "Moss", "authors": ("Garcia, Ana",), "doi": "10.5555/roof.1", "keywords": ("moss",), "year": 2031}
    ],
    "37_json_apis/t14_scopus_api.json": [
        {"title": "Moss", "abstract": "a", "venue": "J Roofs", "doi": "10.5555/roof.1", "keywords": ("moss", "roofs")}
    ],
    "37_json_apis/t7_nested.json": [{"title": "Moss", "abstract": "a"}],
    "39_refer_without_0.enw": [{"title": "Moss on roofs", "abstract": "abc"}, {"title": "Rain", "year": 2032}],
    "40_dimensions_pagination.csv": [{"pages": "11-19"}],
    "42_zotero_types_export.csv": [{"type": "journalArticle"}, {"type": "conferencePaper"}, {"type": "bookSection"}],
    "43_nan_values.jsonl": [
        {"title": "Moss", "abstract": "", "authors": (), "doi": None, "venue": "", "volume": "7", "year": 2031},
        {"title": "Rain", "abstract": "", "authors": (), "venue": ""},
    ],
    "44_repeated_header.csv": [{"title": "Moss"}, {"title": "Rain"}],
}  # fmt: skip


def _papers(path: Path, *columns: str) -> list[Paper]:
    records = [record for source in open_sources([str(path)], columns=columns) for record in source.records()]
    return [record for record in records if not isinstance(record, Rejected)]


@pytest.mark.parametrize("name", CASES)
def test_each_is_read_as_a_careful_reader_reads_it(shared: Path, name: str) -> None:
    papers = _papers(shared / "fails" / "import" / name)
    found = [{field: getattr(p, field) for field in case} for p, case in zip(papers, CASES[name], strict=True)]
    assert found == CASES[name]


@pytest.mark.parametrize(
    ("name", "count"), [("01_stray_quotes_300rows.tsv", 300), ("23_cell_over_400_lines_junk.csv", 2)]
)
def test_no_row_is_lost_or_invented(shared: Path, name: str, count: int) -> None:
    assert len(_papers(shared / "fails" / "import" / name)) == count


def test_headings_of_any_script_can_be_named(shared: Path) -> None:
    columns = ("title=标题", "abstract=摘要", "authors=作者", "year=年份")
    (paper,) = _papers(shared / "fails" / "import" / "33_non_latin_headings_column_option.csv", *columns)
    assert (paper.title, paper.abstract, paper.year) == ("Moss on roofs", _MOSS, 2031)


def test_particles_and_suffixes_of_csl_are_kept(shared: Path) -> None:
    (paper,) = _papers(shared / "fails" / "import" / "20_csl_particles.json")
    for name, words in zip(paper.authors, (("van", "Dijk"), ("de", "Musset"), ("King", "Jr."), ("Roof",)), strict=True):
        assert all(word in name for word in words), name


def test_no_command_of_a_font_is_left(shared: Path) -> None:
    (paper,) = _papers(shared / "fails" / "import" / "47_rm_leak.jsonl")
    assert "rm" not in paper.abstract.split()
    assert paper.abstract.endswith("R_eff, M_⊙, km s^-1")

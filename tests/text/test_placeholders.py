"""What programs write for a missing value is empty, in every format, and what people are called is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from semsearch.model.paper import Paper
from semsearch.readers import open_sources
from semsearch.text.placeholders import is_placeholder, repaired, without_placeholders


@pytest.mark.parametrize(
    "text",
    [
        *("NA", "N/A", "#N/A", "NaN", "nan", "<NA>", "null", "NULL", "None", "\\N", "-", "–", "undefined"),
        *("[No abstract available]", "No abstract available.", "Abstract not available", "ABSTRACT NOT AVAILABLE."),
        *(
            "[No authors listed]",
            "No author",
            "No abstract",
            "Not available",
            "[No author name available]",
            "Unavailable",
        ),
    ],
)
def test_a_placeholder(text: str) -> None:
    assert is_placeholder(text)


@pytest.mark.parametrize(
    "text",
    [
        "Na",
        "Null",
        "Nan",
        "none",
        "No",
        "Notes on abstracts",
        "not an author",
        "Abstract",
        "0",
        "NA+",
        "NA channel",
        "",
    ],
)
def test_no_placeholder(text: str) -> None:
    assert not is_placeholder(text)


@pytest.mark.parametrize(
    ("text", "field", "kept"),
    [
        ('="19326203"', "issn", "19326203"), ('="4/3/2031"', "date", "4/3/2031"), ('=""', "doi", ""), ("'0012", "", "0012"),
        ("91234567.0", "pmid", "91234567"), ("2031.0", "year", "2031"), ("7.00", "volume", "7"), ("1.0", "title", "1.0"),
        ("'Single' marks", "title", "'Single' marks"), ("=SUM", "title", "=SUM"), ("No abstract", "title", "No abstract"),
        ("NA", "title", ""), ("[No title available]", "title", ""), ("p = 0.0", "abstract", "p = 0.0"),
    ],
)  # fmt: skip
def test_guards_and_floats(text: str, field: str, kept: str) -> None:
    assert repaired(text, field) == kept


def test_in_a_list_only_what_cannot_be_a_name_is_a_placeholder() -> None:
    assert without_placeholders(["NA"], "authors") == []
    assert without_placeholders(["nan", "None"], "authors") == []
    assert without_placeholders(["Null, Ada", "Na, Li"], "authors") == ["Null, Ada", "Na, Li"]
    assert without_placeholders(["sodium", "NA"], "keywords") == ["sodium", "NA"]
    assert without_placeholders(["moss", "[No authors listed]"], "authors") == ["moss"]


_FILES = {
    "csv": "title,abstract,authors,journal,year\nMoss,NA,NA,NA,NA\n",
    "ris": "TY  - JOUR\nTI  - Moss\nAB  - [No abstract available]\nAU  - [No author name available]\nJO  - NULL\nPY  - NA\nER  - \n",
    "bib": "@article{k, title={Moss}, abstract={NA}, author={NA}, journal={None}, year={NA}}\n",
    "jsonl": '{"title": "Moss", "abstract": "nan", "authors": ["None"], "journal": null, "year": NaN}\n',
    "nbib": "PMID- 1\nTI  - Moss\nAB  - No abstract available.\nAU  - [No authors listed]\nJT  - NA\nDP  - NA\n",
    "enw": "%0 Journal Article\n%T Moss\n%X N/A\n%A NaN\n%J null\n%D NA\n",
}  # fmt: skip


@pytest.mark.parametrize("suffix", _FILES)
def test_in_every_format_they_are_empty_and_counted(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"x.{suffix}"
    path.write_text(_FILES[suffix])
    (source,) = open_sources([str(path)])
    (paper,) = source.records()
    assert isinstance(paper, Paper)
    assert (paper.title, paper.abstract, paper.authors, paper.venue, paper.year) == ("Moss", "", (), "", None)
    assert sum("placeholder" in repair.reason for repair in source.opened.repairs) == 1


@pytest.mark.parametrize(
    "text",
    [
        *(
            "This article has no abstract.",
            "No abstract is available for this article.",
            "Abstract: N/A",
            "N.A.",
            "n.a.",
        ),
        "An abstract is not available for this content so a preview has been provided.",
        *("No disponible", "Resumen no disponible.", "Sin resumen", "Résumé non disponible", "Keine Angabe"),
        *("Zusammenfassung nicht verfügbar", "Sem resumo", "暂无摘要", "无中文摘要"),
    ],
)
def test_a_sentence_for_a_missing_abstract(text: str) -> None:
    assert repaired(text, "abstract") == ""


@pytest.mark.parametrize(
    "text",
    [
        *(
            "No evidence of moss.",
            "Not all moss is available.",
            "Non-linear moss",
            "摘要",
            "Na.",
            "Sin City",
            "N.A. Novak",
        ),
        "This article has no abstract moss in it.",
    ],
)
def test_a_text_that_resembles_such_a_sentence(text: str) -> None:
    assert repaired(text, "abstract") == text


@pytest.mark.parametrize(
    ("text", "field", "kept"),
    [
        ("NULL; NULL", "authors", ""), ("NA;NA;", "keywords", ""), ("Null, Ada; NA", "authors", "Null, Ada; NA"),
        ("[Not Available].", "title", ""), ("Not available", "title", "Not available"), ("NA; NA", "title", "NA; NA"),
    ],
)  # fmt: skip
def test_placeholders_of_lists_and_titles(text: str, field: str, kept: str) -> None:
    assert repaired(text, field) == kept

"""Answers of APIs and exports of reference managers that came later: JSON at any depth, Zotero RDF, DBLP, TEI."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from semsearch.model.paper import Paper, Rejected
from tests.conftest import DATA
from tests.readers.reading import read_file

TITLE, ABSTRACT = "Moss on roofs", "We weigh moss in spring."
PEOPLE = ("Garcia, Ana", "Novak, Petr")
ONE: dict[str, Any] = {"title": TITLE, "abstract": ABSTRACT}


def _read(path: Path) -> tuple[str, list[Paper], list[Rejected]]:
    return read_file(path)[:3]


def _json(tmp_path: Path, value: Any) -> tuple[list[Paper], list[Rejected]]:
    path = tmp_path / "x.json"
    path.write_text(json.dumps(value), "utf-8")
    name, papers, rejected = _read(path)
    assert name == "json"
    return papers, rejected


@pytest.mark.parametrize(
    "value",
    [
        {"articles": [ONE]}, {"a": {"b": {"c": {"d": [ONE]}}}}, [{"wrapped": ONE}], {"response": {"docs": [ONE]}},
        {"hits": {"total": 1, "hits": [{"_id": "7", "_source": ONE}]}}, {"result": {"uids": ["1"], "1": ONE}},
        {"data": [{"id": "7", "attributes": ONE}]}, {"feed": {"entry": ONE}}, {"meta": [1, 2], "list": [ONE]},
        {"title": {"0": TITLE}, "abstract": {"0": ABSTRACT}}, {"0": ONE},
        {"columns": ["title", "abstract"], "index": [0], "data": [[TITLE, ABSTRACT]]},
        {"schema": {"fields": [{"name": "title"}]}, "data": [{"index": 0, **ONE}]}, ONE, [ONE],
        {"CodeSets": [{"SetName": "x"}], "References": [ONE]},
    ],
)  # fmt: skip
def test_a_record_is_found_at_any_depth(tmp_path: Path, value: Any) -> None:
    papers, rejected = _json(tmp_path, value)
    assert ([(p.title, p.abstract) for p in papers], rejected) == ([(TITLE, ABSTRACT)], [])


def test_all_lists_of_records_are_read_and_what_is_none_is_rejected(tmp_path: Path) -> None:
    value = {"journal": [ONE, {"title": "B"}], "books": {"items": [{"title": "C"}, {"no": "title"}, 7]}}
    papers, rejected = _json(tmp_path, value)
    assert [p.title for p in papers] == [TITLE, "B", "C"]
    assert [r.raw for r in rejected] == ['{"no": "title"}', "7"]


def test_an_object_by_id_keeps_the_id_of_its_envelope(tmp_path: Path) -> None:
    papers, _ = _json(tmp_path, {"data": [{"id": "10.5555/a", "type": "dois", "attributes": {"title": "A"}}]})
    assert (papers[0].title, papers[0].key, papers[0].type) == ("A", "10.5555/a", "")


def test_an_answer_without_records_is_not_lost(tmp_path: Path) -> None:
    papers, rejected = _json(tmp_path, {"version": 3, "settings": {"colour": "green"}})
    assert (papers, len(rejected)) == ([], 1)


APIS: dict[str, tuple[Any, dict[str, Any]]] = {
    "Europe PMC": (
        {"resultList": {"result": [{
            "title": TITLE, "abstractText": f"<h4>Aim</h4>{ABSTRACT}", "authorString": "Garcia A, Novak P.", "pmid": "77",
            "pmcid": "PMC7", "journalInfo": {"journal": {"title": "J Roofs", "issn": "1111-2222"}, "volume": "7"},
            "pubYear": "2031", "pageInfo": "11-19", "keywordList": {"keyword": ["moss"]}}]}},
        {"authors": ("Garcia A", "Novak P"), "pmid": "77", "pmcid": "PMC7", "venue": "J Roofs", "pages": "11-19",
         "keywords": ("moss",), "year": 2031, "abstract": f"Aim {ABSTRACT}"},
    ),
    "DBLP, one author": (
        {"result": {"hits": {"hit": [{"@score": "3", "info": {
            "authors": {"author": {"@pid": "1", "text": "Ana Garcia 0001"}}, "title": TITLE, "venue": "ROOF", "year": "2031",
            "type": "Journal Articles", "key": "j/r/G31", "ee": "https://doi.org/10.5555/roof.1"}}]}}},
        {"authors": ("Ana Garcia",), "venue": "ROOF", "key": "j/r/G31", "doi": "10.5555/roof.1"},
    ),
    "DataCite, publisher as object": (
        {"data": [{"id": "10.5555/roof.1", "attributes": {
            "doi": "10.5555/roof.1", "titles": [{"title": TITLE}], "creators": [{"name": "Garcia, Ana", "nameType": "Personal"}],
            "publisher": {"name": "Slate"}, "publicationYear": 2031, "subjects": [{"subject": "moss"}],
            "descriptions": [{"description": "How", "descriptionType": "Methods"},
                             {"description": ABSTRACT, "descriptionType": "Abstract"}],
            "dates": [{"date": "2031-05-02", "dateType": "Issued"}], "types": {"resourceTypeGeneral": "Dataset"}}}]},
        {"abstract": ABSTRACT, "authors": ("Garcia, Ana",), "keywords": ("moss",), "type": "Dataset", "date": "2031-05-02"},
    ),
    "Lens": (
        {"data": [{"lens_id": "1-2", "title": TITLE, "authors": [{"first_name": "Ana", "last_name": "Garcia"}],
                   "source": {"title": "J Roofs"}, "year_published": 2031, "start_page": "11", "end_page": "19",
                   "external_ids": [{"type": "pmid", "value": "77"}, {"type": "magid", "value": "9"}]}]},
        {"authors": ("Garcia, Ana",), "venue": "J Roofs", "pages": "11-19", "pmid": "77", "key": "1-2"},
    ),
    "NASA ADS": (
        {"response": {"docs": [{"bibcode": "2031ApJ", "title": [TITLE], "author": ["Garcia, A."], "pubdate": "2031-08-00",
                                "identifier": ["2031ApJ", "arXiv:3108.00042"], "doi": ["10.5555/apj"], "year": "2031"}]}},
        {"title": TITLE, "date": "2031-08", "arxiv_id": "3108.00042", "doi": "10.5555/apj", "key": "2031ApJ"},
    ),
    "INSPIRE": (
        {"hits": {"hits": [{"id": "9", "metadata": {
            "titles": [{"title": TITLE}], "abstracts": [{"value": ABSTRACT}], "authors": [{"full_name": "Garcia, Ana"}],
            "publication_info": [{"journal_title": "J.Roofs", "page_start": "11", "page_end": "19", "year": 2031}],
            "dois": [{"value": "10.5555/A"}], "control_number": 9}}]}},
        {"authors": ("Garcia, Ana",), "venue": "J.Roofs", "pages": "11-19", "doi": "10.5555/a", "key": "9"},
    ),
    "HAL": (
        {"response": {"docs": [{"title_s": [TITLE, "Mousse"], "abstract_s": [ABSTRACT], "authFullName_s": list(PEOPLE),
                                "producedDateY_i": 2031, "keyword_s": ["moss", "roofs"], "halId_s": "hal-1"}]}},
        {"title": TITLE, "authors": PEOPLE, "year": 2031, "keywords": ("moss", "roofs"), "key": "hal-1"},
    ),
    "Scopus": (
        {"search-results": {"entry": [{"dc:title": TITLE, "dc:creator": "Garcia A.", "prism:publicationName": "J Roofs",
                                       "prism:coverDate": "2031-03-01", "prism:pageRange": "11-19", "pubmed-id": "77",
                                       "author": [{"authname": "Garcia A.", "surname": "Garcia", "given-name": "Ana"}]}]}},
        {"authors": ("Garcia, Ana",), "venue": "J Roofs", "pages": "11-19", "date": "2031-03-01", "year": 2031, "pmid": "77"},
    ),
    "NCBI": (
        {"result": {"uids": ["77", "78"], "77": {
            "uid": "77", "title": TITLE, "authors": [{"name": "Garcia A"}], "source": "J Roofs", "pubdate": "2031 Mar",
            "articleids": [{"idtype": "doi", "value": "10.5555/a"}, {"idtype": "pmc", "value": "PMC7"}]},
            "78": {"uid": "78", "title": "Second", "articleids": []}}},
        {"authors": ("Garcia A",), "pmid": "77", "doi": "10.5555/a", "pmcid": "PMC7", "venue": "J Roofs", "year": 2031},
    ),
    "DOAJ": (
        {"results": [{"id": "7", "bibjson": {"title": TITLE, "abstract": ABSTRACT, "author": [{"name": "Ana Garcia"}],
                                             "journal": {"title": "J Roofs", "volume": "7"}, "year": "2031",
                                             "identifier": [{"type": "doi", "id": "10.5555/a"}], "keywords": ["moss"]}}]},
        {"abstract": ABSTRACT, "authors": ("Ana Garcia",), "venue": "J Roofs", "doi": "10.5555/a", "keywords": ("moss",)},
    ),
    "Zotero": (
        [{"key": "ABCD", "version": 1, "data": {
            "itemType": "journalArticle", "title": TITLE, "abstractNote": ABSTRACT, "publicationTitle": "J Roofs",
            "creators": [{"creatorType": "author", "firstName": "Ana", "lastName": "Garcia"}], "date": "2031",
            "tags": [{"tag": "read"}], "DOI": "10.5555/a"}}],
        {"abstract": ABSTRACT, "authors": ("Garcia, Ana",), "venue": "J Roofs", "tags": ("read",), "type": "journalArticle"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("api", APIS)
def test_the_fields_of_each_api(tmp_path: Path, api: str) -> None:
    value, fields = APIS[api]
    papers, rejected = _json(tmp_path, value)
    assert rejected == []
    assert {name: getattr(papers[0], name) for name in fields} == fields
    assert papers[0].title == TITLE


def test_zotero_rdf() -> None:
    name, (article, book), rejected = _read(DATA / "library.rdf")
    assert (name, rejected) == ("zotero-rdf", [])
    assert (article.title, article.authors) == ("Moss that nobody weighed", ("Falkenrath, Ines", "van Quill, Dario"))
    assert (article.venue, article.volume, article.issue, article.pages) == (
        "Journal of Imagined Roofs",
        "7",
        "2",
        "11-19",
    )
    assert (article.doi, article.issn, article.year, article.date) == (
        "10.5555/moss.7",
        "1111-2222",
        2031,
        "2031-05-02",
    )
    assert (article.tags, article.url, article.type) == (
        ("moss", "roofs", "To read"),
        "https://roofs.example/7",
        "journalArticle",
    )
    assert (book.title, book.authors, book.extra["editors"]) == (
        "A handbook of gutters",
        ("Marrick, Tobu",),
        "Marrick, Tobu",
    )
    assert (book.issn, book.extra["publisher"]) == ("978-0-00-000000-2", "Slate Press")


def test_dblp() -> None:
    name, (article, paper, volume), rejected = _read(DATA / "dblp.xml")
    assert (name, rejected) == ("dblp", [])
    assert (article.title, article.authors) == ("Moss on H2O gutters", ("Ines Falkenrath", "Dario van Quill"))
    assert (article.venue, article.doi, article.key) == (
        "J. Imagined Roofs",
        "10.5555/moss.7",
        "journals/roof/FalkenrathQ31",
    )
    assert (paper.title, paper.venue, paper.type) == ("Rain in old gutters", "ROOF", "inproceedings")
    assert volume.authors == ("Tobu Marrick",)


def test_tei() -> None:
    name, (paper,), rejected = _read(DATA / "grobid.tei.xml")
    assert (name, rejected) == ("tei", [])
    assert (paper.title, paper.abstract) == ("Moss that nobody weighed", "We weigh moss. It is heavy.")
    assert (paper.authors, paper.keywords) == (("Falkenrath, Ines K", "van Quill, Dario"), ("moss", "roofs"))
    assert (paper.venue, paper.volume, paper.issue, paper.pages) == ("Journal of Imagined Roofs", "7", "2", "11-19")
    assert (paper.doi, paper.arxiv_id, paper.date) == ("10.5555/moss.7", "3105.00042", "2031-05-02")

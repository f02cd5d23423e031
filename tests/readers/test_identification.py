"""Identifiers wherever they are: other fields, notes with labels, addresses, proxies, several in one cell."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from semsearch.model.paper import Paper, Source
from semsearch.readers import open_sources
from semsearch.readers.record import paper_of
from semsearch.text.identifiers import doi_in_address, parse_doi, parse_pmcid, parse_pmid


def _paper(**record: Any) -> Paper:
    paper = paper_of({"title": "Moss", **record}, Source("x", 1))
    assert isinstance(paper, Paper)
    return paper


@pytest.mark.parametrize(
    "text",
    [
        *(
            "10.5555/Moss.7",
            "doi:10.5555/moss.7",
            "DOI: 10.5555/moss.7",
            "DOI 10.5555/moss.7",
            "https://doi.org/10.5555/moss.7",
        ),
        *("http://dx.doi.org/10.5555/moss.7", "doi.org/10.5555/moss.7", "https://www.doi.org/10.5555/moss.7."),
        *(
            "https://doi-org.proxy.uni.example/10.5555/moss.7",
            "https://dx-doi-org.ezproxy.lib.example:2443/10.5555/moss.7",
        ),
        *(
            "https://doi.org.libproxy.example/10.5555/moss.7",
            "https://doi.org/doi:10.5555/moss.7",
            "urn:doi:10.5555/moss.7",
        ),
        "https://login.proxy.example/login?url=https://doi.org/10.5555/moss.7",
        "https://login.proxy.example/login?qurl=https%3A%2F%2Fdoi.org%2F10.5555%2Fmoss.7",
    ],
)
def test_a_doi_in_every_notation(text: str) -> None:
    assert parse_doi(text) == "10.5555/moss.7"
    assert _paper(doi=text).doi == "10.5555/moss.7"


@pytest.mark.parametrize(
    "address",
    [
        "https://link.springer.example/article/10.5555/moss.7", "https://wiley.example/doi/abs/10.5555/moss.7?cookie=1",
        "https://wiley.example/doi/full/10.5555/moss.7", "https://acm.example/doi/pdf/10.5555/moss.7",
        "https://tandf.example/doi/10.5555/moss.7#abstract", "https://plos.example/article?id=10.5555/moss.7",
        "https://springer.example/content/pdf/10.5555/moss.7.pdf", "https://iop.example/article/10.5555/moss.7/meta",
        "https://science.example/doi/10.5555%2Fmoss.7", "https://x.example/article/10.5555/moss.7/fulltext/html",
    ],
)  # fmt: skip
def test_a_doi_in_the_address_of_a_publisher(address: str) -> None:
    assert doi_in_address(address) == "10.5555/moss.7"
    assert _paper(url=address).doi == "10.5555/moss.7"


@pytest.mark.parametrize(
    "address", ["https://roofs.example/10/5555", "https://roofs.example/?v=10.5", "see 10.5555/x", ""]
)
def test_no_doi_in_an_address(address: str) -> None:
    assert doi_in_address(address) is None


@pytest.mark.parametrize(
    "text",
    [
        *("77777777", "PMID: 77777777", "PMID 77777777", "pmid:77777777", "PubMed ID: 77777777", "MEDLINE:77777777"),
        *("https://pubmed.ncbi.nlm.nih.gov/77777777/", "https://www.ncbi.nlm.nih.gov/pubmed/77777777?dopt=Abstract"),
        *(
            "https://europepmc.org/article/MED/77777777",
            "pubmed.gov/77777777",
            "https://identifiers.org/pubmed:77777777",
        ),
        "https://pubmed-ncbi-nlm-nih-gov.proxy.uni.example/77777777/",
    ],
)
def test_a_pmid_in_every_notation(text: str) -> None:
    assert parse_pmid(text) == "77777777"
    assert _paper(pmid=text).pmid == "77777777"
    if "://" in text:
        assert _paper(url=text).pmid == "77777777"


@pytest.mark.parametrize(
    "text",
    [
        *("PMC7777777", "PMCID: PMC7777777", "https://www.ncbi.nlm.nih.gov/pmc/articles/PMC7777777/", "pmc7777777"),
        *("https://pmc.ncbi.nlm.nih.gov/articles/PMC7777777", "https://europepmc.org/articles/PMC7777777?pdf=render"),
    ],
)
def test_a_pmcid_in_every_notation(text: str) -> None:
    assert parse_pmcid(text) == "PMC7777777"
    assert _paper(pmcid=text).pmcid == "PMC7777777"


def test_a_pmcid_without_its_letters() -> None:
    assert _paper(pmcid="7777777").pmcid == "PMC7777777"


@pytest.mark.parametrize(
    ("cell", "doi", "further"),
    [
        ("10.5555/a; 10.5555/b", "10.5555/a", "10.5555/b"), ("10.5555/a 10.5555/a", "10.5555/a", None),
        ("10.5555/a\n10.5555/ref.2", "10.5555/a", "10.5555/ref.2"), ("10.5555/a,10.5555/b", "10.5555/a", "10.5555/b"),
        ("10.5555; 10.5555/whole", "10.5555/whole", None), ("https://doi.org/10.5555/a | 10.5555/B", "10.5555/a", "10.5555/b"),
    ],
)  # fmt: skip
def test_several_dois_in_one_cell(cell: str, doi: str, further: str | None) -> None:
    paper = _paper(doi=cell)
    assert (paper.doi, paper.extra.get("further dois")) == (doi, further)


@pytest.mark.parametrize(
    ("field", "note", "wanted"),
    [
        ("Extra", "PMID: 77777777\nPMCID: PMC7\nDOI: 10.5555/moss.7", ("10.5555/moss.7", "77777777", "PMC7", None)),
        ("Extra", "arXiv: 3105.00042 [cs.CL]\ntex.ids: x", (None, None, None, "3105.00042")),
        ("note", "doi: 10.5555/moss.7.", ("10.5555/moss.7", None, None, None)),
        ("venue", "arXiv preprint arXiv:3105.00042", (None, None, None, "3105.00042")),
        ("C5", "PMID 77777777", (None, "77777777", None, None)),
        ("C3", "PUBMED 77777777,EMBASE 6234", (None, "77777777", None, None)),
        ("comment", "Accepted. DOI: 10.5555/moss.7", ("10.5555/moss.7", None, None, None)),
        ("note", "Erratum in: doi: 10.5555/other", (None, None, None, None)),
        ("note", "Comment on: PMID: 1234567", (None, None, None, None)),
        ("references", "doi: 10.5555/other", (None, None, None, None)),
        ("abstract", "We repeat doi: 10.5555/other.", (None, None, None, None)),
        ("C2", "1234567", (None, None, None, None)),
    ],
)  # fmt: skip
def test_labels_in_notes(field: str, note: str, wanted: tuple[str | None, ...]) -> None:
    paper = _paper(**{field: note})
    assert (paper.doi, paper.pmid, paper.pmcid, paper.arxiv_id) == wanted


@pytest.mark.parametrize(
    ("lines", "pmid"),
    [
        ("C2  - 77777777\nDB  - Scopus", "77777777"), ("C2  - 77777777\nUR  - https://www.scopus.com/x?eid=2-s2.0-8", "77777777"),
        ("C3  - 77777777\nAN  - CN-01234567", "77777777"), ("C5  - 77777777\nUR  - https://app.dimensions.ai/details/pub.1", "77777777"),
        ("U1  - 77777777\nDP  - PubMed", "77777777"), ("AN  - 77777777\nDB  - Medline", "77777777"),
        ("U1  - 77777777", None), ("C2  - 77777777\nDB  - Other", None), ("C5  - 2031", None),
    ],
)  # fmt: skip
def test_a_bare_pmid_in_ris_needs_a_witness(tmp_path: Path, lines: str, pmid: str | None) -> None:
    (tmp_path / "x.ris").write_text(f"TY  - JOUR\nTI  - Moss\n{lines}\nER  - \n")
    (source,) = open_sources([str(tmp_path / "x.ris")])
    (paper,) = source.records()
    assert isinstance(paper, Paper)
    assert paper.pmid == pmid
    assert pmid or any("77777777" in value or "2031" in value for value in paper.extra.values())  # nothing is lost


def test_the_identifier_of_the_field_wins_over_a_note() -> None:
    paper = _paper(doi="10.5555/own", Extra="DOI: 10.5555/other\nPMID: 7777777")
    assert (paper.doi, paper.pmid) == ("10.5555/own", "7777777")


@pytest.mark.parametrize("doi", ["10.48550/arXiv.3105.00042", "https://doi.org/10.48550/arXiv.3105.00042v2"])
def test_a_doi_of_arxiv_is_an_arxiv_id(doi: str) -> None:
    assert (_paper(doi=doi).arxiv_id, _paper(doi=doi).doi) == ("3105.00042", None)


def test_a_publication_number_of_proquest_is_no_pmid() -> None:
    assert _paper(note="Object type: Article; DOCID: 2670166591; PCID: 69409372; PMID: 21984").pmid is None

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from semsearch.identity import ids
from semsearch.model.identifier import Identifier
from semsearch.model.paper import Paper, Source
from semsearch.text import identifiers
from semsearch.text.identifiers import parse

#: (as found, as normalised), used in both directions.
SAME = [
    ("2405.14488", "arxiv:2405.14488"),
    ("arXiv:2405.14488v2", "arxiv:2405.14488"),
    ("ARXIV: 2405.14488", "arxiv:2405.14488"),
    ("https://arxiv.org/abs/2405.14488v12", "arxiv:2405.14488"),
    ("http://export.arxiv.org/pdf/2405.14488v1.pdf", "arxiv:2405.14488"),
    ("https://doi.org/10.48550/arXiv.2405.14488", "arxiv:2405.14488"),
    ("10.48550/arXiv.2405.14488", "arxiv:2405.14488"),
    ("oai:arXiv.org:0704.0001", "arxiv:0704.0001"),
    ("hep-th/9901001", "arxiv:hep-th/9901001"),
    ("math.GT/0309136v1", "arxiv:math/0309136"),
    ("arXiv:cs.CL/0101001", "arxiv:cs/0101001"),
    ("10.1000/ABC.Def", "doi:10.1000/abc.def"),
    ("https://doi.org/10.1000/abc", "doi:10.1000/abc"),
    ("http://dx.doi.org/10.1000/a%28b%29c", "doi:10.1000/a(b)c"),
    ("doi: 10.1000/abc.", "doi:10.1000/abc"),
    ("DOI:10.1016/0000-1111(82)90012-1", "doi:10.1016/0000-1111(82)90012-1"),
    ("(10.1000/abc)", None),
    ("10.1000/abc)", "doi:10.1000/abc"),
    ("10.1000/abc,", "doi:10.1000/abc"),
    ("PMID: 00012345", "pmid:12345"),
    ("https://pubmed.ncbi.nlm.nih.gov/12345/", "pmid:12345"),
    ("PMC1234567", "pmcid:PMC1234567"),
    ("https://www.ncbi.nlm.nih.gov/pmc/articles/PMC1234567/", "pmcid:PMC1234567"),
    ("n19-1423", "acl:N19-1423"),
    ("https://aclanthology.org/2019.acl-main.1/", "acl:2019.acl-main.1"),
    ("some words", None),
    ("2405.1448", None),
    ("1405.14488", None),
    ("2413.00001", None),
    ("10.1000/", None),
    ("", None),
]


@pytest.mark.parametrize(("found", "normal"), SAME)
def test_parse(found: str, normal: str | None) -> None:
    first = next(parse(found), None)
    assert (str(first) if first else None) == normal


@pytest.mark.parametrize("normal", sorted({n for _, n in SAME if n}))
def test_a_normal_form_parses_to_itself(normal: str) -> None:
    scheme, value = normal.split(":", 1)
    assert Identifier(scheme, value) in list(parse(value))
    if scheme in ("arxiv", "doi", "pmid"):
        assert str(next(parse(normal))) == normal


def test_the_version_is_kept_beside_the_number() -> None:
    assert identifiers.parse_arxiv("https://arxiv.org/abs/2405.14488v3") == ("2405.14488", 3)
    assert identifiers.parse_arxiv("2405.14488", bare=False) is None


_PIECES = [
    "10.5555/",
    "doi:",
    "https://arxiv.org/abs/",
    "3301.00001",
    "arXiv:",
    "v2",
    "PMC",
    "123456",
    "hep-th/99",
    " ",
]


@given(st.lists(st.text(max_size=20) | st.sampled_from(_PIECES), max_size=12).map("".join))
@example("10.5555/moss.1")
@example("https://arxiv.org/abs/3301.00001v2")
def test_any_text_is_parsed_without_an_error(text: str) -> None:
    for identifier in parse(text):
        assert identifier in list(parse(identifier.value))


@pytest.mark.parametrize("text", ["10.5555/moss.1", "https://arxiv.org/abs/3301.00001v2", "PMC123456"])
def test_an_identifier_is_read_back_from_its_value(text: str) -> None:
    (found,) = parse(text)
    assert list(parse(found.value)) == [found]


def test_an_id_is_the_surest_identifier() -> None:
    paper = Paper(title="x", doi="10.1000/a", arxiv_id="2405.00001", pmid="7")
    assert ids.with_id(paper).id == "arxiv:2405.00001"
    assert ids.with_id(Paper(title="x", doi="10.1000/a", pmid="7")).id == "doi:10.1000/a"
    assert ids.with_id(Paper(title="x", pmid="7")).id == "pmid:7"


def test_the_year_of_an_arxiv_id() -> None:
    assert ids.with_id(Paper(title="x", arxiv_id="hep-th/9901001")).year == 1999
    assert ids.with_id(Paper(title="x", arxiv_id="0704.0001")).year == 2007
    assert ids.with_id(Paper(title="x", arxiv_id="2405.00001", year=2025)).year == 2025


@pytest.mark.parametrize("field", ["title", "abstract", "venue", "volume", "issue", "pages", "key"])
def test_own_ids_differ_when_anything_that_tells_records_apart_does(field: str) -> None:
    paper = {"title": "t", "abstract": "a", "venue": "v", "volume": "1", "issue": "2", "pages": "3", "key": "k"}
    other = Paper(**(paper | {field: "other"}), authors=("A",), source=Source("elsewhere", 9))  # type: ignore[arg-type]
    same = Paper(**paper, authors=("A",), source=Source("elsewhere", 9))  # type: ignore[arg-type]
    own = ids.content_id(Paper(**paper, authors=("A",)))  # type: ignore[arg-type]
    assert ids.content_id(same) == own != ids.content_id(other)
    assert ids.is_content_id(own)

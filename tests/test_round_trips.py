"""What is written in a format and read back is the same record, by our readers and by other people's."""

from __future__ import annotations

import io
import string
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semsearch.identifiers import parse_doi
from semsearch.paper import Hit, Hits, Paper, Source
from semsearch.readers import open_sources
from semsearch.readers.record import build
from semsearch.wording import plain
from semsearch.writers import writer

_ALPHABET = string.ascii_letters + string.digits + "  .,:;-'\"()[]{}<>%&$#_~^\\/@*+=|!?" + "éüßøñçÅΩβ∼中文字"


def _clean(text: str) -> str:
    """A fixpoint of the cleaning, as every text of a stored paper is."""
    for _ in range(6):
        text, before = plain(text), text
        if text == before:
            return text
    return ""


_text = st.text(_ALPHABET, min_size=1, max_size=80).map(_clean)
_word = st.text(string.ascii_letters + "éß", min_size=1, max_size=10)
_number = st.integers(1, 9999).map(str)
_names = st.builds(lambda family, given: f"{family}, {given}", _word, _word) | st.builds(
    lambda a, b: f"{a} {b}", _word, _word
)
_records = st.fixed_dictionaries(
    {"title": _text.filter(bool), "year": st.integers(1900, 2090)},
    optional={
        "abstract": _text,
        "authors": st.lists(_names.filter(lambda n: " and " not in n and "others" not in n), min_size=1, max_size=4),
        "venue": _text,
        "volume": _number,
        "issue": _number,
        "pages": st.builds(lambda a, n: f"{a}-{a + n}", st.integers(1, 500), st.integers(1, 50)),
        "doi": st.builds(lambda a, b: f"10.5555/{a}.{b}".lower(), _word.filter(str.isascii), _number),
        "arxiv_id": st.sampled_from(["3301.00001v2", "hep-th/9901001", "3402.12345"]),
        "pmid": _number,
        "pmcid": _number.map(lambda n: f"PMC{n}"),
        "issn": st.just("1234-5678"),
        "url": st.just("https://example.org/~user/a_b?x=1&y=%20"),
        "language": st.sampled_from(["en", "English"]),
        "keywords": st.lists(_word, min_size=2, max_size=4),
        "comment": _word,
        "key": st.text(string.ascii_letters + string.digits, min_size=2, max_size=12),
    },
)
_COMPARED = (
    "title", "abstract", "authors", "year", "venue", "volume", "issue", "pages", "doi", "arxiv_id", "arxiv_version", "pmid", "pmcid",
    "issn", "url", "language", "keywords", "comment", "key",
)  # fmt: skip


def _paper(record: dict[str, object]) -> Paper:
    paper = build(record, {}, Source("f", 1))
    assert isinstance(paper, Paper)
    return paper


def _written(form: str, papers: list[Paper]) -> str:
    out = io.StringIO()
    writer(form).papers(papers, out)
    return out.getvalue()


def _read(form: str, content: str, folder: Path) -> list[Paper]:
    path = folder / f"x.{ {'bibtex': 'bib', 'csl-json': 'json'}.get(form, form) }"
    path.write_text(content, "utf-8")
    records = list(open_sources([str(path)])[0].records())
    assert all(isinstance(r, Paper) for r in records), records
    return [r for r in records if isinstance(r, Paper)]


@pytest.mark.parametrize("form", ["json", "jsonl", "csv", "ris", "bibtex", "csl-json"])
@given(records=st.lists(_records, min_size=1, max_size=4))
@settings(max_examples=150)
def test_written_and_read_back_it_is_the_same(form: str, records: list[dict[str, object]], tmp_path: Path) -> None:
    papers = [_paper(record) for record in records]
    again = _read(form, _written(form, papers), tmp_path)
    assert len(again) == len(papers)
    compared = [n for n in _COMPARED if form != "csv" or n != "arxiv_version"]
    keys_may_change = form == "bibtex"
    for before, after in zip(papers, again, strict=True):
        for name in compared:
            ours, theirs = getattr(before, name), getattr(after, name)
            if name == "key" and (keys_may_change or ours is None):
                continue
            if form == "csv" and isinstance(ours, str) and ours[:1] in "=+-@":
                theirs = theirs.removeprefix("'")
            assert theirs == ours, (form, name)


@given(records=st.lists(_records, min_size=1, max_size=4))
def test_rispy_reads_the_same_fields(records: list[dict[str, object]]) -> None:
    rispy = pytest.importorskip("rispy")
    papers = [_paper(record) for record in records]
    entries = rispy.loads(_written("ris", papers))
    assert len(entries) == len(papers)
    for paper, entry in zip(papers, entries, strict=True):
        assert entry["title"] == paper.title
        assert entry.get("abstract", "") == paper.abstract
        assert tuple(entry.get("authors", ())) == paper.authors
        assert (entry.get("doi") or None, entry.get("year")) == (paper.doi, str(paper.year))


@given(records=st.lists(_records, min_size=1, max_size=4))
def test_pybtex_reads_the_same_fields(records: list[dict[str, object]]) -> None:
    database = pytest.importorskip("pybtex.database")
    papers = [_paper(record) for record in records]
    entries = list(database.parse_string(_written("bibtex", papers), "bibtex").entries.values())
    assert len(entries) == len(papers)
    for paper, entry in zip(papers, entries, strict=True):
        assert entry.fields["year"] == str(paper.year)
        assert len(entry.persons.get("author", ())) == len(paper.authors)
        assert parse_doi(entry.fields.get("doi", "").replace("\\_", "_")) == paper.doi
        assert entry.fields["title"].count("{") == entry.fields["title"].count("}")


@pytest.mark.parametrize("form", ["ris", "bibtex", "csl-json", "md", "csv", "trec"])
def test_rank_and_score_travel_along(form: str) -> None:
    out = io.StringIO()
    paper = _paper({"title": "A title", "year": 2030, "doi": "10.5555/x"})
    writer(form).hits([Hits("the question", (Hit(1, 0.5, paper),))], out, several=False)
    assert "0.500000" in out.getvalue()


def test_bibtex_keys_are_unique() -> None:
    papers = [_paper({"title": f"Same {n}", "year": 2030, "key": "same"}) for n in range(3)]
    text = _written("bibtex", papers)
    assert [line for line in text.splitlines() if line.startswith("@")] == [
        "@misc{same,",
        "@misc{same-2,",
        "@misc{same-3,",
    ]


def test_markdown_marks_are_escaped() -> None:
    text = _written("md", [_paper({"title": "A *star* [link](http://x) <b", "year": 2030})])
    assert text.count("\n") == 1
    assert "\\*star\\*" in text

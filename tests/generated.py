"""Papers that nobody wrote: strategies for hypothesis, and what writing and reading them back should give."""

from __future__ import annotations

import io
import string
from dataclasses import fields
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from semsearch.model.paper import Paper, Source
from semsearch.readers import open_sources
from semsearch.readers.record import build
from semsearch.text.cleaning import plain
from semsearch.text.placeholders import is_placeholder
from semsearch.writers import writer

#: Formats that hold a whole paper; name in `WRITERS` to the suffix of a file.
FORMATS = {"json": "json", "jsonl": "jsonl", "csv": "csv", "ris": "ris", "bibtex": "bib", "csl-json": "json"}
#: Types that a format has a word for; the others have another word for the same thing.
TYPES = {"ris": ("JOUR", "CPAPER"), "bibtex": ("article", "inproceedings"), "csl-json": ("article-journal", "book")}
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
_phrase = st.lists(_word, min_size=1, max_size=3).map(" ".join) | st.builds(lambda a, b: f"{a}, {b}", _word, _word)
_number = st.integers(1, 9999).map(str)
_names = st.builds(lambda family, given: f"{family}, {given}", _word, _word) | st.builds(
    lambda a, b: f"{a} {b}", _word, _word
)
_extra_name = st.text(string.ascii_lowercase, min_size=3, max_size=9).map(lambda name: f"q{name}")


def records(form: str = "json") -> st.SearchStrategy[dict[str, Any]]:
    """Records as a reader finds them, of types that the format has a word for; ``extra`` holds fields of no name."""
    return st.fixed_dictionaries(
        {
            "title": _text.filter(lambda title: bool(title) and not is_placeholder(title)),
            "year": st.integers(1900, 2090),
            "type": st.sampled_from(TYPES.get(form, ("", "article", "Thesis"))),
        },
        optional={
            "abstract": _text,
            "authors": st.lists(
                _names.filter(lambda n: " and " not in n and "others" not in n), min_size=1, max_size=4
            ),
            "date": st.sampled_from(["2031-05-02", "2031 May 2", "May 2031"]),
            "venue": _text,
            "volume": _number,
            "issue": _number,
            "pages": st.builds(lambda a, n: f"{a}-{a + n}", st.integers(1, 500), st.integers(0, 50)) | _number,
            "doi": st.builds(lambda a, b: f"10.5555/{a}.{b}".lower(), _word.filter(str.isascii), _number),
            "arxiv_id": st.sampled_from(["3301.00001v2", "hep-th/9901001", "3402.12345"]),
            "pmid": _number,
            "pmcid": _number.map(lambda n: f"PMC{n}"),
            "acl_id": st.sampled_from(["2031.acl-main.1", "N19-1423"]),
            "issn": st.just("1234-5678"),
            "url": st.just("https://example.org/~user/a_b?x=1&y=%20"),
            "language": st.sampled_from(["en", "English"]),
            "keywords": st.lists(_phrase, min_size=1, max_size=4),
            "tags": st.lists(_phrase, min_size=2, max_size=3),
            "comment": _word,
            "key": st.text(string.ascii_letters + string.digits, min_size=2, max_size=12).filter(
                lambda key: not key.isdigit()
            ),
            "extra": st.dictionaries(_extra_name, _text.filter(bool), max_size=3),
        },
    )


def paper_of(record: dict[str, Any]) -> Paper:
    """The paper that a reader makes of a record."""
    record = dict(record)
    paper = build(record, record.pop("extra", {}), Source("f", 1))
    assert isinstance(paper, Paper)
    return paper


def written(form: str, papers: list[Paper]) -> str:
    """The papers in a format."""
    out = io.StringIO()
    writer(form).papers(papers, out)
    return out.getvalue()


def read_back(form: str, content: str, folder: Path) -> list[Paper]:
    """The papers of a text in a format."""
    path = folder / f"x.{FORMATS[form]}"
    path.write_text(content, "utf-8", newline="")
    found = list(open_sources([str(path)])[0].records())
    assert all(isinstance(r, Paper) for r in found), found
    return [r for r in found if isinstance(r, Paper)]


def differences(form: str, before: Paper, after: Paper) -> dict[str, tuple[Any, Any]]:
    """Fields that are not the same, but for the place of reading; BibTeX keys are made unique, or made up."""
    skipped = {"source", "id"} | ({"key"} if form == "bibtex" else set())
    pairs = {f.name: (getattr(before, f.name), getattr(after, f.name)) for f in fields(Paper) if f.name not in skipped}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}

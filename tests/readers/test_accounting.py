"""Nothing vanishes: each mark of structure in a sample is deleted, doubled and moved, and every value is still accounted for.

A value is accounted for if it is in a paper, or in the text of a rejected or repaired record.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from semsearch.model.errors import SemsearchError
from semsearch.model.paper import Paper
from semsearch.readers import open_sources
from tests.conftest import DATA

#: For each format a file of three records, in which each value has a word of its own (``qbcz``, with letters for the record and the field), and its marks.
SAMPLES: dict[str, tuple[str, str, str]] = {
    "ris": (
        ".ris",
        "".join(
            f"TY  - JOUR\nTI  - Moss q{n}1\nAU  - Garcia, q{n}2\nAB  - We weigh q{n}3\nmoss q{n}4\nKW  - q{n}5\nER  - \n\n"
            for n in (1, 2, 3)
        ),
        r"^TY  - JOUR\n|^ER  - \n|^TI  - |^AB  - |^AU  - ",
    ),
    "medline": (
        ".nbib",
        "".join(
            f"PMID- 7777{n}\nTI  - Moss q{n}1\nAB  - We weigh q{n}3\n      moss q{n}4\nFAU - Garcia, q{n}2\n\n"
            for n in (1, 2, 3)
        ),
        r"^PMID- \d+\n|^TI  - |^AB  - ",
    ),
    "wos": (
        ".ciw",
        "FN Clarivate Analytics Web of Science\nVR 1.0\n"
        + "".join(f"PT J\nAU Garcia, q{n}2\nTI Moss q{n}1\nAB We weigh q{n}3\n   moss q{n}4\nER\n\n" for n in (1, 2, 3))
        + "EF\n",
        r"^PT J\n|^ER\n|^FN .*\n|^EF\n|^TI |^AB ",
    ),
    "endnote": (
        ".enw",
        "".join(f"%0 Journal Article\n%A Garcia, q{n}2\n%T Moss q{n}1\n%X We weigh q{n}3\n\n" for n in (1, 2, 3)),
        r"^%0 Journal Article\n|^%T |^%X |^%A ",
    ),
    "refworks": (
        ".txt",
        "".join(f"RT Journal Article\nT1 Moss q{n}1\nA1 Garcia, q{n}2\nAB We weigh q{n}3\n\n" for n in (1, 2, 3)),
        r"^RT Journal Article\n|^T1 |^AB ",
    ),
    "cochrane": (
        ".txt",
        "".join(f"Record #{n} of 3\nTI: Moss q{n}1\nAU: Garcia q{n}2\nAB: We weigh q{n}3\n\n" for n in (1, 2, 3)),
        r"^Record #\d of 3\n|^TI: |^AB: ",
    ),
    "bibtex": (
        ".bib",
        "".join(
            f"@article{{k{n},\n  title = {{Moss q{n}1}},\n  author = {{Garcia, q{n}2}},\n  abstract = {{We weigh q{n}3}}\n}}\n\n"
            for n in (1, 2, 3)
        ),
        r"@article\{k\d,|@|\{|\}|,(?=\n)|title = ",
    ),
    "csv": (
        ".csv",
        "title,abstract,authors\n" + "".join(f'Moss q{n}1,"We, q{n}3",Garcia q{n}2\n' for n in (1, 2, 3)),
        r'title,abstract,authors\n|"|\n|title|abstract',
    ),
    "json": (
        ".json",
        '{"items": [\n'
        + ",\n".join(f'{{"title": "Moss q{n}1", "abstract": "We q{n}3"}}' for n in (1, 2, 3))
        + "\n]}\n",
        r'[{}\[\],:]|"items": |"',
    ),
    "json lines": (
        ".jsonl",
        "".join(f'{{"title": "Moss q{n}1", "abstract": "We q{n}3", "authors": ["q{n}2"]}}\n' for n in (1, 2, 3)),
        r'[{}\[\],:\n]|"title": |"',
    ),
    "pubmed-xml": (
        ".xml",
        "<PubmedArticleSet>\n"
        + "".join(
            f"<PubmedArticle><MedlineCitation><PMID>777{n}</PMID><Article><ArticleTitle>Moss q{n}1</ArticleTitle><Abstract>"
            f"<AbstractText>We q{n}3</AbstractText></Abstract></Article></MedlineCitation></PubmedArticle>\n"
            for n in (1, 2, 3)
        )
        + "</PubmedArticleSet>\n",
        r"</?PubmedArticle>|</?PubmedArticleSet>|</?Article>|</?ArticleTitle>",
    ),
    "text": (
        ".txt",
        "".join(f"We weigh moss on the roofs of the town, which is q{n}1.\nIt is heavy q{n}2.\n\n" for n in (1, 2, 3)),
        r"^\n|\.\n",
    ),
    "proquest-text": (
        ".txt",
        f"{'_' * 60}\n"
        + "".join(
            f"Document {n} of 3\n\nMoss q{n}1\n\nAuthor: Garcia, q{n}2\n\nAbstract: We q{n}3\n\nTitle: Moss q{n}1\n\n{'_' * 60}\n"
            for n in (1, 2, 3)
        ),
        r"^_{60}\n|^Document \d of 3\n|^Title: |^Abstract: ",
    ),
    "pubmed-text": (
        ".txt",
        "".join(
            f"{n}. J Roofs. 2031 Mar;7(2):1{n}-19.\n\nMoss q{n}1.\n\nGarcia q{n}2.\n\nWe weigh q{n}3.\n\nPMID: 7777{n}\n\n\n"
            for n in (1, 2, 3)
        ),
        r"^\d\. J Roofs\. .*\n|^PMID: \d+\n|^\n",
    ),
}
SAMPLES = {
    name: (suffix, re.sub(r"q(\d)(\d)", lambda m: f"q{chr(97 + int(m[1]))}{chr(97 + int(m[2]))}z", text), marks)
    for name, (suffix, text, marks) in SAMPLES.items()
}
_WORD = re.compile(r"\bq[b-f]{2}z\b")


def _accounted(path: Path) -> tuple[str, int]:
    """The text of everything that was read, rejected or repaired, and the number of records."""
    try:
        (source,) = open_sources([str(path)])
    except SemsearchError as error:  # refused as a whole, and said so
        return f"{error} {path.read_text('utf-8')}", 1
    pieces: list[str] = []
    records = list(source.records())
    for record in records:
        pieces.append(repr(record.to_dict()))
        if not isinstance(record, Paper) and not record.raw:  # the file is not valid from here on, as a whole
            pieces.append(path.read_text("utf-8"))
    pieces += [repair.raw for repair in source.opened.take_repairs()]
    return " ".join(pieces), len(records)


def _damaged(text: str, marks: str) -> list[tuple[str, str]]:
    """The text with each mark deleted, doubled, and moved to the next mark."""
    places = [match.span() for match in re.finditer(marks, text, re.MULTILINE) if match[0]]
    found = []
    for n, (start, end) in enumerate(places):
        mark = text[start:end]
        found.append((f"{n} deleted {mark!r}", text[:start] + text[end:]))
        found.append((f"{n} doubled {mark!r}", text[:end] + mark + text[end:]))
        if n + 1 < len(places):
            other = places[n + 1][1]
            found.append((f"{n} moved {mark!r}", text[:start] + text[end:other] + mark + text[other:]))
    return found


@pytest.mark.parametrize("name", SAMPLES)
def test_the_sample_is_three_papers(tmp_path: Path, name: str) -> None:
    suffix, text, _ = SAMPLES[name]
    path = tmp_path / f"x{suffix}"
    path.write_text(text, "utf-8")
    (source,) = open_sources([str(path)])
    assert source.format
    assert source.format.name == name.partition(" ")[0]
    records = list(source.records())
    assert [isinstance(record, Paper) for record in records] == [True] * 3
    assert set(_WORD.findall(text)) <= set(_WORD.findall(_accounted(path)[0]))


@pytest.mark.parametrize("name", SAMPLES)
def test_nothing_vanishes(tmp_path: Path, name: str) -> None:
    suffix, text, marks = SAMPLES[name]
    path = tmp_path / f"x{suffix}"
    lost = []
    for what, damaged in _damaged(text, marks):
        path.write_text(damaged, "utf-8")
        accounted, count = _accounted(path)
        missing = sorted(set(_WORD.findall(damaged)) - set(_WORD.findall(accounted)))
        if missing or not count:
            lost.append((what, missing, count))
    assert lost == []


@pytest.mark.parametrize("file", ["endnote.xml", "feed.atom", "oai.xml", "crossref.xml", "library.mods", "anthology.xml",
                                  "catalogue.marcxml", "Sources.xml", "dblp.xml", "grobid.tei.xml", "library.rdf"])  # fmt: skip
def test_no_tag_of_xml_costs_a_title_in_silence(tmp_path: Path, file: str) -> None:
    text = (DATA / file).read_bytes().decode("utf-8")
    path = tmp_path / file
    lost = []
    for match in re.finditer(r"</?[\w:]+(?:\s[^<>]*)?>", text):
        path.write_text(text[: match.start()] + text[match.end() :], "utf-8")
        _, count = _accounted(path)
        if not count:
            lost.append((match[0], match.start()))
    assert lost == []


def test_a_line_that_goes_on_stays_with_its_tag(tmp_path: Path) -> None:
    path = tmp_path / "x.ciw"
    path.write_text("FN Clarivate Analytics Web of Science\nPT J\nTI Moss\nID ROOFS; SLATES;\n   GUTTERS\nER\n\nEF\n")
    (source,) = open_sources([str(path)])
    (paper,) = source.records()
    assert isinstance(paper, Paper)
    assert paper.keywords == ("ROOFS", "SLATES", "GUTTERS")

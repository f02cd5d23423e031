"""A made-up file for each peculiarity; and for all readers: papers + rejected = records, by an independent count."""

from __future__ import annotations

import csv
import gzip
import json
from pathlib import Path

import pytest

from semsearch.model.errors import QueryError, SourceError, UnknownFormat
from semsearch.model.paper import Paper, Rejected
from semsearch.model.policy import ReadingPolicy
from semsearch.readers import FORMATS, open_sources
from semsearch.readers.heading_names import HEADINGS
from semsearch.readers.headings import fold_heading
from tests.conftest import DATA, SAMPLE


def read(
    path: Path, kind: str | None = None, encoding: str | None = None, policy: ReadingPolicy | None = None
) -> tuple[list[Paper], list[Rejected]]:
    (source,) = open_sources([str(path)], kind=kind, encoding=encoding, policy=policy)
    records = list(source.records())
    return [r for r in records if isinstance(r, Paper)], [r for r in records if isinstance(r, Rejected)]


def test_scraped_page_of_labelled_abstracts() -> None:
    papers, rejected = read(DATA / "scraped_labels.txt")
    assert not rejected
    assert [p.source.line for p in papers] == [1, 2, 4]
    assert papers[1].abstract == "Second made-up abstract; code at https://example.org/kelp."
    assert papers[2].comment == "9 pages, 2 figures"
    assert all(p.id.startswith("sem:") and not p.title for p in papers)
    assert papers[0].heading == "First made-up abstract about kelp forests and urchins."


def test_scraped_page_whose_ids_follow_their_abstracts() -> None:
    papers, rejected = read(DATA / "scraped_ids_after.txt")
    assert not rejected
    assert [(p.arxiv_id, p.abstract.split(".")[0][:12]) for p in papers] == [
        ("3301.00001", "Paper one st"),
        ("3301.00002", "Paper two st"),
        ("3302.00003", "Paper three "),
        ("3302.00004", "XGBoost is w"),
        ("3302.00005", "Paper five e"),
    ]
    assert [p.doi for p in papers] == [None, "10.5555/moss.2033.918", "10.5555/walls.5", None, None]
    assert [p.comment for p in papers] == [
        "",
        "12 pages, 3 figures and 1 table",
        "",
        "Accepted at the Imaginary Workshop",
        "",
    ]
    assert papers[1].abstract == "Paper two studies lichen (dry) on walls with LichenNet."
    assert papers[1].arxiv_version == 3
    assert papers[2].abstract == "Paper three says it extends arXiv:3301.00001 by far."
    assert [p.year for p in papers] == [2033] * 5


def test_scraped_page_whose_ids_come_first() -> None:
    papers, _ = read(DATA / "scraped_ids_before.txt")
    assert [(p.arxiv_id, p.abstract, p.comment) for p in papers] == [
        ("3301.00001", "Paper one studies moss.", ""),
        ("3301.00002", "Paper two studies lichen.", "5 pages"),
    ]


def test_scraped_page_without_a_last_id() -> None:
    papers, _ = read(DATA / "scraped_no_last_id.txt")
    assert [(p.arxiv_id, p.abstract) for p in papers] == [
        ("3301.00001", "Paper one has an id."),
        (None, "Paper two has none."),
    ]


def test_scraped_page_with_titles(tmp_path: Path) -> None:
    page = tmp_path / "page.txt"
    page.write_text(
        "Moss on roofs\nAbstract: We look at moss.\n7 pages\nLichen on walls\nAbstract: We look at lichen.\n"
    )
    assert [(p.title, p.abstract, p.comment, p.source.line) for p in read(page)[0]] == [
        ("Moss on roofs", "We look at moss.", "7 pages", 1),
        ("Lichen on walls", "We look at lichen.", "", 4),
    ]
    page.write_text(
        "Title: Moss\nAuthors: A. Moss, B. Fern\nAbstract: We look.\nTitle: Lichen\nAbstract: We see.\narXiv:3301.00001\n"
    )
    papers, rejected = read(page)
    assert not rejected
    assert [(p.title, p.abstract, p.arxiv_id) for p in papers] == [
        ("Moss", "We look.", None),
        ("Lichen", "We see.", "3301.00001"),
    ]
    assert papers[0].authors == ("A. Moss", "B. Fern")


def test_generic_json_lines() -> None:
    papers, rejected = read(DATA / "generic.jsonl")
    assert [p.id for p in papers][0:3:2] == ["doi:10.5555/frog.1", "arxiv:3301.00009"]
    first, second, third = papers
    assert (first.title, first.abstract, first.year, first.key) == ("Glass frogs at dusk", "We film frogs.", 2031, "k1")
    assert first.authors == ("Falkenrath, Ines", "Marrick, Tobu")
    assert first.extra == {"colour": "green"}
    assert second.authors == ("Sela Oduvane", "Corvander, Piet")
    assert (second.year, second.date) == (2030, "2030-05-01")
    assert (third.arxiv_version, third.keywords, third.abstract) == (2, ("cs.CL", "stat.ML"), "Hard wrapped.")
    assert [(r.source.line, r.reason.split(":")[0]) for r in rejected] == [
        (2, "not valid JSON"),
        (4, "expected a JSON object, found list"),
        (5, "neither title nor abstract"),
        (8, "not valid JSON"),
    ]
    assert rejected[0].raw == "not json at all"


def test_arxiv_kaggle() -> None:
    (paper,), _ = read(DATA / "kaggle.jsonl")
    assert (paper.id, paper.arxiv_version, paper.year, paper.doi) == ("arxiv:0704.0009", 2, 2007, "10.5555/lens")
    assert paper.title == "Made-up lenses in made-up space"
    assert paper.abstract == "We bend light in z<2."
    assert paper.authors == ("Ines Falkenrath", "Tobu Marrick Jr.")
    assert paper.keywords == ("astro-ph", "gr-qc")
    assert (paper.venue, paper.comment) == ("J. Imag. 3 (2008) 5", "4 pages")
    assert paper.extra["submitter"] == "I. F."


def test_json_document_with_its_list_deep_inside() -> None:
    papers, rejected = read(DATA / "document.json")
    assert [(p.title, p.year) for p in papers] == [("First of a document", 2030), ("Second of a document", 2031)]
    assert [r.reason for r in rejected] == ["expected a JSON object, found int"]


def test_truncated_json_keeps_what_is_whole() -> None:
    papers, rejected = read(DATA / "truncated.json")
    assert [p.title for p in papers] == ["Whole", "Also whole"]
    assert [(r.source.line, r.raw) for r in rejected] == [(4, '{"title": "cut')]


def test_csv_with_semicolons_and_an_open_quote() -> None:
    papers, rejected = read(DATA / "semicolons.csv")
    assert [p.title for p in papers] == ["Salt barley", "No abstract", "Too many", "After it"]
    assert papers[2].extra == {"Notes": "x;y"}  # the year says that all before the notes is in its place
    assert papers[0].abstract == 'Two lines of "quoted" text; with a semicolon'
    assert papers[0].authors == ("Falkenrath, Ines",)
    assert papers[0].extra == {"Notes": "x"}
    assert [(r.source.line, r.reason[:20]) for r in rejected] == [
        (7, "neither title nor ab"),
        (8, "a quotation that is "),
    ]


def test_tsv() -> None:
    (paper,), _ = read(DATA / "tabs.tsv")
    assert (paper.title, paper.abstract, paper.key) == ("Tabs", "We use tabs.", "7")


def test_csv_without_any_paper_column_is_seen_as_rejected() -> None:
    papers, rejected = read(DATA / "no_papers.csv")
    assert not papers
    what_to_do = "name one with --column title=HEADING"
    wanted = f"no column for a title or an abstract; {what_to_do}; the columns are: name, colour"
    assert [r.reason for r in rejected] == [wanted]


def test_columns_that_the_user_names(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("Name,Note,Title\nMoss,We look.,Dr\n")
    (source,) = open_sources([str(path)], columns=["title=Name", "abstract=NOTE"])
    (paper,) = source.records()
    assert isinstance(paper, Paper)
    assert (paper.title, paper.abstract, paper.extra) == ("Moss", "We look.", {"Title": "Dr"})
    for wrong in ("title", "colour=x", "=x", "title="):
        with pytest.raises(QueryError, match="write FIELD=HEADING"):
            open_sources([str(path)], columns=[wrong])


def test_a_copyright_tail_is_no_part_of_the_abstract_and_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    tails = [
        "© 2031 Invented Press. All rights reserved.",
        "Copyright © 2031, Moss Inc.",
        "(C) 2030 Elsewhere Ltd.",
        "Copyright 2029 The Authors.",
    ]
    texts = [f"We look (p < 0.05). {tail}" for tail in tails] + [
        "We study copyright 2020 law.",
        "© 2031 only this",
        "Vitamin (C) 2020 mg was given.",
    ]
    path.write_text("".join(json.dumps({"title": f"t{n}", "abstract": t}) + "\n" for n, t in enumerate(texts)))
    papers, _ = read(path)
    assert [p.abstract for p in papers[:4]] == ["We look (p < 0.05)."] * 4
    assert [p.extra["copyright"] for p in papers[:4]] == tails
    assert [p.abstract for p in papers[4:]] == texts[4:]


def test_paragraphs_and_lines(tmp_path: Path) -> None:
    papers, _ = read(DATA / "paragraphs.txt")
    assert [p.abstract for p in papers] == [
        "First paragraph, hard wrapped at thirty columns or so.",
        "Second paragraph.",
    ]
    lines = tmp_path / "lines.txt"
    lines.write_text("\n".join(f"{n} " + "long line " * 30 + "ends." for n in range(5)))
    assert len(read(lines)[0]) == 5


@pytest.mark.parametrize(("name", "titles"), [
    ("bom.csv", ["BOM and CRLF"]),
    ("cr_only.csv", ["CR only", "Second"]),
    ("utf16.csv", ["Utf sixteen"]),
    ("stray_bytes.jsonl", ["Café d’été and café"]),
])  # fmt: skip
def test_encodings(name: str, titles: list[str]) -> None:
    assert [p.title for p in read(DATA / name)[0]] == titles


def test_stray_bytes_are_counted() -> None:
    (source,) = open_sources([str(DATA / "stray_bytes.jsonl")])
    list(source.records())
    assert source.opened.stray == 4


def test_forced_encoding(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes("title,abstract\nŻółw,x\n".encode("cp1250"))
    assert read(path, encoding="cp1250")[0][0].title == "Żółw"
    with pytest.raises(SourceError, match="no such encoding"):
        read(path, encoding="klingon")


def test_gzip_whole_and_cut_short(tmp_path: Path) -> None:
    whole = tmp_path / "papers.jsonl.gz"
    whole.write_bytes(gzip.compress(SAMPLE.read_bytes()))
    assert len(read(whole)[0]) == 22
    cut = tmp_path / "cut.jsonl.gz"
    cut.write_bytes(gzip.compress(SAMPLE.read_bytes() * 50)[:-4000])
    (source,) = open_sources([str(cut)])
    records = list(source.records())
    assert isinstance(records[-1], Rejected)
    assert "cut short" in records[-1].reason
    assert not source.complete


def test_a_line_of_gigantic_length_is_one_rejected_record(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text('{"title": "before"}\n{"title": "' + "x" * 50_000 + '"}\n{"title": "after"}\n')
    papers, rejected = read(path, policy=ReadingPolicy(line_characters=4096))
    assert [p.title for p in papers] == ["before", "after"]
    assert [r.source.line for r in rejected] == [2]


def test_deeply_nested_json_is_one_rejected_record(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text('{"title": "before"}\n' + '{"a":' * 100_000 + "\n" + '{"title": "after"}\n')
    papers, rejected = read(path)
    assert ([p.title for p in papers], len(rejected)) == (["before", "after"], 1)


def test_a_folder_passes_over_what_it_does_not_know(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "a.jsonl").write_text('{"title": "x"}\n')
    (tmp_path / ".hidden.jsonl").write_text('{"title": "y"}\n')
    (tmp_path / "image.png").write_bytes(b"\x89PNG\x00\x01\x02")
    (tmp_path / "empty.jsonl").write_text("")
    (tmp_path / "loop").symlink_to(tmp_path)
    sources = open_sources([str(tmp_path)])
    assert [(Path(s.name).name, s.format.name if s.format else None) for s in sources] == [
        ("empty.jsonl", "json"),
        ("image.png", None),
        ("a.jsonl", "json"),
    ]
    with pytest.raises(UnknownFormat, match="set one with --from"):
        open_sources([str(tmp_path / "image.png")])
    with pytest.raises(SourceError, match="no such file"):
        open_sources([str(tmp_path / "absent.jsonl")])
    with pytest.raises(UnknownFormat, match="no format 'papyrus'"):
        open_sources([str(tmp_path)], kind="papyrus")


def test_content_is_looked_at_before_the_suffix(tmp_path: Path) -> None:
    path = tmp_path / "data.txt"
    path.write_text('{"title": "json in a text file"}\n')
    (source,) = open_sources([str(path)])
    assert source.format
    assert source.format.name == "json"


def test_no_heading_means_two_fields() -> None:
    headings = [fold_heading(h) for names in HEADINGS.values() for h in names]
    assert len(headings) == len(set(headings))
    assert all(h.isascii() <= (fold_heading(h) == h) for names in HEADINGS.values() for h in names)
    assert len({f.name for f in FORMATS}) == len(FORMATS)


GENERIC = [
    p
    for p in sorted(DATA.glob("*.*"))
    if p.suffix in (".jsonl", ".tsv", ".csv", ".txt") or p.stem in ("document", "truncated")
]


@pytest.mark.parametrize("path", GENERIC, ids=lambda p: p.name)
def test_conservation_on_every_file_here(path: Path) -> None:
    papers, rejected = read(path)
    raw = path.read_bytes()
    text = (
        raw.decode("utf-16" if path.name.startswith("utf16") else "utf-8-sig", "replace")
        .replace("\r\n", "\n")
        .replace("\r", "\n")
    )
    independent = {
        ".jsonl": lambda: sum(1 for line in text.split("\n") if line.strip()),
        ".json": lambda: text.count('"title"') + text.count("17"),
        ".tsv": lambda: len(list(csv.reader(text.splitlines(), delimiter="\t"))) - 1,
    }
    known = {"semicolons.csv": 6, "no_papers.csv": 1, "bom.csv": 1, "cr_only.csv": 2, "utf16.csv": 1}
    known |= {"proquest.txt": 2, "pubmed_abstracts.txt": 2}
    known |= {
        "scraped_labels.txt": 3,
        "scraped_ids_after.txt": 5,
        "scraped_ids_before.txt": 2,
        "scraped_no_last_id.txt": 2,
        "paragraphs.txt": 2,
        "refworks.txt": 2,
        "cochrane.txt": 2,
        "ovid.txt": 2,
        "book.txt": 1,
        "scopus.csv": 1,
    }
    expected = known[path.name] if path.name in known else independent[path.suffix]()
    assert len(papers) + len(rejected) == expected


def test_the_sample_is_whole() -> None:
    papers, rejected = read(SAMPLE)
    assert (len(papers), len(rejected)) == (22, 0)
    assert len({p.id for p in papers}) == 22
    assert all(json.loads(line)["key"] for line in SAMPLE.read_text("utf-8").splitlines())

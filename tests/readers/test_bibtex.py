"""BibTeX: read part by part, each fault costs one entry, and the same text as in RIS."""

from __future__ import annotations

import random
import tracemalloc
from pathlib import Path

import pytest

from semsearch.model.paper import Paper, Rejected
from semsearch.readers import open_sources
from semsearch.readers.bibtex_blocks import blocks
from tests.readers.reading import read_file


def _read(path: Path, text: str) -> tuple[list[Paper], list[Rejected], list[str]]:
    path.write_text(text, "utf-8")
    return read_file(path)[1:]


#: How Zotero writes signs in BibTeX (its translator "BibTeX"); the others stay as they are.
_ZOTERO = {
    "\\": "{\\textbackslash}", "<": "{\\textless}", ">": "{\\textgreater}", "|": "{\\textbar}", "~": "{\\textasciitilde}",
    "^": "{\\textasciicircum}", "{": "\\{\\vphantom{\\}}", "}": "\\vphantom{\\{}\\}", "$": "\\$", "%": "\\%", "&": "\\&",
    "#": "\\#", "_": "\\_",
}  # fmt: skip
#: Pieces of abstracts, as they are in RIS.
_PIECES = (
    "p < 0.05", "x > y & z", "<i>Bryum</i>", "50% of 12", "a_b and #7", "$5 and $10", "(±3 °C)", "naïve “quotes”", "1–2 µm",
    "~5 roofs", "H<sub>2</sub>O", "$\\alpha$-moss", "$x^2 + y_1$", "\\emph{new}", "|x| < 1", "R&D", "mass rose by a third.",
    "e.g. in [3]", "'single'", "C++", "10^3", "90%", "α ≤ β", "100 %", "{1, 2}", "http://roofs.example/~a_b", "50 € per m²",
)  # fmt: skip


def test_the_same_library_gives_the_same_abstracts_in_bibtex_and_ris(tmp_path: Path) -> None:
    rng = random.Random(7)
    texts = [" ".join(rng.choices(_PIECES, k=rng.randint(1, 9))) + " We weigh moss." for _ in range(500)]
    escaped = ["".join(_ZOTERO.get(sign, sign) for sign in text) for text in texts]
    bib, _, _ = _read(
        tmp_path / "x.bib",
        "".join(
            f"@article{{k{n},\n\ttitle = {{T{n}}},\n\tabstract = {{{text}}},\n}}\n\n" for n, text in enumerate(escaped)
        ),
    )
    ris, _, _ = _read(
        tmp_path / "x.ris", "".join(f"TY  - JOUR\nTI  - T{n}\nAB  - {text}\nER  - \n\n" for n, text in enumerate(texts))
    )
    assert len(bib) == len(ris) == 500
    other = [(a.abstract, b.abstract) for a, b in zip(bib, ris, strict=True) if a.abstract != b.abstract]
    assert len(other) <= 5, other[:5]


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    entry = "@article{{k{n},\n  title = {{Moss {n}}},\n  abstract = {{{text}}}\n}}\n\n"
    peaks = []
    for count in (500, 4000):
        path = tmp_path / f"{count}.bib"
        path.write_text("".join(entry.format(n=n, text="We weigh moss. " * 60) for n in range(count)))
        (source,) = open_sources([str(path)])
        next(iter(source.records()))  # loads the parser
        (source,) = open_sources([str(path)])
        tracemalloc.start()
        assert sum(1 for _ in source.records()) == count
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 2 * peaks[0]


def test_parts_of_a_file_are_read_as_one(tmp_path: Path) -> None:
    """Strings, keys and references reach over the parts in which a long file is read."""
    filler = "".join(f"@misc{{f{n}, title={{Filler {n}}}, note={{{'x' * 3000}}}}}\n" for n in range(100))
    papers, rejected, repairs = _read(
        tmp_path / "x.bib",
        '@string{jr = "Journal of Roofs"}\n@inproceedings{a, title={A}, crossref={p}}\n'
        + filler
        + "@article{b, title={B}, journal=jr}\n@article{f3, title={Again}}\n@proceedings{p, title={Proc}, year={2030}}\n",
    )
    assert rejected == []
    by_title = {paper.title: paper for paper in papers}
    assert [p.title for p in papers][:2] == ["A", "Filler 0"]
    assert (by_title["A"].venue, by_title["A"].year, by_title["B"].venue) == ("Proc", 2030, "Journal of Roofs")
    assert repairs == ["an entry with the key of an earlier entry"]


@pytest.mark.parametrize(
    ("text", "titles", "lines"),
    [
        ("@article{a, title={A}}\n title = {Lost},\n year = {2031}\n}\n@article{b, title={B}}\n", ["A", "B"], [2]),
        ("@article{a,\n title = {A {open},\n year = {2031}\n}\n@article{b, title={B}}\n", ["B"], [1]),
        ("article{a, title={A}}\n@article{b, title={B}}\n", ["B"], [1]),
        ("% a comment\n@comment{x}\n@article{b, title={B}}\n", ["B"], []),
    ],
)
def test_what_is_no_entry_costs_one_rejected_record(
    tmp_path: Path, text: str, titles: list[str], lines: list[int]
) -> None:
    papers, rejected, _ = _read(tmp_path / "x.bib", text)
    assert ([p.title for p in papers], [r.source.line for r in rejected]) == (titles, lines)


def test_text_between_entries_is_a_comment_and_is_said(tmp_path: Path) -> None:
    papers, rejected, repairs = _read(tmp_path / "x.bib", "Made by a program.\n@article{b, title={B}}\nThe end.\n")
    assert ([p.title for p in papers], rejected) == (["B"], [])
    assert repairs == ["text between entries, which is a comment in BibTeX"] * 2


@pytest.mark.parametrize(
    ("field", "venue"),
    [
        ("journal={\\apj}", "The Astrophysical Journal"), ("journal={{\\prd}}", "Physical Review D"),
        ("journal={\\nat}", "Nature"), ("journal={\\unknown}", "unknown"), ("journal={Apj}", "Apj"),
    ],
)  # fmt: skip
def test_journal_macros(tmp_path: Path, field: str, venue: str) -> None:
    papers, _, _ = _read(tmp_path / "x.bib", f"@article{{a, title={{A}}, {field}, year={{2031}}}}\n")
    assert [p.venue for p in papers] == [venue]


@pytest.mark.parametrize(
    ("value", "keywords"),
    [
        ("moss, roofs", ("moss", "roofs")), ("moss; roofs", ("moss", "roofs")), ("{moss, wet}, roofs", ("moss, wet", "roofs")),
        ("moss, wet; roofs", ("moss, wet", "roofs")), ("{a; b}, c", ("a; b", "c")),
    ],
)  # fmt: skip
def test_keywords(tmp_path: Path, value: str, keywords: tuple[str, ...]) -> None:
    (paper,), _, _ = _read(tmp_path / "x.bib", f"@article{{a, title={{A}}, keywords={{{value}}}}}\n")
    assert paper.keywords == keywords


def test_editors_stand_in_and_stay_editors(tmp_path: Path) -> None:
    people = "editor={Garcia, Ana and Novak, Petr}"
    text = f"@book{{a, title={{A}}, {people}}}\n@incollection{{b, title={{B}}, author={{X, Y}}, {people}}}\n"
    (book, part), _, _ = _read(tmp_path / "x.bib", text)
    assert (book.authors, part.authors) == (("Garcia, Ana", "Novak, Petr"), ("X, Y",))
    assert part.extra["editors"] == "Garcia, Ana; Novak, Petr"


def test_blocks_know_their_lines() -> None:
    found = list(blocks(enumerate(["", "@article{a,", " title={A}}", "", "@article{b, title={B}}"], 1)))
    assert [(b.kind, b.line) for b in found if b.kind == "entry"] == [("entry", 2), ("entry", 5)]


def test_an_entry_without_a_key_gives_nothing_to_others(tmp_path: Path) -> None:
    papers, _, _ = _read(tmp_path / "x.bib", "@book{, title={A}, year={2012}, journal={J}}\n@article{, title={B}}\n")
    assert [(p.title, p.year, p.venue) for p in papers] == [("A", 2012, "J"), ("B", None, "")]

"""The filter grammar, and filters over an index against a plain reading of the same rules."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semsearch.model.errors import QueryError
from semsearch.model.filters import All, Any, FieldTest, Filter, Not, parse
from semsearch.model.paper import Paper
from semsearch.service import Index
from semsearch.text.folding import fold

PARSED = [
    ("year >= 2020", FieldTest("year", ">=", "2020")),
    ("year:2020", FieldTest("year", ":", "2020")),
    ("year=2020", FieldTest("year", ":", "2020")),
    ("author: smith", FieldTest("author", ":", "smith")),
    ('author:"ines falkenrath"', FieldTest("author", ":", "ines falkenrath")),
    ("venue: 'imagined botany'", FieldTest("venue", ":", "imagined botany")),
    ("not tag:read", Not(FieldTest("tag", ":", "read"))),
    ("category != cs.CL", FieldTest("category", "!=", "cs.CL")),
    ("has:abstract", FieldTest("abstract", "has", "")),
    ("year>2000 year<2010", All((FieldTest("year", ">", "2000"), FieldTest("year", "<", "2010")))),
    (
        "year>2000 and author:a or not (tag:b or tag:c)",
        Any(
            (
                All((FieldTest("year", ">", "2000"), FieldTest("author", ":", "a"))),
                Not(Any((FieldTest("tag", ":", "b"), FieldTest("tag", ":", "c")))),
            )
        ),
    ),
    ('tag:"not" and tag:"("', All((FieldTest("tag", ":", "not"), FieldTest("tag", ":", "(")))),
    ("date: 2031-05", FieldTest("date", ":", "2031-05")),
]
REFUSED = [
    ("", "a field .* expected at character 1, not the end"),
    ("colour: red", "a field .* expected at character 1, not 'colour'"),
    ("year", "an operator .* after 'year' expected at character 5, not the end"),
    ("year >= ", "a value for 'year' expected"),
    ("year: soon", "a year in numbers expected at character 7, not 'soon'"),
    ("date: May", "a date such as"),
    ("author > smith", "has no order"),
    ("(year: 2020", "'\\)' expected at character 12, not the end"),
    ("year: 2020)", "'and' or 'or' expected at character 11"),
    ('author: "smith', "a closing quotation mark expected"),
    ("has: colour", "a field .* expected"),
    ("abstract: moss", "has:abstract"),
    ("not " * 60 + "year:1", "nested more than 50 deep"),
]


@pytest.mark.parametrize(("text", "expected"), PARSED)
def test_parsed(text: str, expected: Filter) -> None:
    assert parse(text) == expected


@pytest.mark.parametrize(("text", "message"), REFUSED, ids=[t[:20] for t, _ in REFUSED])
def test_refused_in_one_line(text: str, message: str) -> None:
    with pytest.raises(QueryError, match=message) as found:
        parse(text)
    assert "\n" not in str(found.value)


@given(st.text(st.sampled_from("year:=<>!()\"' andortg2019-.%;*"), max_size=40))
def test_any_text_is_parsed_or_refused(text: str) -> None:
    try:
        parse(text)
    except QueryError as error:
        assert "\n" not in str(error)


PEOPLE = ["Falkenrath, Ines", "Marrick, Tobu", "O'Neill, Séan", "Smith, Al", "Smithson, Bo", "Ng, X", "Lee Smith"]
VENUES = ["Imagined Botany", "Letters of Nowhere", "Botany", ""]
CATEGORIES = ["cs.CL", "cs.CR", "stat.ML", "moss"]
LANGUAGES = ["en", "English", "de", ""]


@pytest.fixture
def filled(index: Index) -> Index:
    rng = random.Random(7)
    papers = []
    for n in range(300):
        year = rng.choice([None, 1999, 2019, 2020, 2021])
        papers.append(
            Paper(
                title=f"paper {n} on {rng.choice(['moss', 'kelp'])}",
                abstract=rng.choice(["", "an abstract"]),
                authors=tuple(rng.sample(PEOPLE, rng.randint(0, 3))),
                venue=rng.choice(VENUES),
                keywords=tuple(rng.sample(CATEGORIES, rng.randint(0, 2))),
                tags=tuple(rng.sample(["to read", "read"], rng.randint(0, 2))),
                language=rng.choice(LANGUAGES),
                year=year,
                date=rng.choice(["", f"{year}-05", f"{year}-05-17"]) if year else "",
                key=f"k{n}",
            )
        )
    index.add(papers)
    index.remove([f"k{n}" for n in range(0, 300, 17)])
    return index


def _has(value: str, words: str) -> bool:
    return f" {fold(words)} " in f" {fold(value)} "


def _date(paper: Paper) -> str:
    return paper.date or (str(paper.year) if paper.year else "")


ORACLE: list[tuple[str, Callable[[Paper], bool]]] = [
    ("year: 2020", lambda p: p.year == 2020),
    ("year >= 2020", lambda p: (p.year or 0) >= 2020),
    ("not year >= 2020", lambda p: not (p.year or 0) >= 2020),
    ("year != 2020", lambda p: p.year != 2020),
    ("date: 2020-05", lambda p: _date(p).startswith("2020-05")),
    ("date > 2020-05", lambda p: _date(p) > "2020-05~"),
    ("date <= 2020", lambda p: bool(_date(p)) and _date(p) < "2020~"),
    ("author: smith", lambda p: any(_has(a, "smith") for a in p.authors)),
    ("author: SEAN", lambda p: any("Séan" in a for a in p.authors)),
    ('author: "falkenrath ines"', lambda p: "Falkenrath, Ines" in p.authors),
    ('author: "ines marrick"', lambda p: False),
    ("venue: botany", lambda p: "Botany" in p.venue),
    ("category: cs.CL", lambda p: "cs.CL" in p.keywords),
    ("category: cs", lambda p: any(k.startswith("cs.") for k in p.keywords)),
    ('tag: "to read"', lambda p: "to read" in p.tags),
    ("tag: read", lambda p: "read" in p.tags),
    ("tag != read", lambda p: "read" not in p.tags),
    ("tag: CS.cl", lambda p: "cs.CL" in p.keywords),
    ("tag: cs", lambda p: False),
    ("tag: moss or tag: read", lambda p: "moss" in p.keywords or "read" in p.tags),
    ("language: en", lambda p: p.language.lower().startswith("en")),
    ("has: abstract", lambda p: bool(p.abstract)),
    ("has: author", lambda p: bool(p.authors)),
    ("not has: tag", lambda p: not p.tags and not p.keywords),
    ("has: category", lambda p: bool(p.keywords)),
    ("has: venue and has: language and has: year and has: date", lambda p: bool(p.venue and p.language and p.year)),
    ("(author: smith or author: ng) year > 2000 not tag: read", lambda p: any(_has(a, "smith") or _has(a, "ng") for a in p.authors) and (p.year or 0) > 2000 and "read" not in p.tags),
    ("source: python", lambda p: True),
    ("source: elsewhere", lambda p: False),
]  # fmt: skip


@pytest.mark.parametrize(("where", "holds"), ORACLE, ids=[w for w, _ in ORACLE])
def test_filters_equal_a_plain_reading(filled: Index, where: str, holds: Callable[[Paper], bool]) -> None:
    expected = {paper.id for paper in filled if holds(paper)}
    for mode in ("hybrid", "dense"):
        found = filled.search("paper on moss", 1000, where=where, mode=mode, collapse=False)
        assert {hit.paper.id for hit in found} == expected
    seed = next(iter(filled)).id
    assert {h.paper.id for h in filled.related(seed, 1000, where=where, collapse=False)} == expected - {seed}


def test_a_filter_comes_before_the_k_nearest(filled: Index) -> None:
    everything = filled.search("kelp", 1000, mode="dense", collapse=False)
    filtered = filled.search("kelp", 5, mode="dense", collapse=False, where="author: ng")
    expected = [h for h in everything if "Ng, X" in h.paper.authors][:5]
    assert [h.paper.id for h in filtered] == [h.paper.id for h in expected]
    assert [h.score for h in filtered] == [h.score for h in expected]


@pytest.mark.parametrize(
    "value", ["x' OR '1'='1", 'x" OR author:"', "*", "^x", "NEAR(a b)", "'; DROP TABLE papers; --"]
)
def test_nothing_in_a_value_is_taken_for_sql_or_fts5(filled: Index, value: str) -> None:
    quoted = f"'{value}'" if '"' in value else f'"{value}"'
    found = {}
    for field in ("author", "source", "language", "tag"):
        try:
            found[field] = len(filled.search("moss", 1000, where=f"{field}: {quoted}", collapse=False))
        except QueryError as error:
            assert "holds no letter or digit" in str(error) or "expected" in str(error)
    assert {field for field, count in found.items() if count} == ({"author"} if value == "^x" else set())  # Ng, X
    assert len(filled) > 200
    assert filled.verify() == []


def test_filters_see_what_changes(index: Index) -> None:
    index.add({"title": "One", "doi": "10.5555/one", "year": 2020, "author": "Ng, X"})
    assert len(index.search("one", where="year: 2020 author: ng")) == 1
    index.add({"title": "One", "doi": "10.5555/one", "keywords": ["moss"], "venue": "Botany", "author": "Ng, X"})
    assert list(index.search("one", where="year: 2020")) == []
    assert len(index.search("one", where="category: moss venue: botany author: ng")) == 1
    index.remove(["10.5555/one"])
    assert list(index.search("one", where="category: moss")) == []
    assert index.verify() == []


#: A tag, what finds it, and what does not.
WHOLE = [
    ("to read", ["to read", "TO  READ", "to-read", "to_read"], ["read", "to", "to read later", "read to"]),
    ("to-read", ["to-read", "to read"], ["read"]),
    ("C++", ["c++"], ["C", "C#", "+"]),
    ("#read", ["#read"], ["read"]),
    ("★", ["★"], ["☆", "star"]),
    ("!!", ["!!"], ["!"]),
    ("Café", ["cafe", "CAFÉ", "Cafe\u0301"], ["caf"]),
    ("Straße", ["strasse", "STRASSE"], ["stra"]),
    ("мой тег", ["МОЙ ТЕГ"], ["тег"]),
    ("読む", ["読む"], ["読"]),
    ("がき", ["がき"], ["かき"]),
    ("कि", ["कि"], ["का"]),
    ("𞤀𞤁", ["𞤀𞤁", "𞤢𞤣"], ["𞤀"]),
    ("read; write", ["read; write"], ["read", "write"]),
    ("qzvalueqz", ["qzvalueqz"], []),
    ("50%_of", ["50%_of"], ["50"]),
]


@pytest.mark.parametrize("name", ["tags", "keywords"])
def test_a_tag_is_matched_whole_whatever_its_signs(index: Index, name: str) -> None:
    papers = [
        {"title": f"paper {n}", "key": str(n), name: ["first", tag, "last"]} for n, (tag, _, _) in enumerate(WHOLE)
    ]
    papers.append({"title": "none", "key": "none", name: ["a read b", "unread"]})
    index.add(list(map(Paper.from_dict, papers)))
    for number, (tag, found_by, not_by) in enumerate(WHOLE):
        for value in found_by:
            held = {hit.paper.key for hit in index.search("paper", 100, where=f'tag: "{value}"')}
            assert str(number) in held, (tag, value)
            assert "none" not in held
            assert str(number) not in {h.paper.key for h in index.search("paper", 100, where=f'tag != "{value}"')}
        for value in not_by:
            assert str(number) not in {h.paper.key for h in index.search("paper", 100, where=f'tag: "{value}"')}
    assert len(index.search("paper", 100, where="tag: first tag: last")) == len(WHOLE)
    with pytest.raises(QueryError, match="a tag is expected"):
        index.search("paper", where='tag: " "')


TAGGED = {
    "x.bib": "@article{a, title = {Moss}, keywords = {read, roofs}}\n@article{b, title = {Rain}, keywords = {to read}}\n@article{c, title = {Kelp}, mendeley-tags = {read}}\n",
    "x.ris": "TY  - JOUR\nTI  - Moss\nKW  - read\nKW  - roofs\nER  - \nTY  - JOUR\nTI  - Rain\nKW  - to read\nER  - \nTY  - JOUR\nTI  - Kelp\nN1  - Tags: roofs; read\nER  - \n",
    "x.csv": "Title,Manual Tags,Keywords\nMoss,read; roofs,\nRain,to read,\nKelp,,read\n",
    "x.enw": "%0 Journal\n%T Moss\n%K read\n%0 Journal\n%T Rain\n%K to read\n%0 Journal\n%T Kelp\n%K roofs\nread\n",
    "x.jsonl": '{"title": "Moss", "tags": ["read", "x"]}\n{"title": "Rain", "tags": ["to read"]}\n{"title": "Kelp", "keywords": ["read"]}\n',
}  # fmt: skip


@pytest.mark.parametrize("name", TAGGED)
def test_tags_of_any_format_are_tags(index: Index, tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(TAGGED[name])
    index.add(tmp_path / name)
    assert [hit.paper.title for hit in index.search("paper", where="not tag:read")] == ["Rain"]
    assert {hit.paper.title for hit in index.search("paper", where="tag:read")} == {"Moss", "Kelp"}

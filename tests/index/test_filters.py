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
    ("tag~read", FieldTest("tag", "~", "read")),
    ('tag !~ "to read"', Not(FieldTest("tag", "~", "to read"))),
    ("author ~ smith", FieldTest("author", ":", "smith")),
    ("venue!~botany", FieldTest("venue", "!=", "botany")),
    ("keywords: moss", FieldTest("category", ":", "moss")),
    ("has: keywords", FieldTest("category", "has", "")),
    ("title: moss", FieldTest("title", ":", "moss")),
    ("title ~ moss", FieldTest("title", ":", "moss")),
    ("title !~ moss", Not(FieldTest("title", ":", "moss"))),
    ('title != "moss 1"', Not(FieldTest("title", "=", "moss 1"))),
    ("type = article", FieldTest("type", ":", "article")),
    ("key !~ k1", Not(FieldTest("key", "~", "k1"))),
    ("source: ~/library", FieldTest("source", ":", "~/library")),
]
REFUSED = [
    ("", "a field .* expected at character 1, not the end"),
    ("colour: red", "a field .* expected at character 1, not 'colour'"),
    ("year", "an operator .* after 'year' expected at character 5, not the end"),
    ("year >= ", "a value for 'year' expected"),
    ("year: soon", "a year such as 2031 expected at character 7, not 'soon'"),
    ("date: May", "a date such as"),
    ("date: 2031-13", "a date such as"),
    ("date: 2031-02-30", "a date such as"),
    ("year: 99999", "a year such as 2031 expected at character 7, not '99999'"),
    ("year ~ 2031", "after 'year', which has no words"),
    ("autor: smith", "a field .*; did you mean 'author'\\?"),
    ("journal: botany", "a field .*; did you mean 'venue'\\?"),
    ("keyord: moss", "did you mean 'category'"),
    ("titel: moss", "did you mean 'title'"),
    ("author: ines falkenrath", 'put a value with spaces in quotation marks: author: "ines falkenrath"'),
    ("year", "put the whole filter in single quotes in a shell"),
    ("has: autor", "did you mean 'author'"),
    ("tag ~", "a value for 'tag' expected"),
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
TYPES = ["JOUR", "article", "book", "Review Article", ""]
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
                type=TYPES[n % len(TYPES)],
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
    ("tag~read", lambda p: any(_has(t, "read") for t in (*p.tags, *p.keywords))),
    ("tag!~to", lambda p: "to read" not in p.tags),
    ("tag ~ cs", lambda p: any(k.startswith("cs.") for k in p.keywords)),
    ("author~smith author!~lee", lambda p: any(_has(a, "smith") and a != "Lee Smith" for a in p.authors) and "Lee Smith" not in p.authors),
    ("language ~ en", lambda p: p.language.lower().startswith("en")),
    ("tag: moss or tag: read", lambda p: "moss" in p.keywords or "read" in p.tags),
    ("language: en", lambda p: p.language.lower().startswith("en")),
    ("has: abstract", lambda p: bool(p.abstract)),
    ("has: author", lambda p: bool(p.authors)),
    ("not has: tag", lambda p: not p.tags and not p.keywords),
    ("has: category", lambda p: bool(p.keywords)),
    ("has: venue and has: language and has: year and has: date", lambda p: bool(p.venue and p.language and p.year)),
    ("(author: smith or author: ng) year > 2000 not tag: read", lambda p: any(_has(a, "smith") or _has(a, "ng") for a in p.authors) and (p.year or 0) > 2000 and "read" not in p.tags),
    ("title: kelp", lambda p: p.title.endswith("kelp")),
    ("title: 'PAPERS 7 on moss'", lambda p: p.title == "paper 7 on moss"),
    ("title: 'moss paper'", lambda p: False),
    ("title = 'Paper 7, on MOSS!' or title = 'on kelp'", lambda p: p.title == "paper 7 on moss"),
    ("title != 'paper 7 on moss'", lambda p: p.title != "paper 7 on moss"),
    ("type: article", lambda p: p.type in ("JOUR", "article", "Review Article")),
    ("type: jour", lambda p: p.type in ("JOUR", "article", "Review Article")),
    ("type: book", lambda p: p.type == "book"),
    ("type != book", lambda p: p.type != "book"),
    ("type ~ review", lambda p: p.type == "Review Article"),
    ("key: K7", lambda p: p.key == "k7"),
    ("key ~ k7", lambda p: str(p.key).startswith("k7")),
    ("key !~ k7", lambda p: not str(p.key).startswith("k7")),
    ("keywords: cs", lambda p: any(k.startswith("cs.") for k in p.keywords)),
    ("not has: type", lambda p: not p.type),
    ("has: title and has: key and has: keywords", lambda p: bool(p.keywords)),
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


#: A filter that no paper passes, and why.
NO_PAPER = [
    ("tag: raed", "no paper fits tag: raed (nearest: read, {read} papers)"),
    ("tag: later", "no paper fits tag: later (there are: cl, cr, cs, ml, moss, read, stat, to)"),
    ("tag: to", "no paper fits tag: to as a whole (try tag ~ to: {to} papers)"),
    ('tag: "to raed"', 'no paper fits tag: "to raed" (nearest: to read, {to} papers)'),
    ("tag~raed", "no paper fits tag ~ raed (nearest: read, {any} papers)"),
    ("author: falkenrat", "no paper fits author: falkenrat (nearest: falkenrath, {falkenrath} papers)"),
    ("venue: nature", "no paper fits venue: nature (there are: botany, imagined, letters, nowhere, of)"),
    ("language: englsh", "no paper fits language: englsh (nearest: english, {english} papers)"),
    ("type: bok", "no paper fits type: bok (nearest: book, {book} papers)"),
    ("language: fr", "no paper fits language: fr (there are: de, en, english)"),
    ("year: 1850", "no paper fits year: 1850 (nearest: 1999, {y1999} papers)"),
    ("year > 2030", "no paper fits year > 2030"),
    ("date: 2021-07", "no paper fits date: 2021-07"),
    ("source: nowhere", "no paper fits source: nowhere"),
    ("year > 2019 and year < 2010", "no paper fits both year > 2019 and year < 2010"),
    ("year: 2020 tag: raed", "no paper fits tag: raed (nearest: read, {read} papers)"),
    ("year: 1850 or author: nobody", "no paper fits year: 1850 (nearest: 1999, {y1999} papers); no paper fits author: nobody"),
    ("has: source and not has: source", "every paper fits has: source"),
    ("not (has: source or year: 2020)", "every paper fits has: source or year: 2020"),
]  # fmt: skip


@pytest.mark.parametrize(("where", "reason"), NO_PAPER, ids=[w for w, _ in NO_PAPER])
def test_a_filter_that_no_paper_passes_is_explained(filled: Index, where: str, reason: str) -> None:
    papers = list(filled)
    counts = {
        "english": sum(p.language == "English" for p in papers),
        "book": sum(p.type == "book" for p in papers),
        "read": sum("read" in p.tags for p in papers),
        "to": sum("to read" in p.tags for p in papers),
        "any": sum(bool(p.tags) for p in papers),
        "falkenrath": sum("Falkenrath, Ines" in p.authors for p in papers),
        "y1999": sum(p.year == 1999 for p in papers),
    }
    expected = reason.format_map(counts)
    for mode in ("hybrid", "dense", "bm25"):
        found = filled.search("paper on moss", where=where, mode=mode)
        assert (len(found), found.reason) == (0, expected)
        assert found.to_dict()["reason"] == expected
    assert [hits.reason for hits in filled.search(["moss", "kelp"], where=where)] == [expected, expected]
    assert filled.related(papers[0].id, where=where).reason == expected


def test_no_reason_is_given_where_a_paper_passes(filled: Index) -> None:
    assert filled.search("paper", where="tag: read").reason == ""
    assert "reason" not in filled.search("paper", where="tag: read").to_dict()
    nothing = filled.search("paper", where="tag: read", min_score=1.0)
    assert (len(nothing), nothing.reason) == (0, "")  # it is not the filter
    seed = next(p for p in filled)
    filled.remove([p.id for p in filled if p.year == seed.year and p.id != seed.id])
    assert filled.related(seed.id, where=f"year: {seed.year}").reason == "" if seed.year else True


TAGGED = {
    "x.bib": "@article{a, title = {Moss}, keywords = {read, roofs}}\n@article{b, title = {Rain}, keywords = {to read}}\n@article{c, title = {Kelp}, mendeley-tags = {read}}\n",
    "x.ris": "TY  - JOUR\nTI  - Moss\nKW  - read\nKW  - roofs\nER  - \nTY  - JOUR\nTI  - Rain\nKW  - to read\nER  - \nTY  - JOUR\nTI  - Kelp\nN1  - Tags: roofs; read\nER  - \n",
    "x.csv": "Title,Manual Tags,Keywords\nMoss,read; roofs,\nRain,to read,\nKelp,,read\n",
    "x.enw": "%0 Journal\n%T Moss\n%K read\n%0 Journal\n%T Rain\n%K to read\n%0 Journal\n%T Kelp\n%K roofs\nread\n",
    "y.csv": "Title,Tags,Author Keywords\nMoss,READ,\nRain,to read; later,\nKelp,,Read\n",
    "x.json": '[{"title": "Moss", "type": "book", "issued": {}, "keyword": "moss; read"}, {"title": "Rain", "issued": {}, "keyword": "to read"}, {"title": "Kelp", "issued": {}, "tags": ["read"]}]',
    "x.jsonl": '{"title": "Moss", "tags": ["read", "x"]}\n{"title": "Rain", "tags": ["to read"]}\n{"title": "Kelp", "keywords": ["read"]}\n',
}  # fmt: skip


@pytest.mark.parametrize("name", TAGGED)
def test_tags_of_any_format_are_tags(index: Index, tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(TAGGED[name])
    index.add(tmp_path / name)
    assert [hit.paper.title for hit in index.search("paper", where="not tag:read")] == ["Rain"]
    assert {hit.paper.title for hit in index.search("paper", where="tag:read")} == {"Moss", "Kelp"}
    assert len(index.search("paper", where="tag~read")) == 3
    assert len(index.search("paper", where="has:tag")) == 3


@pytest.mark.parametrize(
    ("text", "like"),
    [
        ("year:2019..2023", "year >= 2019 and year <= 2023"),
        ("year = 2019..2023 tag: read", "(year >= 2019 and year <= 2023) and tag: read"),
        ("year:2019..", "year >= 2019"),
        ("year:..2023", "year <= 2023"),
        ("year != 2019..2023", "not (year >= 2019 and year <= 2023)"),
        ("date: 2031-05..2031-06-02", "date >= 2031-05 and date <= 2031-06-02"),
    ],
)
def test_ranges(text: str, like: str) -> None:
    assert parse(text) == parse(like)


@pytest.mark.parametrize(
    "text", ["year:..", "year:2019..2020..2021", "year:2019..x", "date:2031-13..2032", "year>2019..2023"]
)
def test_no_ranges(text: str) -> None:
    with pytest.raises(QueryError, match="filter "):
        parse(text)

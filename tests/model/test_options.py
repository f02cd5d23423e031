"""One object describes the options of a search. The command line, Python and the documentation follow it."""

from __future__ import annotations

import math
from typing import Any, get_type_hints

import pytest
import typer.main

from scripts.options_table import PAGE, page, table
from semsearch.cli import app
from semsearch.model.errors import ArgumentError, QueryError
from semsearch.model.options import OPTIONS, Option, RelatedKeywords, SearchKeywords, SearchOptions
from semsearch.service import Index
from tests.conftest import SAMPLE, Run

BOUNDED = [option for option in OPTIONS if option.least is not None]


def test_keywords_of_python_are_the_fields_with_their_types() -> None:
    fields = {option.name: option.type for option in OPTIONS if option.name != "k"}
    assert get_type_hints(SearchKeywords) == fields
    of_both = {option.name for option in OPTIONS if not option.of_questions}
    assert get_type_hints(RelatedKeywords) == {name: kind for name, kind in fields.items() if name in of_both}


@pytest.mark.parametrize("command", ["query", "related"])
def test_the_command_line_has_the_same_options(command: str) -> None:
    group: Any = typer.main.get_command(app)
    found = {parameter.name: parameter for parameter in group.commands[command].params}
    taken = [option for option in OPTIONS if command == "query" or not option.of_questions]
    assert not {option.name for option in OPTIONS if option not in taken} & set(found)
    for option in taken:
        shown = found[option.name]
        assert tuple(shown.opts) == option.cli
        assert (shown.help, shown.default, shown.hidden) == (option.help, option.default, False)
        assert shown.secondary_opts == ([f"--no-{option.name}"] if option.default is True else [])
    assert found["fold"].hidden


@pytest.mark.parametrize("option", BOUNDED, ids=lambda option: option.name)
def test_what_is_out_of_range_is_refused_by_name(option: Option, run: Run) -> None:
    assert option.least is not None
    make: Any = SearchOptions
    wrong = [option.least - 1, *([] if option.most is None else [option.most + 1, math.nan])]
    for value in wrong:
        with pytest.raises(QueryError, match=rf"^{option.name} is {value}; give {'' if option.most is None else 'a'}"):
            make(**{option.name: value})
        assert run("query", "x", option.cli[0], str(value))[0] == 2
    for value in (option.least, option.most if option.most is not None else 10**9):
        assert getattr(make(**{option.name: value}), option.name) == value


def test_a_filter_is_parsed_once_and_told_at_once_when_it_is_none() -> None:
    options = SearchOptions(where="year >= 2020")
    assert options.filter is options.filter is not None
    assert SearchOptions(where="").filter is SearchOptions().filter is None
    with pytest.raises(QueryError, match="a field"):
        SearchOptions(where="colour: red")


def test_the_page_of_options_is_that_of_the_code() -> None:
    text = PAGE.read_text("utf-8")
    assert table() in text
    assert page(text) == text, "write it anew: python -m scripts.options_table"


def test_the_old_name_of_collapse_still_works(index: Index, run: Run) -> None:
    index.add(SAMPLE)
    searching: Any = index.search
    question = "record linkage for systematic reviews"
    apart = index.search(question, 22, collapse=False)
    assert len(index.search(question, 22)) < len(apart)
    with pytest.warns(DeprecationWarning, match="fold is called collapse now") as caught:
        assert searching(question, 22, fold=False) == apart
    assert caught[0].filename == __file__, "the warning points at the caller"
    with pytest.raises(ArgumentError, match="both are given"):
        searching(question, fold=False, collapse=False)
    assert run("index", str(SAMPLE))[0] == 0
    apart_too, together = (
        run("query", question, "-k", "22", word, "-f", "ids") for word in ("--no-collapse", "--collapse")
    )
    assert apart_too != together
    assert run("query", question, "-k", "22", "--no-fold", "-f", "ids") == apart_too
    assert run("query", question, "-k", "22", "--fold", "-f", "ids") == together

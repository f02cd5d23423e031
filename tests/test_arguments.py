"""The Python API takes what it can honour and refuses the rest in one clear line, before anything is done."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import semsearch
from semsearch.model.errors import ArgumentError, ModelUnavailable, QueryError, SemsearchError, UnknownPaper
from semsearch.model.paper import Paper
from semsearch.service import Index
from tests.fakes import WordEncoder

RECORDS = [{"title": f"paper {name} on moss", "key": name} for name in "abcdef"]


@pytest.fixture
def filled(index: Index) -> Index:
    index.add(RECORDS)
    return index


def _held(index: Index) -> list[str]:
    return sorted(str(paper.key) for paper in index)


def test_a_string_is_one_reference(filled: Any) -> None:
    with pytest.raises(UnknownPaper, match="no paper 'ab'"):
        filled.remove("ab")
    assert _held(filled) == list("abcdef")
    assert len(filled.remove("a")) == 1
    assert len(filled.remove(["b", "c"])) == 2
    assert len(filled.remove(name for name in "de")) == 2
    assert _held(filled) == ["f"]
    with pytest.raises(UnknownPaper):
        filled.remove(["f", "nobody"])
    assert _held(filled) == ["f"]


#: What is none of: papers, names of files, texts, numbers.
_NOTHING: list[Any] = [None, 3, 2.5, True, b"a.ris", object(), [None], [3], [b"a"], [["a"]], np.array([1, 2])]


def _calls(index: Any, value: Any) -> Iterator[Callable[[], object]]:
    yield lambda: index.remove(value)
    yield lambda: index.search(value)
    yield lambda: index.related(value)
    yield lambda: index.related("a", unlike=value)
    yield lambda: index.duplicates(kinds=value)
    yield lambda: index.duplicates(keep=value)
    yield lambda: index.get(value)
    yield lambda: index.readings(value)
    yield lambda: index.truncated(value)
    yield lambda: index.add(value)
    yield lambda: index.add_files(value)
    yield lambda: index.add([], columns=value)
    yield lambda: index.search("moss", where=0 if value is None else value)
    yield lambda: index.compared(against=value).__enter__()
    if value is not None:
        yield lambda: index.related("a", text=value)


@pytest.mark.parametrize("value", _NOTHING, ids=lambda value: repr(value)[:20])
def test_what_is_no_text_no_paper_and_no_file_is_refused_and_nothing_is_done(index: Any, value: Any) -> None:
    for call in _calls(index, value):
        with pytest.raises(ArgumentError) as caught:
            call()
        assert isinstance(caught.value, SemsearchError)
        assert isinstance(caught.value, TypeError)
        assert len(str(caught.value).splitlines()) == 1
        assert "give " in str(caught.value)
        assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)
    assert not index.path.exists()


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"format": "nonsense"}, "format is for files"),
        ({"format": "csv"}, "format is for files"),
        ({"encoding": "utf-8"}, "encoding is for files"),
        ({"prune": True}, "prune removes what files no longer hold"),
        ({"prune": "no"}, "prune is the text 'no'; give True or False"),
        ({"progress": 3}, "progress is 3; give a function"),
        ({"progress": None}, "progress is None; give a function"),
        ({"columns": ["nonsense"]}, "--column nonsense: write FIELD=HEADING"),
    ],
)
def test_adding_papers_refuses_what_is_for_files(index: Any, options: dict[str, Any], told: str) -> None:
    for source in ([{"title": "x"}], iter([{"title": "x"}]), {"title": "x"}, Paper(title="x")):
        with pytest.raises((ArgumentError, QueryError), match=told):
            index.add(source, **options)
    assert not index.path.exists()


def test_adding_papers_honours_columns_and_progress(index: Any) -> None:
    seen: list[dict[str, Any]] = []
    report = index.add(
        ({"Bezeichnung": f"moss {n}"} for n in range(600)), columns="title=Bezeichnung", progress=lambda **told: seen.append(told)
    )  # fmt: skip
    assert (report.indexed, report.rejected) == (600, 0)
    assert [told["papers"] for told in seen] == [256, 512, 600]
    assert {told["total"] for told in seen} == {None}
    index.add([{"title": "roof"}], progress=lambda **told: seen.append(told))
    assert seen[-1] == {"done": 1, "total": 1, "papers": 1, "embedded": 1}
    pandas = pytest.importorskip("pandas")
    pytest.importorskip("pyarrow")
    assert index.add(pandas.DataFrame({"Bezeichnung": ["slate"]}), columns=["title=Bezeichnung"]).indexed == 1
    with pytest.raises(ArgumentError, match="a Paper has none"):
        index.add([Paper(title="x")], columns=["title=Name"])


def test_names_among_papers_and_papers_among_names(index: Any, tmp_path: Path) -> None:
    for source in (
        ["a.ris"],
        ["a.ris", "b.ris"],
        [Path("a.ris")],
        ({"a.ris"}),
        iter(["a.ris"]),
        [{"title": "x"}, "a.ris"],
    ):
        with pytest.raises(ArgumentError, match=r"the text 'a\.ris'; give names of files to add_files\(\[…\]\)"):
            index.add(source)
    with pytest.raises(ArgumentError, match="give a path"):
        index.add_files([{"title": "x"}])
    for call in (index.add, index.add_files, semsearch.open):
        with pytest.raises(ArgumentError, match="is empty; give a path"):
            call("")  # would be the folder that one is in
    assert not index.path.exists()


def test_one_name_is_one_file_and_paths_are_names(index: Any, tmp_path: Path) -> None:
    for name in "xyz":
        (tmp_path / f"{name}.jsonl").write_text(json.dumps({"title": f"moss {name}"}) + "\n")
    assert index.add_files(str(tmp_path / "x.jsonl")).indexed == 1
    assert index.add_files(tmp_path / "y.jsonl").indexed == 1
    assert index.add_files(tmp_path / f"{name}.jsonl" for name in "xyz").indexed == 1
    assert index.add(tmp_path, prune=np.True_).unchanged == 3
    for wrong in ({"prune": "no"}, {"format": 3}, {"encoding": 3}, {"columns": 3}, {"progress": "bar"}):
        with pytest.raises(ArgumentError, match=next(iter(wrong))):
            index.add(tmp_path, **wrong)
    (tmp_path / "z.jsonl").unlink()
    assert index.add_files((n for n in [tmp_path]), prune=True).pruned == 1


def test_what_came_before_a_wrong_one_of_an_iterator_stays_and_of_a_list_nothing(index: Any) -> None:
    papers = [{"title": f"moss {n}"} for n in range(300)]
    with pytest.raises(ArgumentError, match="one of the papers is None"):
        index.add([*papers, None])
    assert not index.path.exists()
    with pytest.raises(ArgumentError, match="one of the papers is None"):
        index.add(iter([*papers, None]))
    assert len(index) == 256
    assert index.verify() == []
    assert index.add(papers).indexed == 44


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"k": 2.5}, r"k is 2\.5; give a whole number"),
        ({"k": "3"}, "k is the text '3'"),
        ({"k": None}, "k is None"),
        ({"k": True}, "k is True"),
        ({"k": np.float64(3)}, "k is np.float64"),
        ({"k": [3]}, "k is of type list"),
        ({"foo": 1}, "no option 'foo' here; there are"),
        ({"min_score": "0.5"}, "min_score is the text"),
        ({"min_percentile": [1]}, "min_percentile is of type list"),
        ({"diverse": None}, "diverse is None"),
        ({"where": 3}, "where is 3"),
        ({"where": b"year>2000"}, "where is of type bytes"),
        ({"collapse": "no"}, "collapse is the text 'no'; give True or False"),
        ({"explain": 1}, "explain is 1"),
    ],
)
def test_options_of_a_wrong_type_are_refused_by_name(filled: Any, options: dict[str, Any], told: str) -> None:
    for call in (filled.search, filled.related):
        with pytest.raises(ArgumentError, match=told):
            call("a", **options)


def test_options_for_questions_are_for_questions(filled: Any) -> None:
    for option in ({"mode": "bm25"}, {"rerank": 5}):
        with pytest.raises(ArgumentError, match=f"no option '{next(iter(option))}' here"):
            filled.related("a", **option)
    for rerank in ("5", 2.5, True):
        with pytest.raises(ArgumentError, match="rerank is"):
            filled.search("moss", rerank=rerank)
    for mode in (3, None, ["dense"]):
        with pytest.raises(QueryError, match="no mode"):
            filled.search("moss", mode=mode)


def test_what_is_out_of_range_is_a_question_that_cannot_be_asked(filled: Any) -> None:
    for options in ({"k": 0}, {"k": -1}, {"min_score": float("nan")}, {"min_score": 2}, {"diverse": -0.1}):
        with pytest.raises(QueryError):
            filled.search("moss", **options)
    for question in ("", "  ", "\x1b", ["moss", ""]):
        with pytest.raises(QueryError, match="is empty"):
            filled.search(question)
    for threshold in (2, -2, float("nan")):
        with pytest.raises(QueryError):
            filled.duplicates(threshold)
    with pytest.raises(ArgumentError, match="threshold is the text"):
        filled.duplicates("0.9")
    for kinds in ("sane", ["same", "sane"]):
        with pytest.raises(QueryError, match="no kind 'sane'; there are same, doubtful, version"):
            filled.duplicates(kinds=kinds)
    with pytest.raises(UnknownPaper):
        filled.get("")


def test_numbers_of_numpy_and_things_in_a_row_are_taken(filled: Any) -> None:
    expected = [hit.paper.key for hit in filled.search("moss", 3)]
    for k in (np.int64(3), np.uint8(3), np.array(3)):
        assert [hit.paper.key for hit in filled.search("moss", k)] == expected
    assert len(filled.search("moss", 10**30)) == len(filled.search("moss", 2**31)) == len(RECORDS)
    assert len(filled.search("moss", min_score=np.float32(-1), collapse=np.False_)) == len(RECORDS)
    assert [len(answer) for answer in filled.search((q for q in ("moss", "roofs")), 2)] == [2, 2]
    assert len(filled.search(np.str_("moss"), 2)) == 2
    assert filled.search([]) == []
    assert len(filled.related((name for name in "ab"), 2)) == 2
    assert len(filled.related([], 2, text="moss", unlike="a")) == 2
    assert filled.truncated("moss") == [False]
    assert filled.truncated(("moss", "x " * 99)) == [False, True]


def test_one_kind_is_not_its_letters(index: Any) -> None:
    index.add(
        [{"title": "Moss growth on slate roofs", "year": 2031, "authors": ["Quillmont, D."], "key": n} for n in "ab"]
    )
    assert [group.kind for group in index.duplicates(kinds="same")] == ["same"]
    assert [group.kind for group in index.duplicates(kinds=iter(["same"]))] == ["same"]
    assert index.duplicates(kinds="version") == []
    with index.compared(
        against=Paper(title="Moss growth on slate roofs", year=2031, authors=("Quillmont, D.",))
    ) as found:
        assert found.counts["known"] == 1


def test_an_index_is_opened_by_a_path(tmp_path: Path) -> None:
    opened: Any = semsearch.open
    for path in (None, 3, b"index", ["index"]):
        with pytest.raises(ArgumentError, match="the index is"):
            opened(path, encoder=WordEncoder())
    with pytest.raises(ArgumentError, match="model is 3"):
        opened(tmp_path / "i", model=3)
    assert not list(tmp_path.iterdir())


def test_things_of_ones_own_are_looked_at_when_they_are_given(tmp_path: Path, filled: Any) -> None:
    opened: Any = semsearch.open
    for wrong in ("all", 5, object(), WordEncoder):
        with pytest.raises(ArgumentError, match="encoder is"):
            opened(tmp_path / "i", encoder=wrong)
    for wrong in (5, object()):
        with pytest.raises(ArgumentError, match="reranker is"):
            opened(tmp_path / "i", reranker=wrong)
        with pytest.raises(ArgumentError, match="device is"):
            opened(tmp_path / "i", device=wrong)
        with pytest.raises(ArgumentError, match="ledger is"), filled.compared(ledger=wrong):
            pass
    with pytest.raises(ModelUnavailable, match="none: no such folder"):
        opened(filled.path, encoder=WordEncoder(), reranker=tmp_path / "none").search("moss", rerank=3)
    for call in (opened, filled.add, filled.add_files):
        with pytest.raises(ArgumentError, match="NUL"):
            call("a\0b")
    assert not (tmp_path / "i").exists()


def test_a_table_without_columns_is_refused(index: Any) -> None:
    pandas = pytest.importorskip("pandas")
    pytest.importorskip("pyarrow")
    with pytest.raises(ArgumentError, match="cannot be read") as caught:
        index.add(pandas.Series(["a"]))
    assert len(str(caught.value).splitlines()) == 1
    assert not index.path.exists()


@pytest.mark.parametrize(
    ("name", "shown"), [("nu\ud800", "nu\ufffd"), ("nu\udcff", "nu\\xff"), ("nu\udcc3\udca4", "nuä")]
)
def test_messages_can_be_printed_and_name_every_byte(name: str, shown: str, index: Any) -> None:
    from semsearch.model.errors import ModelUnavailable, SourceError

    for error in (SourceError(name, "none"), ModelUnavailable(name, "none"), ArgumentError(name)):
        assert shown in str(error)
        assert str(error).encode()
        assert str(pickle.loads(pickle.dumps(error))) == str(error)
    with pytest.raises(SemsearchError) as caught:
        index.add(name)
    assert str(caught.value).encode()

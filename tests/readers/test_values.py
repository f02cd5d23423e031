"""Values of Python in records: each has its usual meaning, or the record is rejected with a reason; never a `repr`."""

from __future__ import annotations

import collections
import datetime
import decimal
import enum
import fractions
import io
import itertools
import pathlib
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from semsearch.model.paper import Paper, Rejected, Source
from semsearch.readers.given import given_paper
from semsearch.service import Index

PLACE = Source("<python>", 1)
Named = collections.namedtuple("Named", ["given", "family"])


class Shelf(enum.Enum):
    MOSS = "moss"
    YEAR = 2031


class Silent:
    """A value that cannot be printed."""

    def __repr__(self) -> str:
        raise KeyError("x")


def _failing() -> Iterator[str]:
    yield "Falkenrath, Ines"
    raise OSError("the disk is gone")


def _paper(record: Any) -> Paper:
    paper = given_paper(record, PLACE)
    assert isinstance(paper, Paper), paper
    return paper


def _reason(record: Any) -> str:
    rejected = given_paper(record, PLACE)
    assert isinstance(rejected, Rejected), rejected
    assert len(rejected.reason.splitlines()) == 1
    return rejected.reason


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b"Moss \xc3\xa4", "Moss ä"), (bytearray(b"Moss"), "Moss"), (memoryview(b"Moss"), "Moss"), (np.bytes_(b"Moss"), "Moss"),
        (np.str_("Moss"), "Moss"), (np.array("Moss"), "Moss"), (Shelf.MOSS, "moss"), (pathlib.PurePosixPath("a/b"), "a/b"),
        ({"Moss"}, "Moss"), (iter(["Moss", "roofs"]), "Moss; roofs"), (np.array(["Moss", "roofs"]), "Moss; roofs"),
        (7, "7"), (7.5, "7.5"), (np.float32(7.5), "7.5"), (decimal.Decimal("7.50"), "7.50"), (decimal.Decimal("1E+2"), "100"),
        (fractions.Fraction(1, 2), "1/2"), (datetime.date(2031, 5, 3), "2031-05-03"),
        (float("nan"), ""), (np.float32("nan"), ""), (decimal.Decimal("NaN"), ""), (decimal.Decimal("sNaN"), ""), (None, ""),
        (np.ma.masked, ""), (np.datetime64("NaT"), ""), ([], ""), ((), ""), (set(), ""), (np.array([]), ""),
    ],
    ids=lambda value: type(value).__name__,
)  # fmt: skip
def test_text(value: Any, expected: str) -> None:
    assert _paper({"title": value, "abstract": "We look."}).title == expected


@pytest.mark.parametrize(
    "value",
    [
        np.int64(2031), np.uint16(2031), np.float64(2031), np.float32(2031), np.array(2031), np.array([2031]), [2031], 2031.0,
        decimal.Decimal(2031), decimal.Decimal("2031.0"), fractions.Fraction(2031), Shelf.YEAR, b"2031", "2031",
        datetime.date(2031, 5, 3), datetime.datetime(2031, 5, 3, 10), np.datetime64("2031-05-03", "ns"), np.datetime64("2031"),
    ],
    ids=lambda value: type(value).__name__,
)  # fmt: skip
def test_years(value: Any) -> None:
    paper = _paper({"title": "Moss", "year": value})
    assert (paper.year, paper.extra) == (2031, {})
    assert _paper({"title": "Moss", "date": value}).year == 2031


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (datetime.date(2031, 5, 3), "2031-05-03"),
        (datetime.datetime(2031, 5, 3), "2031-05-03"),
        (datetime.datetime(2031, 5, 3, 10, 30), "2031-05-03"),
        (np.datetime64("2031-05-03"), "2031-05-03"),
        (np.datetime64("2031-05-03", "ns"), "2031-05-03"),
        (np.datetime64("2031-05-03T10:30"), "2031-05-03"),
        (np.array(["2031-05-03"], "datetime64[ns]"), "2031-05-03"),
    ],
)
def test_dates(value: Any, expected: str) -> None:
    assert _paper({"title": "Moss", "date": value}).date == expected


@pytest.mark.parametrize("value", ["in press", 99, 10**400, -1, float("inf")])
def test_what_is_no_year_is_kept(value: Any) -> None:
    paper = _paper({"title": "Moss", "year": value})
    assert (paper.year, paper.extra) == (None, {"year": str(value)})


@pytest.mark.parametrize("field", ["authors", "keywords", "tags"])
@pytest.mark.parametrize(
    "several",
    [
        tuple, iter, np.array, collections.deque, lambda names: (name for name in names), lambda names: map(str, names),
        lambda names: dict.fromkeys(names).keys(), lambda names: dict(enumerate(names)).values(), set, frozenset,
        lambda names: np.array([*names, None], object), lambda names: [name.encode() for name in names],
        lambda names: [np.str_(name) for name in names],
    ],
)  # fmt: skip
def test_several(field: str, several: Callable[[list[str]], Any]) -> None:
    names = ["Falkenrath, Ines", "Marrick, Tobu"]
    paper = _paper({"title": "Moss", field: several(names)})
    assert getattr(paper, field) == tuple(names)
    assert not paper.extra
    assert getattr(_paper({"title": "Moss", field: several([])}), field) == ()


def test_named_tuples_are_names() -> None:
    assert _paper({"title": "Moss", "authors": [Named("Ines", "Falkenrath")]}).authors == ("Falkenrath, Ines",)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b"x", "x"), (True, "True"), (np.False_, "False"), ({"a": {2, 1}}, "a: 1; 2"), ({"a": np.int64(2)}, "a: 2"),
        (uuid.UUID(int=1), "00000000-0000-0000-0000-000000000001"), (datetime.timedelta(1), "1 day, 0:00:00"),
        (datetime.time(10), "10:00:00"), (np.timedelta64(5, "D"), "5 days"), (np.array([[1, 2], [3, 4]]), "1; 2; 3; 4"),
        (range(3), "0; 1; 2"),
    ],
    ids=lambda value: type(value).__name__,
)  # fmt: skip
def test_what_no_field_fits(value: Any, expected: str) -> None:
    assert _paper({"title": "Moss", "note": value}).extra == {"note": expected}


@pytest.mark.parametrize("heading", ["title", "authors", "year", "note", "tags"])
@pytest.mark.parametrize(
    ("value", "told"),
    [
        (b"\xff", "bytes that are not UTF-8"), ([b"\xff"], "bytes that are not UTF-8"), (object(), "of type object"),
        ([object()], "of type object"), (1j, "of type complex"), (int, "of type type"), (print, "of type builtin_function"),
        (io.StringIO("x"), "of type StringIO"), (Silent(), "of type Silent"), (itertools.repeat("x"), "more than 1,000,000"),
    ],
)  # fmt: skip
def test_what_means_nothing_is_a_rejected_record(heading: str, value: Any, told: str) -> None:
    reason = _reason({"title": "Moss", heading: value})
    assert heading in reason
    assert told in reason


def test_other_records_that_are_rejected() -> None:
    for heading in ("title", "authors", "year", "doi"):
        for flag in (True, False, np.True_, [True]):
            assert f"{heading} is " in _reason({"title": "Moss", heading: flag})
    assert "authors cannot be iterated over: the disk is gone" in _reason({"title": "Moss", "authors": _failing()})
    assert "4300 digits" in _reason({"title": "Moss", "year": 10**5000})
    assert "a heading is of type tuple" in _reason({"title": "Moss", ("a", "b"): "x"})
    assert "two headings are both 'title'" in _reason({"title": "Moss", b"title": "Rain"})
    assert "note has two keys that are both 'a'" in _reason({"title": "Moss", "note": {"a": 1, b"a": 2}})
    endless: list[Any] = []
    endless.append(endless)
    assert "recursion" in _reason({"title": "Moss", "note": endless})


def test_headings() -> None:
    assert _paper({b"title": "Moss", Shelf.MOSS: "x", 1: "y"}).extra == {"moss": "x", "1": "y"}
    assert _paper({"title": "Moss", None: ["x"]}).extra == {"unnamed": "x"}  # of csv.DictReader


def test_papers_with_numbers_of_numpy_and_of_tables() -> None:
    year: Any
    for year in (np.int64(2031), np.uint16(2031), np.float64(2031), 2031.0):
        paper = _paper(Paper(title="Moss", year=year))
        assert (paper.year, type(paper.year)) == (2031, int)
    absent: Any = float("nan")
    assert _paper(Paper(title="Moss", year=absent, doi=absent, url=absent)).to_dict()["doi"] is None
    wrong: Any
    for wrong in (True, np.True_, 2031.5, float("inf"), "2031", np.array([2031]), 10**9):
        assert "cannot be read: year " in _reason(Paper(title="Moss", year=wrong))
    for wrong in (b"Moss", np.array(["Moss"]), object(), None):
        assert "title has the wrong type" in _reason(Paper(title=wrong))


def test_values_of_pandas_and_arrow() -> None:
    pandas = pytest.importorskip("pandas")
    for missing in (pandas.NA, pandas.NaT):
        paper = _paper(
            {"title": missing, "abstract": "We look.", "year": missing, "authors": [missing], "note": missing}
        )
        assert (paper.title, paper.year, paper.authors, paper.extra) == ("", None, (), {})
        assert _paper(Paper(title="Moss", year=missing, doi=missing)).year is None
    for day, expected in ((pandas.Timestamp("2031-05-03"), "2031-05-03"), (pandas.Period("2031-05"), "2031-05")):
        paper = _paper({"title": "Moss", "date": day})
        assert (paper.date, paper.year) == (expected, 2031)
        assert _paper({"title": "Moss", "year": day}).year == 2031
    for names in (pandas.Series(["Falkenrath, Ines", None]), pandas.array(["Falkenrath, Ines", pandas.NA])):
        assert _paper({"title": "Moss", "authors": names}).authors == ("Falkenrath, Ines",)
    assert "title is of type DataFrame" in _reason({"title": pandas.DataFrame({"a": [1]})})
    frame = pandas.DataFrame({"title": ["Moss"], "year": [2031.0], "date": [pandas.Timestamp("2031-05-03")]})
    assert [_paper(row).date for row in frame.to_dict("records")] == ["2031-05-03"]
    arrow = pytest.importorskip("pyarrow")
    assert _paper({"title": arrow.scalar("Moss"), "authors": arrow.array(["Falkenrath, Ines"])}).authors


def test_rows_of_tables(index: Index) -> None:
    arrow = pytest.importorskip("pyarrow")
    table = arrow.table(
        {"title": [b"Moss", b"\xff", b"Rain"], "picture": [b"\xff\xd8", None, b"text"], "issue": [True, None, False],
         "date": [datetime.datetime(2031, 5, 3), None, None]}
    )  # fmt: skip
    report = index.add(table)
    assert (report.read, report.indexed, report.rejected) == (3, 2, 1)
    moss, rain = sorted(index, key=lambda paper: paper.title)
    assert (moss.title, moss.date, moss.issue, moss.extra) == ("Moss", "2031-05-03", "True", {"picture": "ffd8"})
    assert (rain.title, rain.extra) == ("Rain", {"picture": "text"})

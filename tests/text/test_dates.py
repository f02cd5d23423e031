"""Dates in the notations of exports: what proves a date, and what does not."""

from __future__ import annotations

import pytest

from semsearch.text.dates import iso_date, iso_date_in

PROVEN = [
    ("2031-03-15", ["2031-03-15", "2031/03/15/", "2031-3-15", "2031.03.15", "2031 03 15", "20310315", "20310315 "]),
    (
        "2031-03",
        ["2031-03", "2031/03//", "2031/3", "2031-03-00", "03/2031", "3.2031", "03 2031", "2031 Mar", "March, 2031"],
    ),
    ("2031", ["2031", "2031///", "2031-00-00"]),
    ("2031-03-15", ["15 March 2031", "March 15, 2031", "2031 Mar 15", "15-Mar-2031", "15Mar2031", "Mar. 15th, 2031"]),
    ("2031-03-15", ["15. März 2031", "15 mars 2031", "15 de marzo de 2031", "15 de março de 2031", "15 maart 2031"]),
    ("2031-08-01", ["1er août 2031", "1. August 2031", "1 de agosto de 2031", "1 agosto 2031", "1st August 2031"]),
    ("2031-12", ["décembre 2031", "Dezember 2031", "diciembre 2031", "dic. 2031", "2031年12月", "2031년 12월"]),
    ("2031-03-15", ["2031年3月15日", "2031년 3월 15일", "03/15/2031", "15/03/2031", "15.03.2031", "15-03-2031"]),
    ("2031-03-05", ["05.03.2031", "5. 3. 2031"]),  # dots: the day is first
    ("2031-03-03", ["03/03/2031"]),
    ("2031-03-15", ["2031-03-15T10:30:00Z", "2031-03-15 00:00:00", "Sat, 15 Mar 2031 19:18:42 GMT"]),
    ("2031-03-15", ["2031-03-15T10:30:00.123+01:00", "March 15, 2031 10:30 PM"]),
    ("2023-03-15", ["45000", "45000.75"]),  # a cell of Excel
    ("2031-02-28", ["28 février 2031"]),
]
NOT_PROVEN = [
    *("", "in press", "Spring 2031", "2031 Mar-Apr", "March/April 2031", "2031 Dec 28-2032 Jan 3", "2031-2032"),
    *("03/05/2031", "5-3-2031", "2031-13", "2031-02-30", "20311301", "31 June 2031", "15/2031", "2031-00-15"),
    *("12", "99999", "10:30", "1031-03", "Published online 15 March 2031", "2031-03/2031-05", "2031/03/15/Spring"),
    *("15 16 March 2031", "March", "x" * 10_000, "2031-03-15" * 50, "\x00", "١٥ March 2031٣"),
]


@pytest.mark.parametrize(("expected", "texts"), PROVEN)
def test_a_date_that_a_text_proves(expected: str, texts: list[str]) -> None:
    assert {text: iso_date(text) for text in texts} == dict.fromkeys(texts, expected)


@pytest.mark.parametrize("text", NOT_PROVEN, ids=[repr(t[:20]) for t in NOT_PROVEN])
def test_no_date_is_guessed(text: str) -> None:
    assert iso_date(text) == ""


@pytest.mark.parametrize(
    ("text", "year", "expected"),
    [
        ("MAR 15", 2031, "2031-03-15"),
        ("15 March", 2031, "2031-03-15"),
        ("MAR", 2031, "2031-03"),
        ("MAR 31", 2031, "2031-03-31"),
        ("Mar-31", 2031, "2031-03"),  # Excel's form of March 2031
        ("Mar-15", 2031, "2031-03-15"),
        ("MAR-APR", 2031, ""),
        ("SPR", 2031, ""),
        ("15", 2031, ""),
        ("MAR 15", None, ""),
        ("2030-11-05", 2031, "2030-11-05"),  # online first
        ("47922", 2031, "2031-03-15"),
        ("45000", 2031, ""),
    ],
)
def test_a_date_without_the_year_of_its_record(text: str, year: int | None, expected: str) -> None:
    assert iso_date_in(text, year) == expected

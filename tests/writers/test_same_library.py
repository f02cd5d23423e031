"""The same library in every format that can hold it: equal records, field by field, but for what a format cannot hold."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from scripts.formats_page import CANNOT_HOLD
from semsearch.model.paper import Paper
from tests.generated import FORMATS, differences, read_back, written
from tests.writers.library import LIBRARY


def _bibtex_name(name: str) -> str:
    return {"PA": "pa", "chemicals/cas": "chemicals-cas", "Größe": "grosse"}.get(name, name)


def _expected(form: str, paper: Paper) -> dict[str, Any]:
    """What comes back of the fields that the format cannot hold."""
    lost: dict[str, Any] = {}
    if not paper.type and form in ("ris", "bibtex", "csl-json"):
        lost["type"] = {"ris": "GEN", "bibtex": "misc", "csl-json": "article"}[form]
    if form == "bibtex" and (extra := {_bibtex_name(n): value for n, value in paper.extra.items()}) != paper.extra:
        lost["extra"] = extra
    return lost


@pytest.mark.parametrize("form", FORMATS)
def test_written_and_read_each_paper_is_the_same(tmp_path: Path, form: str) -> None:
    again = read_back(form, written(form, list(LIBRARY)), tmp_path)
    found = [{n: pair[1] for n, pair in differences(form, a, b).items()} for a, b in zip(LIBRARY, again, strict=True)]
    assert found == [_expected(form, paper) for paper in LIBRARY]


def test_the_table_of_the_page_names_what_is_lost() -> None:
    lost = {form: {n for paper in LIBRARY for n in _expected(form, paper)} for form in FORMATS}
    assert {form: set(fields) for form, fields in CANNOT_HOLD.items()} == {
        f: names for f, names in lost.items() if names
    }


@pytest.mark.parametrize("form", ["excel-csv"])
def test_with_a_byte_order_mark_it_is_read_as_well(tmp_path: Path, form: str) -> None:
    text = written(form, list(LIBRARY))
    assert text.startswith("\ufeffid,")
    again = read_back("csv", text, tmp_path)
    assert [differences("csv", a, b) for a, b in zip(LIBRARY, again, strict=True)] == [{}] * len(LIBRARY)

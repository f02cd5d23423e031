"""Reads papers that already have fields: exports of semsearch, and papers given in Python. Fields are only checked."""

from __future__ import annotations

import operator
from collections.abc import Mapping
from dataclasses import fields, replace
from numbers import Real
from typing import Any

from semsearch.identity import ids
from semsearch.model.errors import QueryError
from semsearch.model.paper import Paper, Rejected, Source
from semsearch.model.printable import safe
from semsearch.readers.headings import MANY
from semsearch.readers.record import UNREADABLE, named_apart, paper_of, rejected, unreadable, without_text
from semsearch.readers.values import is_missing, simple_record
from semsearch.text.file_names import storable_name
from semsearch.text.surrogates import without_surrogates

#: Limit of years and versions, and of line numbers. SQLite cannot store a larger line number.
_NUMBER_LIMIT, _LINE_LIMIT = 10**6, 2**63


def given_paper(
    given: Paper | Mapping[str, Any], source: Source, headings: Mapping[str, str] | None = None
) -> Paper | Rejected:
    """The paper that was given in Python, with its id.

    Args:
        given: A paper, or a mapping with any headings.
        source: Where it was given. A `Paper` that has an id and a file keeps its own source.
        headings: Fields of `Paper` by folded heading, for headings that semsearch does not know, or that mean something
            else here.
    """
    try:
        raw = repr(given)
    except Exception:  # an integer of thousands of digits, or any error of a type of the user
        raw = f"a {type(given).__name__} that cannot be printed"
    try:
        if not isinstance(given, Paper):
            return paper_of(simple_record(given, headings), source, raw, headings or {})
        paper = checked(given)
    except UNREADABLE as error:
        return unreadable(source, error, raw)
    return paper if paper.id and paper.source.file else replace(ids.with_id(paper), source=source)


def exported(shape: Mapping[str, Any], source: Source, raw: str) -> Paper | Rejected:
    """The paper in an object that `Paper.to_dict` made. Its fields and its id stay as they are, but are made safe.

    Args:
        shape: JSON form of a paper.
        source: Where it was read.
        raw: Text of the record, which is kept if it is rejected.
    """
    try:
        if wrong := next((name for name in MANY if isinstance(shape.get(name), str)), ""):
            raise TypeError(f"{wrong} is not a list")
        paper = checked(Paper.from_dict({**shape, "source": {"file": source.file, "line": source.line}}))
        values: dict[str, Any] = {f.name: getattr(paper, f.name) for f in fields(paper)}
        values |= {name: safe(value) for name, value in values.items() if isinstance(value, str)}
        values |= {name: tuple(safe(str(v)) for v in values[name]) for name in MANY}
        values["extra"] = {safe(str(k)): safe(str(v)) for k, v in paper.extra.items()}
        paper = ids.with_id(Paper(**values))
    except (QueryError, *UNREADABLE) as error:
        return rejected(source, f"not a paper as semsearch exports it: {error}"[:200], raw)
    return paper if paper.title or paper.abstract else without_text(paper, raw)


def checked(paper: Paper) -> Paper:
    """Check the types of all fields of a paper.

    Args:
        paper: The paper.

    Returns:
        The paper in a form that can be stored: missing values are ``None``, lone surrogates are U+FFFD.

    Raises:
        TypeError: A field has the wrong type.
        ValueError: A number is out of range.
    """
    values: dict[str, Any] = {}
    for f in fields(paper):
        name, value, kind = f.name, getattr(paper, f.name), str(f.type)
        if kind.endswith("None") and is_missing(value):
            values[name] = None
            continue
        if kind.startswith("str"):
            values[name] = without_surrogates(_is(value, str, name))
        elif kind.startswith("int"):
            values[name] = _whole(value, name)
        elif name in MANY:
            values[name] = tuple(without_surrogates(_is(v, str, name)) for v in _is(value, tuple | list, name))
        elif name == "extra":
            pairs = _is(value, Mapping, name).items()
            values[name] = named_apart((without_surrogates(str(k)), without_surrogates(str(v))) for k, v in pairs)
        elif name == "source":
            values[name] = _source(value)
        else:
            values[name] = {n: _source(origin) for n, origin in _is(value, Mapping, name).items()}
    return replace(paper, **values)


def _whole(value: Any, name: str) -> int:
    """A whole number, also one of NumPy, also a float without a fraction, as tables have them."""
    if isinstance(value, bool) or type(value).__name__ == "bool":  # the second one is that of NumPy
        raise TypeError(f"{name} is {value}; give a whole number")
    try:
        number = operator.index(value)
    except TypeError:
        if not isinstance(value, Real) or value != value // 1:
            raise TypeError(f"{name} has the wrong type, {type(value).__name__}") from None
        number = int(float(value))
    if not -_NUMBER_LIMIT < number < _NUMBER_LIMIT:
        raise ValueError(f"{name} is out of range")
    return number


def _source(source: Any) -> Source:
    file, line = _is(_is(source, Source, "source").file, str, "file"), _is(source.line, int, "line")
    if not 0 <= line < _LINE_LIMIT:
        raise ValueError("line is out of range")
    return Source(storable_name(file), line)


def _is(value: Any, kind: Any, name: str) -> Any:
    if not isinstance(value, kind):
        raise TypeError(f"{name} has the wrong type, {type(value).__name__}")
    return value

"""Turns values of Python and of tables into values of JSON. Values without a clear meaning are refused.

NumPy and pandas are not imported. Their objects are recognised by what they can do: arrays and series can be iterated
over, scalars have ``item``, and missing values (NaN, NA, NaT) are not equal to themselves.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, MappingView, Sequence
from collections.abc import Set as AbstractSet
from datetime import timedelta
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from itertools import islice
from typing import Any
from uuid import UUID

from semsearch.readers.headings import field_of
from semsearch.text.file_names import shown_name
from semsearch.text.surrogates import without_surrogates

#: Most values of a list. No paper has so many authors or words; an iterator without an end stops here.
_MANY = 10**6
#: A decimal number with more digits than this is written with its exponent.
_DIGITS = 100
_MIDNIGHT = "T00:00:00"


def simple_record(
    record: Mapping[Any, Any], columns: Mapping[str, str] | None = None, *, is_row: bool = False
) -> dict[str, Any]:
    """Turn a record into one with texts as headings and values of JSON.

    Args:
        record: A mapping given in Python, or a row of a table.
        columns: Fields of `Paper` by folded heading, as the user named them.
        is_row: Whether it is a row of a table. In a table, bytes in a column for no field, such as pictures, become
            hexadecimal text.

    Returns:
        Values by heading: text, number, ``True``, ``False``, ``None``, or a list or an object of these.

    Raises:
        ValueError: A value has no clear meaning for a paper. The message names its heading.
    """
    found: dict[str, Any] = {}
    for heading, value in _items(record):
        name = _heading(heading)
        if name in found:
            raise ValueError(f"two headings are both '{name[:40]}'; give them different names")
        field = field_of(name, columns)
        found[name] = simple(value, name[:40], as_hex=is_row and not field)
        if field and not is_row and (flag := _flag(found[name])):
            raise ValueError(f"{name[:40]} is {flag}, which has no meaning there; leave it out")
    return found


def _flag(value: Any) -> str:
    """The text ``True`` or ``False`` if the value is one of these or a list with one of these; else empty."""
    return next((str(one) for one in (value if isinstance(value, list) else [value]) if type(one) is bool), "")


def simple(value: Any, what: str, *, as_hex: bool = False) -> Any:
    """Turn a value into text, a number, or a list or an object of these; ``None`` if it is missing.

    Args:
        value: Any value.
        what: Name of the value for error messages.
        as_hex: Whether bytes that are not UTF-8 become hexadecimal text; else they are refused.

    Raises:
        ValueError: The value has no clear meaning for a paper.
    """
    value = _unwrapped(value)
    if value is None or type(value) in (str, int, bool):
        return value
    if isinstance(value, str | bytes | bytearray | memoryview | os.PathLike):
        return _text(value, what, as_hex=as_hex)
    if isinstance(value, Mapping):
        return _mapped(value, what, as_hex=as_hex)
    if getattr(value, "shape", None) == () and hasattr(value, "dtype"):  # a scalar, or an array without dimensions
        return _scalar(value, what, as_hex=as_hex)
    if _is_several(value):
        return _listed(value, what, as_hex=as_hex)
    return None if _is_missing(value) else _single(value, what)


def _unwrapped(value: Any) -> Any:
    """The value inside a member of an enumeration, a named tuple, or a scalar of Arrow; else the value itself."""
    while isinstance(value, Enum):
        value = value.value
    for name in ("_asdict", "as_py"):
        if not isinstance(value, type) and callable(inner := getattr(value, name, None)):
            return inner()
    return value


def is_missing(value: Any) -> bool:
    """Whether a value means that nothing is there: ``None``, NaN, NA and NaT of pandas, ``masked`` of NumPy."""
    return value is None or (not isinstance(value, str) and not _is_several(value) and _is_missing(value))


def _is_several(value: Any) -> bool:
    """Whether a value is a list, set, iterator or array. Other objects that can be iterated over do not count."""
    if hasattr(value, "read") or hasattr(value, "columns") or isinstance(value, type):  # an open file, a data frame
        return False
    kinds = (Sequence, AbstractSet, MappingView, Iterator)
    return isinstance(value, kinds) or (isinstance(value, Iterable) and hasattr(value, "__array__"))


def _is_missing(value: Any) -> bool:
    if isinstance(value, Decimal):
        return value.is_nan()
    if getattr(getattr(value, "dtype", None), "kind", "") == "b":  # else False of NumPy would count as missing
        return False
    try:
        different = value != value  # noqa: PLR0124 - a missing value is not equal to itself
        return different is value or bool(different)
    except Exception:  # a type that raises errors when it is compared: the value is not missing
        return False


def _single(value: Any, what: str) -> Any:
    """A single value that is not missing and not text."""
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return float(value)
    if isinstance(value, Decimal):
        short = value.is_finite() and value.adjusted() < _DIGITS
        text = f"{value:f}" if short else str(value)
        return text if text.partition(".")[2].strip("0") else text.partition(".")[0]
    if isinstance(value, Fraction | UUID | timedelta):
        return str(value)
    if callable(written := getattr(value, "isoformat", None)) and not isinstance(value, type):
        return str(written()).removesuffix(_MIDNIGHT)  # tables store a day as its first moment
    if hasattr(value, "freqstr") and hasattr(value, "ordinal"):  # a period of pandas: "2031-05"
        return str(value)
    raise ValueError(f"{what} is of type {type(value).__name__}; give text, a number, or a list of them")


def _scalar(value: Any, what: str, *, as_hex: bool) -> Any:
    """A scalar of NumPy, or a tensor with one number."""
    if _is_missing(value):
        return None
    kind = getattr(value.dtype, "kind", "")
    if kind in ("M", "m"):  # for a time in nanoseconds, `item` would return a number
        day, _, time = str(value).partition("T")
        return day if not time.strip("0:.") else f"{day}T{time}"
    inner = value.item()
    if type(inner) is type(value):
        raise ValueError(f"{what} is of type {type(value).__name__}; give text, a number, or a list of them")
    return simple(inner, what, as_hex=as_hex)


def _listed(value: Iterable[Any], what: str, *, as_hex: bool) -> list[Any]:
    """The values in a list, array, set or iterator. Those of a set are sorted, since sets have no order."""
    try:
        values = list(islice(value, _MANY + 1))
    except Exception as error:  # a generator can raise anything; only this record is rejected
        raise ValueError(f"{what} cannot be iterated over: {error or type(error).__name__}") from error
    if len(values) > _MANY:
        raise ValueError(f"{what} has more than {_MANY:,} values")
    found = [simple(one, what, as_hex=as_hex) for one in values]
    return sorted(found, key=str) if isinstance(value, set | frozenset) else found


def _mapped(value: Mapping[Any, Any], what: str, *, as_hex: bool) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, one in _items(value):
        if (name := _heading(key)) in found:
            raise ValueError(f"{what} has two keys that are both '{name[:40]}'; give them different names")
        found[name] = simple(one, what, as_hex=as_hex)
    return found


def _text(value: Any, what: str, *, as_hex: bool) -> str:
    if isinstance(value, str):
        return str(value)
    if isinstance(value, os.PathLike):
        return shown_name(os.fsdecode(value))
    content = bytes(value)
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        if as_hex:
            return content.hex()
        raise ValueError(f"{what} is bytes that are not UTF-8; decode them, or leave them out") from error


def _heading(key: Any) -> str:
    if key is None:  # the key of csv.DictReader for cells without a heading
        return "unnamed"
    name = simple(key, "a heading")
    if isinstance(name, list | dict) or name is None:
        raise ValueError(f"a heading is of type {type(key).__name__}; give text")
    return without_surrogates(str(name))


def _items(record: Mapping[Any, Any]) -> list[tuple[Any, Any]]:
    try:
        return list(record.items())
    except Exception as error:  # a mapping type of the user can raise anything
        raise ValueError(f"the record cannot be iterated over: {error or type(error).__name__}") from error

"""Ordinary Python values as those of JSON: what people and tables give, by its plain meaning, or refused.

NumPy and pandas are known by their ways, so that neither is loaded: arrays and series are gone through, scalars have
``item``, and what is missing (NaN, NA, NaT) does not equal itself.
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

from semsearch.readers.record import field_of
from semsearch.text.file_names import shown_name
from semsearch.text.surrogates import without_surrogates

#: No paper has so many authors or words; an iterator that has no end is found out here.
_MANY = 10**6
#: A decimal number beyond this many digits is written with its exponent.
_DIGITS = 100
_MIDNIGHT = "T00:00:00"


def simple_record(
    record: Mapping[Any, Any], columns: Mapping[str, str] | None = None, *, is_row: bool = False
) -> dict[str, Any]:
    """A record with text for headings, and values of JSON.

    Args:
        record: As given in Python, or a row of a table.
        columns: Folded heading to field, which the user named.
        is_row: A table has columns that nobody asked for, pictures among them: bytes of these become hexadecimal.

    Raises:
        ValueError: A value that means nothing for a paper; named in the message.
    """
    found: dict[str, Any] = {}
    for heading, value in _items(record):
        name = _heading(heading)
        if name in found:
            raise ValueError(f"two headings are '{name[:40]}'; give each a name of its own")
        field = field_of(name, columns)
        found[name] = simple(value, name[:40], as_hex=is_row and not field)
        if field and not is_row and (flag := _flag(found[name])):
            raise ValueError(f"{name[:40]} is {flag}, which says nothing there; leave it out")
    return found


def _flag(value: Any) -> str:
    """``True`` or ``False`` where the value is one, or a list that holds one."""
    return next((str(one) for one in (value if isinstance(value, list) else [value]) if type(one) is bool), "")


def simple(value: Any, what: str, *, as_hex: bool = False) -> Any:
    """A value as text, a number, a list or an object of such; ``None`` where it is missing.

    Args:
        value: Anything.
        what: What to call it where it is refused.
        as_hex: Whether bytes that are no text are given in hexadecimal.

    Raises:
        ValueError: It means nothing for a paper.
    """
    value = _unwrapped(value)
    if value is None or type(value) in (str, int, bool):
        return value
    if isinstance(value, str | bytes | bytearray | memoryview | os.PathLike):
        return _text(value, what, as_hex=as_hex)
    if isinstance(value, Mapping):
        return _mapped(value, what, as_hex=as_hex)
    if getattr(value, "shape", None) == () and hasattr(value, "dtype"):  # a scalar, or an array of no dimensions
        return _scalar(value, what, as_hex=as_hex)
    if _is_several(value):
        return _listed(value, what, as_hex=as_hex)
    return None if _is_missing(value) else _single(value, what)


def _unwrapped(value: Any) -> Any:
    """What stands in an enumeration's member, a named tuple, one of Arrow's scalars."""
    while isinstance(value, Enum):
        value = value.value
    for name in ("_asdict", "as_py"):
        if not isinstance(value, type) and callable(inner := getattr(value, name, None)):
            return inner()
    return value


def is_missing(value: Any) -> bool:
    """Whether it stands for nothing: ``None``, NaN, pandas' NA and NaT, NumPy's ``masked``."""
    return value is None or (not isinstance(value, str) and not _is_several(value) and _is_missing(value))


def _is_several(value: Any) -> bool:
    """Whether it is a list, set, iterator or array; an object that can be gone through in its own way is none."""
    if hasattr(value, "read") or hasattr(value, "columns") or isinstance(value, type):  # an open file, a data frame
        return False
    kinds = (Sequence, AbstractSet, MappingView, Iterator)
    return isinstance(value, kinds) or (isinstance(value, Iterable) and hasattr(value, "__array__"))


def _is_missing(value: Any) -> bool:
    if isinstance(value, Decimal):
        return value.is_nan()
    if getattr(getattr(value, "dtype", None), "kind", "") == "b":  # of NumPy's False one might think so
        return False
    try:
        different = value != value  # noqa: PLR0124 - what is missing does not equal itself
        return different is value or bool(different)
    except Exception:  # whatever a strange type raises where it is compared: it is there
        return False


def _single(value: Any, what: str) -> Any:
    """A value that is there, and is neither text nor several."""
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
        return str(written()).removesuffix(_MIDNIGHT)  # a day that a table holds as its first moment
    if hasattr(value, "freqstr") and hasattr(value, "ordinal"):  # pandas' periods: "2031-05"
        return str(value)
    raise ValueError(f"{what} is of type {type(value).__name__}; give text, a number, or a list of them")


def _scalar(value: Any, what: str, *, as_hex: bool) -> Any:
    """NumPy's scalars, and tensors of one number."""
    if _is_missing(value):
        return None
    kind = getattr(value.dtype, "kind", "")
    if kind in ("M", "m"):  # `item` of a time in nanoseconds is a number
        day, _, time = str(value).partition("T")
        return day if not time.strip("0:.") else f"{day}T{time}"
    inner = value.item()
    if type(inner) is type(value):
        raise ValueError(f"{what} is of type {type(value).__name__}; give text, a number, or a list of them")
    return simple(inner, what, as_hex=as_hex)


def _listed(value: Iterable[Any], what: str, *, as_hex: bool) -> list[Any]:
    """The values of a list, an array, a set, an iterator."""
    try:
        values = list(islice(value, _MANY + 1))
    except Exception as error:  # whatever a generator raises must not cost the other records
        raise ValueError(f"{what} cannot be gone through: {error or type(error).__name__}") from error
    if len(values) > _MANY:
        raise ValueError(f"{what} holds more than {_MANY:,} values")
    found = [simple(one, what, as_hex=as_hex) for one in values]
    return sorted(found, key=str) if isinstance(value, set | frozenset) else found  # else in another order each time


def _mapped(value: Mapping[Any, Any], what: str, *, as_hex: bool) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, one in _items(value):
        if (name := _heading(key)) in found:
            raise ValueError(f"{what} has two keys that are '{name[:40]}'; give each a name of its own")
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
    if key is None:  # where csv.DictReader puts the cells beyond the headings
        return "unnamed"
    name = simple(key, "a heading")
    if isinstance(name, list | dict) or name is None:
        raise ValueError(f"a heading is of type {type(key).__name__}; give text")
    return without_surrogates(str(name))


def _items(record: Mapping[Any, Any]) -> list[tuple[Any, Any]]:
    try:
        return list(record.items())
    except Exception as error:  # of a mapping of the user's own
        raise ValueError(f"the record cannot be gone through: {error or type(error).__name__}") from error

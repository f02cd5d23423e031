"""Finds the records in a JSON value: in lists at any depth, in objects by id, and in the tables of pandas.

An answer of an API wraps its records in envelopes: ``{"result": {"hits": {"hit": [{"info": {…}}]}}}``. A record is an
object with a title or an abstract. What else is in the envelopes describes the answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from semsearch.readers.headings import field_of

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Keys of the list of records in the output of APIs and exports. In a document that is too large for the memory, only
#: lists under these keys are found.
CONTAINERS = (
    *("items", "papers", "results", "records", "data", "documents", "docs", "entries", "references", "hits", "hit"),
    *("result", "collection", "articles", "works", "publications", "entry", "References", "Records", "list", "rows"),
)
#: Deepest envelope, and most objects of a list that are looked at to see whether it is a list of records.
_DEPTH, _LOOKED_AT = 8, 20
#: Keys of an envelope of one record that name the record.
_NAMES = ("id", "_id", "@id", "key", "doi", "uid")


def is_record(value: Mapping[str, Any]) -> bool:
    """Whether an object is a record: whether it has a title or an abstract.

    Args:
        value: The object.
    """
    return any(
        field_of(key) in ("title", "abstract") and isinstance(held, str | list) and held for key, held in value.items()
    )


def records_in(value: Mapping[str, Any]) -> list[Any] | None:
    """The records in an object.

    Args:
        value: The object.

    Returns:
        The records, and in a list of records also what is none; ``None`` if the object is a record itself, or if there
        is no list of records in it.
    """
    return None if is_record(value) and not _is_table(value) else _in_object(value, 0)


def _found(value: Any, depth: int) -> list[Any] | None:
    if depth > _DEPTH:
        return None
    if isinstance(value, list):
        return _in_list(value, depth)
    if isinstance(value, dict):
        return [value] if is_record(value) else _in_object(value, depth)
    return None


def _in_list(values: list[Any], depth: int) -> list[Any] | None:
    """The records in a list, if one of its first objects is a record or has some."""
    objects = [value for value in values if isinstance(value, dict)][:_LOOKED_AT]
    if not any(_found(value, depth + 1) for value in objects):
        return None
    records: list[Any] = []
    for value in values:
        inner = _found(value, depth + 1) if isinstance(value, dict) else None
        if inner is None:
            records.append(value)
        elif len(inner) == 1 and inner[0] is not value and isinstance(inner[0], dict):
            names = {key: value[key] for key in _NAMES if isinstance(value.get(key), str | int)}
            records.append({**names, **inner[0]})
        else:
            records.extend(inner)
    return records


def _in_object(value: Mapping[str, Any], depth: int) -> list[Any] | None:
    if (table := _of_table(value)) is not None:
        return table
    lists = [found for inner in value.values() if (found := _found(inner, depth + 1)) is not None]
    if lists:
        return [record for found in lists for record in found]
    is_empty = any(value.get(key) == [] for key in CONTAINERS)
    inside = [_in_object(v, depth + 1) for v in value.values() if isinstance(v, dict) and depth < _DEPTH]
    return [] if is_empty or any(found == [] for found in inside) else None


def _is_table(value: Mapping[str, Any]) -> bool:
    return "columns" in value and "data" in value


def _of_table(value: Mapping[str, Any]) -> list[Any] | None:
    """The rows of a data frame, as ``to_json`` of pandas writes it by columns or split; ``None`` if it is none."""
    columns, data = value.get("columns"), value.get("data")
    if isinstance(columns, list) and isinstance(data, list) and all(isinstance(row, list) for row in data):
        headings = [str(column) for column in columns]
        return (
            [dict(zip(headings, row, strict=False)) for row in data]
            if is_record(dict.fromkeys(headings, "x"))
            else None
        )
    cells = list(value.values())
    if not cells or not all(isinstance(column, dict) and column for column in cells):
        return None
    index = cells[0].keys()
    if not is_record(dict.fromkeys(value, "x")) or not all(column.keys() == index for column in cells):
        return None
    return [{heading: column[row] for heading, column in value.items()} for row in index]

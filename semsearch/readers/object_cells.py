"""Cells of a table that hold an object or a list of objects, as pandas writes the records of an API to CSV."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from semsearch.readers.flattening import printed
from semsearch.readers.headings import field_of
from semsearch.readers.json_shapes import normalised

if TYPE_CHECKING:
    from collections.abc import Mapping

_STARTS = ("{", "[{")


def with_objects(record: Mapping[str, str]) -> Mapping[str, Any]:
    """The record of an API in a row of a table; a cell such as ``{'name': 'Journal of Roofs'}`` is an object.

    Args:
        record: Texts by heading.

    Returns:
        The record with known headings if it comes from a known API; else the record, with objects only under headings
        that mean a field.
    """
    objects = {heading: found for heading, cell in record.items() if (found := _object(cell)) is not None}
    if not objects:
        return record
    whole = {heading: cell for heading, cell in record.items() if cell.strip()} | objects
    with contextlib.suppress(TypeError, ValueError, AttributeError, LookupError):
        if (known := normalised(whole)) is not whole:
            return known
    return {**record, **{heading: found for heading, found in objects.items() if field_of(heading)}}


def _object(cell: str) -> Any:
    """The object, or the list of objects, that a cell holds as JSON or Python prints it; ``None`` if it holds none."""
    text = cell.strip()
    if not text.startswith(_STARTS) or text[-1] not in "}]":
        return None
    found = printed(text)
    return found if isinstance(found, dict | list) else None

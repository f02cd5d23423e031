"""Mends the values of a record before they are read: placeholders for missing values, guards of spreadsheets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from semsearch.text.placeholders import repaired, without_placeholders

if TYPE_CHECKING:
    from collections.abc import Mapping


def mended(record: Mapping[str, Any], fields: Mapping[str, str | None], notes: list[str]) -> Mapping[str, Any]:
    """The values of a record without placeholders and guards.

    Args:
        record: Values by name: texts, lists of texts, or values of JSON.
        fields: The field of `Paper` for each name; ``None``, or missing, if there is none.
        notes: What was mended is added.

    Returns:
        The values; the same object if there was nothing to mend. A placeholder is the empty text.
    """
    changed: dict[str, Any] = {}
    for name, value in record.items():
        field = fields.get(name) or ""
        if isinstance(value, str):
            if value and (new := repaired(value, field)) != value:
                changed[name] = new
        elif isinstance(value, list) and value and all(isinstance(one, str) for one in value):
            kept = without_placeholders(value, field)
            if len(kept) < len(value):
                changed[name] = kept
    if not changed:
        return record
    notes.append(f"placeholders or guards of a spreadsheet taken off: {', '.join(changed)}"[:200])
    return {**record, **changed}

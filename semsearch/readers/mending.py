"""Mends the values of a record before they are read: wrong encodings, placeholders, guards of spreadsheets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from semsearch.text.mojibake import restored
from semsearch.text.placeholders import LONGEST, repaired, without_placeholders

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
    decoded: dict[str, Any] = {}
    bare: dict[str, Any] = {}
    for name, value in record.items():
        field = fields.get(name) or ""
        if isinstance(value, str):
            text = value
            if not value.isascii() and (text := restored(value)) != value:
                decoded[name] = text
            if 0 < len(text) <= LONGEST and (kept := repaired(text, field)) != text:
                bare[name] = kept
        elif isinstance(value, list) and value and all(isinstance(one, str) for one in value):
            texts = value if "".join(value).isascii() else [restored(one) for one in value]
            if texts is not value and texts != value:
                decoded[name] = texts
            if len(left := without_placeholders(texts, field)) < len(value):
                bare[name] = left
    if decoded:
        notes.append(f"characters of a wrong encoding restored: {', '.join(decoded)}"[:200])
    if bare:
        notes.append(f"placeholders or guards of a spreadsheet taken off: {', '.join(bare)}"[:200])
    return {**record, **decoded, **bare} if decoded or bare else record

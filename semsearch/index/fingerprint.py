"""Compares fingerprints: an index belongs to one encoder, and any other one is refused."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from semsearch.model.errors import EncoderMismatch

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from semsearch.model.protocols import Encoder


#: Key of the digests of the model's files, as JSON. An older index does not have it; then the other keys decide.
FILES = "files"
#: Largest number of files that a message names.
_NAMED = 3


def refuse_other(path: str, held: Any, encoder: Encoder) -> None:
    """Refuse an encoder that is not the encoder of the index. The name of the model does not matter.

    Args:
        path: The index directory, for the message.
        held: The fingerprint in the index.
        encoder: The encoder.

    Raises:
        EncoderMismatch: It is another encoder. The message tells what differs, and in which files of the model.
    """
    stored, given = _flat(held), _flat(encoder.fingerprint if FILES in held else _without_files(encoder.fingerprint))
    different = sorted(key for key in {**stored, **given} if key != "model" and stored.get(key) != given.get(key))
    if different:
        shown = ["model", *different[:_NAMED]]
        more = f" and {len(different) - _NAMED} more" if len(different) > _NAMED else ""
        raise EncoderMismatch(path, _words(stored, shown) + more, _words(given, shown))


def _without_files(fingerprint: Mapping[str, str]) -> dict[str, str]:
    return {key: value for key, value in fingerprint.items() if key != FILES}


def _flat(fingerprint: Mapping[str, str]) -> dict[str, str]:
    """A fingerprint with one key for each file of the model."""
    try:
        files = dict(json.loads(fingerprint[FILES]))
    except (KeyError, ValueError, TypeError):
        return dict(fingerprint)
    return _without_files(fingerprint) | {name: str(digest) for name, digest in files.items()}


def _words(fingerprint: Mapping[str, str], keys: Sequence[str]) -> str:
    return " ".join(f"{key}={_value(key, fingerprint.get(key))}" for key in keys)


def _value(key: str, value: str | None) -> str:
    if value is None:
        return "none"
    return value[: 12 if key == "weights" or "." in key else 40]

"""An index belongs to one encoder; another one is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from semsearch.errors import EncoderMismatch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semsearch.protocols import Encoder


def refuse_other(path: str, held: Any, encoder: Encoder) -> None:
    """Raise unless the encoder is the one with this fingerprint, under whatever name."""
    given = encoder.fingerprint
    different = [key for key in {**held, **given} if key != "model" and held.get(key) != given.get(key)]
    if different:
        shown = ["model", *sorted(different)]
        raise EncoderMismatch(path, _words(held, shown), _words(given, shown))


def _words(fingerprint: Any, keys: Sequence[str]) -> str:
    return " ".join(f"{key}={str(fingerprint.get(key))[: 40 if key != 'weights' else 12]}" for key in keys)

"""Which software and hardware computes on this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semsearch import encoders
from semsearch.dense.scanners import native

if TYPE_CHECKING:
    from semsearch.model.protocols import Encoder


def computes(encoder: Encoder | None = None, device: str | None = None) -> dict[str, str]:
    """Tell what computes vectors, and what searches among them. No model is loaded.

    Args:
        encoder: An encoder of the user's own, which is named by its class; ``None`` for a sentence-transformer.
        device: Device of torch for a sentence-transformer; ``None`` for the best one.

    Returns:
        A text for ``embedding`` (what computes vectors) and one for ``scans`` (what searches among them).
    """
    embedding = type(encoder).__name__ if encoder else encoders.runtime(device)
    return {"embedding": embedding, "scans": native.level()}

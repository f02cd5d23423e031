"""What computes on this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semsearch import encoders
from semsearch.dense.scanners import native

if TYPE_CHECKING:
    from semsearch.model.protocols import Encoder


def computes(encoder: Encoder | None = None, device: str | None = None) -> dict[str, str]:
    """What computes vectors (``embedding``) and the nearest ones (``scans``); loads no model.

    Args:
        encoder: One of the user's own, which is told by its class.
        device: Of torch, for any other.
    """
    embedding = type(encoder).__name__ if encoder else encoders.runtime(device)
    return {"embedding": embedding, "scans": native.level()}

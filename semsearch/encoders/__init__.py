"""Encoders: text to unit vectors. `load` finds a model's weights; one module a runtime."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semsearch.encoders.models import DEFAULT_MODEL, locate
from semsearch.encoders.sentence_transformer import SentenceTransformerEncoder

if TYPE_CHECKING:
    from semsearch.protocols import Encoder

__all__ = ["DEFAULT_MODEL", "load"]


def load(model: str | None = None, *, device: str | None = None) -> Encoder:
    """The encoder of a model; nothing heavy is imported before the first text is encoded.

    Args:
        model: A name of the model hub, a folder, or ``None`` for `DEFAULT_MODEL`.
        device: Of torch: ``cpu``, ``cuda``, ``mps``; the best there is by default.

    Raises:
        ModelUnavailable: The weights are not on disk and cannot be had, are damaged, or are no safetensors.
    """
    return SentenceTransformerEncoder(locate(model or DEFAULT_MODEL), device=device)

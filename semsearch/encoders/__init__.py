"""Encoders: text to unit vectors; and rerankers. `load` finds a model's weights; one module a runtime."""

from __future__ import annotations

from threading import Thread
from typing import TYPE_CHECKING

from semsearch.encoders import openvino
from semsearch.encoders.cross_encoder import DEFAULT_RERANKER, CrossEncoderReranker
from semsearch.encoders.models import locate
from semsearch.encoders.openvino import OpenVinoEncoder
from semsearch.encoders.registry import DEFAULT_MODEL
from semsearch.encoders.sentence_transformer import SentenceTransformerEncoder

if TYPE_CHECKING:
    from collections.abc import Callable

    from semsearch.model.protocols import Encoder, Reranker

__all__ = ["DEFAULT_MODEL", "DEFAULT_RERANKER", "load", "load_ahead", "load_reranker", "runtime"]


def load(model: str | None = None, *, device: str | None = None) -> Encoder:
    """The encoder of a model; nothing heavy is imported before the first text is encoded.

    Args:
        model: A name of the model hub, a folder, or ``None`` for `DEFAULT_MODEL`.
        device: Of torch: ``cpu``, ``cuda``, ``mps``; the best there is by default.

    Raises:
        ModelUnavailable: The weights are not on disk and cannot be had, are damaged, or are no safetensors.
    """
    original = SentenceTransformerEncoder(locate(model or DEFAULT_MODEL), device=device)
    return OpenVinoEncoder(original) if runtime(device) != "torch" else original


def runtime(device: str | None = None) -> str:
    """What `load` would have compute the vectors here, without loading it."""
    return "OpenVINO, float32" if device in (None, "cpu") and openvino.available() else "torch"


def load_ahead(encoder: Encoder) -> Callable[[], None]:
    """Begin to load an encoder's model in another thread, where that gains something; returns what waits for it."""
    if not isinstance(encoder, OpenVinoEncoder) or encoder.is_loaded:
        return lambda: None
    thread = Thread(target=encoder.load, daemon=True)
    thread.start()
    return thread.join


def load_reranker(model: str | None = None, *, device: str | None = None) -> Reranker:
    """A cross-encoder; `DEFAULT_RERANKER` by default. Arguments and errors as those of `load`."""
    return CrossEncoderReranker(locate(model or DEFAULT_RERANKER), device=device)

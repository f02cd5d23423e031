"""Encoders turn texts into unit vectors; rerankers order hits. `load` finds the weights. One module per runtime."""

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
    """The encoder of a model. Large libraries are imported when the first text is encoded, not before.

    Args:
        model: A name on the model hub, a folder, or ``None`` for `DEFAULT_MODEL`.
        device: Device of torch: ``cpu``, ``cuda`` or ``mps``. ``None`` takes the fastest one of this machine.

    Raises:
        ModelUnavailable: The weights are not on this disk and cannot be downloaded, are damaged, or are in a format
            other than safetensors.
    """
    original = SentenceTransformerEncoder(locate(model or DEFAULT_MODEL), device=device)
    return OpenVinoEncoder(original) if runtime(device) != "torch" else original


def runtime(device: str | None = None) -> str:
    """The runtime that `load` would choose on this machine, with its precision. Nothing is loaded."""
    return "OpenVINO, float32" if device in (None, "cpu") and openvino.available() else "torch"


def load_ahead(encoder: Encoder) -> Callable[[], None]:
    """Begin to load the model of an encoder in another thread, if that saves time.

    Returns:
        A function that waits until the model is loaded.
    """
    if not isinstance(encoder, OpenVinoEncoder) or encoder.is_loaded:
        return lambda: None
    thread = Thread(target=encoder.load, daemon=True)
    thread.start()
    return thread.join


def load_reranker(model: str | None = None, *, device: str | None = None) -> Reranker:
    """The reranker of a cross-encoder model.

    Args:
        model: A name on the model hub, a folder, or ``None`` for `DEFAULT_RERANKER`.
        device: Device of torch, as for `load`.

    Raises:
        ModelUnavailable: As for `load`.
    """
    return CrossEncoderReranker(locate(model or DEFAULT_RERANKER), device=device)

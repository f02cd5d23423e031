"""Reranker with a cross-encoder of sentence-transformers (torch), which reads a question and a paper together."""

from __future__ import annotations

from threading import RLock
from typing import TYPE_CHECKING, Any

import numpy as np

from semsearch.encoders.model_files import read_json
from semsearch.encoders.models import loaded
from semsearch.model.errors import EncoderError, ModelUnavailable
from semsearch.model.forking import ForkSafeLock
from semsearch.model.lazy import lazy

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from semsearch.encoders.models import LocatedModel

#: Trained on MS MARCO; 23 million parameters, licence Apache-2.0. It is on the model hub only, in no Python package.
DEFAULT_RERANKER = "cross-encoder/ms-marco-MiniLM-L6-v2"
_BATCH = 16


class CrossEncoderReranker:
    """Implements `Reranker` with a cross-encoder. The model is loaded when the first pair is scored.

    Threads can share one reranker. They use the model one after the other.

    Args:
        located: The checked folder of the model.
        device: Device of torch; ``None`` takes the fastest one of this machine.
    """

    def __init__(self, located: LocatedModel, *, device: str | None = None) -> None:
        self._located = located
        self._device = device
        self._lock = ForkSafeLock(RLock)

    @lazy
    def _model(self) -> Any:
        config = read_json(self._located.folder / "config.json")
        kinds = config.get("architectures") if isinstance(config, dict) else None
        if not any(str(kind).endswith("ForSequenceClassification") for kind in kinds or ()):
            # sentence-transformers would add a classifier with random weights, and only warn.
            reason = f"is not a cross-encoder; give a cross-encoder, such as {DEFAULT_RERANKER}"
            raise ModelUnavailable(self._located.name, reason)
        model = loaded(self._located, "CrossEncoder", device=self._device)
        if model.num_labels != 1:
            raise ModelUnavailable(
                self._located.name,
                f"gives {model.num_labels} scores for each pair; give a model with one, such as {DEFAULT_RERANKER}",
            )
        return model

    def score(self, question: str, texts: Sequence[str]) -> NDArray[np.float64]:
        """See `Reranker`.

        Raises:
            EncoderError: The model returned scores of a wrong shape, or scores that are not finite.
            ModelUnavailable: The model cannot be loaded, or is not a cross-encoder with one score.
        """
        if not texts:
            return np.empty(0)
        pairs = [(question, text) for text in texts]
        with self._lock:  # also while the model is loaded: since Python 3.12 `cached_property` has no lock
            found = self._model.predict(pairs, batch_size=_BATCH, show_progress_bar=False)
        scores = np.asarray(found, np.float64)
        if scores.shape != (len(texts),) or not np.isfinite(scores).all():
            raise EncoderError(
                f"reranker {self._located.name} returned scores of shape {scores.shape}, or scores that are not finite"
            )
        return scores

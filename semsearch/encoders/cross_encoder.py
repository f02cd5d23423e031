"""Reranker on a cross-encoder of sentence-transformers (torch): reads question and paper together."""

from __future__ import annotations

from functools import cached_property
from threading import RLock
from typing import TYPE_CHECKING, Any

import numpy as np

from semsearch.encoders.model_files import read_json
from semsearch.encoders.models import loaded
from semsearch.model.errors import EncoderError, ModelUnavailable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from semsearch.encoders.models import LocatedModel

#: The usual one: MS MARCO, 23 million parameters, Apache-2.0; from the model hub, no package carries it.
DEFAULT_RERANKER = "cross-encoder/ms-marco-MiniLM-L6-v2"
_BATCH = 16


class CrossEncoderReranker:
    """Scores pairs by a cross-encoder; implements `Reranker`. The model is loaded at the first pair.

    Any number of threads may share one; they take turns.

    Args:
        located: The model's checked folder.
        device: Of torch; the best there is by default.
    """

    def __init__(self, located: LocatedModel, *, device: str | None = None) -> None:
        self._located = located
        self._device = device
        self._lock = RLock()

    @cached_property
    def _model(self) -> Any:
        config = read_json(self._located.folder / "config.json")
        kinds = config.get("architectures") if isinstance(config, dict) else None
        if not any(str(kind).endswith("ForSequenceClassification") for kind in kinds or ()):
            # sentence-transformers would put a classifier of random weights on top, and say so in a warning.
            raise ModelUnavailable(self._located.name, f"is no cross-encoder; give one, such as {DEFAULT_RERANKER}")
        model = loaded(self._located, "CrossEncoder", device=self._device)
        if model.num_labels != 1:
            raise ModelUnavailable(
                self._located.name,
                f"gives {model.num_labels} scores a pair; a reranker gives one, such as {DEFAULT_RERANKER}",
            )
        return model

    def score(self, question: str, texts: Sequence[str]) -> NDArray[np.float64]:
        """See `Reranker`."""
        if not texts:
            return np.empty(0)
        pairs = [(question, text) for text in texts]
        with self._lock:  # for the loading too: `cached_property` has no lock of its own from Python 3.12 on
            found = self._model.predict(pairs, batch_size=_BATCH, show_progress_bar=False)
        scores = np.asarray(found, np.float64)
        if scores.shape != (len(texts),) or not np.isfinite(scores).all():
            raise EncoderError(f"reranker {self._located.name} gave scores of shape {scores.shape} or not finite ones")
        return scores

"""What computes the vectors in `threads`: by a name, which a child process can be given."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import semsearch
from semsearch import encoders
from semsearch.encoders.models import locate
from semsearch.encoders.sentence_transformer import SentenceTransformerEncoder
from tests.fakes import WordEncoder

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from semsearch.model.protocols import Encoder

#: What ``semsearch.open`` takes by itself; torch; and counts of words, for an index that is too large for a model.
DEFAULT, TORCH, WORDS = "default", "torch", "words"


class _Torch(SentenceTransformerEncoder):
    """The default model on torch, which can be sent to another process: it is loaded anew there."""

    def __reduce__(self) -> tuple[Callable[[], Any], tuple[()]]:
        return torch, ()


def torch() -> Encoder:
    """The default model on torch, also where OpenVINO is installed."""
    return _Torch(locate(encoders.DEFAULT_MODEL))


def words() -> Encoder:
    """Counts of words, as wide as the default model's vectors."""
    return WordEncoder(384)


def opened(runtime: str, path: Path | str) -> semsearch.Index:
    """An index, with the encoder of a runtime; its model is not loaded yet."""
    encoder = {DEFAULT: lambda: None, TORCH: torch, WORDS: words}[runtime]()
    return semsearch.open(path, encoder=encoder)


def shown(runtime: str) -> str:
    """A runtime's name for people."""
    return {DEFAULT: encoders.runtime(), TORCH: "torch, float32", WORDS: "counts of words"}[runtime]

"""Opens a searcher on the newest commit: reads the vectors, loads the encoder, refuses one that did not make them."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from semsearch import encoders
from semsearch.encoders.registry import known_model
from semsearch.index.fingerprint import refuse_other
from semsearch.retrieval import SIGNALS, Searcher
from semsearch.workflows.decided import decided_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from semsearch.index import IndexDirectory, IndexReader
    from semsearch.model.options import SearchOptions
    from semsearch.model.policy import RetrievalPolicy
    from semsearch.model.protocols import Encoder, Reranker
    from semsearch.retrieval import SignalSpec


@contextmanager
def open_searcher(
    directory: IndexDirectory,
    options: SearchOptions,
    *,
    encoder: Encoder | None,
    reranker: Reranker | None = None,
    signals: Sequence[SignalSpec] = (),
    policy: RetrievalPolicy,
) -> Iterator[Searcher]:
    """A searcher of the newest commit, for the time of a ``with`` block.

    Args:
        directory: The index.
        options: How to search.
        encoder: The encoder of the index; ``None`` if there is no text to encode. Its model is loaded while the vectors
            are read.
        reranker: Puts the first hits in order; needed if ``options.rerank`` is not 0.
        signals: Signals of a hybrid search beside the cosine.
        policy: Sizes that change how fast a ranking is found.

    Yields:
        The searcher.

    Raises:
        IndexMissing: There is no index.
        IndexDamaged: The files of the index are not as they were written.
        EncoderMismatch: Another encoder made the vectors of this commit.
    """
    if encoder:
        with directory.reader() as reader:  # before a model is loaded that is of no use here
            _refuse_other(directory, reader, encoder)
    loaded = encoders.load_ahead(encoder) if encoder else lambda: None
    try:
        with directory.reader(vectors=True) as reader:
            if encoder:
                _refuse_other(directory, reader, encoder)  # this commit may be a newer one
            loaded()
            decided = decided_in(directory.path)
            known = known_model((reader.fingerprint or {}).get("model", ""))
            weight = known.feedback if known else 0.0
            yield Searcher(reader, options, encoder, reranker, decided, (*SIGNALS, *signals), policy, weight)
    finally:
        loaded()  # no thread is left behind that loads or exports a model


def _refuse_other(directory: IndexDirectory, reader: IndexReader, encoder: Encoder) -> None:
    if reader.fingerprint:
        refuse_other(str(directory.path), reader.fingerprint, encoder)

"""Asking an index: the newest commit, its vectors, and the encoder that made them, brought together."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from semsearch import encoders
from semsearch.index.fingerprint import refuse_other
from semsearch.retrieval import Searcher
from semsearch.workflows.decided import decided_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from semsearch.index import IndexDirectory
    from semsearch.model.options import SearchOptions
    from semsearch.model.policy import RetrievalPolicy
    from semsearch.model.protocols import Encoder, Reranker
    from semsearch.retrieval import SignalSpec


@contextmanager
def searching(
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
        encoder: Of texts; ``None`` where no text is asked for. Its model is loaded while the vectors are read.
        reranker: For ``options.rerank``.
        signals: What a hybrid search ranks by beside the cosine.
        policy: How a ranking is worked out.

    Raises:
        IndexMissing: There is no index.
        IndexDamaged: Its bytes are not what was committed.
        EncoderMismatch: Another encoder made the vectors of this very commit.
    """
    loaded = encoders.load_ahead(encoder) if encoder else None
    with directory.reader(vectors=True) as reader:
        if encoder and reader.fingerprint:
            refuse_other(str(directory.path), reader.fingerprint, encoder)
        if loaded:
            loaded()
        yield Searcher(reader, options, encoder, reranker, decided_in(directory.path), signals, policy)

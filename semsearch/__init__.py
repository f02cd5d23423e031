"""Exact semantic search over scientific abstracts.

    >>> import semsearch
    >>> index = semsearch.open("index")
    >>> index.add("papers.jsonl")           # only what is new or changed is embedded
    >>> index.search("how do galaxies lose their gas?", k=5)
    >>> index.related("arXiv:2405.14488v2")
    >>> index.duplicates(threshold=0.95)

The import of this module does not load torch, FAISS or NumPy; the first call loads what it needs. All errors can be
found here, such as ``semsearch.IndexBusy``.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from semsearch.model.errors import (
    ArgumentError,
    EncoderError,
    EncoderMismatch,
    IndexBusy,
    IndexDamaged,
    IndexFormat,
    IndexMissing,
    JudgementError,
    MalformedSource,
    MissingExtra,
    ModelUnavailable,
    QueryError,
    SemsearchError,
    SourceError,
    StoreError,
    UnknownFormat,
    UnknownPaper,
)
from semsearch.model.paper import Paper, Rejected, Repaired, Source
from semsearch.model.results import DuplicateGroup, Explanation, Hit, Hits, Relation

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from semsearch.duplicates import Findings, Ledger
    from semsearch.index.directory import Status
    from semsearch.model.measures import Experiment
    from semsearch.model.options import SearchOptions
    from semsearch.model.policy import Policy
    from semsearch.model.protocols import Encoder, Reranker
    from semsearch.retrieval import SignalSpec
    from semsearch.service import Index, find_duplicates, is_index, judgements, ledger, models
    from semsearch.workflows.indexing import IndexReport

__version__ = "0.3.0"
__all__ = [
    "ArgumentError",
    "DuplicateGroup",
    "Encoder",
    "EncoderError",
    "EncoderMismatch",
    "Experiment",
    "Explanation",
    "Findings",
    "Hit",
    "Hits",
    "Index",
    "IndexBusy",
    "IndexDamaged",
    "IndexFormat",
    "IndexMissing",
    "IndexReport",
    "JudgementError",
    "Ledger",
    "MalformedSource",
    "MissingExtra",
    "ModelUnavailable",
    "Paper",
    "Policy",
    "QueryError",
    "Rejected",
    "Relation",
    "Repaired",
    "Reranker",
    "SearchOptions",
    "SemsearchError",
    "SignalSpec",
    "Source",
    "SourceError",
    "Status",
    "StoreError",
    "UnknownFormat",
    "UnknownPaper",
    "__version__",
    "find_duplicates",
    "is_index",
    "judgements",
    "ledger",
    "models",
    "open",
]

#: Names that are imported when they are first used, with their modules. So the package itself does not load NumPy.
_LAZY = {
    "Encoder": "semsearch.model.protocols",
    "Experiment": "semsearch.model.measures",
    "Findings": "semsearch.duplicates",
    "Index": "semsearch.service",
    "IndexReport": "semsearch.workflows.indexing",
    "Ledger": "semsearch.duplicates",
    "Policy": "semsearch.model.policy",
    "Reranker": "semsearch.model.protocols",
    "SearchOptions": "semsearch.model.options",
    "SignalSpec": "semsearch.retrieval",
    "Status": "semsearch.index.directory",
    "find_duplicates": "semsearch.service",
    "is_index": "semsearch.service",
    "judgements": "semsearch.service",
    "ledger": "semsearch.service",
    "models": "semsearch.service",
}


def open(  # noqa: A001 - semsearch.open, as gzip.open
    path: str | Path = "index",
    *,
    model: str | None = None,
    encoder: Encoder | None = None,
    device: str | None = None,
    reranker: str | Reranker | None = None,
    signals: Sequence[SignalSpec] = (),
    policy: Policy | None = None,
) -> Index:
    """Open the index at a path. It need not exist: the first `Index.add` makes it.

    Args:
        path: Directory of the index.
        model: Name or folder of a sentence-transformer (default: that of the index, or all-MiniLM-L6-v2).
        encoder: An encoder of your own, instead of ``model``.
        device: Device of torch: ``cpu``, ``cuda`` or ``mps`` (default: the best one).
        reranker: Name or folder of a cross-encoder (default: ms-marco-MiniLM-L6-v2), or a `Reranker` of your own.
        signals: Ranking signals of your own, beside cosine and BM25.
        policy: Sizes that change how fast an answer is found, but not the answer.

    Returns:
        The index.

    Raises:
        ArgumentError: An argument has the wrong type.
    """
    from semsearch.service import Index

    return Index(path, model=model, encoder=encoder, device=device, reranker=reranker, signals=signals, policy=policy)


def __getattr__(name: str) -> Any:
    """Import a name of `_LAZY` from its module."""
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_LAZY[name]), name)


def __dir__() -> list[str]:
    """All public names, also those that are not imported yet."""
    return __all__

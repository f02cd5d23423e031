"""Exact semantic search over scientific abstracts.

    >>> import semsearch
    >>> index = semsearch.open("index")
    >>> index.add("papers.jsonl")           # only what is new or changed is embedded
    >>> index.search("how do galaxies lose their gas?", k=5)
    >>> index.related("arXiv:2405.14488v2")
    >>> index.duplicates(threshold=0.95)

Importing this module loads neither torch, faiss nor numpy; the first call does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from semsearch.model.errors import SemsearchError
from semsearch.model.paper import Paper, Rejected, Repaired, Source
from semsearch.model.results import DuplicateGroup, Explanation, Hit, Hits, Relation

if TYPE_CHECKING:
    from pathlib import Path

    from semsearch.model.protocols import Encoder, Reranker
    from semsearch.service import Index

__version__ = "0.1.0"
__all__ = [
    "DuplicateGroup",
    "Explanation",
    "Hit",
    "Hits",
    "Index",
    "Paper",
    "Rejected",
    "Relation",
    "Repaired",
    "SemsearchError",
    "Source",
    "__version__",
    "open",
]


def open(  # noqa: A001 - semsearch.open, as gzip.open
    path: str | Path = "index",
    *,
    model: str | None = None,
    encoder: Encoder | None = None,
    device: str | None = None,
    reranker: str | Reranker | None = None,
) -> Index:
    """The index at ``path``; see `semsearch.service.Index`."""
    from semsearch.service import Index

    return Index(path, model=model, encoder=encoder, device=device, reranker=reranker)


def __getattr__(name: str) -> Any:
    """`Index` on first use, so that importing the package stays free of numpy."""
    if name == "Index":
        from semsearch.service import Index

        return Index
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

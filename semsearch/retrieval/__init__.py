"""Finding papers: by a question, by papers, by a text."""

from semsearch.retrieval.searcher import MODES, Options, Searcher

__all__ = ["MODES", "Options", "Searcher"]

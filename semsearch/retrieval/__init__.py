"""The search for papers: by a question, by other papers, or by a text."""

from semsearch.retrieval.searcher import Searcher
from semsearch.retrieval.signals import SIGNALS, SignalSpec

__all__ = ["SIGNALS", "Searcher", "SignalSpec"]

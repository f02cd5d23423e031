"""An index directory as one object: `Store` opens it, a `Snapshot` reads one state of it, a `Writer` changes it."""

from semsearch.index.directory import Store
from semsearch.index.reader import Snapshot
from semsearch.index.writer import Outcome, Writer

__all__ = ["Outcome", "Snapshot", "Store", "Writer"]

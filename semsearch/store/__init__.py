"""An index directory as one object: `Store` opens it, a `Snapshot` reads one state of it, a `Writer` changes it."""

from semsearch.store.snapshot import Snapshot
from semsearch.store.store import Store
from semsearch.store.writer import Outcome, Writer

__all__ = ["Outcome", "Snapshot", "Store", "Writer"]

"""An index directory: `IndexDirectory` opens it, `IndexReader` reads one commit, `IndexWriter` makes commits."""

from semsearch.index.directory import IndexDirectory
from semsearch.index.reader import IndexReader
from semsearch.index.writer import IndexWriter, PutResult

__all__ = ["IndexDirectory", "IndexReader", "IndexWriter", "PutResult"]

"""Search by words: what the words of a text are, and BM25."""

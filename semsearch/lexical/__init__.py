"""Search by words: the terms and the phrases of a question."""

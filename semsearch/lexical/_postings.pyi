"""The compiled module. The head of ``_postings.c`` says what each argument is, and its shape and type."""

from typing import Any

def rows(postings: Any, count: int, out: Any, /) -> None: ...
def score(
    postings: Any, count: int, large: Any, weights: Any, idf: float, most: float, norms: Any, scores: Any, /
) -> None: ...
